"""The numbers of chapter 9's text, a section at a time."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.model_uncertainty.draw_plane import far_confidence
from pruneuq_helpers.chapters.model_uncertainty.measures import CHOICES
from pruneuq_helpers.chapters.model_uncertainty.tables import middle, of_way, part_of, values_of
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.text import plus_minus
from pruneuq_helpers.uncertainty.predictives import PREDICTIVES

SHORT = {"softmax": "softmax", "dropout": "dropout", "ensemble": "ensemble", "last layer": "last", "all weights": "all"}


def contrasts(table: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences of the text rest on, one value a seed."""
    rows, on_moons = part_of(table, "methods"), part_of(table, "methods", moons=True)
    drawn, read = (of_way(table, "all weights", way, "evidence", "accuracy") for way in ("sampled", "probit"))
    random = values_of(part_of(table, "choices"), "random", "auroc")
    by_name = {
        "gap-all": values_of(rows, "all weights", "signed_gap", 0.0),
        "by-prior": _mended(table)[0],
        "by-prior-more-than-reading": _mended(table)[1],
        "drawn": drawn - read,
        "ensemble": over(table, "ensemble", "auroc"),
        "moons-softmax": values_of(on_moons, "softmax", "auroc", 0.0),
        "moons-ensemble": values_of(on_moons, "ensemble", "auroc", 0.0),
        "moons-all": over(table, "all weights", "auroc", moons=True),
        "random": random - values_of(rows, "softmax", "auroc", 0.0),
        "variance-nll": chosen_over(table, "variance", "nll"),
        "variance-scaled": chosen_over(table, "variance", "scaled_nll"),
    }
    for method in ("softmax", "all weights"):
        by_name |= {f"{m}-{SHORT[method]}": change(table, method, m) for m in ("accuracy", "auroc", "ece")}
    return {name: contrast(values.to_numpy()) for name, values in by_name.items()}


