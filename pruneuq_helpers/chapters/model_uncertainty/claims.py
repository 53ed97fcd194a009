"""Chapter 9's findings, all of them the book's own.

S0 plans these methods and S2 points at papers on them; neither says what comes of them, alone or after pruning.
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.model_uncertainty.tables import of_way, part_of, values_of
from pruneuq_helpers.claims import Claim, above_chance

Measure = Callable[[pd.DataFrame], pd.Series]


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: the one part; its column `part` names the experiment that a row is of."""
    return run("methods")


def _methods(table: pd.DataFrame) -> pd.DataFrame:
    """The methods on the images; where the table has moons alone, on the moons."""
    return part_of(table, "methods", moons=set(table.get("data", ())) == {"moons"})


def _between(method: str, other: str, measure: str, pruned: bool = False) -> Measure:
    """One method minus another, on the dense networks or on those of the highest level."""

    def gap(table: pd.DataFrame) -> pd.Series:
        rows = _methods(table)
        level = rows["level"].max() if pruned else 0.0
        return _paired(values_of(rows, method, measure, level), values_of(rows, other, measure, level))

    return gap


def _pruned(method: str, measure: str) -> Measure:
    """A method at the highest level, minus on the dense networks."""

    def change(table: pd.DataFrame) -> pd.Series:
        rows = _methods(table)
        return _paired(values_of(rows, method, measure, rows["level"].max()), values_of(rows, method, measure, 0.0))

    return change


def _scaled(table: pd.DataFrame) -> pd.Series:
    """ECE of MC dropout with a temperature, minus without, mean over the levels."""
    rows = _methods(table)
    return _paired(values_of(rows, "dropout", "scaled_ece"), values_of(rows, "dropout", "ece"))


def _by_prior(table: pd.DataFrame) -> pd.Series:
    """ECE of all weights by the probit with the prior that validation images choose, minus with the evidence's."""
    priors = [of_way(table, "all weights", "probit", prior, "ece") for prior in ("validation", "evidence")]
    return _paired(*priors)


def _chosen(how: str, other: str, measure: str) -> Measure:
    """One choice of weights minus another, mean over the numbers of weights."""

    def gap(table: pd.DataFrame) -> pd.Series:
        rows = part_of(table, "choices")
        return _paired(values_of(rows, how, measure), values_of(rows, other, measure))

    return gap


def _against_last_layer(table: pd.DataFrame) -> pd.Series:
    choices, methods = part_of(table, "choices"), part_of(table, "methods")
    largest = choices["level"].min()  # the lowest level leaves the most survivors
    return _paired(values_of(choices, "variance", "nll", largest), values_of(methods, "last layer", "nll", 0.0))


def _pruned_against_frozen(table: pd.DataFrame) -> pd.Series:
    """AUROC of the pruned network, all weights uncertain, minus the dense one with the same weights uncertain."""
    methods = part_of(table, "methods")
    pruned = values_of(methods[methods["level"] > 0], "all weights", "auroc")
    return _paired(pruned, values_of(part_of(table, "choices"), "survivors", "auroc"))


