"""`pruneuq check`: right and wrong answers, and everything that can be handed in instead of a notebook."""

import csv
import subprocess
import sys

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell

from pruneuq_helpers import cli
from pruneuq_helpers.exercises import instructor, score, submissions
from pruneuq_helpers.exercises.submissions import COLUMNS

RIGHT = {"ex-twice": "twice = 2 * seeds", "ex-function": "def square(x):\n    return x * x"}


def without_checks(notebook) -> None:
    notebook.cells = [cell for cell in notebook.cells if "check" not in cell.metadata["pruneuq"]]


def tampered(notebook) -> None:
    for cell in notebook.cells:
        if "check" in cell.metadata["pruneuq"]:
            cell.source = "assert True"


def bare(notebook) -> None:
    """As an editor leaves it that keeps no metadata."""
    notebook.metadata.clear()
    for cell in notebook.cells:
        cell.metadata.clear()


def in_two_cells(notebook) -> None:
    place = next(i for i, cell in enumerate(notebook.cells) if cell.source == RIGHT["ex-twice"])
    notebook.cells[place].source = "half = seeds"
    notebook.cells.insert(place + 1, new_code_cell("%matplotlib inline\nprint('hello')\ntwice = half + half"))


def states(path) -> list[tuple[str, str]]:
    one = score(path)
    assert not one.problem
    return [row[1:] for row in one.rows]


@pytest.mark.parametrize("change", [lambda notebook: None, without_checks, tampered, in_two_cells])
def test_right_answers_pass_whatever_became_of_the_checks(hand_in, change):
    assert states(hand_in("a.ipynb", RIGHT, change)) == [("passed", ""), ("passed", "")]


def test_answers_are_found_without_any_metadata(hand_in):
    def added(notebook):
        bare(notebook)
        place = next(i for i, cell in enumerate(notebook.cells) if cell.source == RIGHT["ex-function"])
        notebook.cells.insert(place + 2, new_code_cell("1 / 0"))  # behind the check: an experiment, no answer

    path = hand_in("01_aleatoric_regression (Ann).ipynb", RIGHT, added)
    assert states(path) == [("passed", ""), ("passed", "")]


def test_an_answer_below_its_check_is_told_where_it_belongs(hand_in):
    def below(notebook):
        place = next(i for i, cell in enumerate(notebook.cells) if cell.metadata["pruneuq"].get("check") == "ex-twice")
        notebook.cells.insert(place + 1, new_code_cell(RIGHT["ex-twice"]))

    path = hand_in("a.ipynb", {"ex-function": RIGHT["ex-function"]}, below)
    said = "cells below the check are not looked at; an answer stands above it"
    assert states(path) == [("not begun", said), ("passed", "")]


@pytest.mark.parametrize("magic", ["%%time", "%%capture out", "%%timeit -n 1"])
def test_a_cell_that_is_timed_is_an_answer_too(hand_in, magic):
    timed = {label: f"{magic}\n{source}" for label, source in RIGHT.items()}
    assert states(hand_in("a.ipynb", timed)) == [("passed", ""), ("passed", "")]


def test_a_byte_order_mark_is_no_reason_to_refuse_a_notebook(hand_in):
    path = hand_in("a.ipynb", RIGHT)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert states(path) == [("passed", ""), ("passed", "")]


def test_each_mistake_is_told_and_harms_no_other(hand_in):
    wrong = {"ex-twice": "twice = seeds + 1", "ex-function": "def square(x):\n    return x * xx"}
    told = states(hand_in("a.ipynb", wrong, tampered))
    assert told[0] == ("not yet", "an even number")
    assert told[1][0] == "not yet"
    assert "name 'xx' is not defined" in told[1][1]


def test_what_is_untouched_or_gone_is_not_begun(hand_in):
    def gone(notebook):
        notebook.cells = [cell for cell in notebook.cells if cell.metadata["pruneuq"].get("exercise") != "ex-twice"]

    assert states(hand_in("a.ipynb", {}, gone)) == [
        ("not begun", "its cell is not in the notebook"),
        ("not begun", ""),
    ]


def test_remark_says_what_is_wrong(outcomes):
    remarks = {
        "exit()": "your code ends Python (`exit`); leave that out",
        "import sys\nsys.exit(1)": "your code ends Python (`exit`); leave that out",
        "twice = (": "line 1 of your code: SyntaxError: '(' was never closed",
        "x = 1\ntwice = 1 / 0": "line 2 of your code: ZeroDivisionError: division by zero",
        "raise KeyboardInterrupt": "line 1 of your code: KeyboardInterrupt",
        "once = 4": "your code does not set `twice`",
        "twice = ...": "a `...` is still in the place of an answer",
        "twice = 1 + ...": "a `...` is still in the place of an answer",
        "twice = 'four'": "the check cannot use what your code made (TypeError: ",
        "twice = lambda: 4": "the check cannot use what your code made (TypeError: ",
        "twice = iter([4])": "`twice` is an object of the type `list_iterator`; a check takes numbers, text, lists, ",
        "twice = [4]\ntwice.append(twice)": "`twice` is an object of the type `list without end`",
        "twice = 5": "twice the seeds",
    }
    found = outcomes(list(remarks), "twice = ...", "assert abs(twice - 4) < 1e-9, 'twice the seeds'")
    for one, remark in zip(found, remarks.values(), strict=True):
        assert not one["passed"]
        assert one["remark"].startswith(remark)


