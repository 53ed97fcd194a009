"""The numbers of chapter 9's text, a section at a time."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.model_uncertainty.draw_plane import far_confidence
from pruneuq_helpers.chapters.model_uncertainty.tables import (
    by_prior,
    change,
    chosen_over,
    middle,
    of_way,
    over,
    part_of,
    values_of,
)
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.text import percent, plus_minus

NARROW = "\u202f"  # a space at which no line breaks
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
        "moons-softmax": values_of(on_moons, "softmax", "auroc", 0.0),
        "moons-ensemble": values_of(on_moons, "ensemble", "auroc", 0.0),
        "moons-all": over(table, "all weights", "auroc", moons=True),
        "random": random - values_of(rows, "softmax", "auroc", 0.0),
        "pruned-random": values_of(rows[rows["level"] > 0], "all weights", "auroc") - random,
        "variance-nll": chosen_over(table, "variance", "nll"),
        "variance-scaled": chosen_over(table, "variance", "scaled_nll"),
        "survivors": chosen_over(table, "survivors", "auroc"),
        "survivors-ece": chosen_over(table, "survivors", "ece"),
        "survivors-scaled-ece": chosen_over(table, "survivors", "scaled_ece"),
        "prior-auroc": by_prior(table, "probit", "auroc"),
        "reading-auroc": read_over(table, "linearised", "auroc"),
        "reading-prior-auroc": by_prior(table, "linearised", "auroc"),
    }
    for method in ("softmax", "ensemble", "all weights"):
        by_name |= {f"{m}-{SHORT[method]}": change(table, method, m) for m in ("accuracy", "auroc", "ece")}
    by_name["gain-ensemble"] = over(table, "ensemble", "auroc")
    return {name: contrast(values.to_numpy()) for name, values in by_name.items()}


def _mended(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Change of the ECE by the other prior, and how much more than by the other reading: a seed's smallest."""
    changed, more = [], []
    for method in ("last layer", "all weights"):
        changed += [by_prior(table, way, "ece", method) for way in ("probit", "linearised")]
        other, own = (of_way(table, method, way, "evidence", "ece") for way in ("linearised", "probit"))
        more.append(changed[-2] - (other - own))
    return pd.concat(changed, axis=1).max(axis=1), pd.concat(more, axis=1).max(axis=1)


def plane(surfaces: Mapping[float, Mapping[str, np.ndarray]]) -> dict:
    """Mean confidence far from the moons, dense and at the highest level."""
    ends = {"dense": surfaces[0.0], "top": surfaces[max(surfaces)]}
    return {
        f"corner-{SHORT[method]}-{when}": far_confidence(by_method[method])
        for when, by_method in ends.items()
        for method in ("softmax", "ensemble", "all weights")
    }


def methods(table: pd.DataFrame) -> dict:
    """The methods on images: dense networks as they are and with a temperature, and accuracy at the highest level."""
    rows = part_of(table, "methods")
    top = rows["level"].max()
    numbers = {
        "top": f"{top:g}",
        "low": f"{_lowest(rows):g}",
        "weights": int(rows.loc[rows["level"] == 0, "parameters"].iloc[0]),
    }
    for method, key in SHORT.items():
        plain, scaled = (values_of(rows, method, measure, 0.0) for measure in ("ece", "scaled_ece"))
        numbers[f"ece-{key}-dense"] = plus_minus(plain, 2).replace(" ", NARROW)  # in a table, where no line may break
        numbers[f"by-temperature-{key}"] = with_interval(scaled - plain, 3, signed=True)
    for measure, method, when in (
        ("temperature", "all weights", "dense"),
        ("accuracy", "all weights", "dense"),
        ("accuracy", "softmax", "dense"),
        ("accuracy", "softmax", "top"),
        ("accuracy", "ensemble", "top"),
    ):
        values = values_of(rows, method, measure, top if when == "top" else 0.0)
        numbers[f"{measure}-{SHORT[method]}-{when}"] = plus_minus(values, 2)
    return numbers


def changes(table: pd.DataFrame) -> dict:
    """Paired differences on images: by pruning, and beside the softmax of the same networks."""
    rows = part_of(table, "methods")
    top, low = rows["level"].max(), _lowest(rows)
    numbers = {
        "auroc-change-softmax": change(table, "softmax", "auroc"),
        "auroc-change-ensemble": change(table, "ensemble", "auroc"),
        "auroc-change-softmax-low": change(table, "softmax", "auroc", low),
        "accuracy-change-softmax-low": change(table, "softmax", "accuracy", low),
        "gain-dropout-dense": over(table, "dropout", "auroc"),
        "gain-ensemble-dense": over(table, "ensemble", "auroc"),
        "gain-all-dense": over(table, "all weights", "auroc"),
        "gain-ensemble-top": over(table, "ensemble", "auroc", level=top),
        "gain-all-top": over(table, "all weights", "auroc", level=top),
    }
    return {name: _signed(values) for name, values in numbers.items()}


