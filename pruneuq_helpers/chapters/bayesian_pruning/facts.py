"""Numbers for the text of chapter 6, a function a section."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.contrasts import between, owed_to_regrowth, regained, strictest_gate
from pruneuq_helpers.chapters.bayesian_pruning.draw import width
from pruneuq_helpers.chapters.bayesian_pruning.measures import (
    GATED,
    by_seed,
    gate_gain,
    nearer_before,
    nearer_held,
    nearest_random,
)
from pruneuq_helpers.chapters.bayesian_pruning.paper import printed_accuracies
from pruneuq_helpers.chapters.bayesian_pruning.study import WIDER
from pruneuq_helpers.chapters.bayesian_pruning.sweeps import passed, trained_on
from pruneuq_helpers.chapters.bayesian_pruning.tables import HOWS, chosen, main_part, of_gate
from pruneuq_helpers.claims import Claim, contrast, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.text import percent, plus_minus

HIGH, HIGHEST = 0.9, 0.99  # levels that the text tells of; a run without them tells of the nearest


def widths(values: np.ndarray, prior: np.ndarray, panels: dict[str, tuple]) -> dict:
    """Standard deviations of one weight's prior, and of its posterior with the sum and with the mean over images."""
    of_sum, of_mean = (posterior for _, posterior in panels.values())
    curves = {"width-prior": prior, "posterior-sum": of_sum, "posterior-mean": of_mean}
    return {name: f"{width(values, density):.2f}" for name, density in curves.items()}


def regrowth(steps: pd.DataFrame) -> dict:
    """The watched epoch: zeros after one step, the accuracy that comes back, and what it owes to regrown weights."""
    one = main_part(steps).query("step == 1")["sparsity"].groupby(main_part(steps)["level"]).mean()
    return {
        "steps": int(steps["step"].max()),
        "one-step-least": percent(one.min()),
        "one-step-most": percent(one.max()),
        "regained": with_interval(regained(steps, HIGH), 2),
        "owed": with_interval(owed_to_regrowth(steps, HIGH), 2),
    }


def moments(main: pd.DataFrame) -> dict:
    """Accuracies of magnitude pruning at three moments and what lies between them, and the zeros before the prune."""
    states = ("before", "delivered", "frozen")
    right = {state: by_seed(chosen(main, "magnitude", state), HIGHEST) for state in states}
    zeros = by_seed(chosen(main, "magnitude", "before", "sparsity"), HIGHEST)
    dead = main[(main["state"] == "before") & main["method"].isin(HOWS) & (main["sparsity"] > 0)]
    lost = between(main, "magnitude before", "magnitude delivered", HIGHEST)
    held = {how: between(main, f"{how} frozen", f"{how} before", HIGH) for how in HOWS}
    return {f"magnitude-highest-{state}": plus_minus(values) for state, values in right.items()} | {
        "dense": plus_minus(chosen(main, "unpruned", "dense")),
        "top-zeros": percent(zeros.mean()),
        "dead": percent(dead["zeros_at_dead"].mean(), 1),
        "highest-lost": with_interval(lost, 2),
        "held-or-not": with_interval(held["magnitude"], signed=True),
        "random-held": with_interval(held["random"], 2),
    }


def calibration(main: pd.DataFrame) -> dict:
    """What pruning by magnitude costs of ECE and of the likelihood, and the ECE of a ruined network."""
    unpruned = "unpruned dense"
    ece, right = (by_seed(chosen(main, "random", "delivered", column), HIGHEST) for column in ("ece", "accuracy"))
    return {
        "ece-before": with_interval(between(main, "magnitude before", unpruned, HIGHEST, "ece")),
        "ruined-ece": plus_minus(ece),
        "ruined-accuracy": plus_minus(right, 2),
    }


def gate(main: pd.DataFrame) -> dict:
    """What the gate changes of each criterion; how many intervals there are, and how many lie above and below zero."""
    found = [one for by_place in of_gate(main).values() for one in by_place.values() if one.spreads]
    counts = {"pairs": len(found), "better": sum(one.low > 0 for one in found)}
    counts["worse"] = sum(one.high < 0 for one in found)
    counts["chance"] = percent(1 - 0.975 ** len(found))  # of 95 % intervals, each beside the next
    gains = {f"gate-{how}": with_interval(gate_gain(how)(main), signed=True) for how in HOWS}
    return {f"gate-{name}": count for name, count in counts.items()} | gains


