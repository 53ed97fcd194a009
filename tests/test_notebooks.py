"""Every notebook runs small from anywhere, and stops at once, with one sentence, at a parameter that makes no sense."""

import ast
import json
import os
import re
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest
import torch
import yaml

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.claims import SIGNS
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.exercises.checks import without_check
from pruneuq_helpers.exercises.form import exercises
from pruneuq_helpers.exercises.running import in_one_process, steps

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
BY_NAME = {chapter.name: chapter for chapter in CHAPTERS}
PROFILES = sorted(path.relative_to(NOTEBOOKS / "parameters") for path in NOTEBOOKS.glob("parameters/*/*.yaml"))
COLUMNS = 80  # of code that a page shows without a scroll bar
UNWRITABLE = os.devnull + "/runs"


def code(name: str) -> list[str]:
    """The sources of a notebook's code cells."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def defaults(name: str) -> dict:
    """What the parameters cell sets."""
    return {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(code(name)[0]).body}


def study(name: str, tmp_path: Path, **values):
    """What the first two cells make of these values: a study, or an error."""
    parameters, second = code(name)[:2]
    namespace: dict = {}
    exec(parameters, namespace)
    namespace |= {"out": str(tmp_path)} | values
    exec(second, namespace)
    return namespace["study"]


def profile(name: str, which: str) -> dict:
    """The lines of a profile file."""
    return yaml.safe_load((NOTEBOOKS / "parameters" / which / f"{name}.yaml").read_text(encoding="utf-8"))


def run(name: str, folder: Path, values: dict):
    """Plain papermill, from a folder that is not the notebook's."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    values = values | {"out": str(folder / "runs")}
    source, target = NOTEBOOKS / f"{name}.ipynb", folder / "executed.ipynb"
    executed = papermill.execute_notebook(source, target, values, cwd=str(elsewhere), progress_bar=False)
    assert list(elsewhere.iterdir()) == []
    return executed


