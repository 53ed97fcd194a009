"""The verdicts in words."""

import math

import pandas as pd

from pruneuq_helpers.audit.examination import Audit
from pruneuq_helpers.audit.rules import NAMES, shown
from pruneuq_helpers.audit.verdicts import SAFE, UNDECIDED, UNSAFE, worst_of
from pruneuq_helpers.text import interval, number, percent

_RULES = {
    "accuracy": "accuracy falls by less than {}", "ece": "the calibration error (ECE) rises by less than {}",
    "nll": "the negative log-likelihood rises by less than {}", "brier": "the Brier score rises by less than {}",
    "ause": "AUSE rises by less than {}", "auroc": "the AUROC of detection falls by less than {}",
    "class_recall": "the recall of no class falls by {} or more",
    "group_accuracy": "the accuracy of no group falls by {} or more",
    "changed": "less than {} of the predictions change",
}  # fmt: skip


def beginning(audit: Audit) -> str:
    """How good the network is that everything is compared with."""
    measures = audit.measures
    dense = measures[(measures["criterion"] == "none") & (measures["measure"] == "accuracy")].iloc[0]
    return f"The dense network is right on {percent(dense['value'], 1)} of the {len(audit.data.test)} test images."


def words(audit: Audit) -> list[str]:
    """What an audit found, in sentences: the outcome, the control if it breaks, each criterion, what else changed."""
    criteria = [_criterion(name, part, audit) for name, part in audit.by_level.groupby("criterion", sort=False)]
    return [
        _outcome(audit),
        *_control(audit),
        *criteria,
        *_again(audit),
        *_mended(audit),
        *_detection(audit),
        _changed(audit),
    ]


def rules(audit: Audit) -> str:
    """What "safe" means in an audit."""
    said = [_RULES[measure].format(f"{margin:g}") for measure, margin in audit.settings.rules.items()]
    each, sure = audit.settings.judged_at, audit.settings.confidence_level
    return (
        f"A level is safe where, with {each:.4g} confidence for each rule, {'; '.join(said)}. It is not safe where "
        "some rule is broken with that confidence. In between it is undecided: more test images would tell. Each "
        "criterion's levels are tested from small to large, up to the first that is not safe: so the one that is "
        f"chosen among them all is wrongly called safe with a probability below {1 - sure:.2g}.{_of_all_seeds(audit)}"
    )


def _of_all_seeds(audit: Audit) -> str:
    count = audit.settings.seeds
    if count == 1:
        return ""
    return f" Each removal is trained on with {count} seeds; a level is safe only where all {count} networks are."


def _outcome(audit: Audit) -> str:
    found = audit.by_level
    if len(found) == 1:
        which = "one pruned network is" if audit.settings.seeds == 1 else "one level is"
        return f"The {which} {found['verdict'].iloc[0]} by these rules."
    if audit.chosen is None:
        return "No level can be called safe: the smallest of each criterion is not shown to be."
    best = audit.networks.set_index("network").loc[audit.chosen]
    speed = "too busy a machine to time it" if math.isnan(best["speed_up"]) else f"{best['speed_up']:.2f} times as fast"
    return (
        f"Safe by these rules: {shown(best.name)}, with {percent(best['parameter_fraction'])} of the "
        f"parameters, {percent(best['mac_fraction'])} of the multiply–adds, {percent(best['byte_fraction'])} of the "
        f"bytes; {speed} here."
    )


def _control(audit: Audit) -> list[str]:
    """The control is judged like the others: where training on alone breaks a rule, pruning is not to blame."""
    if not len(audit.control) or (audit.control["verdict"] == SAFE).all():
        return []
    row = audit.control.loc[(audit.control["worse"] / audit.control["margin"]).idxmax()]
    return [
        f"The control breaks: the dense network trained on, without pruning, is {worst_of(audit.control['verdict'])} "
        f"({NAMES[row['rule']]} is worse by {number(row['worse'], 3)}, margin {row['margin']:g}). Fine-tuning and "
        "pruning cannot be told apart here; try a smaller `learning_rate`."
    ]


