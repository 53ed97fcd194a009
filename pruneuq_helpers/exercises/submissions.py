"""What students hand in: a score and a sentence for each exercise, and a table for a whole class.

Answers are read from the submission; statements, checks and everything else come from the book.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.exercises.copies import CHECK, KEY
from pruneuq_helpers.exercises.form import Exercise, exercises
from pruneuq_helpers.exercises.running import ChapterError, run
from pruneuq_helpers.study.profiles import changes, checkout

_MOST_JOBS = 1000
_TIMING = re.compile(r"\A\s*%%(time|timeit|capture)\b.*\n")  # in a process of its own these would hide the answer
COLUMNS = ("submission", "chapter", "passed", "exercises", "not begun", "remarks")


@dataclass
class Score:
    """One submission: its chapter, and a state and a remark for each exercise; or why it has none."""

    submission: str
    chapter: str = ""
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    problem: str = ""

    @property
    def passed(self) -> int:
        """How many exercises are solved."""
        return self._count("passed")

    def _count(self, state: str) -> int:
        return sum(row[1] == state for row in self.rows)

    def lines(self) -> list[str]:
        """The score in words, a line each."""
        if self.problem:
            return [f"{self.submission}: {self.problem}"]
        said = [f"  {state:<9}  {title}{f': {remark}' if remark else ''}" for title, state, remark in self.rows]
        return [f"{self.submission}: {self.passed} of {len(self.rows)} ({self.chapter})", *said]

    def row(self) -> dict:
        """The score as a row of the table of a class."""
        remarks = [f"{title}: {remark}" for title, _, remark in self.rows if remark]
        counts = (self.passed, len(self.rows), self._count("not begun"))
        values = (self.submission, self.chapter, *counts, self.problem or "; ".join(remarks))
        return dict(zip(COLUMNS, values, strict=True))


def score(path: Path, seconds: int = 60) -> Score:
    """Try the answers of one submission, within so many seconds each."""
    from pruneuq_helpers import checks  # here, for it imports NumPy
    from pruneuq_helpers.checks import paths

    return _scored(paths.path("path", path, "the path of a notebook"), checks.whole("seconds", seconds))


def _scored(path: Path, seconds: int) -> Score:  # of what is checked
    made = Score(path.name)
    try:
        notebook = _read(path)
        made.chapter, source = _chapter(path, notebook)
        asked = exercises(source)
        written, below = answers(notebook, asked)
        begun = {one.label: written[one.label] for one in asked if _begun(one, written)}
        profile = changes(made.chapter, "smoke")
        found = run(source, begun, profile, seconds)
    except (ParameterError, ChapterError) as error:
        made.problem = str(error)
        return made
    made.rows = [_row(one, written, found, one.label in below) for one in asked]
    return made


def _say(one: Score) -> None:
    print(one.lines()[0])


def score_folder(folder: Path, seconds: int = 60, jobs: int = 1, tell=_say) -> list[Score]:
    """Score every notebook below a folder; `tell` gets each score as soon as it is there."""
    from pruneuq_helpers import checks
    from pruneuq_helpers.checks import paths

    folder = paths.path("folder", folder, "the path of a folder")
    if not folder.is_dir():
        raise checks.refused("folder", str(folder), "a folder that is there")
    seconds, jobs = checks.whole("seconds", seconds), checks.whole("jobs", jobs, most=_MOST_JOBS)
    checks.function("tell", tell, "a function of a Score")
    handed_in, found = submissions(folder), []
    with ThreadPoolExecutor(jobs) as pool:
        for path, one in zip(handed_in, pool.map(lambda path: _scored(path, seconds), handed_in), strict=True):
            one.submission = path.relative_to(folder).as_posix()
            tell(one)
            found.append(one)
    return found


def submissions(folder: Path) -> list[Path]:
    """The notebooks of a folder, by their paths; an editor's own copies are none."""
    return [path for path in sorted(Path(folder).rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


def answers(notebook, asked: list[Exercise] = ()) -> tuple[dict[str, str], set[str]]:
    """The code of each exercise, its cell and those that a student added; and which have more below their check."""
    titles = {one.title: one.label for one in asked}
    found: dict[str, list[str]] = {}
    label, checked, below = None, None, set()
    for cell in notebook.cells:
        # Cells are known by their metadata; where an editor has dropped that, by the headings and checks of the copy.
        mark = cell.metadata.get(KEY, _read_off(cell, titles))
        if isinstance(mark, dict):  # a cell of the copy ends what came before it
            checked = mark.get("check", label) if cell.source.startswith(CHECK) else None
            label = mark.get("exercise")
        elif checked and cell.cell_type == "code" and cell.source.strip():
            below.add(checked)
        if isinstance(label, str) and cell.cell_type == "code":
            found.setdefault(label, []).append(_TIMING.sub("", cell.source))
    return {label: "\n".join(sources) for label, sources in found.items()}, below


def _read_off(cell, titles: dict[str, str]) -> dict | None:
    """What a cell without metadata is, as far as its text says."""
    first = cell.source.partition("\n")[0]
    if cell.cell_type == "code":
        return {} if first.startswith(CHECK) else None
    title = re.match(r"### Exercise \d+\.\d+: (.+)", first)
    if title:
        return {"exercise": titles.get(title[1].strip())}
    return {} if first.startswith("#") else None


def _read(path: Path):
    """The notebook, or a sentence."""
    import nbformat

    try:
        text = path.read_text(encoding="utf-8-sig")
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise ParameterError("there is no such file") from None
    except (OSError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError, nbformat.ValidationError):
        raise ParameterError("this is not a Jupyter notebook; hand in the .ipynb file itself") from None
    return notebook


def _chapter(path: Path, notebook) -> tuple[str, Path]:
    """Which chapter a submission is of: it says so itself, or its file name does."""
    mark = notebook.metadata.get(KEY)
    named = mark.get("chapter") if isinstance(mark, dict) else None
    for chapter in CHAPTERS:
        if named == chapter.name or (named is None and chapter.name in path.stem):
            return chapter.name, checkout() / "notebooks" / f"{chapter.name}.md"
    raise ParameterError("this is no copy of a chapter; start from a notebook that `make student` wrote")


def _begun(exercise: Exercise, written: dict[str, str]) -> bool:
    return written.get(exercise.label, "").strip() not in ("", exercise.stub.strip())


def _row(exercise: Exercise, written: dict[str, str], found: dict[str, dict], below: bool) -> tuple[str, str, str]:
    if exercise.label not in written:
        return exercise.title, "not begun", "its cell is not in the notebook"
    outcome = found.get(exercise.label, {"passed": False, "remark": ""})
    if outcome["passed"]:
        return exercise.title, "passed", outcome["remark"]
    # What stands there may be an experiment, so it is no part of the answer; but nobody should look for it in vain.
    more = "cells below the check are not looked at; an answer stands above it" if below else ""
    remark = "; ".join(filter(None, (outcome["remark"], more)))
    return exercise.title, "not yet" if exercise.label in found else "not begun", remark
