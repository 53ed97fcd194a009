"""Chapter 5's table in sentences: what a reader is told, computed."""

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration.summary import accounts, at, change
from pruneuq_helpers.chapters.tickets_and_calibration.tables import direction, explanations, networks_of, outside_of
from pruneuq_helpers.claims import decide
from pruneuq_helpers.text import plus_minus

# ECE of the networks that S0's authors published (iterative, one seed), scored again with ten bins, by level.
RESCORED = {0.0: 0.139, 0.2: 0.116, 0.4: 0.097, 0.6: 0.091, 0.8: 0.058}
LAYERS = {"fc": "the linear layers", "all": "all layers"}


def fastest(epochs: pd.DataFrame) -> str:
    """Say in how many seeds each level has the lowest epoch."""
    lowest = epochs.eq(epochs.min(axis=1), axis=0)
    alone = lowest[lowest.sum(axis=1) == 1]
    counts = {f"level {level:g}": int(alone[level].sum()) for level in epochs.columns}
    counts["several levels at once"] = len(lowest) - len(alone)
    return ", ".join(f"{name} in {_seeds(count)}" for name, count in counts.items() if count)


def headline(table: pd.DataFrame) -> str:
    """Calibration of the iterative tickets with either epoch's weights, in a sentence."""
    rows, parts = networks_of(table), []
    top = rows.loc[rows["strategy"] == "iterative", "level"].max()
    for measure, words in (("stop_ece10", "of the epoch that S0's code keeps"), ("ece10", "of the best epoch")):
        before, after = at(rows, "iterative", 0.0, measure).mean(), at(rows, "iterative", top, measure).mean()
        parts.append(f"with the weights {words} it {direction(change(rows, measure))} ({before:.3f} to {after:.3f})")
    name = f"{table['data'].iloc[0]}, {_seeds(rows['seed'].nunique())}"
    return f"{name}, ECE from level 0 to {top:g}: {parts[0]}, {parts[1]}."


def beside_controls(table: pd.DataFrame, scope: str = "fc") -> str:
    """How the calibration of the iterative tickets of the highest level stands to that of each control."""
    why = explanations(table, scope)
    means = why[why["level"] == why["level"].max()].groupby("network")["ece"].mean()
    means["dense"] = at(networks_of(table, scope), "dense", 0.0, "ece10").mean()
    told = {}
    for control, row in accounts(table, scope).iterrows():
        told.setdefault(_stand(row), []).append(f"“{control}” ({means[control]:.3f})")
    return "; ".join(f"{word} {', '.join(names)}" for word, names in told.items())


def reasons(table: pd.DataFrame, scope: str = "fc") -> str:
    """Say whether there is a fall of the ECE to explain, and what the controls leave of it."""
    gaps = accounts(table, scope)
    stand, controls = _stand(gaps.loc["dense"]), gaps.drop(index="dense")
    told = f"The tickets are {beside_controls(table, scope)}."
    if stand != "better than":
        return f"{told} Against the dense networks themselves no fall is shown, so there is none to explain."
    rivals = [f"“{name}”" for name, row in controls.iterrows() if _stand(row) != "better than"]
    if not rivals:
        return f"{told} They beat every control, so the choice of weights has a part in it."
    return f"{told} For the fall since the dense networks, {' or '.join(rivals)} would do as well."


def story(table: pd.DataFrame) -> str:
    """What became of the calibration of iterative tickets (linear layers pruned) in one sentence a question."""
    rows = networks_of(table)
    lost, ticket = change(rows, "accuracy"), at(rows, "iterative", rows["level"].max(), "ece10").mean()
    outside = outside_of(table)
    detected = outside[outside["strategy"] == "iterative"].groupby(["strategy", "level", "seed"])["auroc"].mean()
    seen = change(detected.reset_index(), "auroc")
    return (
        f"{headline(table)} The accuracy changes by {plus_minus(lost)}. As to the ECE with the best weights, the "
        f"tickets of that level ({ticket:.3f}) are {beside_controls(table)}. Their AUROC on images from outside "
        f"{direction(seen)} ({plus_minus(seen)})."
    )


def beside_rescored(table: pd.DataFrame) -> str:
    """The last epoch's ECE of the iterative tickets beside that of the networks that S0's authors published."""
    rows = networks_of(table)
    ours = ", ".join(plus_minus(at(rows, "iterative", level, "stop_ece10")) for level in RESCORED)
    levels = min(RESCORED), max(RESCORED)
    theirs = RESCORED[levels[1]] - RESCORED[levels[0]]
    found = decide(at(rows, "iterative", levels[1], "stop_ece10") - at(rows, "iterative", levels[0], "stop_ece10"))
    holds = [name for name, value in {"it": theirs, "0": 0.0}.items() if found.low <= value <= found.high]
    verdict = {
        "it0": "holds that change, and no change too: more seeds would have to tell",
        "it": "holds that change, and not 0",
        "0": "holds 0, and not that change",
        "": "holds neither that change nor 0",
    }["".join(holds)]
    interval = f"({found.effect:.3f}, {found.low:.3f} to {found.high:.3f})".replace("-", "−")
    return (
        f"Ours have {ours}. From level {levels[0]:g} to {levels[1]:g} theirs change by {theirs:.3f}".replace("-", "−")
        + f"; the 95 % interval of our change {interval} {verdict}."
    )


def accuracies(table: pd.DataFrame, scopes: list[str]) -> str:
    """Accuracy of the iterative tickets of the highest level, and the parameters that they keep, scope by scope."""
    told = []
    for scope in scopes:
        rows = networks_of(table, scope)
        top = rows.loc[rows["strategy"] == "iterative", "level"].max()
        kept = at(rows, "iterative", top, "parameters").iloc[0] / at(rows, "dense", 0.0, "parameters").iloc[0]
        accuracy = plus_minus(at(rows, "iterative", top, "accuracy"))
        told.append(f"{accuracy} where {LAYERS[scope]} are pruned, which keeps {100 * kept:.0f} % of the parameters")
    return ", and ".join(told)


def changes(table: pd.DataFrame, scopes: list[str], measure: str) -> str:
    """Which way a measure goes from the dense networks to the iterative tickets of the highest level, scope by
    scope.
    """
    told = []
    for scope in scopes:
        rows = networks_of(table, scope)
        end = at(rows, "iterative", rows.loc[rows["strategy"] == "iterative", "level"].max(), measure)
        told.append(f"{direction(change(rows, measure))} where {LAYERS[scope]} are pruned ({plus_minus(end)})")
    return ", and ".join(told)


def _stand(difference: pd.Series) -> str:
    """What an interval of ticket minus control allows to say of the ticket."""
    if difference["high"] < 0:
        return "better than"
    return "worse than" if difference["low"] > 0 else "not told apart from"


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"