def _again(audit: Audit) -> list[str]:
    """What images that decided nothing say of the chosen network."""
    if not audit.settings.hold_out:
        return []
    if not len(audit.again):
        return ["No network was chosen, so the images that were held out have nothing to measure again."]
    rows = audit.again[audit.again["measure"].isin(["accuracy", "ece"])]
    said = [f"{NAMES[row.measure]} by {interval(row.change, row.low, row.high, 3, True)}" for row in rows.itertuples()]
    return [
        f"On {rows['images'].iloc[0]} images that decided nothing, {shown(audit.chosen)} changes {' and '.join(said)}."
    ]


def _mended(audit: Audit) -> list[str]:
    """Which networks a repair makes safe."""
    if not len(audit.repairs):
        return []
    found = audit.repairs.groupby(["network", "repair"], sort=False)["verdict"].agg(worst_of).reset_index()
    safe = found[found["verdict"] == SAFE].groupby("network", sort=False)["repair"].agg(" or ".join)
    if not len(safe):
        return ["None of the repairs without training makes a network safe that is not."]
    return [
        "Safe after a repair without training: "
        + "; ".join(f"{shown(name)} ({how})" for name, how in safe.items())
        + ". These are further tries on the same images, which the probability above does not cover."
    ]


def _criterion(name: str, part: pd.DataFrame, audit: Audit) -> str:
    said = []
    for verdict in (SAFE, UNDECIDED, UNSAFE):
        levels = part.loc[part["verdict"] == verdict, "level"]
        if len(levels):
            listed = ", ".join(f"{level:g}" for level in levels)
            said.append(f"{listed} {'is' if len(levels) == 1 else 'are'} {verdict}{_why(levels, name, verdict, audit)}")
    return f"By {shown(name)}, of the levels of channels: {'; '.join(said)}."


def _why(levels: pd.Series, criterion: str, verdict: str, audit: Audit) -> str:
    """The rule that stands in the way at the lowest of these levels."""
    if verdict == SAFE:
        return ""
    rows = audit.verdicts
    rows = rows[(rows["criterion"] == criterion) & (rows["level"] == levels.iloc[0]) & (rows["verdict"] == verdict)]
    row = rows.loc[(rows["worse"] / rows["margin"]).idxmax()]
    more = ""
    if verdict == UNDECIDED and math.isfinite(row["times_more"]):
        more = f"; {_more(row['times_more'])} as many images might decide"
    at = f"at {levels.iloc[0]:g} " if len(levels) > 1 else ""
    return (
        f" ({at}{NAMES[row['rule']]} is worse by {number(row['worse'], 3)}, between {number(row['low'], 3)} and "
        f"{number(row['high'], 3)}; margin {row['margin']:g}{more})"
    )


def _more(times: float) -> str:
    return "far more than 50 times" if times > 50 else f"about {max(times, 1.1):.2g} times"


def _detection(audit: Audit) -> list[str]:
    """Where outsiders were given and no rule speaks of them, a safe network may have lost them unnoticed."""
    rows = audit.measures[(audit.measures["measure"] == "auroc") & (audit.measures["criterion"] != "none")]
    safe = set(audit.overall.loc[audit.overall["verdict"] == SAFE, "network"])
    rows = rows[rows["network"].isin(safe)]
    if rows.empty or "auroc" in audit.settings.rules:
        return []
    low, high, lost = rows["change"].min(), rows["change"].max(), int((rows["high"] < 0).sum())
    how_many = "the safe network" if len(rows) == 1 else f"the {len(rows)} safe networks"
    low, high = (number(value, 3, signed=True) for value in (low, high))
    span = low if len(rows) == 1 else f"{low} to {high}"
    return [
        f"No rule was set for the AUROC of detection: over {how_many} it changes by {span}, and for {lost} the whole "
        "interval lies below 0."
    ]


def _changed(audit: Audit) -> str:
    rows = audit.measures[(audit.measures["measure"] == "changed") & audit.measures["change"].notna()]
    share = rows.groupby(rows["criterion"] == "none")["change"].agg(["min", "max"])
    said = f"{_span(*share.loc[False])} of the predictions are other than the dense network's"
    if audit.settings.fine_tune:
        said += f"; training the dense network on, without pruning, changed {_span(*share.loc[True]).lower()}"
    return f"{said}."


def _span(low: float, high: float) -> str:
    low, high = (percent(value, 1) for value in (low, high))
    return low if low == high else f"Between {low} and {high}"
