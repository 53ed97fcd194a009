"""The numbers of chapter 10's text, a section at a time."""

import pandas as pd

from pruneuq_helpers.audit import Audit
from pruneuq_helpers.audit.rules import shown as named
from pruneuq_helpers.chapters.audit_your_model.claims import CLAIMS
from pruneuq_helpers.chapters.audit_your_model.tables import WORDS, agreement, control, tuning_gain
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.text import percent, plus_minus


def classes(by_class: pd.DataFrame) -> dict:
    """How many classes differ, before and after correction, and how many would by chance."""
    return {
        "by-chance": 0.05 * len(by_class),
        "raw": int(by_class["significant"].sum()),
        "corrected": int(by_class["significant_bh"].sum()),
    }


def audited(found: Audit) -> dict:
    """Verdicts of one audit; what the rule on accuracy alone says of those not safe; the AUROC, which has no rule."""
    overall = found.overall.set_index("network")["verdict"]
    by_rule = found.verdicts.pivot(index="network", columns="rule", values="verdict")
    accuracy = by_rule.loc[overall.index[overall == "not safe"], "accuracy"]
    auroc = found.measures.query("measure == 'auroc' and criterion != 'none'").set_index("network")
    lost = auroc["high"] < 0
    accurate = by_rule.loc[lost.index[lost], "accuracy"] == "safe"
    return {
        "networks": len(overall),
        "count-safe": int((overall == "safe").sum()),
        "count-unsafe": int((overall == "not safe").sum()),
        "count-undecided": int((overall == "undecided").sum()),
        "accuracy-safe": int((accuracy == "safe").sum()),
        "accuracy-undecided": int((accuracy == "undecided").sum()),
        "auroc-least": float(auroc["change"].min()),
        "auroc-most": float(auroc["change"].max()),
        "auroc-lost": int(lost.sum()),
        "auroc-lost-accurate": int(accurate.sum()),
        "auroc-lost-safe": int((overall[lost[lost].index] == "safe").sum()),
    }


def chosen(found: Audit) -> dict:
    """Which network is taken, and at which confidence its verdicts stand."""
    judged = percent(found.settings.judged_at, 2)
    criteria = found.overall["criterion"].nunique()
    return {"criteria": criteria, "judged-at": judged, "chosen": named(found.chosen or "here there is none")}


def recalls(found: Audit, criterion: str) -> dict:
    """Of the changes of a class's recall by one criterion, those with their whole interval below zero."""
    rows = found.classes[found.classes["criterion"] == criterion]
    return {"by": criterion, "class-cases": len(rows), "class-lost": int((rows["high"] < 0).sum())}


def shape(found: Audit) -> dict:
    """The smallest network of an audit: its level, and what it keeps."""
    smallest = found.networks.iloc[-1]
    names = {"level": "level", "parameters": "parameter_fraction", "macs": "mac_fraction"}
    faster = smallest["speed_up"]
    speed = "that nobody could measure, for the machine was too busy" if pd.isna(faster) else f"{faster:.1f}"
    return {f"shape-{name}": float(smallest[column]) for name, column in names.items()} | {"shape-speed": speed}


def contrasts(table: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences on the study rest on: one value a seed, with the interval of the mean."""
    by_claim = {claim.id.removeprefix("book.audit."): contrast(claim.measure(table)) for claim in CLAIMS}
    beside = {"control": control, "fine-tuning-recovers": tuning_gain}
    return by_claim | {name: contrast(measure(table)) for name, measure in beside.items()}


def study(table: pd.DataFrame) -> dict:
    """Means over seeds: the control's change, changes beyond it, what fine-tuning wins back, the luck of the best."""
    seen = contrasts(table)
    return {
        "control-change": plus_minus(control(table)),
        "beyond": plus_minus(seen["beyond-the-control"].values),
        "recovered": plus_minus(seen["fine-tuning-recovers"].values),
        "luck": with_interval(seen["best-is-hopeful"], 4),
    }


def large(table: pd.DataFrame) -> dict:
    """Of the larger run: the luck of the best."""
    return {"large-luck": with_interval(contrasts(table)["best-is-hopeful"], signed=True)}


def halves(table: pd.DataFrame) -> dict:
    """How often two halves of the test images agree, and what one says of networks that the other calls safe."""
    every, tuned = (agreement(rows).frame.to_numpy() for rows in (table, table[table["fine_tune"] > 0]))
    safe, unsure, unsafe = map(WORDS.index, ("safe", "undecided", "not safe"))
    return {
        "pairs": int(every.sum()),
        "tuned-pairs": int(tuned.sum()),
        "both-unsure": int(tuned[unsure, unsure]),
        "one-unsure": int(tuned[unsure].sum() + tuned[:, unsure].sum() - 2 * tuned[unsure, unsure]),
        "called": int(every[safe].sum() + every[:, safe].sum() - every[safe, safe]),
        "confirmed": int(every[safe, safe]),
        "left-open": int(every[safe, unsure] + every[unsure, safe]),
        "clash": int(every[safe, unsafe] + every[unsafe, safe]),
    }