def large_contrasts(result: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences on S3's own data rest on: magnitude pruning, by data set, and how near S3's losses are."""
    found = {}
    for name, own in result.groupby("data", sort=False):
        found |= {
            f"{name}-prune": between(own, "magnitude delivered", "magnitude before", HIGHEST),
            f"{name}-before": between(own, "magnitude before", "unpruned dense", HIGHEST),
            f"{name}-held": between(own, "magnitude frozen", "unpruned dense", HIGHEST),
            f"{name}-high": between(own, "magnitude delivered", "unpruned dense", HIGH),
            f"{name}-nearer": contrast(nearer_before(own)),
            f"{name}-random-held": contrast(nearer_held(own, HIGH)),
            f"{name}-random-far": contrast(nearest_random(own, HIGHEST)),
            f"{name}-ece": between(own, "magnitude before", "unpruned dense", HIGHEST, "ece"),
            f"{name}-gate": between(own, "Bayes magnitude delivered", "magnitude delivered", HIGH),
            f"{name}-rested": between(own, "Bayes random before", "random before", HIGH),
        }
    return found


def open_when_high(result: pd.DataFrame) -> Contrast:
    """The share of epochs in which the gates of both criteria were open, from the level 0.9 on."""
    rows = result[result["method"].isin(GATED) & (result["level"] >= HIGH) & (result["state"] == "before")]
    return contrast(rows.groupby("seed")["gate_open"].mean())


def large(result: pd.DataFrame) -> dict:
    """The same as text, with the seeds, and the zeros that a network has before its prune."""
    found = {name: with_interval(one, signed=True) for name, one in large_contrasts(result).items()}
    for name, own in result.groupby("data", sort=False):
        found[f"{name}-zeros"] = percent(by_seed(chosen(own, "magnitude", "before", "sparsity"), HIGHEST).mean())
    return {f"large-{name}": value for name, value in found.items()} | {"large-seeds": result["seed"].nunique()}


def rival(main: pd.DataFrame) -> dict:
    """The wider network's accuracy minus that of two with as many weights."""
    rival = f"{WIDER} frozen"
    dense, held = between(main, rival, "unpruned dense", 0.0), between(main, rival, "magnitude frozen", HIGH)
    return {"rival-dense": with_interval(dense, signed=True), "rival-held": with_interval(held, signed=True)}


def sweeps(table: pd.DataFrame) -> dict:
    """Shares of prunes that pass at the ends of the sweeps, and the zeros by what is trained on."""
    beta = passed(table, "beta")["beta"].max()
    sigma = passed(table, "sigma").query("norm == 'sum'")
    narrow, broad = sigma["sigma"].min(), sigma["sigma"].max()
    rows = trained_on(table).query("state == 'before'")
    plain = rows["objective"] == "likelihood"
    return {
        "beta-most": f"{beta:g}",
        "lagged-most": percent(strictest_gate(table).effect),
        "sigma-narrow": f"{narrow:g}",
        "sigma-broad": f"{broad:g}",
        "narrow-passed": percent(sigma.query("sigma == @narrow")["share"].mean()),
        "broad-passed": percent(sigma.query("sigma == @broad")["share"].mean()),
        "zeros-likelihood": percent(rows[plain]["sparsity"].mean(), 1),
        "zeros-posterior": percent(rows[~plain]["sparsity"].mean(), 1),
    }


def printed(claims: Sequence[Claim]) -> dict:
    """What S3's own table says of its sentences: points of accuracy lost, and in how many of its cells."""
    names = {"all": "table1.better-than-unpruned", "cnn": "fig9.cnn-99-unaffected"}
    lost = {claim.id: -100 * claim.printed for claim in claims if claim.printed is not None}
    wide = printed_accuracies()
    cells = 100 * pd.concat([wide["unpruned"] - wide[method] for method in GATED])
    found = {"cells": str(len(cells)), "below": str(int((cells > 0).sum())), "median": f"{cells.median():.1f}"}
    found |= {name: f"{lost[f'S3.{which}']:.1f}" for name, which in names.items()}
    return {f"printed-{name}": value for name, value in found.items()}
