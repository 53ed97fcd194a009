"""The command `pruneuq audit`: a report from files."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from audit_files import audit
from click.testing import CliRunner

from pruneuq_helpers import cli
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
