"""The numbers that chapter 1's text needs: one function a section."""

import math

import numpy as np
import pandas as pd
from torch import Tensor

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.aleatoric_regression import contrasts
from pruneuq_helpers.chapters.aleatoric_regression.line import PUBLISHED
from pruneuq_helpers.chapters.aleatoric_regression.tables import REGIONS, error, off, rows
from pruneuq_helpers.claims import with_interval
from pruneuq_helpers.regression import Fit, sampling_band
from pruneuq_helpers.text import plus_minus


def formula(exact: dict[str, Tensor], points: int) -> dict:
    """The fits by formula, and how far their standard deviation is off in theory, in percent."""
    std = exact["log_std"].exp()
    return {
        "seeds": len(std),
        "points": points,
        "exact-slope": plus_minus(exact["slope"], 2),
        "exact-std": plus_minus(std, 3),
        "std-percent": 100 / math.sqrt(2 * points),
    }


def early_stop(published: Fit, repaired: Fit, x: Tensor, y: Tensor) -> dict:
    """Where S0's run and the repaired one stand after S0's number of steps, and what held the first back."""
    steps, begin = PUBLISHED["homoskedastic"]
    late_step = np.abs(np.diff(published.path["slope"][steps - 100 : steps + 1], axis=0)).mean()
    return {
        "published-slope": plus_minus(published.path["slope"][steps], 2),
        "published-std": plus_minus(published.path["std"][steps], 2),
        "repaired-slope": plus_minus(repaired.path["slope"][steps], 2),
        "far": float(y.square().mean().sqrt()) / begin["std"],
        "first-push": float((y * x).mean()) / begin["std"] ** 2,
        "late-step": float(0.01 / late_step),
    }


def slider(fresh: tuple, assumed: list[float]) -> dict:
    """What the 80 % interval holds of fresh points, in percent, with the smallest and the largest assumed deviation."""
    found = {"fresh-points": len(fresh[0])}
    for name, value in (("low", min(assumed)), ("high", max(assumed))):
        curve = metrics.coverage(*fresh, value, [0.8])
        found |= {f"assumed-{name}": value, f"held-{name}": float(100 * curve["coverage"].iloc[0])}
    return found


def chance(expected: float, points: int, fresh_points: int) -> dict:
    """How far chance alone takes the right model from the diagonal."""
    bands = {"band": sampling_band(points), "fresh-band": sampling_band(fresh_points)}
    return {"expected": float(expected)} | {name: float(band) for name, band in bands.items()}


def large(table: pd.DataFrame) -> dict:
    """What the chapter concludes, with intervals: coverage less level, of the models that keep or break a promise."""
    names = {"line": "line", "run": "run-all", "net-fresh": "net-fresh", "net-train": "net-train"}
    names |= {"wrong-all": "wrong-all", "wrong-right": "wrong-right"}
    found = contrasts.of(table)
    numbers = {f"large-{name}": with_interval(found[key], signed=True) for name, key in names.items()}
    return numbers | {"large-seeds": table["seed"].nunique()}


def curves(table: pd.DataFrame) -> dict:
    """How far the curves on fresh points are from the diagonal, and the calibration errors."""
    found = {
        f"run-{name}": plus_minus(off(table, "homoskedastic", "published run", region=region))
        for name, region in REGIONS.items()
    }
    return found | {
        "line-error": plus_minus(error(table, "homoskedastic", "constant std")),
        "truth-error": plus_minus(error(table, "homoskedastic", "truth")),
        "growing-error": plus_minus(error(table, "heteroskedastic", "growing std")),
    }


def network(table: pd.DataFrame) -> dict:
    """The network beside the line, on the points that it learnt from and on fresh ones."""
    return {
        "net-train": plus_minus(off(table, "homoskedastic", "network", "training")),
        "net-fresh": plus_minus(off(table, "homoskedastic", "network")),
        "net-lost": plus_minus(contrasts.nats_lost(table), 2),
        "net-growing": plus_minus(error(table, "heteroskedastic", "network")),
        "points-growing": int(rows(table, "heteroskedastic", "network", "training")["points"].iloc[0]),
    }


def halves(table: pd.DataFrame) -> dict:
    """Where one standard deviation for growing noise lies, over all inputs and on each half of them."""
    return {
        f"wrong-{name}": plus_minus(off(table, "heteroskedastic", "constant std", region=region))
        for name, region in REGIONS.items()
    }
