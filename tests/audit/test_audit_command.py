"""The command `pruneuq audit`: a report from files, and one sentence for each mistake a user will make."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from foreign import Concatenated, stripes
from PIL import Image
from safetensors.torch import save_file

from pruneuq_helpers import cli

MODEL = f"""\
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import torch
from torch import nn
from foreign import CLASSES, Concatenated

def build():
    return Concatenated()

def number():
    return 3

def needs_more(width):
    return nn.Linear(width, 2)

class WithSoftmax(Concatenated):
    def forward(self, images):
        return super().forward(images).softmax(1)

class Hungry(Concatenated):
    def forward(self, images):
        return super().forward(images) + torch.empty(10**14).sum()

class Untraceable(Concatenated):
    def forward(self, images):
        return torch.from_numpy(super().forward(images).detach().numpy())

class Lazy(Concatenated):
    def __init__(self):
        super().__init__()
        self.head = nn.LazyLinear(CLASSES)

class MoreClasses(Concatenated):
    def forward(self, images):
        return torch.cat([super().forward(images)] * 2, 1)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A model file, its weights in three forms, and the same images as a folder and as arrays."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "net.py").write_text(MODEL)
    (folder / "fails.py").write_text("x = 1\nraise ValueError('no such thing')\n")
    torch.manual_seed(0)
    weights = Concatenated().state_dict()
    save_file(weights, folder / "w.safetensors")
    torch.save(weights, folder / "w.pt")
    torch.save({"state_dict": {f"module.{name}": value for name, value in weights.items()}}, folder / "parallel.pth")
    torch.save(Concatenated(), folder / "whole.pt")
    save_file(
        {name: w for name, w in weights.items() if name != "mix.weight"} | {"x": torch.ones(1)},
        folder / "keys.safetensors",
    )
    save_file(weights | {"head.weight": torch.ones(5, 8)}, folder / "shape.safetensors")
    save_file(weights | {"head.bias": torch.full((3,), torch.nan)}, folder / "nan.safetensors")
    (folder / "damaged.safetensors").write_bytes(b"nothing")
    (folder / "damaged.pt").write_bytes(b"nothing")
    _write_images(folder)
    _write_arrays(folder)
    return folder


def _write_images(folder: Path) -> None:
    for seed, (part, count) in enumerate({"train": 12, "test": 30}.items()):
        for number, (image, label) in enumerate(zip(*stripes(count, seed=seed), strict=True)):
            file = folder / "images" / part / f"class{label}" / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[0]).save(file)
    for name, change in {
        "junk": lambda copy: (copy / "test/class0/broken.png").write_text("junk"),
        "no_test": lambda copy: shutil.rmtree(copy / "test"),
        "no_train": lambda copy: shutil.rmtree(copy / "train"),
        "other_classes": lambda copy: (copy / "test/class2").rename(copy / "test/class3"),
        "other_size": lambda copy: Image.new("L", (9, 7)).save(copy / "test/class0/other.png"),
        "empty_class": lambda copy: [file.unlink() for file in (copy / "test/class1").iterdir()],
    }.items():
        change(shutil.copytree(folder / "images", folder / name))
    (folder / "empty").mkdir()


def _write_arrays(folder: Path) -> None:
    (train, train_labels), (test, test_labels) = stripes(12), stripes(30, seed=1)
    whole = {"train_images": train, "train_labels": train_labels, "test_images": test, "test_labels": test_labels}
    np.savez(folder / "arrays.npz", **whole)
    np.savez(folder / "pickled.npz", **whole | {"test_labels": np.array([{}], dtype=object)})
    np.savez(folder / "short.npz", **whole | {"test_labels": test_labels[:-1]})
    np.savez(folder / "last.npz", **{n: v.transpose(0, 2, 3, 1) if "images" in n else v for n, v in whole.items()})
    np.savez(folder / "few.npz", **whole | {"test_images": test[:29], "test_labels": test_labels[:29]})
    np.savez(folder / "integers.npz", **{n: v.astype(np.int64) for n, v in whole.items()})
    np.savez(folder / "alone.npz", train_images=train, train_labels=train_labels)
    np.savez(folder / "outside.npz", images=255 - test)
    (folder / "parts").mkdir()
    np.savez(folder / "parts/train.npz", images=train, labels=train_labels)
    np.savez(folder / "parts/validation.npz", images=test, labels=test_labels)


