"""Notebooks are executed when they must be, and a failure is a failure."""

import subprocess
import sys

import pytest


@pytest.fixture
def execute(tree):
    """Run the tool; the exit status, and both streams."""
    (tree / "pruneuq_helpers").mkdir()
    (tree / "pruneuq_helpers" / "__init__.py").touch()
    (tree / "pruneuq_helpers" / "errors.py").touch()

    def executed():
        words = [sys.executable, "tools/execute.py"]
        done = subprocess.run(words, cwd=tree, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return executed


def test_what_changed_is_executed_and_what_fails_is_told(execute, notebook, tree):
    notebook("01_helped", "from pruneuq_helpers.errors import ParameterError")
    plain = notebook("02_plain", "print('hello')")
    notebook("03_broken", "raise ValueError('the loss became nan')")
    status, told = execute()
    assert status == 1
    assert "FAILED    03_broken.md" in told
    assert "raise ValueError('the loss became nan')" in told
    assert "2 executed, 1 failed, 0 from the cache" in told

    # A prose edit executes nothing; the mended notebook is executed, and kills its own kernel.
    plain.write_text(plain.read_text().replace("Words.", "Other words."))
    notebook("03_broken", "import os\nos._exit(1)")
    status, told = execute()
    assert status == 1
    assert "FAILED    03_broken.md\nKernel died" in told
    assert "0 executed, 1 failed, 2 from the cache" in told

    # A helper edit executes what depends on it; entries that a killed build left behind are made anew.
    (tree / "pruneuq_helpers" / "errors.py").write_text("EDITED = True\n")
    notebook("03_broken", "print('mended')")
    entries = list((tree / "_build" / "jupyter_cache" / "executed").rglob("base.ipynb"))
    half = next(path for path in entries if "hello" in path.read_text())
    half.write_text(half.read_text()[:200])
    status, told = execute()
    assert status == 0, told
    assert "3 executed, 0 failed, 0 from the cache" in told

    half.unlink()
    status, told = execute()
    assert status == 0, told
    assert "1 executed, 0 failed, 2 from the cache" in told
    assert execute()[1] == "0 executed, 0 failed, 3 from the cache\n"


FINISHING = """\
from pathlib import Path
from types import SimpleNamespace

folder = Path("../runs/quick/01_study")
def finish(told):
    (folder / "example").mkdir(parents=True, exist_ok=True)
    for name in ("example/report.html", "table.csv", "claims.csv", "provenance.json"):
        (folder / name).write_text(told)
study = SimpleNamespace(finish=finish)
study.finish("from the notebook")"""


def test_results_of_a_study_are_kept_with_the_outputs(execute, notebook, tree):
    notebook("01_study", FINISHING)
    notebook("02_plain", "print('hello')")
    left, handed = tree / "runs" / "quick" / "01_study", tree / "_build" / "results" / "quick"
    assert "2 executed, 0 failed, 0 from the cache" in execute()[1]
    assert [path.name for path in handed.iterdir()] == ["01_study"]
    assert sorted(path.name for path in (handed / "01_study").iterdir()) == sorted(path.name for path in left.iterdir())

    assert (handed / "01_study" / "example" / "report.html").read_text() == "from the notebook"

    # What a reader runs later changes nothing that the pages say.
    (left / "claims.csv").write_text("from another run")
    (handed / "01_study" / "claims.csv").unlink()
    assert "0 executed, 0 failed, 2 from the cache" in execute()[1]
    assert (handed / "01_study" / "claims.csv").read_text() == "from the notebook"

    # Outputs without their results are made again.
    next((tree / "_build" / "jupyter_cache").rglob("provenance.json")).unlink()
    assert "1 executed, 0 failed, 1 from the cache" in execute()[1]
    assert (handed / "01_study" / "provenance.json").read_text() == "from the notebook"
