"""What the sentences of chapter 6 rest on: contrasts over seeds."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.measures import by_seed
from pruneuq_helpers.chapters.bayesian_pruning.sweeps import passed, trained_on
from pruneuq_helpers.chapters.bayesian_pruning.tables import at_step, main_part, paired
from pruneuq_helpers.claims import Contrast, contrast


def between(main: pd.DataFrame, first: str, second: str, level: float, column: str = "accuracy") -> Contrast:
    """First minus second, each a method and a state ("Bayes random before"), at the level nearest to one."""
    ours, theirs = (tuple(name.rsplit(" ", 1)) for name in (first, second))
    return contrast(by_seed(paired(main, ours, theirs, column), level))


def zeros_before(main: pd.DataFrame) -> Contrast:
    """The largest sparsity that a plain method has before its prune."""
    return contrast(_plain(main).groupby("seed")["sparsity"].max())


def zeros_at_dead_units(main: pd.DataFrame) -> Contrast:
    """The share of the zeros before a prune that lie at dead units, mean over levels and criteria."""
    return contrast(_plain(main).groupby("seed")["zeros_at_dead"].mean().dropna())


def zeros_after_one_step(steps: pd.DataFrame) -> Contrast:
    """The largest sparsity that a network has one step after its prune."""
    return contrast(main_part(steps).query("step == 1").groupby("seed")["sparsity"].max())


def regained(steps: pd.DataFrame, level: float) -> Contrast:
    """Accuracy at the end of the watched epoch minus that right after the magnitude prune."""
    last = steps["step"].max()
    start, end = (at_step(steps, "magnitude", level, step, "accuracy") for step in (0, last))
    return contrast(end - start)


def owed_to_regrowth(steps: pd.DataFrame, level: float) -> Contrast:
    """Accuracy at the end of the watched epoch minus that without the weights that grew back."""
    last = steps["step"].max()
    whole, kept = (at_step(steps, "magnitude", level, last, name) for name in ("accuracy", "kept_accuracy"))
    return contrast(whole - kept)


def strictest_gate(sweeps: pd.DataFrame) -> Contrast:
    """The share of prunes that the lagged gate lets pass at the highest threshold."""
    shares = passed(sweeps, "beta").query("gate == 'lagged'")
    return contrast(shares[shares["beta"] == shares["beta"].max()].groupby("seed")["share"].mean())


def narrow_prior(sweeps: pd.DataFrame) -> Contrast:
    """The share of prunes that pass with the narrowest prior minus that with the broadest, sums in the posterior."""
    shares = passed(sweeps, "sigma").query("norm == 'sum'").pivot(index="seed", columns="sigma", values="share")
    return contrast(shares[shares.columns.min()] - shares[shares.columns.max()])


def prior_in_the_loss(sweeps: pd.DataFrame) -> Contrast:
    """Zeros before the prune of networks trained on the posterior, mean over priors, minus those without a prior."""
    rows = trained_on(sweeps).query("state == 'before'")
    zeros = rows.pivot(index="seed", columns="objective", values="sparsity")
    return contrast(zeros.drop(columns="likelihood").mean(axis=1) - zeros["likelihood"])


def _plain(main: pd.DataFrame) -> pd.DataFrame:
    return main[(main["state"] == "before") & main["method"].isin(["random", "magnitude"])]