def audit(files: Path, out: Path, *extra, model="net.py:build", weights="w.safetensors", data="images"):
    """Call the command, quickly."""
    words = ["audit", "--model", files / model, "--weights", files / weights, "--data", files / data, "--out", out]
    words += ["--levels", "0.5", "--criteria", "l1", "--repeats", "3", "--resamples", "100", *extra]
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def test_report_from_a_folder_of_images(files, tmp_path):
    done = audit(files, tmp_path / "deep" / "report", "--ood", files / "outside.npz", "--fine-tune", "1")
    assert done.exit_code == 0, done.output
    written = {path.name for path in (tmp_path / "deep" / "report").iterdir()}
    assert written == {
        "report.html",
        "audit.json",
        "summary.md",
        *(
            f"{n}.csv"
            for n in ("networks", "measures", "classes", "detection", "changed", "verdicts", "control", "repairs")
        ),
    }
    networks = pd.read_csv(tmp_path / "deep" / "report" / "networks.csv")
    assert networks["network"].tolist() == ["dense", "dense, trained on", "l1 at 0.5"]
    record = json.loads((tmp_path / "deep" / "report" / "audit.json").read_text())
    assert record["facts"]["judged on"] == "30 test images of 1×8×8 in 3 classes"
    assert record["facts"]["weights file"].startswith("w.safetensors (sha256 ")
    assert str(tmp_path) not in json.dumps(record)
    assert "The report is " in done.output
    right = pd.read_csv(tmp_path / "deep" / "report" / "measures.csv").query("network == 'dense'").iloc[0]["value"]
    assert f"The dense network is right on {right:.1%} of the 30 test images." in done.output


@pytest.mark.parametrize("weights", ["w.pt", "parallel.pth"])
@pytest.mark.parametrize("data", ["arrays.npz", "parts"])
def test_every_form_of_weights_and_data_gives_the_same_measures(weights, data, files, tmp_path):
    assert audit(files, tmp_path / "one").exit_code == 0
    assert audit(files, tmp_path / "other", weights=weights, data=data).exit_code == 0
    columns = ["network", "measure", "value", "change"]  # the images come in another order, and so do the resamples
    one, other = (pd.read_csv(tmp_path / name / "measures.csv")[columns] for name in ("one", "other"))
    pd.testing.assert_frame_equal(one, other)


def test_layers_without_a_shape_take_that_of_their_weights(files, tmp_path):
    assert audit(files, tmp_path / "one").exit_code == 0
    done = audit(files, tmp_path / "lazy", model="net.py:Lazy")
    assert done.exit_code == 0, done.output
    one, lazy = (pd.read_csv(tmp_path / name / "measures.csv") for name in ("one", "lazy"))
    pd.testing.assert_frame_equal(one, lazy)


