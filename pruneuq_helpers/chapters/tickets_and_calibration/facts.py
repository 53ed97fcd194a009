"""The numbers of chapter 5's text, a section at a time."""

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration import tables
from pruneuq_helpers.chapters.tickets_and_calibration.tables import by_level
from pruneuq_helpers.claims import contrast, published, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.study.images import Shown
from pruneuq_helpers.text import plus_minus
from pruneuq_helpers.training.caps import cap_sentence

NEAR = "held-out classes"
MEASURES = ("accuracy", "ece", "nll")


def contrasts(table: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences of the text rest on, one value a seed; "all" is the widest scope that the run has."""
    widest = table["scope"].unique()[-1]
    change, outside = tables.change, tables.outside_change
    own, elsewhere, judged = tables.chosen_class(table).values()
    near = NEAR if NEAR in set(table["set"]) else None
    by_name = {f"{measure}-all": change(table, measure, widest) for measure in MEASURES}
    by_name |= {
        "more-nll-all": change(table, "nll", widest) - change(table, "nll"),
        "ece10-fc": change(table, "ece10"),
        "length-fc": tables.beside_controls(table, "nll")["dense, same length"],
        "length-all": tables.beside_controls(table, "nll", widest)["dense, same length"],
        "size-fc": tables.beside_controls(table, "ece10")["small, from scratch"],
        "gap-late": later_gap(table),
        "auroc-all": outside(table, "auroc", widest),
        "auroc-near-all": outside(table, "auroc", widest, near),
        "own": own,
        "redraw": elsewhere,
        "choice": own - judged,
    }
    return {name: contrast(values.to_numpy()) for name, values in by_name.items()}


def images(shown: Shown) -> dict:
    """How many classes and images there are."""
    return {"classes": len(shown.classes), "train": len(shown.train[0]), "test": len(shown.test[0])}


def limit(table: pd.DataFrame, epochs: int) -> dict:
    """Whether the trainings ended by their patience."""
    return {"capped": cap_sentence(table[table["part"] == "network"], epochs)}


def calibration(table: pd.DataFrame) -> dict:
    """Accuracy and calibration of the dense networks, and what becomes of them up to the highest level."""
    numbers = {f"{measure}-dense": plus_minus(by_level(table, measure)[0.0]) for measure in MEASURES}
    numbers |= {"floor": plus_minus(by_level(table, "ece_floor")[0.0]), "top": float(table["level"].max())}
    for scope in table["scope"].unique():
        for measure in MEASURES:
            numbers[f"{measure}-{scope}"] = with_interval(tables.change(table, measure, scope))
    return numbers | {"ece10-fc": with_interval(tables.change(table, "ece10"))}


def controls(table: pd.DataFrame) -> dict:
    """Tickets of the highest level minus each control, in ECE of ten bins and in NLL."""
    short = {"dense, same length": "length", "small, from scratch": "size", "dense, temperature": "temperature"}
    numbers = {}
    for scope in table["scope"].unique():
        for measure in ("ece10", "nll"):
            found = tables.beside_controls(table, measure, scope)
            numbers |= {f"{measure}-{scope}-{key}": with_interval(found[name]) for name, key in short.items()}
    return numbers


def epoch_kept(table: pd.DataFrame) -> dict:
    """Confidence minus accuracy at the best and at the last epoch, mean over levels, and what the choice changes."""
    best, last = by_level(table, "gap").mean(axis=1), by_level(table, "stop_gap").mean(axis=1)
    numbers = {"gap-best": plus_minus(best), "gap-last": plus_minus(last), "gap-late": with_interval(last - best)}
    late = by_level(table, "stop_ece10").mean(axis=1) - by_level(table, "ece10").mean(axis=1)
    return numbers | {"ece-late": with_interval(late)}


def later_gap(table: pd.DataFrame) -> pd.Series:
    """Confidence minus accuracy at the last epoch, minus that at the best, mean over levels."""
    return (by_level(table, "stop_gap") - by_level(table, "gap")).mean(axis=1)


def unknown(table: pd.DataFrame) -> dict:
    """What becomes of the AUROC and of the confidence on images from outside up to the highest level."""
    numbers = {}
    for scope in table["scope"].unique():
        numbers[f"auroc-{scope}"] = with_interval(tables.outside_change(table, "auroc", scope))
        if NEAR in set(table["set"]):
            numbers[f"auroc-near-{scope}"] = with_interval(tables.outside_change(table, "auroc", scope, NEAR))
    by_score = {
        score: tables.outside_of(table, "fc", score).query("strategy == 'iterative'").groupby("seed")["auroc"].mean()
        for score in ("msp", "entropy")
    }
    return numbers | {"entropy-gain": with_interval(by_score["entropy"] - by_score["msp"])}


def panel(table: pd.DataFrame) -> dict:
    """S2's printed probabilities, and how our dense networks differ about the first image of each kind."""
    deer = published.table("S2_panel").set_index("level")["value"]
    after = deer.drop(0.0)
    first = tables.panel_of(table, "first").query("level == 0").groupby(["kind", "class"])["probability"]
    favourite = first.mean().groupby("kind").idxmax()
    numbers = {"deer-before": float(deer[0.0]), "deer-after": ", ".join(f"{value:.2f}" for value in after)}
    numbers |= {"deer-first": f"{after.index[0]:g}", "deer-last": f"{after.index[-1]:g}"}
    return numbers | {"whiskers": float(first.std(ddof=1).loc[list(favourite)].mean())}


def chosen_class(table: pd.DataFrame) -> dict:
    """Change of the probability of a class of outside images, by who chose the class."""
    names = ("own", "redraw", "judged")
    return dict(zip(names, map(with_interval, tables.chosen_class(table).values()), strict=True))


def speed(table: pd.DataFrame) -> dict:
    """How much the best epoch spreads between seeds, and how much later that of the tickets is."""
    wide = by_level(table, "best_epoch")
    later = wide.drop(columns=0.0).mean(axis=1) - wide[0.0]
    return {"epoch-spread": float(wide.std(ddof=1).mean()), "epochs-later": with_interval(later, 1)}
