"""Chapter 9's claims: what S0 planned, what the papers behind S2 say, and the experiment that none of them did."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.model_uncertainty.tables import part_of, values_of
from pruneuq_helpers.claims import Claim

Measure = Callable[[pd.DataFrame], pd.Series]


def _top(rows: pd.DataFrame) -> float:
    return rows["level"].max()


def _between(method: str, other: str, measure: str, pruned: bool = False) -> Measure:
    """One method minus another, on the dense networks or on those of the highest level."""

    def gap(table: pd.DataFrame) -> pd.Series:
        rows = part_of(table, "methods")
        level = _top(rows) if pruned else 0.0
        return values_of(rows, method, measure, level) - values_of(rows, other, measure, level)

    return gap


def _pruned(method: str, measure: str) -> Measure:
    """A method at the highest level, minus on the dense networks."""

    def change(table: pd.DataFrame) -> pd.Series:
        rows = part_of(table, "methods")
        return values_of(rows, method, measure, _top(rows)) - values_of(rows, method, measure, 0.0)

    return change


def _scaled(method: str, pruned: bool = False) -> Measure:
    """ECE with a temperature, minus without."""

    def gain(table: pd.DataFrame) -> pd.Series:
        rows = part_of(table, "methods")
        level = _top(rows) if pruned else 0.0
        return values_of(rows, method, "scaled_ece", level) - values_of(rows, method, "ece", level)

    return gain


def _chosen(how: str, other: str, measure: str) -> Measure:
    """One choice of weights minus another, mean over the numbers of weights."""

    def gap(table: pd.DataFrame) -> pd.Series:
        rows = part_of(table, "choices")
        return values_of(rows, how, measure) - values_of(rows, other, measure)

    return gap


def _against_last_layer(table: pd.DataFrame) -> pd.Series:
    choices, methods = part_of(table, "choices"), part_of(table, "methods")
    largest = choices["level"].min()  # the lowest level leaves the most survivors
    return values_of(choices, "variance", "nll", largest) - values_of(methods, "last layer", "nll", 0.0)


def _pruned_against_frozen(measure: str) -> Measure:
    """The pruned network with all its weights uncertain, minus the dense one with the same weights uncertain."""

    def gap(table: pd.DataFrame) -> pd.Series:
        methods = part_of(table, "methods")
        pruned = values_of(methods[methods["level"] > 0], "all weights", measure)
        return pruned - values_of(part_of(table, "choices"), "survivors", measure)

    return gap


TOP = "networks of the highest level"
CLAIMS = [
    Claim(
        "S0.s6.laplace-calibrated", "09", "S0", "§6",
        "A Laplace approximation, which S0 plans, is better calibrated than the softmax.",
        "ECE of the last-layer approximation, minus that of the softmax, dense networks",
        _between("last layer", "softmax", "ece"), "<",
    ),
    Claim(
        "S0.s6.laplace-detects", "09", "S0", "§6",
        "A Laplace approximation over all weights tells images from outside better than the softmax.",
        "AUROC of the approximation, minus that of the softmax, dense networks, mean over sets",
        _between("all weights", "softmax", "auroc"), ">",
    ),
    Claim(
        "S0.s6.laplace-detects-pruned", "09", "S0", "§6",
        "It does so on pruned networks too.",
        f"AUROC of the approximation, minus that of the softmax, {TOP}, mean over sets",
        _between("all weights", "softmax", "auroc", pruned=True), ">",
    ),
    Claim(
        "S0.s6.dropout-detects", "09", "S0", "§6",
        "MC dropout, which S0 plans, tells images from outside better than the softmax.",
        "AUROC of MC dropout, minus that of the softmax, dense networks, mean over sets",
        _between("dropout", "softmax", "auroc"), ">",
    ),
    Claim(
        "S0.s5.2.calibration-dropout", "09", "S0", "§5.2",
        "Pruning has a positive effect on calibration: on that of MC dropout too.",
        f"ECE of MC dropout, {TOP}, minus dense",
        _pruned("dropout", "ece"), "<",
    ),
    Claim(
        "S0.s5.2.calibration-ensemble", "09", "S0", "§5.2",
        "Pruning has a positive effect on calibration: on that of an ensemble too.",
        f"ECE of the ensemble, {TOP}, minus dense",
        _pruned("ensemble", "ece"), "<",
    ),
    Claim(
        "S0.s5.2.calibration-laplace", "09", "S0", "§5.2",
        "Pruning has a positive effect on calibration: on that of a Laplace approximation too.",
        f"ECE of the approximation over all weights, {TOP}, minus dense",
        _pruned("all weights", "ece"), "<",
    ),
    Claim(
        "S2.subnetwork.variance-over-random", "09", "S2", "Daxberger et al.",
        "Among subnetworks of one size, the weights of largest variance predict better than random ones.",
        "NLL with the largest variances, minus with random weights, mean over sizes",
        _chosen("variance", "random", "nll"), "<",
    ),
    Claim(
        "S2.subnetwork.variance-over-last-layer", "09", "S2", "Daxberger et al.",
        "A subnetwork of the weights of largest variance predicts better than the last layer.",
        "NLL with the largest subnetwork, minus with the last layer",
        _against_last_layer, "<",
    ),
    Claim(
        "S2.dropout.temperature", "09", "S2", "Laves et al.",
        "One temperature mends the calibration of MC dropout.",
        "ECE of MC dropout with a temperature, minus without, dense networks",
        _scaled("dropout"), "<",
    ),
    Claim(
        "S2.dropout.temperature-pruned", "09", "S2", "Laves et al.",
        "One temperature mends the calibration of MC dropout on pruned networks.",
        f"ECE of MC dropout with a temperature, minus without, {TOP}",
        _scaled("dropout", pruned=True), "<",
    ),
    Claim(
        "book.laplace-after-temperature", "09", "book", "ch. 9",
        "With a temperature for both, a Laplace approximation over all weights predicts better than the softmax.",
        "NLL of the approximation, scaled, minus that of the softmax, scaled, dense networks",
        _between("all weights", "softmax", "scaled_nll"), "<",
    ),
    Claim(
        "book.variance-sees-outside", "09", "book", "ch. 9",
        "The weights of largest variance see more of the outside than random ones.",
        "AUROC with the largest variances, minus with random weights, mean over sizes and sets",
        _chosen("variance", "random", "auroc"), ">",
    ),
    Claim(
        "book.survivors-over-random", "09", "book", "ch. 9",
        "The survivors of a pruning see more of the outside than random weights.",
        "AUROC with the survivors, minus with as many random weights, mean over sizes and sets",
        _chosen("survivors", "random", "auroc"), ">",
    ),
    Claim(
        "book.prune-or-hold", "09", "book", "ch. 9",
        "With the same weights uncertain, pruning the others sees more of the outside than holding them fixed.",
        "AUROC of the pruned and fine-tuned network, minus that of the dense one, mean over sizes and sets",
        _pruned_against_frozen("auroc"), ">",
    ),
]  # fmt: skip
