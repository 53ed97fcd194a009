"""Chapter 5's experiment from S0's archive: Monte Carlo dropout on networks that are pruned and not trained again."""

from typing import TYPE_CHECKING

import torch

from pruneuq_helpers import metrics, population
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.study.images import show
from pruneuq_helpers.uncertainty import softmax
from pruneuq_helpers.uncertainty.passes import passes

if TYPE_CHECKING:
    from pruneuq_helpers.chapters.tickets_and_calibration.study import CalibrationStudy

MEASURES = ("accuracy", "ece", "uce", "nll")


def dropout_cells(study: "CalibrationStudy") -> list[dict]:
    """One cell a seed."""
    names = {"dropout_hidden", "dropout_rate", "dropout_passes", "dropout_epochs", "dropout_levels", "batch", "device"}
    inside = study.where | {"far": [], "outside": []}
    shared = study.model_dump(include=names) | {"data": study.label, "where": inside}
    return [shared | {"seed": seed} for seed in range(study.seeds)]


def dropout_work(cells: list[dict]) -> list[list[dict]]:
    """Train with dropout, prune once, and ask every network once or many times; a row a level and method."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    shown, device = show(first["where"], seeds), first["device"]
    images, labels = _flat(shown.train[0]), shown.train[1]
    hidden, rate = first["dropout_hidden"], first["dropout_rate"]
    network = population.mlp(images.shape[-1], *hidden, len(shown.classes), dropout=rate)
    settings = {"epochs": first["dropout_epochs"], "batch": first["batch"], "device": device}
    trained = population.train(network, images, labels, seeds, **settings)
    dense, rows = tickets.whole(network, trained.weights), [[] for _ in cells]
    for level in first["dropout_levels"]:
        pruned = tickets.prune(dense, level)
        asked = {"one pass": softmax(pruned.predict(_flat(shown.test[0]), device=device)).unsqueeze(0)}
        asked["dropout"] = softmax(passes(pruned, _flat(shown.test[0]), first["dropout_passes"], device, seeds))
        for method, probs in asked.items():
            for k, own in enumerate(rows):
                truth = shown.test[1][k] if len(seeds) > 1 else shown.test[1]
                found = {name: getattr(metrics, name)(probs[:, k], truth) for name in MEASURES}
                own.append({"level": level, "method": method} | found)
    return rows


def _flat(images: torch.Tensor) -> torch.Tensor:
    return images.flatten(-3)
