"""A study's cells: run them, store each result, resume, spread them over workers."""

import json
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm.auto import tqdm

from pruneuq_helpers import cluster
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.keys import cell_key, code_identity
from pruneuq_helpers.log import Log, noted
from pruneuq_helpers.parameters import Count as Count
from pruneuq_helpers.parameters import DataName as DataName
from pruneuq_helpers.parameters import Device as Device
from pruneuq_helpers.parameters import Level as Level
from pruneuq_helpers.parameters import Levels as Levels
from pruneuq_helpers.parameters import Study as Study
from pruneuq_helpers.store import DamagedFile, Store, StudyError
from pruneuq_helpers.workers import spread, workers_here

Work = Callable[[dict], Any]
_PLAIN = (bool, int, float, str, type(None))


def run(
    cells: list[dict],
    work: Work,
    store: str | Path,
    workers: int = 1,
    data_identity: Mapping[str, str] | None = None,
    device: str = "cpu",
    log: Path | None = None,
) -> pd.DataFrame:
    """Run the cells that are not stored yet and give all results as one tidy table.

    The table is always read back from the store, so it is the same whether a cell was computed now, earlier, in
    this process or another; every cell runs on one thread, so it is the same for any number of workers too.
    With the environment variable ``PRUNEUQ_CLUSTER`` the cells go to that Dask cluster, and inside
    ``joblib.parallel_config`` to another backend, whatever ``workers`` says.

    Parameters
    ----------
    cells : list of dict
        JSON values; one dict a cell, with everything that its work depends on.
    work : callable
        From a cell to its rows: a dict, a list of dicts or a DataFrame, of numbers, text, booleans and None.
    store : str or pathlib.Path
        Folder of the stored results.
    workers : int
        Processes; 1 works in this process, 0 takes :func:`pruneuq_helpers.workers.workers_here`.
    data_identity : mapping, optional
        Name of a data set (a cell's entry ``data``) to what identifies its content.
    device : {"cpu", "cuda"}
        Where the cells work: on a machine with several GPUs each process has its own.
    log : pathlib.Path, optional
        File to which a line a cell is added, with the time left.

    Returns
    -------
    pandas.DataFrame
        Rows in the order of the cells: the plain parameters of the cell, then its result; a result column of the
        same name replaces the parameter. ``attrs`` counts the cells ``computed`` and ``read``, and the ``seconds`` that
        all of them took when they were computed.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> def work(cell):
    ...     return {"square": cell["x"] ** 2}
    >>> store = mkdtemp()
    >>> run([{"x": 1}, {"x": 3}], work, store)
       x  square
    0  1       1
    1  3       9
    >>> attrs = run([{"x": 1}, {"x": 4}], work, store).attrs
    >>> attrs["computed"], attrs["read"], attrs["seconds"] < 1
    (1, 1, True)
    """
    cells = _plain_cells(cells)
    workers = _checked_workers(workers, device)
    code = code_identity(work)
    keyed = {cell_key(cell, code, data_identity): cell for cell in cells}
    kept = Store(store)
    lines = Log(log)
    with kept.locked():
        stored = {key: record for key in keyed if (record := _read(kept, key, lines)) and "error" not in record}
        missing = {key: cell for key, cell in keyed.items() if key not in stored}
        tasks = [(work, key, cell, code) for key, cell in missing.items()]
        failed = _compute(tasks, kept, len(keyed), lines, workers, device)
        if failed:
            raise _failure(failed, keyed)
        stored |= {key: kept.read(key) for key in missing}
    table = _table([(cell, stored[cell_key(cell, code, data_identity)]["columns"]) for cell in cells])
    seconds = sum(stored[key]["seconds"] for key in keyed)
    table.attrs = {"computed": len(missing), "read": len(keyed) - len(missing), "seconds": seconds}
    return table


def _checked_workers(workers: int, device: str) -> int:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise ParameterError(f"parameter `workers` got {workers!r}; it takes a whole number of at least 0")
    return workers or workers_here(device)


def _plain_cells(cells: Iterable[dict]) -> list[dict]:
    cells = list(cells)
    if not cells:
        raise ParameterError("`cells` got an empty list; it takes at least one cell")
    for position, cell in enumerate(cells):
        try:
            cells[position] = json.loads(json.dumps(cell))
        except (TypeError, ValueError) as error:
            raise ParameterError(f"`cells` got {cell!r} at {position}; it takes JSON values ({error})") from None
        if not isinstance(cell, dict):
            raise ParameterError(f"`cells` got {cell!r} at {position}; it takes a dict a cell")
    return cells


def _read(store: Store, key: str, log: Log) -> dict[str, Any] | None:
    try:
        return store.read(key)
    except DamagedFile as error:
        words = f"stored cell {key[:12]} is damaged ({error}); it is computed again"
        log.line(f"note: {words}")
        warnings.warn(words, stacklevel=3)
        return None


