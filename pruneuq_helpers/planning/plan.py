"""The plan of a run: how many cells of each kind, what they take, and when they are done with more workers."""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pruneuq_helpers.planning.pilot import Measured
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.kept import path_of, read
from pruneuq_helpers.study.keys import bare
from pruneuq_helpers.study.store import Store
from pruneuq_helpers.study.table import plain_cells

_SINGLE = {"seed", "level", "first", "member"}  # in which cells of one kind differ
CELL_BYTES = 30_000  # of a stored cell, where none is stored yet


@dataclass
class Kind:
    """Cells of one part that differ in their seeds, levels and members only."""

    part: str
    work: Callable[[dict], object]  # of one cell
    cells: list[dict]
    seconds: float = 0.0  # of the mean cell, on one worker
    source: str = ""  # where this number comes from
    networks: int | None = None  # trained in all cells together, where they were counted

    def durations(self) -> list[float]:
        """Seconds of each cell."""
        return [self.seconds] * len(self.cells)


def kinds(study: Study) -> list[Kind]:
    """Sort the cells of a study into kinds, part by part; networks that cells share are a part too."""
    found: dict[str, Kind] = {}
    for name, part in study.parts.items():
        cells = part.cells(study)  # of shared networks there may be none
        for cell in plain_cells(cells) if cells else []:
            about = {key: value for key, value in cell.items() if key not in _SINGLE}
            found.setdefault(name + _text(about), Kind(name, _work_of(part), [])).cells.append(cell)
    return list(found.values())


def _work_of(part) -> Callable[[dict], object]:
    if isinstance(part, Part) and part.together:
        return lambda cell: part.work([cell])
    return part.work


def labels(some: list[Kind]) -> list[str]:
    """Name each kind by its part and by what tells it from the others."""
    found = []
    for kind in some:
        peers = [other.cells[0] for other in some if other.part == kind.part]
        differing = {
            name: value
            for name, value in kind.cells[0].items()
            if name not in _SINGLE and any(peer.get(name) != value for peer in peers) and value not in ([], "")
        }
        words = [f"{name} {_short(value)}" for name, value in differing.items() if not isinstance(value, dict)]
        found.append(", ".join([kind.part, *words]))
    return found


def from_store(some: list[Kind], folder: Path) -> int:
    """Take the mean seconds of stored cells of the same kind, changing the kinds; gives the bytes of a stored cell."""
    taken = {_text(record["cell"]): record["seconds"] for record in _records(folder)}
    for kind in some:
        _take(kind, taken, "stored")
    sizes = [file.stat().st_size for file in folder.glob("*.cell")]
    return sum(sizes) // len(sizes) if sizes else CELL_BYTES


def from_kept(some: list[Kind], study: Study, gpu: bool) -> None:
    """Take the mean seconds of cells that the book keeps where nothing is stored, of a GPU or of a processor."""
    for name in dict.fromkeys(kind.part for kind in some if not kind.source):
        part = study.parts[name]
        if not isinstance(part, Part):
            continue
        taken, processor = {}, ""
        for record in read(path_of(study.profile, study.chapter, name)):
            where = record["machine"]["processor"]
            if record["scope"][2] == part.version and where.startswith("NVIDIA") == gpu:
                taken[_text(bare(record["cell"]))], processor = record["seconds"], where
        for kind in some:
            if kind.part == name and not kind.source:
                _take(kind, taken, f"kept, {processor}")


def _take(kind: Kind, taken: dict[str, float], source: str) -> None:
    known = [taken[text] for cell in kind.cells if (text := _text(bare(cell))) in taken]
    if known:
        kind.seconds, kind.source = sum(known) / len(known), f"from {len(known)} {source}"


def _records(folder: Path) -> Iterator[dict]:
    return Store(folder).records() if folder.is_dir() else iter(())


def from_pilots(some: list[Kind], measure: Callable[[dict, Callable], Measured]) -> None:
    """Measure a cell of each kind of which nothing is stored, by `pilot.measure`, changing the kinds."""
    for kind in some:
        if not kind.source:
            found = measure(kind.cells[0], kind.work)
            kind.seconds, kind.source = found.seconds, found.source
            kind.networks = found.networks * len(kind.cells)


def makespan(durations: Iterable[float], workers: int) -> float:
    """Seconds until all cells are done, when a free worker takes the next one in their order."""
    free = [0.0] * workers
    for seconds in durations:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def _short(value) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else f"{value}"
    return text if len(text) <= 24 else f"{text[:23]}…"


def _text(cell: dict) -> str:
    return json.dumps(cell, sort_keys=True)
