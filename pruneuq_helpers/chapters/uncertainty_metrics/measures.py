"""One value a seed from chapter 4's table, for its claims and its text."""

import pandas as pd

from pruneuq_helpers.chapters.uncertainty_metrics.tables import experiment
from pruneuq_helpers.claims import Measure


def by_seed(table: pd.DataFrame, name: str, column: str, **chosen) -> pd.Series:
    """One column of one experiment, at chosen values of the others; nothing where the table has not that."""
    rows = experiment(table, name)
    if not {"seed", column, *chosen} <= set(rows.columns):
        return pd.Series(dtype=float)
    for where, value in chosen.items():
        rows = rows[rows[where] == value]
    return rows.groupby("seed")[column].mean()


def ause_of(source: str, uncertainty: str, column: str = "ause") -> Measure:
    """A measure: an area of one uncertainty, one value a seed."""

    def measure(table: pd.DataFrame) -> pd.Series:
        return by_seed(table, "ranking", column, source=source, uncertainty=uncertainty)

    return measure


def behind(worse: tuple[str, str], better: tuple[str, str]) -> Measure:
    """A measure: by how much the AUSE of one uncertainty exceeds that of another, one value a seed."""
    first, second = ause_of(*worse), ause_of(*better)
    return lambda table: first(table) - second(table)


def order_matters(table: pd.DataFrame) -> pd.Series:
    """How much the AUSE of a saturated softmax changes with the order of the file, by seed."""
    sharpest = experiment(table, "ties")["sharpness"].max()
    first, last = (
        by_seed(table, "ties", "ause", sharpness=sharpest, way=f"float32, mistakes {place}")
        for place in ("first", "last")
    )
    return first - last


def dealing(confidence_from: str) -> Measure:
    """A measure: how much the ECE grows when the confidences are dealt out at random, mean over sizes, by seed."""

    def measure(table: pd.DataFrame) -> pd.Series:
        dealt, own = (
            by_seed(table, "normalised", column, confidence_from=confidence_from) for column in ("ece_dealt", "ece")
        )
        return dealt - own

    return measure


def off_the_error(table: pd.DataFrame) -> pd.Series:
    """The distance of that ECE from the error rate minus the mean normalised variance, mean over sizes, by seed."""
    rows = experiment(table, "normalised")
    if not {"confidence_from", "ece", "error", "mean_uncertainty"} <= set(rows.columns):
        return pd.Series(dtype=float)
    rows = rows[rows["confidence_from"] == "probability variance"].set_index("seed")
    return (rows["ece"] - (rows["error"] - rows["mean_uncertainty"])).abs().groupby(level=0).mean()


def few_samples(table: pd.DataFrame) -> pd.Series:
    """The ECE of a calibrated network on about 100 samples with about 15 bins, by seed."""
    rows = experiment(table, "bias")
    usual = min(rows["bins"].unique(), key=lambda bins: abs(bins - 15))
    least = min(rows["samples"].unique(), key=lambda samples: abs(samples - 100))
    return by_seed(table, "bias", "ece", samples=least, bins=usual)


def two_fpr95(table: pd.DataFrame) -> pd.Series:
    """The distance between FPR95 with either class as the positive one, classes held out, by seed."""
    out, own = (by_seed(table, "foreign", f"fpr95_{side}", foreign="held out") for side in ("out", "in"))
    return (out - own).abs()


def gained_by_scaling(column: str) -> Measure:
    """A measure: one network's score before temperature scaling minus that after it."""

    def measure(table: pd.DataFrame) -> pd.Series:
        before, after = (
            by_seed(table, "temperature", column, source="one network", state=state) for state in ("before", "after")
        )
        return before - after

    return measure


def when_calibrated(column: str) -> Measure:
    """A measure: ECE or UCE of a network whose labels were drawn from its own probabilities."""
    return lambda table: by_seed(table, "calibrated", column, case="calibrated")


def too_sure(table: pd.DataFrame) -> pd.Series:
    """Mean confidence minus accuracy of one network as trained, by seed."""
    return by_seed(table, "temperature", "gap", source="one network", state="before")
