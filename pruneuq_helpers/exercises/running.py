"""A chapter run small, with answers tried where its exercises stand."""

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.exercises.checks import bound, used, without_check
from pruneuq_helpers.exercises.ending import MARK, end_all
from pruneuq_helpers.exercises.form import Exercise, parts
from pruneuq_helpers.exercises.remarks import ENDED

_CELL_SECONDS = 600  # for a cell of the book itself
_SLACK = 30  # beyond an answer's own limit, which the sitting keeps
_SMALL = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PRUNEUQ_WORKERS"), "1"),
    **{"PRUNEUQ_QUIET": "1", "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
}


class ChapterError(RuntimeError):
    """The chapter itself does not run here, whatever the answers are."""


def run(path: Path, answers: dict[str, str], values: dict, seconds: int = 60) -> dict[str, dict]:
    """Try answers in a chapter, each in a process of its own and within a time limit; an outcome for each label."""
    if not hasattr(os, "fork"):
        raise ParameterError("exercises are checked on Linux, macOS or WSL: this system cannot fork a process")
    found: dict[str, dict] = {}
    while left := {label: answer for label, answer in answers.items() if label not in found}:
        with TemporaryDirectory() as folder:
            new, at, reason = in_one_process(steps(path, left, {"out": folder} | values), seconds, folder)
        if reason and at is None:
            raise ChapterError(f"{Path(path).stem} does not run here: {reason}")
        found |= new
        if reason:
            # It ended the chapter's process too; those behind it are tried in a new one.
            found[at] = {"passed": False, "remark": reason}
    return found


def steps(path: Path, answers: dict[str, str], values: dict) -> list[dict]:
    """The chapter's cells up to the last of these answers, with each answer at its place."""
    found, last, pieces = [], 0, parts(path)
    for place, part in enumerate(pieces):
        if not isinstance(part, Exercise):
            found += _cells(part, values)
            continue
        if part.label in answers:
            texts = {"stub": part.stub, "check": part.check, "answer": answers[part.label]}
            found.append({"label": part.label, "chapter": Path(path).stem, **texts})
            last = len(found)
        # Of the solutions only those whose names a later exercise builds on.
        if _is_built_on(part, pieces[place + 1 :]):
            found.append({"code": without_check(part.solution), "may_fail": False})
    return found[:last]


def _cells(cell, values: dict) -> list[dict]:
    """A cell of the chapter, and behind its parameters a cell with these values, as papermill writes it."""
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or "skip-execution" in tags:
        return []
    made = [{"code": cell.source, "may_fail": "raises-exception" in tags}]
    if "parameters" in tags:
        made.append({"code": "\n".join(f"{name} = {value!r}" for name, value in values.items()), "may_fail": False})
    return made


def _is_built_on(exercise: Exercise, later: list) -> bool:
    """Whether a later exercise uses what this one asks for."""
    solutions = [part.solution for part in later if isinstance(part, Exercise)]
    return any(bound(exercise.stub) & (used(code) - bound(code)) for code in solutions)


def in_one_process(cells: list[dict], seconds: int, folder: str) -> tuple[dict[str, dict], str | None, str]:
    """Outcomes by label; at which answer it ended too early, if at one; and why it did."""
    found, at = {}, None
    limit = _CELL_SECONDS
    with _process({"steps": cells, "seconds": seconds}, folder) as lines:
        while True:
            try:
                line = lines.get(timeout=limit)
            except Empty:
                return found, at, f"stopped after {limit} seconds"
            if line is None:
                return found, at, ENDED if at else "its process was ended"
            if "done" in line or "failed" in line:
                return found, None, line.get("failed", "")
            if "begun" in line:
                at = line["begun"]
                limit = seconds + _SLACK if at else _CELL_SECONDS
            else:
                found[line.pop("label")] = line
                at = None


@contextmanager
def _process(task: dict, folder: str) -> Iterator[Queue]:
    """A process that works on a task, and a queue of what it reports; it and all that it started end with the block."""
    mark, lines = uuid.uuid4().hex, Queue()
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "pruneuq_helpers.exercises.sitting", str(writing)]
    process = subprocess.Popen(
        command,
        env=os.environ | _SMALL | {MARK: mark, "IPYTHONDIR": folder},
        **{"cwd": folder, "pass_fds": [writing], "start_new_session": True, "text": True},
        **{"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL},
    )
    os.close(writing)
    threading.Thread(target=_report, args=(reading, lines), daemon=True).start()
    try:
        with process.stdin:
            json.dump(task, process.stdin)
        yield lines
    finally:
        process.kill()
        process.wait()
        end_all(process.pid, mark)


def _report(reading: int, lines: Queue) -> None:
    """Pass on each line of a report, and nothing at its end."""
    with os.fdopen(reading, encoding="utf-8") as report:
        for line in report:
            lines.put(json.loads(line))
    lines.put(None)
