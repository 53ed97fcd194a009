"""Notebooks for students (no solutions) and teachers (all of them), from a chapter's one source."""

import hashlib
from pathlib import Path

from pruneuq_helpers.exercises.checks import without_check
from pruneuq_helpers.exercises.form import Exercise, read
from pruneuq_helpers.exercises.rubrics import rubrics, table

KEY = "pruneuq"  # in a cell's metadata: what it is, so that answers are found again
CHECK = "# Check"  # how the cell below an answer begins
_STUDENT = """\
> **Student copy.** Write in the cell below each exercise, add cells between it and its check as you like, and run
> the check.
> A check that fails says why. `pruneuq check` with this file's name gives your score.
"""
_TEACHER = """\
> **Instructor copy.** Each exercise with what students start from, a solution, and the students' check;
> open ones with a rubric.
"""


def student(path: Path):
    """A chapter without its solutions: statements, stubs, checks, and everything else as it is."""

    def cells(exercise: Exercise, title: str) -> list:
        stub = _code(exercise.stub, exercise=exercise.label)
        return [_text(f"{title}\n\n{exercise.statement}", exercise=exercise.label), stub, _checked(exercise)]

    return _copy(path, _STUDENT, cells)


def instructor(path: Path):
    """A chapter with its solutions, ready to run from top to bottom."""

    marked = rubrics(_path(path))

    def cells(exercise: Exercise, title: str) -> list:
        asked = f"{title}\n\n{exercise.statement}\n\nStudents start from\n\n```python\n{exercise.stub}\n```"
        solution = _code(without_check(exercise.solution), ["solution"], solution=exercise.label)
        explained = _text(f"#### Solution\n\n{exercise.explanation}", solution=exercise.label)
        made = [_text(asked, exercise=exercise.label), explained, solution, _checked(exercise)]
        if exercise.label in marked:
            made.append(_text(f"#### Rubric\n\n{table(marked[exercise.label])}", solution=exercise.label))
        return made

    return _copy(path, _TEACHER, cells)


def _path(path) -> Path:
    from pruneuq_helpers.checks import paths  # here, for it imports NumPy

    return paths.path("path", path)


def _copy(path: Path, banner: str, cells_of):
    from nbformat.v4 import new_notebook

    path = _path(path)
    found, number = [], 0
    for part in read(path):
        if isinstance(part, Exercise):
            number += 1
            found += cells_of(part, f"### Exercise {path.name[:2].lstrip('0')}.{number}: {part.title}")
        else:
            part.metadata[KEY] = {"book": True}
            found.append(part)
    found.insert(1, _text(banner, book=True))
    for place, cell in enumerate(found):
        cell["id"] = f"cell-{place:03d}"
    source = hashlib.sha256(path.read_bytes()).hexdigest()
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=found, metadata={"kernelspec": kernel, KEY: {"chapter": path.stem, "source": source}})


def _text(source: str, **marks):
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(source, metadata={KEY: marks})


def _code(source: str, tags=("raises-exception",), **marks):
    from nbformat.v4 import new_code_cell

    # An unsolved exercise must not end a run of all cells.
    return new_code_cell(source, metadata={KEY: marks, "tags": list(tags)})


def _checked(exercise: Exercise):
    return _code(f"{CHECK}: run this cell when you are done\n{exercise.check}", check=exercise.label)