def _paired(ours: pd.Series, theirs: pd.Series) -> pd.Series:
    return (ours - theirs).dropna()


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
        "ECE", _between("last layer", "softmax", "ece"), "<",
    ),
    _claim(
        "prior-mends-calibration", "", "the prior mends Laplace's calibration",
        "A prior chosen on validation images mends the calibration of a Laplace approximation over all weights.",
        "ECE with that prior minus with the one that the evidence chooses, dense networks",
        "ECE", _by_prior, "<",
    ),
    _claim(
        "laplace-predicts-at-temperature", "", "Laplace predicts better, both scaled",
        "With a temperature for both, a Laplace approximation over all weights predicts better than the softmax.",
        "NLL of the approximation, scaled, minus that of the softmax, scaled, dense networks, nats an image",
        "NLL", _between("all weights", "softmax", "scaled_nll"), "<",
    ),
    _claim(
        "temperature-mends-dropout", "Laves et al.", "one temperature mends MC dropout",
        "One temperature mends the calibration of MC dropout, dense and pruned.",
        "ECE of MC dropout with a temperature minus without, mean over the levels",
        "ECE", _scaled, "<",
    ),
    _claim(
        "laplace-detects", "S0 §6", "Laplace sees more of the outside",
        "A Laplace approximation over all weights tells what is outside better than the softmax.",
        f"AUROC of the approximation minus that of the softmax, dense networks, {SETS}",
        "AUROC", _between("all weights", "softmax", "auroc"), ">", each="data",
    ),
    _claim(
        "laplace-detects-pruned", "S0 §6", "Laplace does so on pruned networks",
        "On pruned networks, too, a Laplace approximation over all weights tells what is outside better.",
        f"AUROC of the approximation minus that of the softmax, {TOP}, {SETS}",
        "AUROC", _between("all weights", "softmax", "auroc", pruned=True), ">", each="data",
    ),
    _claim(
        "dropout-detects", "S0 §6", "MC dropout sees more of the outside",
        "MC dropout tells what is outside better than the softmax.",
        f"AUROC of MC dropout minus that of the softmax, dense networks, {SETS}",
        "AUROC", _between("dropout", "softmax", "auroc"), ">", each="data",
    ),
    _claim(
        "ensemble-detects", "", "an ensemble sees more of the outside",
        "An ensemble tells what is outside better than the softmax.",
        f"AUROC of the ensemble minus that of the softmax, dense networks, {SETS}",
        "AUROC", _between("ensemble", "softmax", "auroc"), ">", each="data",
    ),
    _claim(
        "pruned-sees-less", "", "pruning takes sight of the outside",
        "A pruned network tells images from outside less well than the dense one.",
        f"AUROC of the softmax, {TOP} minus dense, {SETS}",
        "AUROC", _pruned("softmax", "auroc"), "<",
    ),
    _claim(
        "pruning-calibrates-dropout", "S0 §5.2", "pruning calibrates MC dropout",
        "Pruning has a positive effect on the calibration of MC dropout, as S0 says of the network.",
        f"ECE of MC dropout, {TOP} minus dense",
        "ECE", _pruned("dropout", "ece"), "<",
    ),
    _claim(
        "pruning-calibrates-ensemble", "S0 §5.2", "pruning calibrates an ensemble",
        "Pruning has a positive effect on the calibration of an ensemble.",
        f"ECE of the ensemble, {TOP} minus dense",
        "ECE", _pruned("ensemble", "ece"), "<",
    ),
    _claim(
        "pruning-calibrates-laplace", "S0 §5.2", "pruning calibrates Laplace",
        "Pruning has a positive effect on the calibration of a Laplace approximation over all weights.",
        f"ECE of the approximation, {TOP} minus dense",
        "ECE", _pruned("all weights", "ece"), "<",
    ),
    _claim(
        "variance-over-random", "Daxberger et al.", "largest variances predict better",
        "Among subnetworks of one size, the weights of largest variance predict better than random ones.",
        "NLL with the largest variances minus with random weights, mean over sizes, nats an image",
        "NLL", _chosen("variance", "random", "nll"), "<",
    ),
    _claim(
        "variance-over-random-at-temperature", "", "and with a temperature for both",
        "With a temperature for both, the weights of largest variance still predict better than random ones.",
        "NLL with the largest variances, scaled, minus with random weights, scaled, mean over sizes, nats an image",
        "NLL", _chosen("variance", "random", "scaled_nll"), "<",
    ),
    _claim(
        "variance-over-last-layer", "Daxberger et al.", "a subnetwork beats the last layer",
        "A subnetwork of the weights of largest variance predicts better than the last layer.",
        "NLL with the largest subnetwork minus with the last layer, nats an image",
        "NLL", _against_last_layer, "<",
    ),
    _claim(
        "variance-sees-outside", "", "largest variances see more outside",
        "The weights of largest variance see more of the outside than random ones.",
        f"AUROC with the largest variances minus with random weights, mean over sizes, {SETS}",
        "AUROC", _chosen("variance", "random", "auroc"), ">",
    ),
    _claim(
        "survivors-over-random", "", "survivors see more of the outside",
        "The survivors of a pruning see more of the outside than random weights.",
        f"AUROC with the survivors minus with as many random weights, mean over sizes, {SETS}",
        "AUROC", _chosen("survivors", "random", "auroc"), ">",
    ),
    _claim(
        "prune-or-hold", "", "pruning sees more than holding fixed",
        "With the same weights uncertain, pruning the others sees more of the outside than holding them fixed.",
        f"AUROC of the pruned and fine-tuned network minus that of the dense one, mean over sizes, {SETS}",
        "AUROC", _pruned_against_frozen, ">",
    ),
]  # fmt: skip