def _mended(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Change of the ECE by the other prior, and how much more than by the other reading: a seed's smallest."""
    by_prior, more = [], []
    for method in ("last layer", "all weights"):
        ece = {
            (way, prior): of_way(table, method, way, prior, "ece")
            for way in ("probit", "linearised")
            for prior in ("evidence", "validation")
        }
        by_prior += [ece[way, "validation"] - ece[way, "evidence"] for way in ("probit", "linearised")]
        more.append(by_prior[-2] - (ece["linearised", "evidence"] - ece["probit", "evidence"]))
    return pd.concat(by_prior, axis=1).max(axis=1), pd.concat(more, axis=1).max(axis=1)


def plane(surfaces: Mapping[float, Mapping[str, np.ndarray]]) -> dict:
    """Mean confidence far from the moons, dense and at the highest level."""
    ends = {"dense": surfaces[0.0], "top": surfaces[max(surfaces)]}
    return {
        f"corner-{SHORT[method]}-{when}": far_confidence(by_method[method])
        for when, by_method in ends.items()
        for method in ("softmax", "ensemble", "all weights")
    }


def rays(confidences: pd.DataFrame) -> dict:
    """Mean confidence at the largest distance."""
    there = confidences[confidences["distance"] == confidences["distance"].max()]
    means = there.groupby("method")["confidence"].mean()
    return {f"ray-{SHORT[method]}": float(value) for method, value in means.items()}


def methods(table: pd.DataFrame) -> dict:
    """Calibration of the methods on images, as they are and with a temperature, dense and at the highest level."""
    rows = part_of(table, "methods")
    numbers = {
        "top": f"{rows['level'].max():g}",
        "gap-all": plus_minus(values_of(rows, "all weights", "signed_gap", 0.0), 2),
    }
    numbers["weights"] = int(rows.loc[rows["level"] == 0, "parameters"].iloc[0])
    for when, level in {"dense": 0.0, "top": rows["level"].max()}.items():
        for method, key in SHORT.items():
            for measure in ("accuracy", "ece", "scaled_ece", "temperature", "auroc"):
                numbers[f"{measure}-{key}-{when}"] = plus_minus(values_of(rows, method, measure, level), 2)
    return numbers


def ways(table: pd.DataFrame) -> dict:
    """Every reading of the Gaussians with the prior of the evidence and of validation images."""
    rows, numbers = part_of(table, "predictives"), {}
    for method, key in {"last layer": "last", "all weights": "all"}.items():
        for prior in ("evidence", "validation"):
            mine = rows[(rows["method"] == method) & (rows["prior"] == prior) & (rows["predictive"] == "probit")]
            numbers[f"precision-{key}-{prior}"] = middle(mine["precision"])
            for way in PREDICTIVES:
                for measure in ("ece", "auroc", "accuracy"):
                    values = of_way(table, method, way, prior, measure)
                    numbers[f"way-{measure}-{key}-{way}-{prior}"] = plus_minus(values, 2)
    by_prior = [of_way(table, "all weights", "probit", prior, "auroc") for prior in ("validation", "evidence")]
    return numbers | {"prior-auroc": with_interval(by_prior[0] - by_prior[1])}


def over_softmax(table: pd.DataFrame) -> dict:
    """AUROC on images from outside minus that of the softmax, and its change up to the highest level."""
    rows, numbers = part_of(table, "methods"), {}
    for method, key in SHORT.items():
        for when, level in {"dense": 0.0, "top": rows["level"].max()}.items():
            gain = values_of(rows, method, "auroc", level) - values_of(rows, "softmax", "auroc", level)
            numbers[f"gain-{key}-{when}"] = with_interval(gain)
        numbers[f"auroc-change-{key}"] = with_interval(change(table, method, "auroc"))
    scaled = values_of(rows, "all weights", "scaled_nll", 0.0) - values_of(rows, "softmax", "scaled_nll", 0.0)
    return numbers | {"scaled-nll-gain": with_interval(scaled)}


def change(table: pd.DataFrame, method: str, measure: str) -> pd.Series:
    """Change of a measure on images from the dense networks to those of the highest level, one value a seed."""
    rows = part_of(table, "methods")
    return values_of(rows, method, measure, rows["level"].max()) - values_of(rows, method, measure, 0.0)


def over(table: pd.DataFrame, method: str, measure: str, moons: bool = False) -> pd.Series:
    """A method on the dense networks minus the softmax, one value a seed."""
    rows = part_of(table, "methods", moons)
    return values_of(rows, method, measure, 0.0) - values_of(rows, "softmax", measure, 0.0)


def moons(table: pd.DataFrame) -> dict:
    """AUROC of the cloud around the moons, dense networks."""
    rows = part_of(table, "methods", moons=True)
    return {f"moons-{key}": plus_minus(values_of(rows, name, "auroc", 0.0), 2) for name, key in SHORT.items()}


def choices(table: pd.DataFrame) -> dict:
    """What each choice of weights gives, mean over the numbers of weights."""
    rows = part_of(table, "choices")
    numbers = {
        f"choice-{measure}-{how}": plus_minus(values_of(rows, how, measure), 2)
        for how in CHOICES
        for measure in ("auroc", "nll", "scaled_nll")
    }
    for how in ("survivors", "variance"):
        numbers[f"{how}-auroc"] = with_interval(chosen_over(table, how, "auroc"))
    return numbers | {
        "variance-scaled": with_interval(chosen_over(table, "variance", "scaled_nll")),
        "idle": idle(table),
    }


def chosen_over(table: pd.DataFrame, how: str, measure: str, other: str = "random") -> pd.Series:
    """A choice of weights minus another of as many, mean over the numbers of weights, one value a seed."""
    rows = part_of(table, "choices")
    return values_of(rows, how, measure) - values_of(rows, other, measure)


def idle(table: pd.DataFrame) -> str:
    """In how many seeds and sizes the weights of largest variance leave the softmax's NLL, to a thousandth."""
    rows, methods_ = part_of(table, "choices"), part_of(table, "methods")
    plain = values_of(methods_, "softmax", "nll", 0.0)
    chosen = rows[rows["method"] == "variance"]
    same = (chosen["nll"] - chosen["seed"].map(plain)).abs() < 1e-3
    return f"{same.mean():.0%}"
