"""The command `pruneuq audit`: one sentence for each mistake a user will make."""

import pytest
from audit_files import audit

from pruneuq_helpers.audit.folder import check_folder
from pruneuq_helpers.errors import ParameterError

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
    "criterion": (["--criteria", "l2"], "option `--criteria` got 'l2'; it takes one of random, l1, bn, hrank"),
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


def test_a_folder_of_others_beside_the_report_is_left_alone(files, tmp_path):
    (tmp_path / "report.unfinished").mkdir()
    (tmp_path / "report.unfinished" / "thesis.txt").write_text("years of work")
    done = audit(files, tmp_path / "report")
    assert done.exit_code == 1
    assert "beside which lies report.unfinished, which holds 'thesis.txt'" in done.output
    assert (tmp_path / "report.unfinished" / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_cannot_be_written_is_refused():
    with pytest.raises(ParameterError, match="`out` got '/dev/null/report'; it takes a folder that can be written"):
        check_folder("/dev/null/report", {"report.html"}, "report.html")
