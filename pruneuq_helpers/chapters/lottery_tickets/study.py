"""Chapter 3: do pruned networks learn as fast as the dense one, as well, and as honestly? (S0, sections 3.1 and 3.2)"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

import torch
from annotated_types import Ge, MinLen
from pydantic import AfterValidator
from torch import Tensor

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.lottery_tickets.runs import ITERATIVE, ONE_SHOT, iterative, one_shot, parts
from pruneuq_helpers.population import Network, mlp
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.pruning.cutting import size, widths
from pruneuq_helpers.pruning.tickets import Tickets
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, Counts, DataName, InnerLevels, Natural, Positive, Widths
from pruneuq_helpers.training.caps import cut_off

_CAPPED = "every row says whether the limit of epochs ended its training"
_RANDOM = "random is a new network on the scale of its own widths"
MOONS = {"batch": 0, "rate": 0.01}  # S0's recipe on moons: Adam on all points at once
DEPTH_WIDTH = 20  # units of each hidden layer of the networks that differ in depth


def _with_classes(name: str) -> str:
    if name == "line":
        raise ValueError("it takes a data set with classes")
    return name


Labelled = Annotated[DataName, AfterValidator(_with_classes)]


def cells(study: "TicketStudy") -> list[dict]:
    """One cell a network, seed and half of the strategies: in rounds, or at once."""
    common = _common(study) | {"levels": study.levels, "rounds": study.rounds}
    return [
        common | {"hidden": hidden, "strategies": list(strategies), "seed": seed}
        for strategies in (ITERATIVE, ONE_SHOT)
        for hidden in study.networks
        for seed in range(study.seeds)
    ]


def depth_cells(study: "TicketStudy") -> list[dict]:
    """One cell a depth, patience and seed: dense networks on moons, whatever the tickets learn."""
    common = _common(study) | {"data": "moons", "levels": [], "rounds": study.rounds, "strategies": []}
    common["recipe"] = common["recipe"] | MOONS | {"epochs": study.moons_epochs}
    return [
        common | {"hidden": [DEPTH_WIDTH] * depth, "patience": patience, "seed": seed}
        for depth in sorted(study.depths, reverse=True)
        for patience in study.patiences
        for seed in range(study.seeds)
    ]


def _common(study: "TicketStudy") -> dict:
    where = study.model_dump(include={"root", "download", "fresh_points"})
    recipe = study.model_dump(include={"epochs", "batch", "rate", "device"})
    return {"data": study.data, "where": where, "patience": study.patience, "recipe": recipe}


def work(cells: list[dict]) -> list[list[dict]]:
    """Train the networks of the cells' seeds together, prune them, train again, and measure; a row a ticket."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    found, classes = parts(first["data"], seeds, **first["where"])
    dense, initial, fit = start(first["hidden"], seeds, found, classes, first["patience"], **first["recipe"])
    runs = {} if ITERATIVE[0] in first["strategies"] else {("dense", 0.0): dense}
    if ONE_SHOT[0] in first["strategies"]:
        runs |= one_shot(dense, initial, first["levels"], seeds, fit)
    if ITERATIVE[0] in first["strategies"]:
        runs |= iterative(dense, initial, first["levels"], first["rounds"], fit)
    rows: list[list[dict]] = [[] for _ in cells]
    for (strategy, level), some in runs.items():
        about = {"strategy": strategy, "level": level}
        measured = measure(some, dense.network, *found["test"], device=first["recipe"]["device"])
        shares = overlap(some, initial, level) if strategy in ("one-shot", "re-initialised") else [None] * len(some)
        for own, row, share in zip(rows, measured, shares, strict=True):
            capped = cut_off(row["best_epoch"], row["stop_epoch"], first["patience"])
            own.append(about | row | {"capped": capped, "overlap": share})
    return rows


class TicketStudy(Study):
    """Parameters of chapter 3."""

    chapter: ClassVar[str] = "03_lottery_tickets"
    parts = {
        "tickets": Part(cells, work, version=2, history={2: f"{_RANDOM}, and {_CAPPED}"}, together="together"),
        "depth": Part(depth_cells, work, version=2, history={2: _CAPPED}, together="together"),
    }
    data: Labelled
    root: str = "data"
    download: bool = False
    networks: Annotated[list[Widths], MinLen(1)]
    levels: InnerLevels
    rounds: Count
    epochs: Count
    patience: Count
    batch: Natural
    rate: Positive
    fresh_points: Annotated[int, Ge(10)]
    together: Count
    depths: Counts
    patiences: Counts
    moons_epochs: Count


def start(hidden: list[int], seeds: list[int], found: dict, classes: int, patience: int, **recipe):
    """Train dense networks, one a seed."""
    images, labels = found["train"]
    network = mlp(images[(0,) * labels.ndim].numel(), *hidden, classes)
    recipe = recipe | {"batch": recipe["batch"] or None, "patience": patience, "validation": found["validation"]}

    def fit(some: Sequence[Tickets]) -> list[Tickets]:
        # Initial weights are made on the processor, trained ones lie where they were trained; here they meet.
        placed = [{name: value.to(recipe["device"]) for name, value in one.weights.items()} for one in some]
        some = [replace(one, weights=weights) for one, weights in zip(some, placed, strict=True)]
        return tickets.train(some, images, labels, seeds, **recipe)

    initial = tickets.whole(network, [network.initial(seed) for seed in seeds])
    return fit([initial])[0], initial, fit


def measure(some: Tickets, dense: Network, images: Tensor, labels: Tensor, device: str = "cpu") -> list[dict]:
    """Measure trained networks on a test set."""
    probs, rows = torch.softmax(some.predict(images, device=device), 2), []
    left = [sum(widths(network)[:-1]) for network in (some.network, dense)]
    shape = {
        "network": "-".join(map(str, [dense.input_shape[0], *widths(dense)])),
        "hidden_layers": len(widths(dense)) - 1,
        "removed": 1 - left[0] / left[1],
        "parameter_fraction": size(some.network) / size(dense),
    }
    for k in range(len(some)):
        truth = labels[k] if labels.ndim == 2 else labels
        row = {name: getattr(metrics, name)(probs[k], truth) for name in ("accuracy", "ece", "nll")}
        commonest = truth.bincount().max().item() / len(truth)
        epochs = {"best_epoch": int(some.best_epoch[k]), "stop_epoch": int(some.stop_epoch[k])}
        rows.append(shape | epochs | row | {"collapsed": row["accuracy"] < 1.2 * commonest})
    return rows


def overlap(some: Tickets, initial: Tickets, level: float) -> list[float]:
    """Share of the surviving hidden units that the initial weights, scored in the same way, would have kept too."""
    expected, (*hidden, _) = tickets.prune(initial, level).units, some.units
    both = [(some.units[name].unsqueeze(2) == expected[name].unsqueeze(1)).any(2).sum(1) for name in hidden]
    return (torch.stack(both).sum(0) / sum(widths(some.network)[:-1])).tolist()
