"""The command `pruneuq audit`: a report from files."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from audit_files import audit
from click.testing import CliRunner

from pruneuq_helpers import cli
from pruneuq_helpers.audit.inputs import load_data
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.text import percent


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
    assert f"The dense network is right on {percent(right, 1)} of the 30 test images." in done.output


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


def test_help_says_that_the_model_file_is_run():
    done = CliRunner().invoke(cli.main, ["audit", "--help"])
    assert "Your own code, which is RUN" in done.output
    assert "Read as data" in done.output


def test_help_does_not_load_torch():
    code = "import sys; from pruneuq_helpers.cli import main; print('torch' in sys.modules, 'audit' in main.commands)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("how", ["scale", "0.5/0.25"])
def test_one_mean_does_for_all_channels(how, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "train.npz", images=images, labels=np.arange(40) % 2)
    np.savez(tmp_path / "test.npz", images=images, labels=np.arange(40) % 2)
    data = load_data(tmp_path, how)
    shown = data.normalise(data.test.images)
    mean, deviation = (0.0, 1.0) if how == "scale" else (0.5, 0.25)
    np.testing.assert_allclose(shown.numpy(), (images / 255 - mean) / deviation, rtol=1e-5, atol=1e-6)


def test_predictions_that_lie_beside_the_images_hide_nothing(files, tmp_path):
    folder = shutil.copytree(files / "images", tmp_path / "photos")
    before = len(load_data(folder).test)
    np.savez(folder / "before.npz", labels=np.arange(3), logits=np.eye(3))
    assert len(load_data(folder).test) == before


def test_labels_of_validation_images_count_as_classes(tmp_path):
    images = np.zeros((4, 1, 8, 8), np.uint8)
    for part, labels in {"train": [0, 1, 2, 2], "test": [0, 1, 2, 2], "validation": [0, 1, 2, 5]}.items():
        np.savez(tmp_path / f"{part}.npz", images=images, labels=np.array(labels), classes=np.array(["a", "b", "c"]))
    with pytest.raises(ParameterError, match="has labels up to 5"):
        load_data(tmp_path)


def test_who_stops_an_audit_learns_where_its_tables_are(files, tmp_path, monkeypatch):
    from pruneuq_helpers.audit import report

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "sections", stop)
    done = audit(files, tmp_path / "report")
    assert done.exit_code == 130
    assert done.output.splitlines()[-1].startswith("Error: stopped; what was measured until then lies in")


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
