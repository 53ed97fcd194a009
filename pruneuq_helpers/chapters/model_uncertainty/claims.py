"""Chapter 9's findings, all of them the book's own.

S0 plans these methods and S2 points at papers on them; neither says what comes of them, alone or after pruning.
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.model_uncertainty.tables import by_prior, change, chosen_over, part_of, values_of
from pruneuq_helpers.claims import Claim, Measure, above_chance


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: the one part; its column `part` names the experiment that a row is of."""
    return run("methods")


def _methods(table: pd.DataFrame) -> pd.DataFrame:
    """The methods on the images; where the table has moons alone, on the moons."""
    return part_of(table, "methods", moons=set(table.get("data", ())) == {"moons"})


def _over_softmax(method: str, measure: str) -> Measure:
    """A method minus the softmax, on the dense networks."""

    def gap(table: pd.DataFrame) -> pd.Series:
        rows = _methods(table)
        return (values_of(rows, method, measure, 0.0) - values_of(rows, "softmax", measure, 0.0)).dropna()

    return gap


def _dense(table: pd.DataFrame) -> pd.Series:
    """Accuracy of the dense networks on images."""
    return values_of(part_of(table, "methods"), "softmax", "accuracy", 0.0)


ABLE = (above_chance(_dense),)
TOP = "networks of the highest level"
SETS = "mean over the sets from outside"


def _claim(name: str, after: str, short: str, finding: str, effect: str, measured: str, measure: Measure,
           direction: str, **more) -> Claim:  # fmt: skip
    place = f"ch. 9, after {after}" if after else "ch. 9"
    id = f"book.methods.{name}"
    return Claim(id, "09", "book", place, "", short, finding, effect, measured, measure, direction, needs=ABLE, **more)


CLAIMS = [
    _claim(
        "laplace-calibrated", "S0 §6", "Laplace is better calibrated",
        "A Laplace approximation of the last layer is better calibrated than the softmax.",
        "ECE of the approximation minus that of the softmax, dense networks",
        "ECE", _over_softmax("last layer", "ece"), "<",
    ),
    _claim(
        "prior-mends-calibration", "", "the prior mends Laplace's calibration",
        "A prior chosen on validation images mends the calibration of a Laplace approximation over all weights.",
        "ECE with that prior minus with the one that the evidence chooses, dense networks",
        "ECE", lambda table: by_prior(table, "probit", "ece").dropna(), "<",
    ),
    _claim(
        "laplace-detects", "S0 §6", "Laplace sees more, by the probit",
        "A Laplace approximation over all weights, read by the probit, tells what is outside better than the softmax.",
        f"AUROC of the approximation minus that of the softmax, dense networks, {SETS}",
        "AUROC", _over_softmax("all weights", "auroc"), ">", each="data",
    ),
    _claim(
        "ensemble-detects", "", "an ensemble sees more of the outside",
        "An ensemble tells what is outside better than the softmax.",
        f"AUROC of the ensemble minus that of the softmax, dense networks, {SETS}",
        "AUROC", _over_softmax("ensemble", "auroc"), ">", each="data",
    ),
    _claim(
        "pruned-sees-less", "", "pruning takes sight of the outside",
        "A pruned network tells images from outside less well than the dense one.",
        f"AUROC of the softmax, {TOP} minus dense, {SETS}",
        "AUROC", lambda table: change(table, "softmax", "auroc").dropna(), "<",
    ),
    _claim(
        "pruning-calibrates-laplace", "S0 §5.2", "pruning calibrates Laplace",
        "Pruning has a positive effect on the calibration of a Laplace approximation over all weights.",
        f"ECE of the approximation, {TOP} minus dense",
        "ECE", lambda table: change(table, "all weights", "ece").dropna(), "<",
    ),
    _claim(
        "variance-over-random", "Daxberger et al.", "largest variances predict better",
        "Among subnetworks of one size, the weights of largest variance predict better than random ones.",
        "NLL with the largest variances minus with random weights, mean over sizes, nats an image",
        "NLL", lambda table: chosen_over(table, "variance", "nll").dropna(), "<",
    ),
    _claim(
        "variance-over-random-at-temperature", "", "and with a temperature for both",
        "With a temperature for both, the weights of largest variance still predict better than random ones.",
        "NLL with the largest variances, scaled, minus with random weights, scaled, mean over sizes, nats an image",
        "NLL", lambda table: chosen_over(table, "variance", "scaled_nll").dropna(), "<",
    ),
    _claim(
        "survivors-over-random", "", "survivors see more of the outside",
        "The survivors of a pruning see more of the outside than random weights.",
        f"AUROC with the survivors minus with as many random weights, mean over sizes, {SETS}",
        "AUROC", lambda table: chosen_over(table, "survivors", "auroc").dropna(), ">",
    ),
]  # fmt: skip
