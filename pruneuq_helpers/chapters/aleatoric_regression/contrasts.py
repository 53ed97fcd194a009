"""What chapter 1's sentences rest on: a contrast each, one value a seed."""

import pandas as pd

from pruneuq_helpers.chapters.aleatoric_regression.tables import REGIONS, error, nats_gained, nats_missing, off, rows
from pruneuq_helpers.claims import contrast
from pruneuq_helpers.claims.contrast import Contrast


def of(table: pd.DataFrame) -> dict[str, Contrast]:
    """All of them by name.

    run-, wrong- and net-fresh: coverage less level on many fresh points, of S0's run, of one deviation for growing
    noise, and of the network on constant noise; line-error, net-error: calibration error less that of the truth, and
    of the line; net-lost, gain: nats of a fresh point; nats-: those of a training point that S0's run misses.
    """
    constant, growing = "homoskedastic", "heteroskedastic"
    found = {f"run-{name}": off(table, constant, "published run", region=region) for name, region in REGIONS.items()}
    found |= {f"wrong-{name}": off(table, growing, "constant std", region=region) for name, region in REGIONS.items()}
    found |= {
        "net-fresh": off(table, constant, "network"),
        "line-error": error(table, constant, "constant std") - error(table, constant, "truth"),
        "net-error": error(table, growing, "network") - error(table, growing, "growing std"),
        "net-lost": nats_lost(table),
        "nats-constant": nats_missing(table, constant),
        "nats-growing": nats_missing(table, growing),
        "gain": nats_gained(table),
    }
    return {name: contrast(values) for name, values in found.items()}


def nats_lost(table: pd.DataFrame) -> pd.Series:
    """Likelihood of a fresh point that the network loses to the line on constant noise, by seed."""
    learnt, line = (rows(table, "homoskedastic", model, "many fresh")["nll"] for model in ("network", "constant std"))
    return learnt - line