def _compute(tasks: list[tuple], store: Store, total: int, log: Log, workers: int, device: str) -> dict[str, dict]:
    """Run the missing cells and store each result as it arrives; returns the records of those that failed."""
    failed, done = {}, total - len(tasks)
    where = f"the cluster at {cluster.address()}" if cluster.address() else f"up to {workers} worker(s)"
    log.begin(total, done, where)
    if not tasks:
        return failed
    results = spread(_attempt, tasks, workers, device)
    try:
        with tqdm(total=total, initial=done, delay=2, unit="cell", disable=not _is_watched()) as bar:
            for key, record in results:
                store.write(key, record)
                for words in record.get("notes", ()):
                    log.line(f"note: {words}")
                if "error" in record:
                    failed[key] = record
                    log.failed(record["cell"], record["error"])
                else:
                    done += 1
                    log.cell(done, record["seconds"])
                bar.update()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_stopped(log, "stopped", done, total)) from None
    except BrokenProcessPool:
        why = "a worker process died, perhaps for lack of memory,"
        raise StudyError(_stopped(log, why, done, total, " with fewer workers")) from None
    except StudyError as error:
        with suppress(StudyError):  # a disk without room for the result may have none for the line
            log.line(f"stopped: {error}")
        raise StudyError(f"{error}; {done} of {total} cells are stored") from error
    finally:
        results.close()
    log.line(f"ended: {done} of {total} cells stored")
    return failed


def _stopped(log: Log, what: str, done: int, total: int, how: str = "") -> str:
    words = f"{what} with {done} of {total} cells stored; run the same again{how} to go on from there"
    log.line(words)
    return words


def _attempt(work: Work, key: str, cell: dict, code: str = "") -> tuple[str, dict]:
    start = time.perf_counter()
    with noted() as notes:
        try:
            _same_code(work, code)
            columns = _columns(work(cell))
        except Exception as error:  # noqa: BLE001 - recorded and told at the end, so that the other cells go on
            text = f"{type(error).__name__}: {error}"
            record = {"cell": cell, "error": text, "traceback": traceback.format_exc()}
        else:
            record = {"cell": cell, "seconds": round(time.perf_counter() - start, 3), "columns": columns}
    return key, record | ({"notes": notes} if notes else {})


def _same_code(work: Work, code: str) -> None:
    """Refuse to work with other code than the key of the cell names: a worker may have started, or live, elsewhere."""
    if code and work.__module__.partition(".")[0] == __package__ and code_identity(work) != code:
        raise StudyError(
            "this worker has other code, or another torch or numpy, than the process that started the run; "
            "it takes the same on both (was a file of the package edited meanwhile?)"
        )


def _columns(rows: Any) -> dict[str, list]:
    if rows is None:
        raise TypeError("the work gave None; it takes a dict, a list of dicts or a DataFrame")
    if isinstance(rows, pd.DataFrame):
        frame = rows.reset_index(drop=all(name is None for name in rows.index.names))
    else:
        frame = pd.DataFrame([rows] if isinstance(rows, dict) else rows)
    columns = {}
    for name in frame.columns:
        values = [None if value is pd.NA else value for value in frame[name].tolist()]
        odd = [value for value in values if not isinstance(value, _PLAIN)]
        if odd or not isinstance(name, str):
            raise TypeError(f"column {name!r} of a result holds {odd[:1]}; it takes numbers, text, booleans and None")
        columns[name] = values
    return columns


def _table(parts: list[tuple[dict, dict[str, list]]]) -> pd.DataFrame:
    """Put the stored columns together; types are found once over all values, so they never depend on the run."""
    plain = [{name: value for name, value in cell.items() if isinstance(value, _PLAIN)} for cell, _ in parts]
    names: dict[str, list] = {}
    for cell, (_, columns) in zip(plain, parts, strict=True):
        names.update({name: [] for name in [*cell, *columns]})
    for cell, (_, columns) in zip(plain, parts, strict=True):
        rows = len(next(iter(columns.values()), []))
        for name, values in names.items():
            values += columns.get(name, [cell.get(name)] * rows)
    return pd.DataFrame(names)


def _failure(failed: dict[str, dict], keyed: dict[str, dict]) -> Exception:
    first, *others = {" ".join(record["error"].split()): None for record in failed.values()}
    name, _, sentence = first.partition(": ")
    if not others and name == ParameterError.__name__:  # such as a data set that is not there: no cell is to blame
        return ParameterError(f"{sentence} ({len(failed)} of {len(keyed)} cells failed so, the others are stored)")
    lines = [f"  {failed[key]['cell']}: {failed[key]['error']}" for key in keyed if key in failed]
    head = f"{len(failed)} of {len(keyed)} cells failed, the others are stored; run the same again to retry these:"
    return StudyError("\n".join([head, *lines]))


def _is_watched() -> bool:
    """Whether somebody looks: a terminal or a live notebook, and not the building of the book."""
    return os.environ.get("PRUNEUQ_QUIET") != "1" and (sys.stderr.isatty() or "ipykernel" in sys.modules)
