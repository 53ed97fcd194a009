"""From a cell to rows: the members of a stack are trained, pruned and measured."""

from typing import Any

import pandas as pd

from pruneuq_helpers import population, pruning
from pruneuq_helpers.chapters.bayesian_pruning.networks import decay, describe, level_of_rival, load
from pruneuq_helpers.chapters.bayesian_pruning.record import Record


def work(cells: list[dict[str, Any]]) -> list[pd.DataFrame]:
    """Train the members of all cells together, and record every epoch before and after its prune (see `Record`)."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    loaded = load(first["data"], **first["source"], training_images=first["training_images"])
    network = describe(first["network"], first["widths"], loaded)
    members = [rule | {"seed": seed} for rule in first["rules"] for seed in seeds]
    fields = ("how", "gate", "beta", "sigma", "norm", "seed")
    held, level = first["masks"] in ("frozen", "wider"), first["level"]
    if first["masks"] == "wider":
        level = level_of_rival(network, describe(first["network"], first["beside"], loaded), level)
    masks = "frozen" if held else "regrow"
    rules = [pruning.Rule(level, masks=masks, **{name: one[name] for name in fields}) for one in members]
    images, labels = loaded.normalise(loaded.train.images), loaded.train.labels
    record = Record(pruning.BayesianPruning(rules, images, labels), loaded, first["epochs"], first["masks"])
    trained = population.train(
        network,
        images,
        labels,
        [one["seed"] for one in members],
        weight_decay=[decay(one["objective"], one["sigma"], len(labels)) for one in members],
        **{name: first[name] for name in ("epochs", "batch", "rate", "device")},
        after_epoch=record,
    )
    table = record.table(trained, members)
    return [table[table["seed"] == seed].reset_index(drop=True) for seed in seeds]
