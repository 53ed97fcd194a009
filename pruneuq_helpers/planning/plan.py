"""The plan of a run: how many cells of each kind, what they take, and when they are done with more workers."""

import heapq
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pruneuq_helpers.planning.parts import Part
from pruneuq_helpers.planning.pilot import Measured
from pruneuq_helpers.store import DamagedFile, Store

_SINGLE = {"seed", "seeds", "level"}  # in which cells of one kind differ
CELL_BYTES = 30_000  # of a stored cell, where none is stored yet


@dataclass
class Kind:
    """Cells that differ in their seeds and levels only.

    Parameters
    ----------
    part : Part
        Where they come from.
    cells : list of dict
        All of them.
    seconds : float
        Of the mean cell, on one worker.
    source : str
        Where this number comes from.
    networks : int or None
        Trained in all cells together, where they were counted.
    """

    part: Part
    cells: list[dict]
    seconds: float = 0.0
    source: str = ""
    networks: int | None = None

    @property
    def seeds(self) -> int:
        """Seeds of all cells together: one cell may take several."""
        return sum(_seeds(cell) for cell in self.cells)

    def durations(self) -> list[float]:
        """Seconds of each cell; more seeds in it take longer in proportion."""
        mean = self.seeds / len(self.cells)
        return [self.seconds * _seeds(cell) / mean for cell in self.cells]


def kinds(parts: Iterable[Part]) -> list[Kind]:
    """Sort the cells of a study into kinds.

    Parameters
    ----------
    parts : iterable of Part
        Of `parts.read`.

    Returns
    -------
    list of Kind

    Examples
    --------
    >>> cells = [{"seed": seed, "width": width} for seed in range(3) for width in (4, 8)]
    >>> [len(kind.cells) for kind in kinds([Part("cells(study)", cells, len)])]
    [3, 3]
    """
    found: dict[str, Kind] = {}
    for part in parts:
        for cell in part.cells:
            about = {name: value for name, value in cell.items() if name not in _SINGLE}
            key = part.name + _text(about)
            found.setdefault(key, Kind(part, [])).cells.append(cell)
    return list(found.values())


def labels(some: list[Kind]) -> list[str]:
    """Name each kind by its part and by what tells it from the others.

    Parameters
    ----------
    some : list of Kind
        Of one study.

    Returns
    -------
    list of str

    Examples
    --------
    >>> cells = [{"seed": seed, "width": width} for seed in range(3) for width in (4, 8)]
    >>> labels(kinds([Part("cells(study)", cells, len)]))
    ['cells(study), width 4', 'cells(study), width 8']
    """
    found = []
    for kind in some:
        peers = [other.cells[0] for other in some if other.part is kind.part]
        differing = {
            name: value
            for name, value in kind.cells[0].items()
            if name not in _SINGLE and any(peer.get(name) != value for peer in peers) and value not in ([], "")
        }
        words = [f"{name} {_short(value)}" for name, value in differing.items() if not isinstance(value, dict)]
        found.append(", ".join([kind.part.name, *words]))
    return found


def from_store(some: list[Kind], folder: Path) -> int:
    """Take the seconds of cells that are stored, of the same kind; the mean over those that have run.

    Parameters
    ----------
    some : list of Kind
        Changed in place.
    folder : pathlib.Path
        Of the stored cells.

    Returns
    -------
    int
        Bytes of a stored cell.
    """
    taken: dict[str, float] = {}
    files = sorted(folder.glob("*.cell"))
    for file in files:
        try:
            record = Store(folder).read(file.stem)
        except DamagedFile:  # the run itself says so, and computes it again
            continue
        if "seconds" in record:
            taken[_text(record["cell"])] = record["seconds"]
    for kind in some:
        known = [cell for cell in kind.cells if _text(cell) in taken]
        if known:
            each = sum(taken[_text(cell)] for cell in known) / sum(map(_seeds, known))
            kind.seconds = each * kind.seeds / len(kind.cells)
            kind.source = f"from {len(known)} stored"
    return sum(file.stat().st_size for file in files) // len(files) if files else CELL_BYTES


def from_pilots(some: list[Kind], measure: Callable[[dict, Callable], Measured]) -> None:
    """Measure the kinds of which nothing is stored, by the cheapest cell of each.

    Parameters
    ----------
    some : list of Kind
        Changed in place.
    measure : callable
        From a cell and its work to what it takes: `pilot.measure`.
    """
    for kind in some:
        if not kind.source:
            cheapest = min(kind.cells, key=_seeds)
            found = measure(cheapest, kind.part.work)
            scale = kind.seeds / _seeds(cheapest)
            kind.seconds = found.seconds * scale / len(kind.cells)
            kind.networks = round(found.networks * scale)
            kind.source = found.source


def makespan(durations: Iterable[float], workers: int) -> float:
    """Seconds until all cells are done, when a free worker takes the next one in their order.

    Parameters
    ----------
    durations : iterable of float
        Of the cells.
    workers : int
        At least 1.

    Returns
    -------
    float

    Examples
    --------
    >>> makespan([4, 3, 2, 1], 1), makespan([4, 3, 2, 1], 2), makespan([4, 3, 2, 1], 8)
    (10.0, 5.0, 4.0)
    """
    free = [0.0] * workers
    for seconds in durations:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def _short(value) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else f"{value}"
    return text if len(text) <= 24 else f"{text[:23]}…"


def _text(cell: dict) -> str:
    return json.dumps(cell, sort_keys=True)


def _seeds(cell: dict) -> int:
    seeds = cell.get("seeds", 1)
    return max(1, len(seeds)) if isinstance(seeds, list) else 1