def test_check_without_a_word_is_quoted(outcomes):
    assert outcomes(["a = 1"], "a = ...", "b = 2\nassert a == b")[0]["remark"] == "`assert a == b` does not hold"


def test_error_in_a_function_is_told_with_its_line(outcomes):
    answers = ["def f(x):\n    return x.y", "def f(x):\n    return object()", "def f(x):\n    raise SystemExit"]
    found = [one["remark"] for one in outcomes(answers, "def f(x):\n    ...", "assert f(1) == 1, 'itself'")]
    assert found == [
        "line 2 of your code: AttributeError: 'int' object has no attribute 'y'",
        "a function of yours returns an object of the type `object`; a check takes "
        "numbers, text, lists, arrays, tensors, tables and functions",
        "your code ends Python (`exit`); leave that out",
    ]


def test_command_tells_the_score(hand_in):
    path = hand_in("a.ipynb", RIGHT | {"ex-twice": "twice = 1"})
    done = CliRunner().invoke(cli.main, ["check", str(path)])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "a.ipynb: 1 of 2 (01_aleatoric_regression)",
        "  not yet    Twice as much: an even number",
        "  passed     A function",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "there is no such file"),
        ("my homework", "this is not a Jupyter notebook"),
        ('{"cells": 3}', "this is not a Jupyter notebook"),
        ("[1, 2]", "this is not a Jupyter notebook"),
        (b"\xff\xfe\x00", "this is not a Jupyter notebook"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "this is no copy of a chapter"),
        ('{"cells": [], "metadata": {"pruneuq": 1}, "nbformat": 4, "nbformat_minor": 5}', "this is no copy of a"),
    ],
)
def test_what_is_no_submission_gets_one_sentence(tmp_path, chapter, text, problem):
    path = tmp_path / "homework.ipynb"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = CliRunner().invoke(cli.main, ["check", str(path)])
    assert done.exit_code == 1
    assert len(done.output.splitlines()) == 1
    assert f"homework.ipynb: {problem}" in done.output


def test_folder_gives_a_table_with_a_row_for_everything(hand_in, chapter):
    folder = hand_in("b.ipynb", RIGHT).parent
    hand_in("a.ipynb", {"ex-function": "raise ValueError('no idea')"})
    (folder / "c.ipynb").write_text("nothing")
    (folder / "deep" / ".ipynb_checkpoints").mkdir(parents=True)
    (folder / "deep" / ".ipynb_checkpoints" / "a.ipynb").write_text("nothing")
    nbformat.write(instructor(chapter), folder / "deep" / "d.ipynb")
    done = CliRunner().invoke(cli.main, ["check", str(folder), "--jobs", "2"])
    assert done.exit_code == 0, done.output
    with open(folder / "scores.csv", newline="") as file:
        rows = [tuple(row[name] for name in COLUMNS) for row in csv.DictReader(file)]
    told = "A function: line 1 of your code: ValueError: no idea"
    gone = "its cell is not in the notebook"
    assert rows == [
        ("a.ipynb", "01_aleatoric_regression", "0", "2", "1", told),
        ("b.ipynb", "01_aleatoric_regression", "2", "2", "0", ""),
        ("c.ipynb", "", "0", "0", "0", "this is not a Jupyter notebook; hand in the .ipynb file itself"),
        ("deep/d.ipynb", "01_aleatoric_regression", "0", "2", "2", f"Twice as much: {gone}; A function: {gone}"),
    ]
    assert done.output.splitlines()[-1] == f"4 submissions; the table is in {folder / 'scores.csv'}"


def test_empty_folder_and_table_that_cannot_be_written_end_with_one_sentence(hand_in, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(cli.main, ["check", str(tmp_path / "empty")])
    assert (done.exit_code, done.output) == (1, f"Error: {tmp_path / 'empty'} holds no notebook\n")
    folder = hand_in("a.ipynb", {}).parent
    monkeypatch.setattr(submissions, "score", None)  # the place is tried before anything is scored
    done = CliRunner().invoke(cli.main, ["check", str(folder), "--csv", "/dev/null/scores.csv"])
    assert done.exit_code == 1
    assert "it takes a file that can be written (Not a directory)" in done.output
    done = CliRunner().invoke(cli.main, ["check", str(folder / "a.ipynb"), "--csv", "scores.csv"])
    assert done.output == "Error: option --csv got scores.csv; it is for a folder of submissions, not for one\n"


def test_chapter_that_does_not_run_is_told(hand_in, chapter):
    path = hand_in("a.ipynb", RIGHT)
    broken = "```{code-cell} ipython3\n1 / 0\n```\n\n## Exercises"
    chapter.write_text(chapter.read_text().replace("## Exercises", broken))
    assert score(path).problem == "01_aleatoric_regression does not run here: ZeroDivisionError: division by zero"


@pytest.mark.parametrize("module", ["pruneuq_helpers.exercises", "pruneuq_helpers.commands.check"])
def test_import_needs_neither_torch_nor_a_notebook_library(module):
    heavy = "{'torch', 'numpy', 'nbclient', 'nbformat', 'jupytext', 'IPython'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
