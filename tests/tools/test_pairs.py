"""The pair check is quiet on good pairs and names every way in which one can be out of step."""

import subprocess
import sys

import nbformat
import pytest


@pytest.fixture
def pairs(load, notebook):
    tool = load("tools/pairs.py")
    notebook("01_a", "1 + 1", ':tags: [hide-input]\n\nprint("two")')
    tool.write()
    return tool


def edit(tree, change) -> None:
    """Change the twin as somebody would in JupyterLab."""
    path = tree / "notebooks" / "01_a.ipynb"
    twin = nbformat.read(path, as_version=4)
    change(twin)
    nbformat.write(twin, path)


def test_written_twin_is_in_step_and_a_rewrite_changes_nothing(pairs, tree, capsys):
    assert pairs.problems() == []
    before = (tree / "notebooks" / "01_a.ipynb").read_bytes()
    capsys.readouterr()
    pairs.write()
    assert capsys.readouterr().out == ""
    assert (tree / "notebooks" / "01_a.ipynb").read_bytes() == before


def test_times_of_files_do_not_count(pairs, tree):
    source = tree / "notebooks" / "01_a.md"
    source.write_text(source.read_text())
    assert pairs.problems() == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda twin: twin.cells[2].update(source="1 + 2"), "differ (first in cell 2)"),
        (lambda twin: twin.cells[0].update(source="# Another title"), "differ (first in cell 0)"),
        (lambda twin: twin.cells[3].metadata.update(tags=["hide-cell"]), "differ (first in cell 3)"),
        (lambda twin: twin.cells[3].metadata.update(mystnb={"image": {"alt": "x"}}), "differ (first in cell 3)"),
        (lambda twin: twin.cells.pop(), "differ (first in the number of cells)"),
        (lambda twin: twin.cells[2].update(execution_count=1), "holds outputs"),
        (
            lambda twin: twin.cells[2].update(outputs=[nbformat.v4.new_output("stream", text="2")]),
            "holds outputs",
        ),
    ],
)
def test_changed_twin_is_found(pairs, tree, change, problem):
    edit(tree, change)
    assert len(pairs.problems()) == 1
    assert problem in pairs.problems()[0]


def test_changed_source_is_found_and_mended_by_writing(pairs, tree):
    source = tree / "notebooks" / "01_a.md"
    source.write_text(source.read_text().replace("1 + 1", "1 + 3"))
    assert "differ (first in cell 2); run `make pairs`" in pairs.problems()[0]
    pairs.write()
    assert pairs.problems() == []


@pytest.mark.parametrize("end", [".md", ".ipynb"])
def test_missing_half_is_found(pairs, tree, end):
    (tree / "notebooks" / f"01_a{end}").unlink()
    assert pairs.problems() == ["01_a: one of .md and .ipynb is missing"]


def test_first_code_cell_must_be_the_parameters(pairs, notebook):
    source = notebook("01_a", "1 + 1")
    source.write_text(source.read_text().replace(":tags: [parameters]", ":tags: [hide-input]"))
    pairs.write()
    assert pairs.problems() == ["01_a: the first code cell is not tagged `parameters`"]


def test_command_fails_on_a_pair_out_of_step(pairs, tree):
    command = [sys.executable, "tools/pairs.py"]
    assert subprocess.run(command, cwd=tree, check=False).returncode == 0
    edit(tree, lambda twin: twin.cells.pop())
    done = subprocess.run(command, cwd=tree, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "01_a: .md and .ipynb differ" in done.stderr
