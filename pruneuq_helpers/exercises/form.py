"""The exercises of a chapter, as its Markdown source holds them."""

import re
from dataclasses import dataclass
from pathlib import Path

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.exercises.checks import check_of

_TAKES = "the Markdown file of a chapter"
_FENCE = re.compile(r"^```\{(exercise|solution)-(start|end)\}[ ]*(.*)\n((?::.*\n)*)```[ ]*$", re.MULTILINE)
_MINUTES = re.compile(r"^\*(\d+) minutes(, open)?\.\*[ \n]*", re.MULTILINE)
_LABEL = re.compile(r"^:label: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is asked, what a student starts from, a solution, and what an answer must satisfy."""

    label: str
    title: str
    minutes: int
    is_open: bool
    statement: str
    stub: str
    explanation: str
    solution: str

    @property
    def check(self) -> str:
        """The code that fails unless the exercise is solved."""
        return check_of(self.stub, self.solution)


def parts(path: Path) -> list:
    """A chapter in its order: cells, and an ``Exercise`` for each exercise with its solution."""
    from pruneuq_helpers.checks import paths  # here, for it imports NumPy

    return read(paths.path("path", path, _TAKES))


def read(path: Path) -> list:  # of what is checked
    import jupytext

    try:
        return _assembled(_pieces(jupytext.read(path).cells), path.name)
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        raise ParameterError(f"parameter `path` got {str(path)!r} ({why}); it takes {_TAKES}") from error


def exercises(path: Path) -> list[Exercise]:
    """The exercises of a chapter alone."""
    return [part for part in read(path) if isinstance(part, Exercise)]


def _pieces(cells: list) -> list:
    """Cells, with a match for each fence that opens or closes an exercise or a solution."""
    from nbformat.v4 import new_markdown_cell

    found: list = []
    for cell in cells:
        if cell.cell_type != "markdown":
            found.append(cell)
            continue
        start = 0
        for fence in [*_FENCE.finditer(cell.source), None]:
            text = cell.source[start : fence.start() if fence else None].strip()
            if text:
                found.append(new_markdown_cell(text, metadata=cell.metadata))
            if fence:
                found.append(fence)
                start = fence.end()
    return found


def _assembled(pieces: list, where: str) -> list:
    found, left = [], list(pieces)
    while left:
        piece = left.pop(0)
        if not isinstance(piece, re.Match):
            found.append(piece)
            continue
        title, label = piece[3].strip(), _LABEL.search(piece[4])
        if (piece[1], piece[2]) != ("exercise", "start") or not label:
            raise ValueError(f"{where}: `{piece[0].splitlines()[0]}` stands where no exercise has begun with a label")
        name = f"{where}: exercise {label[1]}"
        asked = _until(left, "exercise", name)
        begun = left.pop(0) if left else None
        if not isinstance(begun, re.Match) or (begun[1], begun[2], begun[3].strip()) != ("solution", "start", label[1]):
            raise ValueError(f"{name} is not followed by its solution")
        found.append(_exercise(name, label[1], title, asked, _until(left, "solution", name)))
    return found


def _until(left: list, kind: str, name: str) -> list:
    """Take the cells up to the fence that ends an exercise or a solution."""
    cells = []
    while left:
        piece = left.pop(0)
        if not isinstance(piece, re.Match):
            cells.append(piece)
        elif (piece[1], piece[2]) == (kind, "end"):
            return cells
        else:
            break
    raise ValueError(f"{name} lacks its {kind}-end")


def _exercise(name: str, label: str, title: str, asked: list, solved: list) -> Exercise:
    """Put the cells of an exercise together, and refuse what lacks a part."""
    stubs, stub_text = _apart(asked)
    solutions, explanation = _apart(solved)
    minutes = _MINUTES.search(stub_text)
    wanted = {
        "minutes, as in `*10 minutes.*`": minutes,
        "a hint, as in `*Hint.*`": re.search(r"\*Hint[.:]\*", stub_text),
        "one code cell tagged skip-execution": _tagged(stubs, "skip-execution"),
        "one code cell tagged solution": _tagged(solutions, "solution"),
    }
    for part, there in wanted.items():
        if not there:
            raise ValueError(f"{name} lacks {part}")
    made = Exercise(
        label, title, int(minutes[1]), bool(minutes[2]), stub_text, stubs[0].source, explanation, solutions[0].source
    )
    try:
        check = made.check
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if not check:
        raise ValueError(f"{name} lacks a check: no assertion of its solution is on names that the stub sets")
    return made


def _apart(cells: list) -> tuple[list, str]:
    code = [cell for cell in cells if cell.cell_type == "code"]
    return code, "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def _tagged(cells: list, tag: str) -> bool:
    return len(cells) == 1 and tag in cells[0].metadata.get("tags", [])
