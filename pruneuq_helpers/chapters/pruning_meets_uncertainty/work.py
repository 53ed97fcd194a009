"""The work of chapter 7's grid: prune and fine-tune the networks of a seed, and measure three methods on them."""

from typing import Any

from torch import nn

from pruneuq_helpers import metrics, pruning
from pruneuq_helpers.chapters.pruning_meets_uncertainty.bases import (
    Bases,
    bases,
    fit,
    images_for_hrank,
    joined,
    load_data,
    member_seed,
    precision_of,
    rungs,
)
from pruneuq_helpers.chapters.pruning_meets_uncertainty.scores import channels_of, score
from pruneuq_helpers.data import Data
from pruneuq_helpers.data.augment import moved_by
from pruneuq_helpers.pruning.resrep import train_and_cut
from pruneuq_helpers.pruning.resrep_settings import Settings
from pruneuq_helpers.uncertainty import ensemble, mc_dropout

METHODS = {"msp": "softmax", "ensemble": "ensemble", "mc_dropout": "MC dropout"}
# What ResRep's training may have for itself, and what `training.train` calls it.
OF_RESREP = {"rate": "learning_rate", "batch": "batch", "schedule": "schedule", "weight_decay": "weight_decay"}
Row = dict[str, Any]


def base_work(cell: dict[str, Any]) -> list[Row]:
    """A row a member, and one for the network with dropout."""
    loaded = load_data(cell["base"], cell["seed"])
    found = bases(cell["base"], cell["seed"], cell["members"])
    networks = {str(k): member for k, member in enumerate(found.members)} | {"dropout": found.dropping}
    logits = ensemble(list(networks.values()), loaded.test.images, normalise=loaded.normalise)
    right = (logits.argmax(2) == loaded.test.labels).double().mean(1).tolist()
    checks, trained_in = [*found.checks, found.dropping_check], precision_of(cell["base"])
    return [
        {"member": name, "accuracy": share, "precision": trained_in, "cut_from": check}
        for name, share, check in zip(networks, right, checks, strict=True)
    ]


def work(cell: dict[str, Any]) -> list[Row]:
    """A row a method (of the cell of earlier epochs: an epoch and method), with the measures of `score`."""
    loaded, epochs = load_data(cell["base"], cell["seed"]), cell["base"]["recipe"]["epochs"]
    if cell["criterion"] == "earlier":
        rows = []
        for epoch in rungs(epochs):
            found = bases(cell["base"], cell["seed"], cell["members"], epoch=epoch)
            as_they_were = Pruned([*found.members, found.dropping], None, [0.0] * (cell["members"] + 1))
            rows += _rows(cell, loaded, found, as_they_were, epoch)
        return rows
    found = bases(cell["base"], cell["seed"], cell["members"])
    pruned = prune(cell, loaded, [*found.members, found.dropping])
    return _rows(cell, loaded, found, pruned, epochs if cell["criterion"] == "dense" else None)


class Pruned:
    """Networks after pruning: the first one's accuracy before fine-tuning, levels reached, ResRep's strengths."""

    def __init__(self, networks: list[nn.Module], before: float | None, reached: list[float], strength=None):
        self.networks, self.before, self.reached, self.strength = networks, before, reached, strength


def _rows(cell: dict, loaded: Data, found: Bases, pruned: Pruned, epoch: int | None) -> list[Row]:
    members, place = pruned.networks[:-1], {"normalise": loaded.normalise, "device": cell["base"]["device"]}
    together = ensemble(members, loaded.test.images, **place)
    several = mc_dropout(pruned.networks[-1], loaded.test.images, cell["passes"], cell["seed"], **place)
    logits = {"msp": together[:1], "ensemble": together, "mc_dropout": several}
    networks = {"msp": members[:1], "ensemble": members, "mc_dropout": pruned.networks[-1:]}
    came = {"msp": pruned.reached[:1], "ensemble": pruned.reached[:-1], "mc_dropout": pruned.reached[-1:]}
    checks = {"msp": found.checks[0], "ensemble": joined(found.checks), "mc_dropout": found.dropping_check}
    rows = []
    for method in METHODS:
        size = {
            "parameters": _mean([metrics.parameters(network) for network in networks[method]]),
            "macs": _mean([metrics.macs(network, loaded.input_shape) for network in networks[method]]),
            "reached": _mean(came[method]),
            "accuracy_before": pruned.before if method == "msp" else None,
            "epoch": epoch,
            "strength": pruned.strength,
            "precision": precision_of(cell["base"]),
            "cut_from": checks[method],
        }
        rows.append({"method": method} | score(logits[method], loaded.test.labels) | size)
    return rows


def prune(cell: dict, loaded: Data, networks: list[nn.Module]) -> Pruned:
    """Prune by the cell's criterion and fine-tune; ResRep does both at once."""
    level, criterion, base = cell["level"], cell["criterion"], cell["base"]
    seeds = [member_seed(cell["seed"], place) for place in range(len(networks))]
    if criterion == "resrep":
        return _forgotten(cell, loaded, networks, seeds)
    smaller = networks
    if level:
        smaller = [
            pruning.remove_channels(
                one, level, criterion, seed=seed, order="at_once", input_shape=loaded.input_shape,
                images=images_for_hrank(loaded, seed) if criterion == "hrank" else None,
            )
            for one, seed in zip(networks, seeds, strict=True)
        ]  # fmt: skip
    before = ensemble(smaller[:1], loaded.test.images, normalise=loaded.normalise, device=base["device"])
    right = float((before[0].argmax(1) == loaded.test.labels).double().mean())
    reached = [1 - channels_of(small) / channels_of(large) for small, large in zip(smaller, networks, strict=True)]
    if criterion != "dense":
        smaller = fit(smaller, loaded, seeds, cell["tune"], base)
    return Pruned(smaller, right, reached)


def _forgotten(cell: dict, loaded: Data, networks: list[nn.Module], seeds: list[int]) -> Pruned:
    base, given = cell["base"], cell["resrep"]
    settings = Settings(**{name: value for name, value in given.items() if name in Settings.__dataclass_fields__})
    own = {name: given[short] for short, name in OF_RESREP.items() if short in given}
    recipe = cell["tune"] | own | {"epochs": given["epochs"]}
    place = {"device": base["device"], "precision": base["precision"]}
    cut = [
        train_and_cut(
            one, loaded, cell["level"], settings=settings, input_shape=loaded.input_shape, seed=seed,
            augment=moved_by(base["augment"]), **place, **recipe,
        )
        for one, seed in zip(networks, seeds, strict=True)
    ]  # fmt: skip
    return Pruned([one.model for one in cut], None, [one.reached[settings.target] for one in cut], cut[0].strength)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
