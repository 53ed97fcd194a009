"""The numbers that chapter 1's text needs: one function a section."""

import math

import numpy as np
import pandas as pd
from torch import Tensor

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.aleatoric_regression.contrasts import nats_lost
from pruneuq_helpers.chapters.aleatoric_regression.line import PUBLISHED
from pruneuq_helpers.chapters.aleatoric_regression.tables import REGIONS, error, nats_gained, nats_missing, off, rows
from pruneuq_helpers.regression import Fit, sampling_band
from pruneuq_helpers.text import plus_minus

TRUE_STD = 0.5  # of the constant noise


def formula(exact: dict[str, Tensor], points: int) -> dict:
    """The fits by formula, and how far theory expects their standard deviation to be off, in percent."""
    std = exact["log_std"].exp()
    return {
        "seeds": len(std),
        "points": points,
        "exact-slope": plus_minus(exact["slope"], 2),
        "exact-std": plus_minus(std, 3),
        "std-percent": 100 / math.sqrt(2 * points),
        "std-off": float(100 * (std / TRUE_STD - 1).square().mean().sqrt()),
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


def ends(predicted: dict[str, tuple]) -> dict:
    """The standard deviation that each model says at both ends of the inputs."""
    return {f"ends-{name}": f"{std[0]:.2f} and {std[-1]:.2f}" for name, (_, std) in predicted.items()}


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
        "net-lost": plus_minus(nats_lost(table), 2),
        "net-growing": plus_minus(error(table, "heteroskedastic", "network")),
        "points-growing": int(rows(table, "heteroskedastic", "network", "training")["points"].iloc[0]),
    }


def halves(table: pd.DataFrame) -> dict:
    """Where one standard deviation for growing noise lies, over all inputs and on each half of them."""
    return {
        f"wrong-{name}": plus_minus(off(table, "heteroskedastic", "constant std", region=region))
        for name, region in REGIONS.items()
    }


def likelihood(table: pd.DataFrame) -> dict:
    """Nats a point that S0's runs leave on the table, and that growing noise gains by a model of its own."""
    return {
        "nats-constant": plus_minus(nats_missing(table, "homoskedastic"), 2),
        "nats-growing": plus_minus(nats_missing(table, "heteroskedastic"), 2),
        "growing-steps": PUBLISHED["heteroskedastic"][0],
        "gain": plus_minus(nats_gained(table), 2),
    }
