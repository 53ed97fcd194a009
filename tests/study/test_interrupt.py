"""Ctrl-C on `pruneuq run`: the notebook's process stops its study, and the command says how to go on."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pruneuq_helpers.study.status import status

NAME = "01_aleatoric_regression"
CELLS = (
    'profile = "quick"\nseeds = 40\nworkers = 1\nout = "runs"\n',
    """\
    import time
    from pruneuq_helpers.study import Part, Study

    def cells(study):
        return [{"seed": seed} for seed in range(study.seeds)]

    def work(cell):
        time.sleep(0.1)
        return {"twice": 2 * cell["seed"]}

    class ToyStudy(Study):
        chapter = "01_aleatoric_regression"
        parts = {"toy": Part(cells, work)}

    study = ToyStudy.from_notebook(globals())
    """,
    'table = study.run("toy")',
)
COMMAND = """\
import pathlib
from pruneuq_helpers import cli
from pruneuq_helpers.study import profiles
for module in (profiles, cli):
    module.checkout = lambda: pathlib.Path("book")
cli.main()
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one chapter, whose study takes four seconds."""
    cells = [new_code_cell(textwrap.dedent(cell)) for cell in CELLS]
    cells[0].metadata["tags"] = ["parameters"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (tmp_path / "book" / "notebooks").mkdir(parents=True)
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "book" / "notebooks" / f"{NAME}.ipynb")
    return tmp_path


def test_an_interrupt_stops_cleanly_and_says_how_to_go_on(checkout):
    words = [sys.executable, "-c", COMMAND, "run", "1", "--out", "runs"]
    folder = checkout / "runs" / "quick" / NAME
    # In a session of its own, or a shell that ignores Ctrl-C for what it runs in the background would have it ignored.
    process = subprocess.Popen(
        words, cwd=checkout, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env=os.environ | {"PRUNEUQ_QUIET": "1"},
    )  # fmt: skip
    stored = folder / "cells"
    end = time.monotonic() + 120
    while len(list(stored.glob("*.cell"))) < 3 and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    count = len(list(stored.glob("*.cell")))
    assert process.returncode == 130, said
    assert f"stopped with {count} of 40 cells stored; run the same again to go on from there\n" in said
    assert "Traceback" not in said
    assert 3 <= count < 40
    assert status(folder)[0] == f"quick/{NAME}: stopped"
