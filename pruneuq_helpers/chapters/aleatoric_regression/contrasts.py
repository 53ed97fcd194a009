"""What chapter 1's sentences rest on: a contrast each, one value a seed."""

import pandas as pd

from pruneuq_helpers.chapters.aleatoric_regression.tables import REGIONS, error, off, rows
from pruneuq_helpers.claims import contrast
from pruneuq_helpers.claims.contrast import Contrast


def of(table: pd.DataFrame) -> dict[str, Contrast]:
    """All contrasts of the chapter by name."""
    constant, growing = "homoskedastic", "heteroskedastic"
    # run-, wrong- and net-fresh: coverage less level on many fresh points, of S0's run, of one deviation for growing
    # noise, and of the network on constant noise. line: of the finished line; net-train: of the network's own points,
    # and net-flattered that less net-fresh. line-error, net-error: calibration error less that of the truth, and of the
    # line; net-lost: nats of a fresh point.
    found = {f"run-{name}": off(table, constant, "published run", region=region) for name, region in REGIONS.items()}
    found |= {f"wrong-{name}": off(table, growing, "constant std", region=region) for name, region in REGIONS.items()}
    found |= {
        "line": off(table, constant, "constant std"),
        "net-fresh": off(table, constant, "network"),
        "net-train": off(table, constant, "network", "training"),
        "net-flattered": off(table, constant, "network", "training") - off(table, constant, "network"),
        "line-error": error(table, constant, "constant std") - error(table, constant, "truth"),
        "net-error": error(table, growing, "network") - error(table, growing, "growing std"),
        "net-lost": nats_lost(table),
    }
    return {name: contrast(values) for name, values in found.items()}


def nats_lost(table: pd.DataFrame) -> pd.Series:
    """Likelihood of a fresh point that the network loses to the line on constant noise, by seed."""
    learnt, line = (rows(table, "homoskedastic", model, "many fresh")["nll"] for model in ("network", "constant std"))
    return learnt - line
