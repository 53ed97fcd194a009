"""The verdicts in words."""

import math

import pandas as pd

from pruneuq_helpers.audit.examination import CONTROL, Audit
from pruneuq_helpers.audit.rules import NAMES
from pruneuq_helpers.audit.verdicts import SAFE, UNDECIDED, UNSAFE

_RULES = {
    "accuracy": "accuracy falls by less than {}", "ece": "the calibration error (ECE) rises by less than {}",
    "nll": "the negative log-likelihood rises by less than {}", "brier": "the Brier score rises by less than {}",
    "ause": "AUSE rises by less than {}", "auroc": "the AUROC of detection falls by less than {}",
    "class_recall": "the recall of no class falls by {} or more", "changed": "less than {} of the predictions change",
}  # fmt: skip


def words(audit: Audit) -> list[str]:
    """What an audit found, in sentences: the outcome, each criterion, detection, the predictions that changed."""
    criteria = [_criterion(name, part, audit) for name, part in audit.overall.groupby("criterion", sort=False)]
    return [_outcome(audit), *criteria, *_detection(audit), _changed(audit)]


def rules(audit: Audit) -> str:
    """What "safe" means in an audit."""
    said = [_RULES[measure].format(f"{margin:g}") for measure, margin in audit.settings.rules.items()]
    sure = f"{audit.settings.confidence_level:.0%}"
    return (
        f"A level is safe where, with {sure} confidence for each rule, {'; '.join(said)}. It is not safe where some "
        "rule is broken with that confidence. In between it is undecided: more test images would tell."
    )


def _outcome(audit: Audit) -> str:
    found = audit.overall
    safe = int((found["verdict"] == SAFE).sum())
    if len(found) == 1:
        return f"The one pruned network is {found['verdict'].iloc[0]} by these rules."
    if not safe:
        return f"None of the {len(found)} pruned networks is safe by these rules."
    best = audit.networks.set_index("network").loc[smallest_safe(audit)]
    return (
        f"{safe} of {len(found)} pruned networks are safe by these rules. The smallest of them is {best.name}: "
        f"{best['parameter_fraction']:.0%} of the parameters, {best['mac_fraction']:.0%} of the multiply–adds, "
        f"{best['byte_fraction']:.0%} of the bytes, {best['speed_up']:.2f} times as fast here."
    )


def smallest_safe(audit: Audit) -> str | None:
    """The safe network with the fewest parameters; of equally small ones the most accurate."""
    accuracy = audit.measures[audit.measures["measure"] == "accuracy"].set_index("network")["value"]
    safe = audit.overall.loc[audit.overall["verdict"] == SAFE, "network"]
    sizes = audit.networks.set_index("network")["parameters"]
    return min(safe, key=lambda name: (sizes[name], -accuracy[name]), default=None)


def _criterion(name: str, part: pd.DataFrame, audit: Audit) -> str:
    said = []
    for verdict in (SAFE, UNDECIDED, UNSAFE):
        levels = part.loc[part["verdict"] == verdict, "level"]
        if len(levels):
            listed = ", ".join(f"{level:g}" for level in levels)
            said.append(f"{listed} {'is' if len(levels) == 1 else 'are'} {verdict}{_why(levels, name, verdict, audit)}")
    return f"By {name}, of the levels of channels: {'; '.join(said)}."


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
        f" ({at}{NAMES[row['rule']]} is worse by {row['worse']:.3f}, between {row['low']:.3f} and {row['high']:.3f}; "
        f"margin {row['margin']:g}{more})"
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
    span = f"{low:+.3f}" if len(rows) == 1 else f"{low:+.3f} to {high:+.3f}"
    return [
        f"No rule was set for the AUROC of detection: over {how_many} it changes by {span}, and for {lost} the whole "
        "interval lies below 0."
    ]


def _changed(audit: Audit) -> str:
    share = audit.measures[audit.measures["measure"] == "changed"].set_index("network")["change"]
    pruned = share[share.index != CONTROL]
    said = f"Between {pruned.min():.1%} and {pruned.max():.1%} of the predictions are other than the dense network's"
    if f"{pruned.min():.1%}" == f"{pruned.max():.1%}":
        said = f"{pruned.iloc[0]:.1%} of the predictions are other than the dense network's"
    if CONTROL in share.index:
        return f"{said}; training the dense network on, without pruning, changed {share[CONTROL]:.1%}."
    return f"{said}."
