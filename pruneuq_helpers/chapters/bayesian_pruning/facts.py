"""Numbers for the text of chapter 6, a function a section."""

from collections.abc import Sequence

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.measures import by_seed
from pruneuq_helpers.chapters.bayesian_pruning.sweeps import passed, trained_on
from pruneuq_helpers.chapters.bayesian_pruning.tables import (
    WIDER,
    at_step,
    chosen,
    main_part,
    of_gate,
    paired,
)
from pruneuq_helpers.claims import Claim, with_interval
from pruneuq_helpers.text import plus_minus

HIGH, HIGHEST = 0.9, 0.99  # levels that the text tells of; a run without them tells of the nearest


def regrowth(steps: pd.DataFrame) -> dict:
    """The watched epoch: zeros after one step, and the accuracy at both ends with and without what grew back."""
    last = int(steps["step"].max())
    ends = {"start": (0, "accuracy"), "end": (last, "accuracy"), "end-kept": (last, "kept_accuracy")}
    read = {name: at_step(steps, "magnitude", HIGH, step, column) for name, (step, column) in ends.items()}
    one = main_part(steps).query("step == 1")["sparsity"].groupby(main_part(steps)["level"]).mean()
    return {
        "watched": int(steps["watched_epoch"].iloc[0]) if "watched_epoch" in steps else "–",
        "steps": last,
        "one-step-least": f"{one.min():.0%}",
        "one-step-most": f"{one.max():.0%}",
    } | {f"watched-{name}": plus_minus(values, 2) for name, values in read.items()}


def moments(main: pd.DataFrame) -> dict:
    """Accuracies of magnitude and random pruning at three moments, and the zeros before the prune."""
    told = {"dense": plus_minus(chosen(main, "unpruned", "dense"))}
    for how in ("magnitude", "random"):
        for level, name in ((HIGH, "high"), (HIGHEST, "highest")):
            for state in ("before", "delivered", "frozen"):
                told[f"{how}-{name}-{state}"] = plus_minus(by_seed(chosen(main, how, state), level))
    zeros = by_seed(chosen(main, "magnitude", "before", "sparsity"), HIGHEST)
    dead = main[(main["state"] == "before") & main["method"].isin(["random", "magnitude"]) & (main["sparsity"] > 0)]
    held = by_seed(paired(main, ("magnitude", "frozen"), ("magnitude", "before")), HIGH)
    return told | {
        "top-zeros": f"{zeros.mean():.0%}",
        "dead": f"{dead['zeros_at_dead'].mean():.1%}",
        "held-or-not": with_interval(held, signed=True),
    }


def gate(result: pd.DataFrame) -> dict:
    """How many intervals there are, and how many lie above and below zero."""
    found = of_gate(result)
    found = found[found["low"].notna()]
    counts = {"pairs": len(found), "better": (found["low"] > 0).sum(), "worse": (found["high"] < 0).sum()}
    return {f"gate-{name}": int(count) for name, count in counts.items()}


def rival(main: pd.DataFrame) -> dict:
    """The wider network beside two with as many weights."""
    others = {"dense": ("unpruned", "dense"), "held": ("magnitude", "frozen")}
    level = {"dense": 0.0, "held": HIGH}
    told = {name: by_seed(paired(main, (WIDER, "frozen"), other), level[name]) for name, other in others.items()}
    return {f"rival-{name}": with_interval(values, signed=True) for name, values in told.items()}


def sweeps(table: pd.DataFrame) -> dict:
    """Shares of prunes that pass at the ends of the sweeps, and the zeros by what is trained on."""
    beta, sigma = passed(table, "beta"), passed(table, "sigma").query("norm == 'sum'")
    most, narrow, broad = beta["beta"].max(), sigma["sigma"].min(), sigma["sigma"].max()
    lagged = beta.query("gate == 'lagged' and beta == @most")["share"].mean()
    objective = trained_on(table).query("state == 'before'")
    zeros, right = (objective.groupby("objective")[column] for column in ("sparsity", "accuracy"))
    narrowest = f"posterior, σ = {narrow:g}"
    return {
        "beta-most": f"{most:g}",
        "lagged-most": f"{lagged:.0%}",
        "sigma-narrow": f"{narrow:g}",
        "sigma-broad": f"{broad:g}",
        "narrow-passed": f"{sigma.query('sigma == @narrow')['share'].mean():.0%}",
        "broad-passed": f"{sigma.query('sigma == @broad')['share'].mean():.0%}",
        "zeros-likelihood": f"{zeros.get_group('likelihood').mean():.1%}",
        "zeros-posterior": f"{objective[objective['objective'] != 'likelihood']['sparsity'].mean():.1%}",
        "narrow-accuracy": plus_minus(right.get_group(narrowest), 2),
    }


def printed(claims: Sequence[Claim]) -> dict:
    """What S3's own table says of three of its sentences: points of accuracy lost."""
    names = {"all": "table1.better-than-unpruned", "top": "table1.keeps-accuracy-99", "cnn": "fig9.cnn-99-unaffected"}
    lost = {claim.id: -100 * claim.printed for claim in claims if claim.printed is not None}
    return {f"printed-{name}": f"{lost[f'S3.{which}']:.1f}" for name, which in names.items()}


def calibration(main: pd.DataFrame) -> dict:
    """Calibration errors of the unpruned network, after a magnitude prune, with frozen zeros, and of a ruined one."""
    ruined = {
        column: by_seed(chosen(main, "random", "delivered", column), HIGHEST) for column in ("ece", "accuracy", "nll")
    }
    frozen = by_seed(paired(main, ("magnitude", "frozen"), ("unpruned", "dense"), "ece"), HIGH)
    return {
        "ece-dense": plus_minus(chosen(main, "unpruned", "dense", "ece")),
        "ece-pruned": plus_minus(by_seed(chosen(main, "magnitude", "delivered", "ece"), HIGH)),
        "ece-frozen": with_interval(frozen, signed=True),
        **{f"ruined-{column}": plus_minus(values, 2 if column != "ece" else 3) for column, values in ruined.items()},
    }
