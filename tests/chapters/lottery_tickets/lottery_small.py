"""What chapter 3's tests run, and its shorthands."""

import pandas as pd

from pruneuq_helpers.chapters.lottery_tickets import claims as tickets_claims
from pruneuq_helpers.chapters.lottery_tickets import study as study_module

SMALL = {
    "seeds": 3, "data": "moons", "networks": [[8, 6], [7]], "levels": [0.5, 0.8], "rounds": 2, "epochs": 15,
    "patience": 4, "batch": 0, "rate": 0.02, "fresh_points": 60, "together": 2, "depths": [2, 3], "patiences": [2, 6],
    "moons_epochs": 15,
}  # fmt: skip


def make(tmp_path, **change):
    return study_module.TicketStudy(**SMALL | change, out=str(tmp_path))


def whole(study):
    return tickets_claims.table(study.run)


def invented(accuracy: dict, seeds=4, **columns):
    """A table in which a strategy reaches the same at every level, up to a little noise of the seed."""
    rows = [
        {"part": "tickets", "data": "moons", "network": "2-9-2", "seed": seed, "strategy": strategy, "level": level,
         "removed": level, "accuracy": value + 0.001 * seed, "best_epoch": 100.0 + seed, "ece": 0.05 + 0.001 * seed,
         "collapsed": False, "capped": False} | columns
        for strategy, value in accuracy.items()
        for level in ([0.0] if strategy == "dense" else [0.5, 0.8, 0.9])
        for seed in range(seeds)
    ]  # fmt: skip
    deep = [
        {"part": "depth", "network": "2-20-20-2", "seed": seed, "hidden_layers": 2, "patience": patience,
         "collapsed": patience == 3}
        for patience in (3, 20) for seed in range(seeds)
    ]  # fmt: skip
    return pd.DataFrame(rows + deep)
