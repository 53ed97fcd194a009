"""The values that chapter 8's text takes from the table, experiment by experiment: a dash where one was left out."""

import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples import tables
from pruneuq_helpers.chapters.forgotten_examples.images import PLANTED
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED, SHORT, SMALL
from pruneuq_helpers.chapters.forgotten_examples.tables import (
    at,
    gaps,
    over_index,
    part,
    present,
    sample_accuracy,
    shares,
    smallest_group,
)
from pruneuq_helpers.chapters.forgotten_examples.words import plus_minus
from pruneuq_helpers.claims import decide

NONE = "–"
_WHAT = {"planted": "planted no faults", "minority": "had no minority"}
_SETS = {"asked": "test", "learnt": "train"}


def left_out(table: pd.DataFrame, experiment: str) -> str:
    """Say that a run left an experiment out, and nothing where it did not."""
    if (table["experiment"] == experiment).any():
        return ""
    return f"This run {_WHAT[experiment]}: a dash stands for every such number."


def planted(table: pd.DataFrame) -> dict[str, str]:
    """What became of planted faults at the highest level."""
    groups = [f"{name}-{group.replace(' ', '-')}" for name in _SETS for group in PLANTED]
    if left_out(table, "planted"):
        names = [*groups, *(f"{name}-again" for name in groups)]
        return dict.fromkeys([*names, "memorised-dense", "memorised-pruned", "clean", "clean-moral"], NONE)
    found, rows = {}, {}
    for name, images in _SETS.items():
        both = shares(table, "planted", images)
        rows[name] = at(both).set_index("seed")
        for ending, mine in (("", rows[name]), ("-again", at(both, "again"))):
            for group in PLANTED:
                percent = 100 * mine.loc[mine["group"] == group, "identified"]
                found[f"{name}-{group.replace(' ', '-')}{ending}"] = plus_minus(percent, 0)
    wrong = rows["learnt"][rows["learnt"]["group"] == "wrong label"]
    for networks in ("dense", "pruned"):
        found[f"memorised-{networks}"] = plus_minus(100 * wrong[f"{networks}_accuracy"], 0)
    clean = rows["asked"][rows["asked"]["group"] == "plain"]
    better = 100 * (clean["pruned_accuracy"] - clean["dense_accuracy"])
    forgets = _verdict(wrong["dense_accuracy"] - wrong["pruned_accuracy"]) == "holds"
    return found | _clean(better, forgets)


def _clean(better: pd.Series, forgets: bool) -> dict[str, str]:
    """How the accuracy on untouched images changes, in points, and what follows."""
    rises = better.mean() > 0
    said = f"{'rises' if rises else 'falls'} by {plus_minus(better if rises else -better)} points"
    if forgets and decide(better).verdict == "holds":
        moral = "What a pruned network forgets is not always a loss."
    else:
        moral = "That pruned networks forget what is wrong and gain by it is not shown here."
    return {
        "clean": f"{said} (a rise in {int((better > 0).sum())} of {len(better)} repetitions)",
        "clean-moral": moral,
    }


def controls(table: pd.DataFrame) -> dict[str, str]:
    """What the controls of the highest level repeat of the wrong labels, in percent, beside pruned and dense
    networks.

    repeated-dense, repeated-pruned, repeated-small, repeated-short, short-epochs, short-off (how far the accuracy of
    those stopped early is from that of the pruned ones, in points); a dash where there is no control or no fault.
    """
    names = ("dense", PRUNED, SMALL, SHORT)
    found = tables.controls(table)
    found = found[found["experiment"] == "planted"].set_index("seed")
    of = {name: found[found["population"] == name] for name in names}
    if of[SHORT].empty:
        return dict.fromkeys([*(f"repeated-{name}" for name in names), "short-epochs", "short-off"], NONE)
    said = {f"repeated-{name}": plus_minus(100 * of[name]["repeated"], 0) for name in names[1:]}
    said["repeated-dense"] = plus_minus(100 * of[PRUNED]["dense_repeated"], 0)
    said["short-epochs"] = plus_minus(of[SHORT]["epochs"], 0)
    return said | {"short-off": plus_minus(100 * (of[SHORT]["accuracy"] - of[PRUNED]["accuracy"]), 1)}


def minority(table: pd.DataFrame) -> dict[str, str]:
    """How a minority fares at the highest level, in points."""
    names = ("minority-share", "minority-again", "gap-dense", "gap-pruned", "gap-wider")
    if left_out(table, "minority"):
        return dict.fromkeys(names, NONE)
    group, gap = smallest_group(table), gaps(table)
    over = [over_index(table, "minority", group, which=which) for which in ("top", "again")]
    values = [plus_minus(100 * each, 0) for each in over]
    values += [plus_minus(100 * each) for each in (gap["dense"], gap["pruned"], gap["pruned"] - gap["dense"])]
    return dict(zip(names, values, strict=True))


def _verdict(values, direction: str = ">") -> str:
    """What the values that there are decide; nothing where there are none."""
    values = present(values)
    return decide(values, direction=direction).verdict if len(values) else "undecided"


def blamed(table: pd.DataFrame) -> str:
    """Which part of the identified examples of the highest level pruning is to blame for, as the end of a sentence."""
    rows = at(part(table, "level", "plain"))
    verdict = decide(rows["excess"]).verdict
    if verdict == "undecided":
        return "whether pruning is to blame for any of these PIEs is undecided"
    if verdict == "fails":
        return "none of these PIEs can be blamed on pruning"
    return f"{plus_minus(100 * rows['excess'] / rows['matched'], 0)} % of their number is to be blamed on pruning"


def hard_without_pruning(table: pd.DataFrame) -> str:
    """Whether images on which two dense populations differ are harder than others, in a sentence."""
    accuracy = [sample_accuracy(table, "dense", sample, "again") for sample in ("PIE", "all")]
    if _verdict(accuracy[0] - accuracy[1], "<") == "holds":
        return "To be hard is no mark of pruning, then: it is a mark of disagreement."
    return "That they are harder than other images, too, is not shown in this run."
