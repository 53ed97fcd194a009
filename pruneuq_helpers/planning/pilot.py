"""How long a cell takes, measured by running it shortened: longer and longer, until it is known well enough."""

import json
import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from pruneuq_helpers.planning.counting import gpu_seconds, trained_networks, without_shared_networks
from pruneuq_helpers.planning.smaller import few_images
from pruneuq_helpers.study.workers import one_thread

# A cell takes longer in proportion to these.
LENGTHS = ("epochs", "steps", "tune_epochs", "network_steps", "watched_epoch")
IMAGES = "training_images"
FIRST, TIMES = 2, 3  # epochs of the first short run, and how many times longer each next one is
# Images of the training parts of sets of which a study takes all.
ALL = {"mnist": 54_000, "fashion_mnist": 54_000, "cifar10": 45_000, "cifar100": 45_000, "celeba": 162_770}
ALL |= {f"coloured_{name}": ALL[name] for name in ("mnist", "fashion_mnist")}


@dataclass(frozen=True)
class Measured:
    """What a cell takes."""

    seconds: float
    networks: int
    source: str


def measure(
    cell: dict, work: Callable[[dict], Any], images: int = 512, budget: float = 30.0, gpu: bool = False
) -> Measured:
    """Estimate what a cell takes from short runs of it, on one thread."""
    # A processor that is busy with other things measures the same by its own clock; a GPU has to be waited for.
    clock = time.perf_counter if "cuda" in _words(cell) else time.process_time
    cost, source = (gpu_seconds, "counted") if gpu else (partial(_seconds, clock=clock), "measured")
    warming = 0 if gpu else 1  # by a clock, the first run also pays for imports, caches and memory
    share, most, times = share_of(cell, images), FIRST, [clock()]
    with few_images(images) if share < 1 and not _says_how_many(cell) else nullcontext():
        runs = [_run(cell, work, images, 1, cost)]
        times.append(clock())
        # Each run is longer than the one before. What the last step added says what the rest will add: trainings that
        # stop early are known by then, where the budget allows.
        while runs[-1].length < total(cell) and (len(runs) < 2 + warming or _fits(times, budget)):
            runs.append(_run(cell, work, images, most, cost))
            times.append(clock())
            most *= TIMES
    last = runs[-1]
    if last.length >= total(cell) and share == 1:
        return Measured(last.seconds, len(last.epochs), source)
    seconds = _extrapolated(runs[warming:] or runs, total(cell), share, _stops_early(cell))
    return Measured(seconds, len(last.epochs), source)


def _fits(times: list[float], budget: float) -> bool:
    """Whether the next run can be done in time, if it takes so many times the last one."""
    return times[-1] - times[0] + TIMES * (times[-1] - times[-2]) <= budget


@dataclass(frozen=True)
class _Run:
    """A shortened cell: the sum of its lengths, the epochs of the longest, what it took, and where trainings ended."""

    length: float
    most: int
    seconds: float
    epochs: list[int]


def _run(cell: dict, work: Callable, images: int, most: int, cost: Callable) -> _Run:
    short = shortened(cell, most, images)
    with trained_networks() as epochs, without_shared_networks() as apart:
        seconds = cost(short, work)
    return _Run(total(short), most, max(0.0, seconds - (apart[0] if cost is not gpu_seconds else 0.0)), epochs)


def _extrapolated(runs: list[_Run], length: float, share: float, early: bool) -> float:
    """Seconds of the whole cell: what a run takes in any case, and for each epoch and image."""
    last, before = runs[-1], runs[-2] if len(runs) > 1 else _Run(0.0, 0, 0.0, [])
    done, to_do = last.length, length
    added = done - before.length
    if early and sum(last.epochs) > sum(before.epochs):
        # In epochs of single networks. Those that stopped say how likely one is to stop in an epoch; the others go on.
        done, added = sum(last.epochs), sum(last.epochs) - sum(before.epochs)
        going_on = sum(epoch >= last.most for epoch in last.epochs)
        watched = sum(min(epoch, last.most - 1) for epoch in last.epochs)  # who stops in the last is not told apart
        rate = (len(last.epochs) - going_on) / max(1, watched)
        more = last.most * (length / last.length - 1)
        to_do = done + going_on * (-math.expm1(-rate * more) / rate if rate else more)
    slope = max(0.0, last.seconds - before.seconds) / max(1, added)
    return max(0.0, last.seconds - slope * done) + slope * to_do / share


def _stops_early(cell: dict) -> bool:
    return any(name == "patience" for name, _ in _numbers(cell))


def shortened(cell: dict, most: int, images: int) -> dict:
    """The same cell with trainings of at most so many epochs (a hundred times as many steps) and images."""

    def change(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(key, part) for key, part in value.items()}
        if name in LENGTHS:
            return min(value, most * _unit(name))
        return min(value or images, images) if name == IMAGES else value

    return change("", json.loads(json.dumps(cell)))


def total(cell: dict) -> float:
    """The lengths of a cell's trainings, in epochs; a hundred steps count as one."""
    return float(sum(value / _unit(name) for name, value in _numbers(cell) if name in LENGTHS))


def share_of(cell: dict, images: int) -> float:
    """The part of its training images that a shortened cell learns from."""
    known = dict(_numbers(cell))
    if not total(cell) or any(name.endswith("steps") for name in known):
        return 1.0
    every = known.get(IMAGES) or next((ALL[name] for name in _words(cell) if name in ALL), images)
    return min(1.0, images / every)


def _says_how_many(cell: dict) -> bool:
    return IMAGES in dict(_numbers(cell))


def _unit(name: str) -> int:
    return 100 if name.endswith("steps") else 1


def _numbers(value: Any, name: str = "") -> list[tuple[str, float]]:
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in _numbers(part, key)]
    return [(name, value)] if isinstance(value, int | float) else []


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for part in value.values() for found in _words(part)]
    return [value.lower().replace("-", "")] if isinstance(value, str) else []


def _seconds(cell: dict, work: Callable[[dict], Any], clock: Callable[[], float]) -> float:
    with one_thread():
        start = clock()
        work(cell)
        return clock() - start
