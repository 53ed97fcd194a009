"""Whether stored results are what the code of today gives: the cheapest stored cell is computed again and compared."""

import json
import math
from reprlib import repr as short  # a stored text may be thousands of letters long
from typing import TYPE_CHECKING, Any

from pruneuq_helpers.data.files import write_whole
from pruneuq_helpers.errors import StudyError
from pruneuq_helpers.study.attempt import attempt
from pruneuq_helpers.study.digest import package_digest
from pruneuq_helpers.study.log import Log
from pruneuq_helpers.study.store import Store
from pruneuq_helpers.study.workers import one_thread

if TYPE_CHECKING:
    from pruneuq_helpers.study.engine import Job

RTOL, ATOL = 1e-6, 1e-9
_NOTE = "compared.json"  # part -> the code by which its stored cells were compared last


def agree_or_stop(job: "Job", stored: dict[str, dict], store: Store, log: Log) -> str:
    """Where other code filled the store, compute its cheapest cell again; says what came of it, in a sentence."""
    others = {key: record for key, record in stored.items() if record["digest"] != package_digest()}
    if not others or not job.name:
        return ""
    seen = _read(store)
    if seen.get(job.name) == package_digest():
        return f"{len(others)} cells were computed by other code of version {job.version}; the cheapest agrees"
    key = min(others, key=lambda one: others[one]["seconds"])
    found = again(job, key, others[key], store)
    # On another machine the last digits may differ, and how much is said.
    if found.differences and found.same_machine:
        raise StudyError(
            f"{len(others)} stored cells of `{job.name}` were computed by other code of version {job.version}, and "
            f"the cheapest of them comes out otherwise now: {found.differences[0]}; raise the version of the part, "
            "or undo the change, or compute anew with `fresh=True`"
        )
    _write(store, seen | {job.name: package_digest()})
    off = f"differs on this machine: {found.differences[0]}" if found.differences else "agrees"
    note = f"{len(others)} cells were computed by other code of version {job.version}; the cheapest {off}"
    log.line(f"note: {job.name}: {note}")
    return note


class Again:
    """What computing a stored cell again has shown."""

    def __init__(self, record: dict, now: dict, timed: tuple[str, ...]):
        if "error" in now:
            raise StudyError(f"a stored cell could not be computed again: {now['error']}")
        self.seconds = now["seconds"]
        self.same_machine = record["machine"] == now["machine"]
        self.differences = differences(record["columns"], now["columns"], timed)


def again(job: "Job", key: str, record: dict, store: Store | None) -> Again:
    """Compute a cell of a job again and hold it against its record: alone, and where it differs, in its stack."""
    found = Again(record, _now(job, [key], store)[key], job.timed)
    stack = job.mates(key, record.get("stack", ()))
    if found.differences and len(stack) > 1:
        return Again(record, _now(job, stack, store)[key], job.timed)
    return found


def _now(job: "Job", keys: list[str], store: Store | None) -> dict[str, dict]:
    chunk = [(key, job.cells[job.keys.index(key)]) for key in keys]
    networks = str(store.networks) if store else None
    with one_thread():
        return dict(attempt(chunk, job.work, bool(job.together), package_digest(), networks, job.device))


def differences(stored: dict[str, list], now: dict[str, list], timed: tuple[str, ...] = ()) -> list[str]:
    """Where two results of one cell differ, in words; measured times may."""
    names = {name for name in [*stored, *now] if name not in timed}
    missing = sorted(name for name in names if name not in stored or name not in now)
    if missing:
        return [f"column `{name}` is in one of both only" for name in missing]
    said = []
    for name in sorted(names):
        if len(stored[name]) != len(now[name]):
            return [f"{len(stored[name])} rows were stored, and {len(now[name])} come out"]
        for row, (before, after) in enumerate(zip(stored[name], now[name], strict=True)):
            if not _alike(before, after):
                said.append(f"row {row}, column `{name}`: {short(before)} was stored, {short(after)} comes out")
    return said


def _alike(before: Any, after: Any) -> bool:
    numbers = (int, float)
    if type(before) in numbers and type(after) in numbers:
        if math.isnan(before) or math.isnan(after):
            return math.isnan(before) and math.isnan(after)
        return before == after or math.isclose(before, after, rel_tol=RTOL, abs_tol=ATOL)
    return before == after and type(before) is type(after)


def _read(store: Store) -> dict[str, str]:
    try:
        return dict(json.loads((store.folder / _NOTE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _write(store: Store, seen: dict[str, str]) -> None:
    write_whole(store.folder / _NOTE, json.dumps(seen))
