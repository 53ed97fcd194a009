"""The numbers of chapter 5's text, a section at a time."""

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration import tables
from pruneuq_helpers.chapters.tickets_and_calibration.tables import by_level
from pruneuq_helpers.claims import contrast, published, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.study.images import Shown
from pruneuq_helpers.text import percent, plus_minus
from pruneuq_helpers.training.caps import ended_by_limit

NEAR, FRESH = "held-out classes", "from scratch"
MEASURES = ("accuracy", "ece", "nll")


def contrasts(table: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences of the text rest on, one value a seed; "all" is the widest scope that the run has."""
    widest = table["scope"].unique()[-1]
    change, outside = tables.change, tables.outside_change
    own, elsewhere, judged = tables.chosen_class(table).values()
    near = NEAR if NEAR in set(table["set"]) else None
    by_name = {f"{measure}-all": change(table, measure, widest) for measure in MEASURES}
    by_name |= {
        "floor-all": change(table, "ece_floor", widest),
        "own-ece-all": tables.above_floor(table, widest),
        "more-nll-all": change(table, "nll", widest) - change(table, "nll"),
        "ece10-fc": change(table, "ece10"),
        "length-fc": tables.beside_controls(table, "nll")["dense, same length"],
        "length-all": tables.beside_controls(table, "nll", widest)["dense, same length"],
        "size-fc": tables.beside_controls(table, "ece10")["small, from scratch"],
        "fresh-nll-all": change(table, "nll", widest, strategy=FRESH),
        "scaled-nll-all": change(table, "scaled_nll", widest),
        "auroc-all": outside(table, "auroc", widest),
        "auroc-near-all": outside(table, "auroc", widest, near),
        "fresh-auroc-near-all": outside(table, "auroc", widest, near, FRESH),
        "own": own,
        "redraw": elsewhere,
        "choice": own - judged,
        "sure-test": tables.sure(table, "test images", widest).pipe(_to_top),
        "pictures": tables.apart(tables.pictures(table)),
    }
    return {name: contrast(values.to_numpy()) for name, values in by_name.items()}


def _to_top(wide: pd.DataFrame) -> pd.Series:
    return wide[wide.columns.max()] - wide[0.0]


def images(shown: Shown) -> dict:
    """How many classes and images there are."""
    return {"classes": len(shown.classes), "train": len(shown.train[0]), "test": len(shown.test[0])}


def large_contrasts(table: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences on the larger run rest on: both scopes, the highest level, one value a seed."""
    whole, table = table, tables.widest(table)
    scope, other = table["scope"].iloc[0], table["set"].dropna()
    first = other[other != "test images"].iloc[0]
    by_name = {f"{name}-all": tables.change(table, name, scope) for name in MEASURES}
    by_name |= {f"{name}-fc": tables.change(whole, name) for name in MEASURES}
    by_name["fresh-nll-all"] = tables.change(table, "nll", scope, strategy=FRESH)
    by_name["auroc-all"] = tables.outside_change(table, "auroc", scope, first)
    by_name["fresh-auroc-all"] = tables.outside_change(table, "auroc", scope, first, FRESH)
    return {name: contrast(values.to_numpy()) for name, values in by_name.items()}


def large(table: pd.DataFrame) -> dict:
    """Of the larger run: its seeds, what is left of its smallest networks, and what became of them."""
    numbers = {name: with_interval(found, signed=True) for name, found in large_contrasts(table).items()}
    rows = tables.widest(table)
    numbers |= {"seeds": rows["seed"].nunique(), "left": tables.parameters_left(rows, rows["scope"].iloc[0]).iloc[-1]}
    return {f"large-{name}": value for name, value in numbers.items()}


def photograph_contrasts(table: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences on photographs rest on: changes up to the highest level, and those beside each control."""
    by_name = {"gap-dense": by_level(table, "gap")[0.0]}
    for scope in table["scope"].unique():
        by_name |= {f"{name}-{scope}": tables.change(table, name, scope) for name in MEASURES}
        found = tables.beside_controls(table, "ece", scope)
        by_name[f"size-ece-{scope}"] = found[tables.CONTROLS["from scratch"]]
        by_name[f"fresh-ece-{scope}"] = tables.change(table, "ece", scope, strategy=FRESH)
        by_name[f"scaled-ece-{scope}"] = found[tables.CONTROLS["temperature"]]
    return {name: contrast(values.to_numpy()) for name, values in by_name.items()}


def photographs(table: pd.DataFrame) -> dict:
    """The same as text, with the seeds, what is left of the smallest networks, and the dense ones."""
    numbers = {name: with_interval(found, signed=True) for name, found in photograph_contrasts(table).items()}
    numbers |= {"seeds": table["seed"].nunique(), "accuracy-dense": f"{by_level(table, 'accuracy')[0.0].mean():.2f}"}
    numbers |= {"gap-dense": plus_minus(by_level(table, "gap")[0.0]), "top": f"{table['level'].max():g}"}
    for scope in table["scope"].unique():
        numbers[f"left-{scope}"] = tables.parameters_left(table, scope).iloc[-1]
    return {f"photos-{name}": value for name, value in numbers.items()}


def limit(table: pd.DataFrame) -> dict:
    """How many trainings their patience did not end."""
    return {"capped": ended_by_limit(table[table["part"] == "network"])}


def calibration(table: pd.DataFrame) -> dict:
    """Accuracy and calibration of the dense networks, and what becomes of them up to the highest level."""
    numbers = {f"{measure}-dense": plus_minus(by_level(table, measure)[0.0]) for measure in MEASURES}
    numbers |= {"floor": plus_minus(by_level(table, "ece_floor")[0.0]), "top": float(table["level"].max())}
    widest = table["scope"].unique()[-1]
    numbers["left"] = tables.parameters_left(table, widest).iloc[-1]
    numbers["floor-all"] = with_interval(tables.change(table, "ece_floor", widest))
    numbers["own-ece-all"] = with_interval(tables.above_floor(table, widest), signed=True)
    for scope in table["scope"].unique():
        for measure in MEASURES:
            numbers[f"{measure}-{scope}"] = with_interval(tables.change(table, measure, scope))
    return numbers | {"ece10-fc": with_interval(tables.change(table, "ece10"))}


def controls(table: pd.DataFrame) -> dict:
    """Tickets of the highest level minus each control, in NLL; a fresh start, and tickets with a temperature."""
    short = {"dense, same length": "length", "small, from scratch": "size", "dense, temperature": "temperature"}
    widest = table["scope"].unique()[-1]
    numbers = {"fresh-nll-all": with_interval(tables.change(table, "nll", widest, strategy=FRESH))}
    fresh = tables.beside_controls(table, "ece", table["scope"].unique()[0])["small, from scratch"]
    numbers["ece-fc-size"] = with_interval(fresh, signed=True)
    numbers["scaled-nll-all"] = with_interval(tables.change(table, "scaled_nll", widest))
    for scope in table["scope"].unique():
        found = tables.beside_controls(table, "nll", scope)
        numbers |= {f"nll-{scope}-{key}": with_interval(found[name]) for name, key in short.items()}
    return numbers


def unknown(table: pd.DataFrame) -> dict:
    """What becomes of the AUROC and of the confidence on images from outside up to the highest level."""
    widest = table["scope"].unique()[-1]
    near = NEAR if NEAR in set(table["set"]) else None
    fresh = tables.outside_change(table, "auroc", widest, near, FRESH)
    numbers = {"fresh-auroc-near-all": with_interval(fresh)}
    ticket = tables.outside_change(table, "auroc", widest, near)
    numbers["auroc-near-all-size"] = with_interval(ticket - fresh, signed=True)
    for scope in table["scope"].unique():
        numbers[f"auroc-{scope}"] = with_interval(tables.outside_change(table, "auroc", scope))
        if near:
            numbers[f"auroc-near-{scope}"] = with_interval(tables.outside_change(table, "auroc", scope, NEAR))
    return numbers


def sure(table: pd.DataFrame) -> dict:
    """What share of the test images, and of the classes never seen, a threshold of confidence lets pass."""
    widest = table["scope"].unique()[-1]
    numbers = {"sure": tables.SURE}
    for key, of in {"test": "test images", "near": NEAR}.items():
        shares = tables.sure(table, of, widest).mean()
        if len(shares):
            numbers |= {f"sure-{key}-dense": percent(shares[0.0]), f"sure-{key}-top": percent(shares.iloc[-1])}
    return numbers


def pictures(table: pd.DataFrame) -> dict:
    """How the probability of the class that the dense network names changes, from picture to picture."""
    changes = tables.pictures(table)
    return {
        "picture-least": float(changes.min()),
        "picture-most": float(changes.max()),
        "picture-kinds": changes.index.get_level_values("kind").nunique(),
    }


def deer() -> dict:
    """S2's printed probabilities of a deer: of its dense network, and of the ticket that says it least."""
    printed = published.table("S2_panel").set_index("level")["value"]
    level = printed.idxmin()
    return {"deer-before": float(printed[0.0]), "deer-level": f"{level:g}", "deer-after": float(printed[level])}


def chosen_class(table: pd.DataFrame) -> dict:
    """Change of the probability of a class of outside images, by who chose the class."""
    names = ("own", "redraw", "judged")
    return dict(zip(names, map(with_interval, tables.chosen_class(table).values()), strict=True))