def ways(table: pd.DataFrame) -> dict:
    """The Gaussian over all weights with the prior of the evidence and of validation images."""
    rows, numbers = part_of(table, "predictives"), {}
    mine = rows[(rows["method"] == "all weights") & (rows["predictive"] == "probit")]
    for prior in ("evidence", "validation"):
        precision = middle(mine.loc[mine["prior"] == prior, "precision"])
        numbers[f"precision-{prior}"] = f"{float(f'{precision:.2g}'):g}"
        for way in ("probit", "linearised"):
            numbers[f"way-ece-{way}-{prior}"] = plus_minus(of_way(table, "all weights", way, prior, "ece"), 2)
    drawn = of_way(table, "all weights", "sampled", "evidence", "accuracy")
    numbers["drawn-accuracy"] = plus_minus(drawn, 2)
    for measure in ("ece", "auroc"):
        numbers[f"prior-{measure}"] = _signed(by_prior(table, "probit", measure))
    numbers["reading-auroc"] = _signed(read_over(table, "linearised", "auroc"))
    return numbers | {"reading-prior-auroc": _signed(by_prior(table, "linearised", "auroc"))}


def read_over(table: pd.DataFrame, way: str, measure: str) -> pd.Series:
    """All weights with the evidence's prior, read in one way, minus the softmax of the same networks, by seed."""
    plain = values_of(part_of(table, "methods"), "softmax", measure, 0.0)
    return of_way(table, "all weights", way, "evidence", measure) - plain


def _lowest(rows: pd.DataFrame) -> float:
    """The lowest level that prunes."""
    return rows.loc[rows["level"] > 0, "level"].min()


def moons(table: pd.DataFrame) -> dict:
    """AUROC of the cloud around the moons, dense networks."""
    rows, chosen = part_of(table, "methods", moons=True), ("softmax", "ensemble", "all weights")
    return {f"moons-{SHORT[name]}": plus_minus(values_of(rows, name, "auroc", 0.0), 2) for name in chosen}


def choices(table: pd.DataFrame) -> dict:
    """What choices of weights give, mean over the numbers of weights."""
    return {
        "survivors-auroc": _signed(chosen_over(table, "survivors", "auroc")),
        "variance-nll": _signed(chosen_over(table, "variance", "nll")),
        "variance-scaled": _signed(chosen_over(table, "variance", "scaled_nll"), 3),
        "idle": idle(table),
    }


def large(table: pd.DataFrame) -> dict:
    """Of the larger run: what pruning changes, what the other prior does, and what survivors are worth."""
    rows = part_of(table, "methods")
    top, plain = rows["level"].max(), values_of(rows, "softmax", "auroc", 0.0)
    numbers = {
        "survivors": with_interval(chosen_over(table, "survivors", "auroc"), signed=True),
        "survivors-ece": with_interval(chosen_over(table, "survivors", "ece"), signed=True),
        "random": with_interval(values_of(part_of(table, "choices"), "random", "auroc") - plain, signed=True),
        "seeds": rows["seed"].nunique(),
        "top": f"{top:g}",
        "weights": int(rows.loc[rows["level"] == 0, "parameters"].iloc[0]),
        "accuracy": plus_minus(values_of(rows, "softmax", "accuracy", 0.0), 2),
        "ece-all": plus_minus(values_of(rows, "all weights", "ece", 0.0), 2),
    }
    all_changes = changes(table) | ways(table)
    numbers |= {name: all_changes[name] for name in ("auroc-change-softmax", "auroc-change-ensemble", "prior-ece")}
    return {f"large-{name}": value for name, value in numbers.items()}


def idle(table: pd.DataFrame) -> str:
    """In how many seeds and sizes the weights of largest variance leave the softmax's NLL, to a thousandth."""
    rows, methods_ = part_of(table, "choices"), part_of(table, "methods")
    plain = values_of(methods_, "softmax", "nll", 0.0)
    chosen = rows[rows["method"] == "variance"]
    same = (chosen["nll"] - chosen["seed"].map(plain)).abs() < 1e-3
    return percent(same.mean())


def _signed(values: pd.Series, digits: int = 2) -> str:
    return with_interval(values, digits, signed=True)