def test_chapters_are_the_notebooks_and_stand_in_the_contents():
    contents = (NOTEBOOKS.parent / "_toc.yml").read_text(encoding="utf-8")
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == sorted(BY_NAME)
    assert [line.split("/")[1] for line in contents.splitlines() if "file: notebooks/" in line] == list(BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
def test_title_is_that_of_the_table(name):
    lines = (NOTEBOOKS / f"{name}.md").read_text(encoding="utf-8").splitlines()
    assert next(line for line in lines if line.startswith("# ")) == f"# {BY_NAME[name].title}"


@pytest.mark.parametrize("name", BY_NAME)
def test_minutes_are_those_of_the_table_and_of_the_exercises(name):
    text = (NOTEBOOKS / f"{name}.md").read_text(encoding="utf-8")
    to_read, to_solve = re.search(
        r"\*\*Minutes\*\* (\d+) to read and run, another (\d+) for the exercises", text
    ).groups()
    assert int(to_read) == BY_NAME[name].minutes
    assert int(to_solve) == sum(one.minutes for one in exercises(NOTEBOOKS / f"{name}.md"))


@pytest.mark.parametrize("name", BY_NAME)
def test_parameters_are_plain_literals_with_a_comment_each(name):
    lines = code(name)[0].splitlines()
    for node in ast.parse("\n".join(lines)).body:
        above = lines[node.lineno - 2].startswith("#") if node.lineno > 1 else False
        assert above or any("#" in line for line in lines[node.lineno - 1 : node.end_lineno]), node.targets[0].id
    assert defaults(name)["profile"] == "quick"


@pytest.mark.parametrize("name", BY_NAME)
def test_code_is_no_wider_than_its_page(name):
    assert [line for cell in code(name) for line in cell.splitlines() if len(line) > COLUMNS] == []


@pytest.mark.long
@pytest.mark.parametrize("name", BY_NAME)
def test_smoke_runs_from_anywhere_leaves_its_results_and_takes_its_solutions_alone(name, tmp_path):
    """In one process for all, as exercises are judged; the book itself runs each notebook in a kernel."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    values = profile(name, "smoke") | {"out": str(tmp_path / "runs")}
    found, at, reason = in_one_process(with_solutions_and_stubs(name, values), 300, str(elsewhere))
    assert (at, reason) == (None, "")
    asked = [one.label for one in exercises(NOTEBOOKS / f"{name}.md")]
    remarks = {label: one["remark"] if label in asked or one["passed"] else None for label, one in found.items()}
    assert remarks == dict.fromkeys(asked, "") | {f"{label} stub": None for label in asked}
    assert {path.name for path in elsewhere.iterdir()} <= {"profile_default"}  # IPython's own
    left_its_results(tmp_path / "runs" / "smoke" / name)


def with_solutions_and_stubs(name: str, values: dict) -> list[dict]:
    """A chapter from its first cell to its last, and at each exercise its solution and its stub."""
    solutions = {one.label: without_check(one.solution) for one in exercises(NOTEBOOKS / f"{name}.md")}
    tried = []
    for step in steps(NOTEBOOKS / f"{name}.md", solutions, values):
        stub = [step | {"label": f"{step['label']} stub", "answer": step["stub"]}] if "answer" in step else []
        tried += [step, *stub]
    finish = next(cell for cell in code(name) if "study.finish(" in cell)  # it stands behind the exercises
    return [*tried, {"code": finish, "may_fail": False}]


def left_its_results(results: Path) -> None:
    """A table, verdicts and provenance of a smoke run."""
    assert len(pd.read_csv(results / "table.csv")) > 0
    assert set(pd.read_csv(results / "claims.csv")["verdict"]) <= set(SIGNS)
    provenance = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["parameters"]["profile"] == "smoke"


@pytest.mark.long
def test_plain_papermill_runs_a_chapter_from_anywhere(tmp_path):
    name = "03_lottery_tickets"
    executed = run(name, tmp_path, profile(name, "smoke"))
    left_its_results(tmp_path / "runs" / "smoke" / name)
    assert {output.output_type for cell in executed.cells for output in cell.get("outputs", [])}.isdisjoint({"error"})


@pytest.mark.parametrize("file", PROFILES, ids=str)
def test_profile_changes_known_values_and_is_accepted(file, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # a profile may ask for a GPU
    name = next(name for name in BY_NAME if file.stem.startswith(name))
    values = yaml.safe_load((NOTEBOOKS / "parameters" / file).read_text(encoding="utf-8"))
    # A second profile of a chapter, such as `real/05_..._mnist`, has a name and so a folder of its own.
    assert values["profile"] == f"{file.parent}{file.stem.removeprefix(name).replace('_', '-')}"
    assert values.keys() <= defaults(name).keys()
    made = study(name, tmp_path, **values)
    assert made.folder == tmp_path / values["profile"] / name
    assert {key: getattr(made, key) for key in values} == values


def test_every_chapter_has_every_profile():
    assert {(which, name) for which in ("smoke", "real", "full") for name in BY_NAME} <= {
        (str(file.parent), file.stem) for file in PROFILES
    }


MAY_BE_EMPTY = ("scratch_levels", "wider_levels")  # controls that a run may do without


def wrong_values(name: str) -> list[tuple[str, object]]:
    """Values that make no sense, for every parameter that a chapter has."""
    wrong: list[tuple[str, object]] = [("seeds", 0), ("device", "gpu"), ("device", "cuda"), ("out", UNWRITABLE)]
    for key, value in defaults(name).items():
        if isinstance(value, bool | int | float):
            wrong.append((key, "three"))
        if isinstance(value, str):
            wrong.append((key, 3))
        if "level" in key:
            wrong += [(key, bad if not isinstance(value, list) else [0.5, bad]) for bad in (1.0, -0.1)]
            wrong += [(key, [])] if isinstance(value, list) and key not in MAY_BE_EMPTY else []
        if key == "data":
            wrong.append((key, "mnst"))
    return wrong


WRONG = [(name, key, value) for name in BY_NAME for key, value in wrong_values(name)]


@pytest.mark.parametrize(("name", "key", "value"), WRONG)
def test_wrong_value_stops_the_first_two_cells_with_one_sentence(name, key, value, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ParameterError) as error:
        study(name, tmp_path, **{key: value})
    sentence = str(error.value)
    shown = value[-1] if isinstance(value, list) and value else value
    assert sentence.startswith(f"parameter `{key}` got {shown!r}")
    assert "; it takes " in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", BY_NAME)
def test_unknown_name_stops_the_first_two_cells(name, tmp_path):
    with pytest.raises(ParameterError, match="^unknown parameter `seedz`; did you mean `seeds`\\?$"):
        study(name, tmp_path / "runs", seedz=3)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"seedz": 3}, "unknown parameter `seedz`; did you mean `seeds`?"),
        ({"seeds": 0}, "parameter `seeds` got 0; it takes "),
    ],
)
def test_plain_papermill_stops_at_what_makes_no_sense(values, sentence, tmp_path):
    """In one chapter: the tests above show of every chapter that its first two cells stop."""
    with pytest.raises(papermill.PapermillExecutionError) as error:
        run(next(iter(BY_NAME)), tmp_path, values)
    assert error.value.exec_count == 3  # the parameters, what papermill puts in, and the study
    assert error.value.ename == "ParameterError"
    assert error.value.evalue.startswith(sentence)
    assert len(error.value.traceback) == 1  # the sentence alone, without the frames that lead to it
    assert not (tmp_path / "runs").exists()
