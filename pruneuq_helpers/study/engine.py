"""Run the cells that are not stored yet, store each result, and give all as one tidy table."""

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm.auto import tqdm

from pruneuq_helpers.checks import paths
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study import cluster
from pruneuq_helpers.study.attempt import attempt
from pruneuq_helpers.study.compare import agree_or_stop
from pruneuq_helpers.study.digest import package_digest
from pruneuq_helpers.study.kept import Kept
from pruneuq_helpers.study.keys import bare, but_for_the_seed, cell_key, contents_of, trace_of
from pruneuq_helpers.study.log import Log
from pruneuq_helpers.study.machine import circumstances
from pruneuq_helpers.study.own_code import source_of
from pruneuq_helpers.study.store import DamagedFile, Store
from pruneuq_helpers.study.table import plain_cells, tidy
from pruneuq_helpers.study.workers import spread, workers_here

if TYPE_CHECKING:
    from pruneuq_helpers.study.parameters import Study


_MOST_WORKERS = 100_000
_NEEDED = {"cell", "columns", "digest", "machine", "seconds"}  # of the record of a cell that was computed


@dataclass(frozen=True)
class Job:
    """What is to be done: cells, what works on them, and how."""

    work: Callable
    cells: list[dict]  # as the study gives them
    scope: list  # what a key holds beside the cell and its data
    name: str = ""
    version: int = 0
    together: int = 0  # how many cells the work takes at once; 0 where it takes one, as it is
    timed: tuple[str, ...] = ()
    workers: int = 1
    device: str = "cpu"

    @cached_property
    def bare(self) -> list[dict]:
        """The cells without what says where they are computed; a reader's own function may depend on all of it."""
        return [bare(cell) if self.name else cell for cell in self.cells]

    @cached_property
    def data(self) -> list[dict[str, str] | None]:
        """What identifies the data of each cell; None where they are not here. Read when asked: folders are large."""
        return contents_of(self.cells)

    @cached_property
    def keys(self) -> list[str]:
        """Of each cell."""
        return [cell_key(self.scope, cell, one or {}) for cell, one in zip(self.bare, self.data, strict=True)]

    def chunks(self, missing: list[str]) -> Iterator[list[tuple[str, dict]]]:
        """Missing cells as they are handed to workers: alone, or with those that differ in nothing but their seed."""
        wanted = dict.fromkeys(missing)
        groups: dict[str, list] = {}
        for key, cell, short in zip(self.keys, self.cells, self.bare, strict=True):
            if key in wanted:
                del wanted[key]  # the same cell may stand in the list twice
                like = but_for_the_seed(short) if self.together else key
                groups.setdefault(like, []).append((key, cell))
        most = max(1, self.together)
        if len(groups) < self.workers:  # else some workers would have nothing to do
            most = min(most, max(1, -(-len(missing) // self.workers)))
        for group in groups.values():
            yield from (group[at : at + most] for at in range(0, len(group), most))

    def mates(self, key: str, seeds: Iterable[int]) -> list[str]:
        """The cells with these seeds that differ from one in nothing but their seed: those of its stack."""
        like = but_for_the_seed(self.bare[self.keys.index(key)])
        same = zip(self.keys, self.bare, strict=True)
        return [other for other, cell in same if cell.get("seed") in seeds and but_for_the_seed(cell) == like]


def in_turns(chunks: list[list[tuple[str, dict]]], workers: int) -> list[list[tuple[str, dict]]]:
    """The same chunks in the order in which workers take them: as many seeds at a time as there are workers."""
    if workers == 1:
        return chunks
    # What the cells of a seed share, such as the dense network, is made by whoever comes first while the others wait:
    # so workers begin with different seeds.
    seeds: dict[Any, list] = {}
    for chunk in chunks:
        seeds.setdefault(chunk[0][1].get("seed"), []).append(chunk)
    rows, order = list(seeds.values()), []
    for first in range(0, len(rows), workers):
        turns = zip_longest(*rows[first : first + workers])
        order += [chunk for turn in turns for chunk in turn if chunk is not None]
    return order


def run(
    cells: list[dict],
    work: Callable[[dict], Any],
    store: str | Path,
    workers: int = 1,
    device: str = "cpu",
    log: Path | None = None,
) -> pd.DataFrame:
    """Run a function of one's own on the cells that are not stored yet, and give all results as one tidy table.

    The table is always read back from the store, so it is the same whether a cell was computed now, earlier, in
    this process or another; every cell runs on one thread, so it is the same for any number of workers too. A cell is
    computed anew when it, the function's source, or the data that it names have changed.
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
        Processes; 1 works in this process, 0 takes as many as there are cores, or GPUs.
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
    if not isinstance(device, str) or device not in ("cpu", "cuda"):
        raise ParameterError(f"parameter `device` got {device!r}; it takes cpu or cuda")
    store = paths.path("store", store, "the path of a folder")
    log = None if log is None else paths.file("log", log)
    job = Job(work, plain_cells(cells), [source_of(work)], workers=checked_workers(workers, device), device=device)
    return _done(job, Store(store), Kept(), Log(log), fresh=False)


def run_part(study: "Study", name: str, fresh: bool = False) -> pd.DataFrame:
    """Run one part of a study: what `Study.run` does."""
    job = job_of(study, name)
    kept = Kept() if fresh else Kept.of(study.profile, study.chapter, name, job.version)
    return _done(job, Store(study.folder / "cells"), kept, Log(study.folder / "log.txt"), fresh)


def job_of(study: "Study", name: str) -> Job:
    """What there is to do for a part of a study."""
    part = study.part(name)
    return Job(
        part.work,
        plain_cells(part.cells(study)),
        part.scope(study.chapter, name),
        name,
        part.version,
        together=max(1, getattr(study, part.together)) if part.together else 0,
        timed=part.timed,
        workers=1 if part.alone else checked_workers(study.workers, study.device),
        device=study.device,
    )


def checked_workers(workers: int, device: str) -> int:
    """How many workers there will be."""
    if isinstance(workers, bool) or not isinstance(workers, int) or not 0 <= workers <= _MOST_WORKERS:
        raise ParameterError(
            f"parameter `workers` got {workers!r}; it takes a whole number from 0 to {_MOST_WORKERS}, 0 for all cores"
        )
    return workers or workers_here(device)


def _done(job: Job, store: Store, kept: Kept, log: Log, fresh: bool) -> pd.DataFrame:
    with store.locked():
        stored = {} if fresh else {key: record for key in set(job.keys) if (record := _read(store, key, log))}
        of_kept = {}
        for key, cell, data in zip(job.keys, job.bare, job.data, strict=True):
            # Data that are not here cannot be compared: what is kept of the same cell is taken at its word.
            record = kept.by_key.get(key) if data is not None else kept.by_trace.get(trace_of(job.scope, cell))
            if key not in stored and record:
                of_kept[key] = record
        note = agree_or_stop(job, stored, store, log)
        missing = [key for key in dict.fromkeys(job.keys) if key not in stored and key not in of_kept]
        failed = _compute(job, missing, store, log)
        if failed:
            raise _failure([failed[key] for key in missing if key in failed], len(set(job.keys)))
        found = stored | of_kept | {key: store.read(key) for key in missing}
    table = tidy([(cell, found[key]["columns"]) for key, cell in zip(job.keys, job.bare, strict=True)])
    counts = {"computed": len(missing), "read": len(stored), "kept": len(of_kept), "note": note}
    table.attrs = counts | {"seconds": sum(record["seconds"] for record in found.values()), "version": job.version}
    return table


def _read(store: Store, key: str, log: Log) -> dict[str, Any] | None:
    try:
        record = store.read(key)
        if record is not None and "error" not in record and not _NEEDED.issubset(record):
            raise DamagedFile("it is of another version")
    except DamagedFile as error:
        words = f"stored cell {key[:12]} is damaged ({error}); it is computed again"
        log.line(f"note: {words}")
        warnings.warn(words, stacklevel=3)
        return None
    return None if record is None or "error" in record else record


def _compute(job: Job, missing: list[str], store: Store, log: Log) -> dict[str, dict]:
    """Run the missing cells and store each result as it arrives; returns the records of those that failed."""
    total = len(set(job.keys))
    failed, done = {}, total - len(missing)
    where = f"the cluster at {cluster.address()}" if cluster.address() else f"up to {job.workers} worker(s)"
    log.begin(total, done, where, job.name)
    if not missing:
        return failed
    about = circumstances()
    how = (job.work, bool(job.together), package_digest(), str(store.networks), job.device)
    tasks = [(chunk, *how) for chunk in in_turns(list(job.chunks(missing)), job.workers)]
    said = {
        key: {"cell": cell, "scope": job.scope, "data": data or {}}
        for key, cell, data in zip(job.keys, job.bare, job.data, strict=True)
    }
    results = spread(attempt, tasks, job.workers, job.device)
    try:
        with tqdm(total=total, initial=done, delay=2, unit="cell", disable=not _is_watched()) as bar:
            for key, record in (pair for pairs in results for pair in pairs):
                store.write(key, said[key] | record | about)
                for words in record.get("notes", ()):
                    log.line(f"note: {words}")
                if "error" in record:
                    failed[key] = said[key] | record
                    log.failed(said[key]["cell"], record["error"])
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


def _failure(failed: list[dict], total: int) -> Exception:
    first, *others = {" ".join(record["error"].split()): None for record in failed}
    name, _, sentence = first.partition(": ")
    if not others and name == ParameterError.__name__:  # such as a data set that is not there: no cell is to blame
        return ParameterError(f"{sentence} ({len(failed)} of {total} cells failed so, the others are stored)")
    lines = [f"  {record['cell']}: {record['error']}" for record in failed]
    head = f"{len(failed)} of {total} cells failed, the others are stored; run the same again to retry these:"
    return StudyError("\n".join([head, *lines]))


def _is_watched() -> bool:
    """Whether somebody looks: a terminal or a live notebook, and not the building of the book."""
    return os.environ.get("PRUNEUQ_QUIET") != "1" and (sys.stderr.isatty() or "ipykernel" in sys.modules)
