"""Two files of predictions of the same examples: is what came after still safe to use?"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pruneuq_helpers import checks, metrics
from pruneuq_helpers.audit import intervals, measures
from pruneuq_helpers.audit.classes import changed_images, changes_of_parts, named_groups
from pruneuq_helpers.audit.measures import Answers, changes, worst
from pruneuq_helpers.audit.predictions import Predictions, predictions
from pruneuq_helpers.audit.rules import RULES, check_rules
from pruneuq_helpers.audit.verdicts import SAFE, UNDECIDED, judge, worst_of
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.text import percent

FEW_IN_A_GROUP = 30
RESAMPLED = measures.RESAMPLED | {"gap": metrics.signed_gap, "aurc": metrics.aurc}


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What became of the predictions.

    Attributes
    ----------
    measures : pandas.DataFrame
        One row a measure: before, after, change, low, high.
    verdicts : pandas.DataFrame
        One row a rule: margin, worse, low, high, verdict.
    classes, groups : pandas.DataFrame
        One row a class, or a group where groups are given: examples, accuracy before and after, change, low, high.
    changed : pandas.DataFrame
        One row an example with another prediction.
    verdict : {"safe", "not safe", "undecided"}
        Not safe where any rule says so, safe where all do.
    notes : tuple of str
        What a reader should know.
    settings : dict
        Rules, confidence_level, resamples, seed.
    count : int
        Examples.
    """

    measures: pd.DataFrame
    verdicts: pd.DataFrame
    classes: pd.DataFrame
    groups: pd.DataFrame
    changed: pd.DataFrame
    verdict: str
    notes: tuple[str, ...]
    settings: dict
    count: int

    def __repr__(self) -> str:
        said = ", ".join(f"{row['rule']} {row['verdict']}" for row in self.verdicts.to_dict("records"))
        return f"Comparison({self.count} examples: {self.verdict}; {said})"


