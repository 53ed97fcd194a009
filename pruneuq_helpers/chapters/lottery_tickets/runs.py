"""What chapter 3 trains: every strategy at every level for many seeds together, and the data they learn."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pruneuq_helpers import data
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.pruning.tickets import Tickets
from pruneuq_helpers.study.places import load

ONE_SHOT = ("one-shot", "re-initialised", "random", "random, dense scale")
ITERATIVE = ("iterative", "continued")
OTHER = 1_000_000  # added to a seed for a draw that has nothing to do with the first

Fit = Callable[[list[Tickets]], list[Tickets]]


def one_shot(dense: Tickets, initial: Tickets, levels: Sequence[float], seeds: Sequence[int], fit: Fit) -> dict:
    """Prune once to every level, and train from four starts."""
    network, starts = dense.network, {}
    other = tickets.whole(network, [network.initial(OTHER + seed) for seed in seeds])
    for level in levels:
        pruned = tickets.prune(dense, level)
        # A third draw: with the seed of the dense network the first units would begin alike.
        small = [pruned.network.initial(2 * OTHER + seed) for seed in seeds]
        starts["one-shot", level] = pruned
        starts["re-initialised", level] = tickets.rewind(pruned, initial)
        starts["random", level] = tickets.whole(pruned.network, small)
        starts["random, dense scale", level] = tickets.rewind(pruned, other)
    return dict(zip(starts, fit(list(starts.values())), strict=True))


def iterative(dense: Tickets, initial: Tickets, levels: Sequence[float], rounds: int, fit: Fit) -> dict:
    """Prune in rounds to every level, with and without going back to the initial values."""
    keys = [(strategy, level) for strategy in ITERATIVE for level in levels]
    resets = [initial if strategy == "iterative" else None for strategy, _ in keys]
    trained = tickets.iterate(dense, [level for _, level in keys], fit, rounds, resets)
    return dict(zip(keys, trained, strict=True))


def parts(name: str, seeds: Sequence[int], fresh_points: int, root: str = "data", download: bool = False):
    """Training, validation and test images with their labels, and the number of classes; moons have a draw a seed."""
    if name != "moons":
        loaded = load(name, root, download)
        named = {part: getattr(loaded, part) for part in ("train", "validation", "test")}
        found = {part: (loaded.normalise(one.images), one.labels) for part, one in named.items()}
        return found, len(loaded.classes)
    draws = [data.load("moons", seed=seed) for seed in seeds]
    fresh = [data.load("moons", seed=OTHER + seed, points=fresh_points) for seed in seeds]
    found = {part: _stacked([[getattr(draw, part)] for draw in draws]) for part in ("train", "validation")}
    # A fresh set needs no parts: all of its points are new to the network.
    found["test"] = _stacked([[draw.train, draw.validation, draw.test] for draw in fresh])
    return found, len(draws[0].classes)


def _stacked(sets: list) -> tuple[Tensor, Tensor]:
    """``[K, N, ...]`` and ``[K, N]`` of K lists of parts."""
    joined = [[torch.cat([getattr(part, kind) for part in some]) for some in sets] for kind in ("images", "labels")]
    return torch.stack(joined[0]), torch.stack(joined[1])
