"""What chapter 1 found of a model that states its own noise, as rules; S0 draws the diagrams and says nothing of them.

Coverage is judged on the large set of fresh points: there, a model that is right is all but on the diagonal, and what
is left is the model's own error.
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.aleatoric_regression.tables import LINES, nats_missing, off
from pruneuq_helpers.claims import Claim

COVERAGE = "coverage of fresh points less level, mean over the levels, share of points"


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: the one part."""
    return run("lines")


def _of_its_noise(table: pd.DataFrame) -> str:
    """The kind of noise of a table that has one; each is judged by itself."""
    return table["noise"].iloc[0] if "noise" in table else ""


def line_covers(table: pd.DataFrame) -> pd.Series:
    """Of the line with the right form of noise, fitted until it converges: coverage less level, by seed."""
    noise = _of_its_noise(table)
    return off(table, noise, LINES.get(noise, ""))


def covers(model: str, part: str = "many fresh") -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: coverage of a model less level, by seed."""
    return lambda table: off(table, _of_its_noise(table), model, part)


def training_flatters(table: pd.DataFrame) -> pd.Series:
    """How much more of its own training points a network covers than of fresh ones, by seed."""
    return covers("network", "training")(table) - covers("network")(table)


CLAIMS = [
    Claim(
        "book.line.covers", "01", "book", "ch. 1, after S0's Figs 1 and 2", "", "a fitted line covers as promised",
        "A line with the right form of noise, fitted until it converges, covers what it promises on fresh points.",
        COVERAGE, "coverage", line_covers, "=", each="noise",
    ),
    Claim(
        "book.line.published-run-covers", "01", "book", "ch. 1, after S0's code", "", "S0's run covers as promised",
        "The run with the start and the number of steps of S0's code covers what it promises on fresh points.",
        COVERAGE, "coverage", covers("published run"), "=", each="noise",
    ),
    Claim(
        "book.line.published-run-arrives", "01", "book", "ch. 1, after S0's code", "", "S0's run arrives",
        "The start and the number of steps of S0's code reach the largest likelihood.",
        "log-likelihood of a training point missing to the maximum, in nats", "log-likelihood",
        lambda table: nats_missing(table, _of_its_noise(table)), "=", each="noise",
    ),
    Claim(
        "book.line.training-points-flatter", "01", "book", "ch. 1", "", "training points flatter a network",
        "A network covers more of the points that it learnt from than of fresh ones.",
        "coverage of training points less that of fresh ones, mean over the levels, share of points", "coverage",
        training_flatters, each="noise",
    ),
]  # fmt: skip
