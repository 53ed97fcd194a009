"""Chapter 5's networks: every strategy at every level, and the controls that tell pruning from what comes with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import torch

from pruneuq_helpers import models, population
from pruneuq_helpers.population import Network
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.pruning.tickets import Tickets
from pruneuq_helpers.study.images import Shown

OTHER = 1_000_000  # added to a seed for a draw that has nothing to do with the first


@dataclass(frozen=True, eq=False)
class Learnt:
    """Trained networks, and where their training ended."""

    best: Tickets
    last: dict[str, torch.Tensor]


class Fit:
    """Trains sets of tickets by one recipe, as `pruning.tickets.iterate` asks for it, and keeps where they ended."""

    def __init__(self, shown: Shown, seeds: Sequence[int], recipe: dict):
        self.shown, self.seeds, self.recipe = shown, list(seeds), recipe
        self._learnt: list[Learnt] = []

    def __call__(self, sets: Sequence[Tickets]) -> list[Tickets]:
        """Train until the validation loss has not fallen for `patience` epochs; the best weights come back."""
        last: dict[int, dict] = {}
        options = self.recipe | {"validation": self.shown.validation, "after_epoch": lambda stack: _note(stack, last)}
        trained = tickets.train(sets, *self.shown.train, self.seeds, **options)
        count = len(self.seeds)
        ends = [population.stack([last[place * count + k] for k in range(count)]) for place in range(len(trained))]
        self._learnt += [Learnt(best, end) for best, end in zip(trained, ends, strict=True)]
        return trained

    def learnt(self, trained: Tickets) -> Learnt:
        """What a call gave, with the end of its training."""
        return next(one for one in self._learnt if one.best is trained)

    def path(self, start: Tickets, epochs: int) -> list[dict[str, torch.Tensor]]:
        """Weights after each of so many epochs, without early stopping; nothing else differs from a call."""
        states: list[dict] = []
        options = {name: value for name, value in self.recipe.items() if name not in ("epochs", "patience")}

        def note(stack) -> None:
            states.append({})
            _note(stack, states[-1])

        # One stack, so that every member is there at every call of the hook.
        tickets.train(
            [start], *self.shown.train, self.seeds, epochs=epochs, after_epoch=note, chunk=len(self.seeds), **options
        )
        return [population.stack([state[k] for k in range(len(self.seeds))]) for state in states]


def dense_network(cell: dict, shown: Shown) -> Network:
    """The network before pruning."""
    widths = {"conv": cell["conv"], "hidden": cell["hidden"]}
    return Network.of(models.build(cell["network"], len(shown.classes), shown.input_shape, **widths))


def multiply_adds(network: Network) -> int:
    """Of one image, as `metrics.macs` counts them, without the seconds that torch's counter takes to load."""
    total, shape = 0, network.input_shape
    for layer in network.layers:
        if layer.kind == "Conv2d":
            shape = (layer.outputs, *(side + 2 * layer.padding - layer.kernel + 1 for side in shape[1:]))
            total += layer.inputs * layer.kernel**2 * prod(shape)
        elif layer.kind == "MaxPool2d":
            shape = (shape[0], shape[1] // 2, shape[2] // 2)
        elif layer.kind == "Linear":
            total += layer.inputs * layer.outputs
    return total


def networks(cell: dict, seeds: list[int], shown: Shown) -> dict[tuple[str, float], Learnt]:
    """Train the dense network, every strategy at every level, and the controls."""
    network = dense_network(cell, shown)
    fit = Fit(shown, seeds, cell["recipe"])
    initial, other = (tickets.whole(network, [network.initial(add + seed) for seed in seeds]) for add in (0, OTHER))
    dense, second = fit([initial, other])
    found = {("dense", 0.0): fit.learnt(dense), ("another draw", 0.0): fit.learnt(second)}
    found |= _at_once(cell, fit, dense, initial)
    if "iterative" in cell["strategies"]:
        found |= _in_rounds(cell, fit, dense, initial)
    return found


def _at_once(cell: dict, fit: Fit, dense: Tickets, initial: Tickets) -> dict:
    starts = {("one-shot", 0.0): dense} if "one-shot" in cell["strategies"] else {}
    for level in cell["levels"]:
        pruned = tickets.prune(dense, level, cell["scope"])
        small = [pruned.network.initial(3 * OTHER + seed) for seed in fit.seeds]  # a new network, on its own scale
        ways = {
            "one-shot": pruned,
            "re-initialised": tickets.rewind(pruned, initial),
            "random": tickets.whole(pruned.network, small),
        }
        starts |= {(way, level): start for way, start in ways.items() if way in cell["strategies"]}
    if not starts:
        return {}
    found = dict(zip(starts, map(fit.learnt, fit(list(starts.values()))), strict=True))
    tuned = {level: one for (way, level), one in found.items() if way == "one-shot" and level}
    return found | _same_length("same length, trained on", fit, dense, dense, tuned)


def _in_rounds(cell: dict, fit: Fit, dense: Tickets, initial: Tickets) -> dict:
    levels, seeds = cell["levels"], fit.seeds
    trained = tickets.iterate(dense, levels, fit, cell["rounds"], initial, cell["scope"])
    iterative = dict(zip(levels, map(fit.learnt, trained), strict=True))
    shapes = [one.network for one in trained]
    fresh = [tickets.whole(shape, [shape.initial(2 * OTHER + seed) for seed in seeds]) for shape in shapes]
    found = {("iterative", level): one for level, one in iterative.items()}
    found |= dict(zip([("from scratch", level) for level in levels], map(fit.learnt, fit(fresh)), strict=True))
    return found | _same_length("same length", fit, dense, initial, iterative)


def _same_length(name: str, fit: Fit, dense: Tickets, start: Tickets, pruned: dict[float, Learnt]) -> dict:
    """The unpruned network, from the same start, after exactly as many epochs as each pruned one took."""
    if not pruned:
        return {}
    path = fit.path(start, max(int(one.best.best_epoch.max()) for one in pruned.values()))
    found = {}
    for level, one in pruned.items():
        epochs = one.best.best_epoch
        chosen = [{part: value[k] for part, value in path[epoch - 1].items()} for k, epoch in enumerate(epochs)]
        weights = population.stack(chosen)
        found[name, level] = Learnt(replace(dense, weights=weights, best_epoch=epochs, stop_epoch=epochs), weights)
    return found


def _note(stack, states: dict[int, dict]) -> None:
    """Copy the weights of every member that is still training."""
    for place, member in enumerate(stack.members):
        states[member] = {name: value[place].clone() for name, value in stack.weights.items()}