def compare(
    before,
    after,
    rules: dict[str, float] | None = None,
    groups=None,
    confidence_level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Is the second network still safe to use in place of the first? Compares their predictions of the same examples.

    Parameters
    ----------
    before, after : str, path or mapping
        An ``.npz`` file, or a dictionary of arrays: `labels` ``[N]``; `probs` or `logits` ``[N, C]``; optionally
        `groups` ``[N]``, `ood_probs` or `ood_logits` ``[M, C]`` for examples of no class, `classes` ``[C]``.
    rules : dict, optional
        Measure to margin: safe is what gets worse by less than the margin of every measure, its whole interval.
        Measures: accuracy, ece, nll, brier, ause, aurc, auroc (with examples of no class), class_recall (the class
        that loses most), group_accuracy (the group that loses most), flips (right before, wrong after), changed.
        Unless given, accuracy 0.01, ece 0.02, class_recall 0.1.
    groups : array_like, optional
        A name for each example, in place of those in the files.
    confidence_level : float
        Of every interval.
    resamples : int
        Of the bootstrap over examples.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.arange(100) % 2
    >>> sure = np.where(np.arange(2) == labels[:, None], 0.9, 0.1)
    >>> compare({"labels": labels, "probs": sure}, {"labels": labels, "probs": sure}, rules={"accuracy": 0.05})
    Comparison(100 examples: safe; accuracy safe)
    """
    rules = RULES if rules is None else rules
    check_rules(rules)
    if not rules:
        raise ParameterError("parameter `rules` got none; it takes a margin for one measure or more")
    settings = {
        "rules": dict(rules),
        "confidence_level": checks.share("confidence_level", confidence_level),
        "resamples": checks.whole("resamples", resamples, least=100),
        "seed": checks.seed("seed", seed),
    }
    confidence_level = settings["confidence_level"]
    first, second = predictions(before, "before"), predictions(after, "after")
    _check_pair(first, second)
    names = first.classes if first.named else second.classes
    named = _groups(groups, first, second)
    _check_rules_apply(rules, first, second, named)
    right = tuple(one.probs.argmax(1) == one.labels for one in (first, second))
    classes = changes_of_parts(*right, np.array(names, dtype=object)[first.labels], confidence_level)
    by_group = classes.iloc[:0] if named is None else changes_of_parts(*right, named, confidence_level)
    table = pd.DataFrame(_rows(first, second, right, classes, by_group, settings))
    verdicts, guessing = judge(table, rules), _at_chance(first, right[0])
    word = worst_of(verdicts["verdict"])
    word = UNDECIDED if guessing and word == SAFE else word
    notes = (*([guessing] if guessing else []), *_notes(first, by_group))
    changed = changed_images(first.probs, second.probs, first.labels, names)
    return Comparison(table, verdicts, classes, by_group, changed, word, notes, settings, len(first.labels))


def _check_pair(first: Predictions, second: Predictions) -> None:
    if first.probs.shape != second.probs.shape:
        shapes = [f"{one.probs.shape[0]} examples of {one.probs.shape[1]} classes" for one in (first, second)]
        raise ParameterError(
            f"parameters `before` and `after` got {shapes[0]} and {shapes[1]}; they take the same examples"
        )
    if (first.labels != second.labels).any():
        row = int((first.labels != second.labels).argmax())
        raise ParameterError(
            f"parameters `before` and `after` got other labels, first in row {row}; they take the same examples "
            "in one order"
        )
    outside = [one.outside.shape[0] for one in (first, second) if one.outside is not None]
    if len(set(outside)) > 1:
        raise ParameterError(
            f"parameters `before` and `after` got {outside[0]} and {outside[1]} examples of no class; they take "
            "the same"
        )
    if first.named and second.named and first.classes != second.classes:
        raise ParameterError("parameters `before` and `after` got other names of classes; they take the same")


def _groups(given, first: Predictions, second: Predictions) -> np.ndarray | None:
    both = first.groups is not None and second.groups is not None
    if given is None and both and (first.groups != second.groups).any():
        raise ParameterError("parameters `before` and `after` got other groups; they take the same")
    named = next((one for one in (given, first.groups, second.groups) if one is not None), None)
    return None if named is None else named_groups(named, len(first.labels))


def _check_rules_apply(rules: dict, first: Predictions, second: Predictions, named) -> None:
    if "auroc" in rules and (first.outside is None or second.outside is None):
        raise ParameterError(
            "parameter `rules` got 'auroc', which needs examples of no class; it takes them as `ood_probs`"
        )
    for which, one in (("before", first), ("after", second)) if "nll" in rules else ():
        given = one.probs[np.arange(len(one.labels)), one.labels]
        if given.min() <= 0:
            raise ParameterError(
                f"parameter `{which}` got the probability 0 for the right class in row {int(given.argmin())}: its "
                "`nll` has no end and cannot be judged; hand over logits, or judge by `brier`"
            )
    if "group_accuracy" in rules and named is None:
        raise ParameterError("parameter `rules` got 'group_accuracy', which needs `groups`")


def _rows(first: Predictions, second: Predictions, right, classes, by_group, settings: dict) -> list[dict]:
    labels, level = first.labels, settings["confidence_level"]
    answers = [Answers(one.probs, one.outside) for one in (first, second)]
    differing = changes(*answers, labels, RESAMPLED, level, settings["resamples"], settings["seed"])
    differing["flips"] = intervals.share(int((right[0] & ~right[1]).sum()), len(labels), level)
    differing["class_recall"] = worst(classes)
    if len(by_group):
        differing["group_accuracy"] = worst(by_group)
    own = {"accuracy": float(right[0].mean())}
    own |= {name: float(metric(first.probs, labels)) for name, metric in RESAMPLED.items()}
    if "auroc" in differing:
        own["auroc"] = float(intervals.auroc(answers[0].scores, metrics.msp(first.outside))[0])
    return [_row(name, own.get(name, np.nan), *change) for name, change in differing.items()]


def _row(name: str, before: float, change: float, low: float, high: float) -> dict:
    return {"measure": name, "before": before, "after": before + change, "change": change, "low": low, "high": high}


def _at_chance(first: Predictions, right: np.ndarray) -> str:
    """A sentence where the first network is no better than a guess, else nothing."""
    guess = float(np.bincount(first.labels).max() / len(first.labels))
    if intervals.share(int(right.sum()), len(right))[1] > guess:
        return ""
    return (
        f"Before, {percent(right.mean(), 1)} of the answers were right, no better than always naming the commonest "
        f"class ({percent(guess, 1)}): nothing can be called safe."
    )


def _notes(first: Predictions, by_group: pd.DataFrame) -> list[str]:
    notes = []
    absent = len(first.classes) - len(np.unique(first.labels))
    if absent:
        notes.append(f"{absent} of {len(first.classes)} classes have no example, and nothing is known of them.")
    small = by_group[by_group["examples"] < FEW_IN_A_GROUP]
    if len(small):
        notes.append(
            f"The group {small['part'].iloc[0]} has {small['examples'].iloc[0]} examples: its interval is wide."
        )
    return notes


def read_groups(path: str | Path) -> list[str]:
    """The groups in a CSV file: its only column, or the one that is called `group`."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "it is no readable table"
        raise ParameterError(f"parameter `groups` got {str(path)!r}; {reason}") from None
    if "group" not in table and table.shape[1] != 1:
        listed = ", ".join(map(str, table.columns[:5]))
        raise ParameterError(f"parameter `groups` got the columns {listed}; it takes one column, or one called `group`")
    return (table["group"] if "group" in table else table.iloc[:, 0]).tolist()