MISTAKES = {
    "no model file": ({"model": "none.py:build"}, "there is no such file"),
    "no function named": ({"model": "net.py"}, "it takes FILE.py:FUNCTION"),
    "missing function": ({"model": "net.py:builds"}, "has no function `builds`; did you mean `build`?"),
    "not a network": ({"model": "net.py:number"}, "which gave int; it takes one that gives a network"),
    "needs arguments": ({"model": "net.py:needs_more"}, "failed when it was called without arguments (TypeError"),
    "model file fails": ({"model": "fails.py:build"}, "failed while it was run, in line 2 (ValueError: no such thing)"),
    "probabilities": ({"model": "net.py:WithSoftmax"}, "it takes logits, so leave out the last softmax"),
    "out of memory": ({"model": "net.py:Hungry"}, "memory ran out; try a smaller `--batch`"),
    "untraceable": ({"model": "net.py:Untraceable"}, "it takes one that torch-pruning can trace"),
    "classes differ": (
        {"model": "net.py:MoreClasses"},
        "tells 6 classes apart and the data have 3 (class0, class1, class2)",
    ),
    "no weights file": ({"weights": "none.pt"}, "there is no such file"),
    "wrong keys": (
        {"weights": "keys.safetensors"},
        "does not fit the network: it lacks `mix.weight`; it has besides `x`",
    ),
    "shape mismatch": ({"weights": "shape.safetensors"}, "`head.weight` is (5, 8) there and (3, 8) in the network"),
    "not finite": ({"weights": "nan.safetensors"}, "in which `head.bias` is not finite"),
    "damaged safetensors": ({"weights": "damaged.safetensors"}, "is damaged or holds no weights"),
    "damaged pickle": ({"weights": "damaged.pt"}, "is damaged"),
    "pickled network": ({"weights": "whole.pt"}, "holds more than weights or is damaged, and is not opened"),
    "other suffix": ({"weights": "net.py"}, "it takes a file that ends in one of .safetensors, .pt, .pth, .bin, .ckpt"),
    "no folder": ({"data": "none"}, "there is no such folder or file"),
    "empty folder": ({"data": "empty"}, "which is empty"),
    "no training images": ({"data": "no_train"}, "which has no `train` in it"),
    "no validation data": ({"data": "no_test"}, "which has neither `test` nor `validation` in it"),
    "no validation arrays": ({"data": "alone.npz"}, "neither a `test` nor a `validation` part to judge on"),
    "classes of the parts differ": (
        {"data": "other_classes"},
        "differs from the other parts in its classes: class2, class3",
    ),
    "empty class": ({"data": "empty_class"}, "holds no image"),
    "unreadable image": ({"data": "junk"}, "broken.png is not an image that can be read"),
    "sizes differ": ({"data": "other_size"}, "other.png is 7×9 and others are 8×8; set `--size`"),
    "pickled arrays": ({"data": "pickled.npz"}, "holds pickled objects, and is not opened"),
    "lengths differ": ({"data": "short.npz"}, "holds 30 `test_images` and 29 `test_labels`"),
    "few test images": ({"data": "few.npz"}, "option `--data` got 29 test images; it takes 30 or more"),
    "integers": ({"data": "integers.npz"}, "holds `train_images` of type int64; it takes uint8 (0 to 255), or floats"),
    "channels last": ({"data": "last.npz"}, "channels last; it takes [N, C, H, W]"),
    "neither folder nor arrays": ({"data": "net.py"}, "is neither a folder nor an .npz file"),
    "shape of the images": (
        ["--channels", "3"],
        "a network that does not take images of 3×8×8 (RuntimeError: Given groups=1",
    ),
    "level": (["--levels", "0.5,1"], "option `--levels` got 1.0; it takes a number in [0, 1)"),
    "levels": (["--levels", "half"], "option `--levels` got 'half'; it takes numbers such as 0.2,0.5"),
    "criterion": (["--criteria", "l2"], "option `--criteria` got 'l2'; it takes some of random, l1, bn, hrank"),
    "criterion not to be had": (["--criteria", "bn"], "no batch norm with a scale follows"),
    "rule": (["--safe", "accuracy"], "option `--safe` got 'accuracy'; it takes MEASURE=MARGIN"),
    "rule twice": (
        ["--safe", "ece=0.1", "--safe", "ece=0.2"],
        "option `--safe` got ece twice; it takes each measure once",
    ),
    "percent": (["--safe", "accuracy=1"], "it takes a margin below 1, such as 0.01 for one in a hundred"),
    "measure": (["--safe", "exactness=1"], "option `--safe` got 'exactness'; it takes measures out of"),
    "normalise": (
        ["--normalise", "1/0"],
        "option `--normalise` got '1/0'; it takes data, scale, imagenet, or numbers",
    ),
    "outsiders": (["--ood", "none"], "option `--ood` got 'none'; there is no such folder or file"),
    "diverges": (["--fine-tune", "1", "--learning-rate", "1e12"], "`--learning-rate`"),
    "diverges, to a number": (["--fine-tune", "2", "--learning-rate", "1e6"], "`--learning-rate`"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_sentence_and_leaves_nothing(mistake, files, tmp_path):
    change, sentence = MISTAKES[mistake]
    extra, named = ([], change) if isinstance(change, dict) else (change, {})
    done = audit(files, tmp_path / "report", *extra, **named)
    errors = [line for line in done.output.splitlines() if line.startswith("Error: ")]
    assert done.exit_code == 1, done.output
    assert len(errors) == 1
    assert done.output.splitlines()[-1] == errors[0]
    assert sentence in errors[0]
    left = [path.name for path in tmp_path.iterdir()]
    # What was measured before a fine-tuning went wrong is not lost.
    assert left == (["report.unfinished"] if mistake.startswith("diverges") else [])
    assert ("lies in" in errors[0]) == bool(left)


@pytest.mark.parametrize("option", ["size", "channels"])
def test_options_for_image_files_are_refused_for_arrays(option, files, tmp_path):
    done = audit(files, tmp_path / "report", f"--{option}", "3", data="arrays.npz")
    assert f"Error: option `--{option}` got 3; it is for image files, not arrays" in done.output
    assert (done.exit_code, list(tmp_path.iterdir())) == (1, [])


def test_other_things_are_not_overwritten(files, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = audit(files, tmp_path)
    assert done.exit_code == 1
    assert "which holds other things" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_help_says_that_the_model_file_is_run():
    done = CliRunner().invoke(cli.main, ["audit", "--help"])
    assert "Your own code, which is RUN" in done.output
    assert "Read as data" in done.output


def test_help_does_not_load_torch():
    code = "import sys; from pruneuq_helpers.cli import main; print('torch' in sys.modules, 'audit' in main.commands)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_what_was_measured_survives_a_full_disk_and_goes_with_the_report(files, tmp_path, monkeypatch):
    from pruneuq_helpers.audit import report

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(report, "sections", full)
        done = audit(files, tmp_path / "report")
    assert "Error: the disk is full; make room, and run the same again; what was measured" in done.output
    saved = pd.read_csv(tmp_path / "report.unfinished" / "networks.csv")
    assert saved["network"].tolist()[0] == "dense"
    assert (tmp_path / "report.unfinished" / "verdicts.csv").exists()
    assert audit(files, tmp_path / "report").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_of_others_beside_the_report_is_left_alone(files, tmp_path):
    (tmp_path / "report.unfinished").mkdir()
    (tmp_path / "report.unfinished" / "thesis.txt").write_text("years of work")
    done = audit(files, tmp_path / "report")
    assert done.exit_code == 1
    assert "beside which lies report.unfinished, which holds 'thesis.txt'" in done.output
    assert (tmp_path / "report.unfinished" / "thesis.txt").read_text() == "years of work"
