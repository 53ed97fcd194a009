"""How far a run is, read from its log by whoever asks: another shell, another day."""

import re
from datetime import UTC, datetime
from pathlib import Path

from pruneuq_helpers.checks import paths
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.log import FORMAT
from pruneuq_helpers.study.store import is_busy
from pruneuq_helpers.text import duration

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)  (.*)")
_COUNT = re.compile(r"(\d+) of (\d+)\b")
_STATES = {
    "finished": "finished",
    "ended": "all cells of its last part are done; its notebook goes on, or was stopped there",
    "stopped": "stopped",
    "a worker": "stopped",
}
SHOWN = 5


def find_runs(which: str | None, out: Path) -> list[Path]:
    """The folders that are meant."""
    for name, value in {"run": which, "out": out}.items():
        if value is not None:
            paths.path(name, value, "the path of a folder")
    if which and (Path(which) / "log.txt").is_file():
        return [Path(which)]
    found = sorted(path.parent for path in out.glob("*/*/log.txt") if path.is_file())
    if not which and not found:
        raise ParameterError(f"no run has begun in {out}; option --out takes another folder of results")
    if which:
        found = [run for run in found if _is_meant(which, run.parent.name, run.name)]
    if not found:
        takes = f"it takes a folder with a log, or PROFILE/CHAPTER of one in {out}"
        raise ParameterError(f"run got {which}; {takes}")
    return found


def _is_meant(which: str, profile: str, chapter: str) -> bool:
    names = {chapter, chapter[:2], chapter[:2].lstrip("0")}
    return which in {profile} | names | {f"{profile}/{name}" for name in names}


def status(run: Path) -> list[str]:
    """Say in a few lines what a run does and how far it is."""
    log = (run / "log.txt").read_text(encoding="utf-8", errors="replace")  # a line may be torn, as by a full disk
    lines = [found for line in log.splitlines() if (found := _LINE.match(line))]
    name = f"{run.parent.name}/{run.name}"
    if not lines:
        return [f"{name}: nothing in its log yet"]
    counted = next((found for line in reversed(lines) if (found := _COUNT.search(line[2]))), None)
    last = datetime.strptime(lines[-1][1], FORMAT).replace(tzinfo=UTC)
    ago = duration(max(0, (datetime.now(UTC) - last).total_seconds()))
    said = [f"{name}: {_state(run, lines[-1][2])}"]
    if counted:
        said.append(f"  {counted[1]} of {counted[2]} cells stored; last line {ago} ago")
    return said + [f"  {line[0]}" for line in lines[-SHOWN:]]


def _state(run: Path, words: str) -> str:
    try:
        if is_busy(run) or is_busy(run / "cells"):
            return "running"
    except PermissionError:
        return "another user's, so that it is not known whether it is running"
    except OSError as error:
        return f"on a disk that cannot be locked ({error.strerror}), so that it is not known whether it is running"
    known = [state for beginning, state in _STATES.items() if words.startswith(beginning)]
    # A run that is killed, or whose machine goes down, writes no last line.
    return known[0] if known else "broken off; run the same again to go on from there"
