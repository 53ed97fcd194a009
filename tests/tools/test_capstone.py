"""The networks of the capstone: each folder can be audited, and its fault is there."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pruneuq_helpers.cli import main

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"training_images": 120, "test_images": 200, "channels": [4], "epochs": 1}


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("capstone_tool", ROOT / "tools" / "capstone.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["capstone_tool"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folders(tool, tmp_path_factory):
    """The images of each folder by its fault, and the folders."""
    target = tmp_path_factory.mktemp("capstone") / "all"
    tool.main(0, target, tool.SPEC | SMALL)
    rows = [line.split("|") for line in (target / "key.md").read_text().splitlines() if line.startswith("| network")]
    return {row[2].strip(): target / row[1].strip() for row in rows}


def images(folder: Path, part: str) -> tuple:
    with np.load(folder / f"{part}.npz") as arrays:
        return arrays["images"], arrays["labels"]


def same(some: np.ndarray, others: np.ndarray) -> int:
    """How many of some images are among the others."""
    known = {image.tobytes() for image in others}
    return sum(image.tobytes() in known for image in some)


def test_every_fault_is_in_its_folder(folders):
    assert len(folders) == 6
    count = {fault: len(images(folder, "test")[1]) for fault, folder in folders.items()}
    assert count["few"] == 60 < min(count[fault] for fault in count if fault != "few")
    leaked = {fault: same(images(folder, "test")[0], images(folder, "train")[0]) for fault, folder in folders.items()}
    assert leaked["leak"] >= count["leak"] // 2 > leaked["none"]
    different = {fault: len({i.tobytes() for i in images(folder, "test")[0]}) for fault, folder in folders.items()}
    assert different["repeated"] <= count["repeated"] // 3
    assert different["none"] == count["none"]
    assert np.bincount(images(folders["rare class"], "test")[1]).min() == 5


def test_a_folder_holds_what_the_audit_takes_and_does_not_tell_its_fault(folders):
    from pruneuq_helpers.audit.settings import settings_of

    assert callable(settings_of)
    for folder in folders.values():
        assert {path.name for path in folder.iterdir()} == {"model.py", "weights.safetensors", "train.npz", "test.npz"}
    programs = {(folder / "model.py").read_text() for folder in folders.values()}
    assert len(programs) == 1
    names: dict = {}
    exec(programs.pop(), names)
    from safetensors.torch import load_file

    names["build"]().load_state_dict(load_file(folders["none"] / "weights.safetensors"))


def test_the_page_s_command_is_one_that_the_audit_takes(folders, tmp_path, monkeypatch):
    page = (ROOT / "book" / "capstone.md").read_text(encoding="utf-8")
    command = re.search(r"pruneuq audit (.+?)\n\s+```", page, re.DOTALL)[1].replace("\\\n", " ").split()
    monkeypatch.chdir(next(iter(folders.values())))
    quick = ["--resamples", "100", "--repeats", "3", "--fine-tune", "1", "--levels", "0.4", "--no-repairs"]
    done = CliRunner().invoke(main, ["audit", *command, *quick, "--out", str(tmp_path / "report")])
    assert done.exit_code == 0, done.output
