"""What S4 says that pruned networks forget, and what this book asks beside it, as rules.

A value is a repetition: other images to learn from, other networks. Where a run has one alone, some findings are
asked of its members, as S4 asks its own.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples.conditions import (
    POINT,
    as_accurate_as_short,
    comparable_somewhere,
    dense_accuracy,
    minority,
    one_repetition,
    planted,
)
from pruneuq_helpers.chapters.forgotten_examples.measures import measured
from pruneuq_helpers.chapters.forgotten_examples.networks import SHORT, SMALL
from pruneuq_helpers.chapters.forgotten_examples.printed import corrupted_apart, minority_apart, shares_apart
from pruneuq_helpers.chapters.forgotten_examples.tables import (
    at,
    beside_controls,
    comparable_level,
    controls,
    gaps,
    impacted,
    lost,
    members_apart,
    of_members,
    over_index,
    part,
    present,
    sample_accuracy,
    smallest_group,
)
from pruneuq_helpers.claims import Claim, Measure, above_chance, only
from pruneuq_helpers.study.profiles import parameters

_MEASURED_WITH = ("splits", "shown")


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: all that is measured of the populations, with what the run's profile says of measuring."""
    images, said = run("images"), run("populations")
    if not len(images) or not len(said):
        return pd.DataFrame()
    given = parameters("08_forgotten_examples", said.attrs.get("profile", "quick"))
    if "variant" in said:  # golden rows are of several toy studies: the first has all experiments
        images, said = images[images["variant"] == 0], said[said["variant"] == 0]
    return measured(images, said, **{name: given[name] for name in _MEASURED_WITH})


def _more_classes(which: str) -> Measure:
    def more(table: pd.DataFrame) -> pd.Series:
        pruned, again = impacted(table, which), impacted(table, "again")
        return (pruned["impacted"] - again["impacted"]) / pruned["classes"]

    return more


def _more_gain(table: pd.DataFrame) -> pd.Series:
    rows = impacted(table, "top")
    return ((rows["gaining"] - rows["losing"]) / rows["classes"])[rows["impacted"] > 0]


def _worst_beyond_whole(table: pd.DataFrame) -> pd.Series:
    level = comparable_level(table, POINT)
    if level is None:
        return pd.Series(dtype=float)
    worst = impacted(table, level)["worst"] - impacted(table, "again")["worst"]
    return worst - lost(table, level)


def _share(table: pd.DataFrame, which: str = "top", column: str = "pies") -> pd.Series:
    """A count as a share of the images, at one end of the levels or of a control."""
    rows = part(table, "level", "plain", controls=True)
    if not len(rows):
        return pd.Series(dtype=float)
    rows = at(rows, which).set_index("seed")
    return rows[column] / rows["images"]


def _pies_grow(table: pd.DataFrame) -> pd.Series:
    rows = part(table, "level", "plain")
    alone = not len(rows) or rows.loc[rows["population"] == "pruned", "level"].nunique() < 2
    return pd.Series(dtype=float) if alone else _share(table, "top") - _share(table, "low")


def _without_pies(table: pd.DataFrame) -> pd.Series:
    """The smaller of the two gains, for S4 says it of both kinds of networks."""
    gains = [
        sample_accuracy(table, networks, "non-PIE") - sample_accuracy(table, networks, "all")
        for networks in ("dense", "pruned")
    ]
    return np.minimum(*gains)


def _minority_over(table: pd.DataFrame, which: str = "top") -> pd.Series:
    return over_index(table, "minority", smallest_group(table), which=which)


def _wider_gap(table: pd.DataFrame) -> pd.Series:
    found = gaps(table)
    return found["pruned"] - found["dense"]


def _unlearnt(table: pd.DataFrame) -> pd.Series:
    rows = controls(table)
    rows = rows[(rows["experiment"] == "planted") & (rows["population"] == "pruned")]
    return rows["dense_repeated"] - rows["repeated"]


def _members_gain(table: pd.DataFrame) -> np.ndarray:
    found = of_members(table, "plain", "gain")
    return present(np.minimum(found["dense"], found["pruned"]))


def _members_apart(experiment: str, column: str, sign: int = 1) -> Measure:
    return lambda table: sign * members_apart(table, experiment, column)


def _claim(name: str, source: str, measure: Measure, **rule) -> Claim:
    """A claim on the repetitions that have a number."""
    return Claim(name, "08", source, measure=lambda table: present(measure(table)), **rule)


_S4 = partial(_claim, source="S4")
_book = partial(_claim, source="book", place="ch. 8", quote="")
_GOOD = above_chance(dense_accuracy)

_BY_REPETITION = [
    _S4(
        "S4.abstract.top1-comparable", place="Abstract, Tables 2, 3",
        quote="have comparable top-line performance metrics",
        short="pruned is as accurate",
        finding="Pruned networks are as accurate as dense ones.",
        effect="accuracy at the highest level minus that of dense networks, share of images",
        measured="accuracy", measure=lambda table: -lost(table), direction="=", needs=(_GOOD,),
        printed=shares_apart("top1", "percent", 0.0),
    ),
    _S4(
        "S4.table5.classes-impacted", place="Table 5 (caption), Tables 2, 3",
        quote="At all levels of pruning, some classes are impacted far more than others",
        short="some classes move, high level",
        finding="At the highest level pruning shifts the recall of more classes than chance does.",
        effect="classes with p ≤ 0.05, minus those between two dense populations, share of classes",
        measured="classes", measure=_more_classes("top"),
    ),
    _S4(
        "S4.table5.classes-impacted-low", place="Table 5 (caption), Tables 2, 3",
        quote="At all levels of pruning, some classes are impacted far more than others",
        short="some classes move, low level",
        finding="At the lowest level pruning shifts the recall of more classes than chance does.",
        effect="classes with p ≤ 0.05, minus those between two dense populations, share of classes",
        measured="classes", measure=_more_classes("low"),
    ),
    _S4(
        "S4.s1.top1-hides", place="§1, finding 1",
        quote="Top-line metrics such as top-1 or top-5 test-set accuracy hides critical details",
        short="accuracy hides the worst class",
        finding="Where the accuracy is the same, the worst class loses more beyond the whole than the whole does.",
        effect="largest loss of a class beyond the whole, less that between dense populations, minus the loss of "
        "accuracy, at the highest level where it is below a point, recall",
        measured="recall", measure=_worst_beyond_whole, needs=(_GOOD, comparable_somewhere),
    ),
    _S4(
        "S4.s1.2.more-gain", place="§1.2",
        quote="more classes are relatively robust to the overall degradation",
        short="more classes gain than lose",
        finding="Of the impacted classes more gain than lose, relative to the whole.",
        effect="impacted classes that gain minus those that lose, at the highest level, share of classes",
        measured="classes", measure=_more_gain,
    ),
    _S4(
        "S4.table3.pies-grow", place="Tables 2, 3", quote="# PIEs",
        short="PIEs grow with the level",
        finding="The more is removed, the more examples are identified.",
        effect="PIEs at the highest level minus those at the lowest, share of images",
        measured="changed", measure=_pies_grow,
        printed=shares_apart("pies", "images", 0.3),
    ),
    _S4(
        "S4.fig3.removal-helps", place="§1.2, Fig 3",
        quote="Removing PIE images from the test-set improves top-1 accuracy",
        short="without PIEs more is right",
        finding="Without its PIEs a test set is easier, for dense and for pruned networks.",
        effect="accuracy on all but PIEs minus on all, the smaller of both, networks that did not choose, share of "
        "images",
        measured="accuracy", measure=_without_pies, needs=(_GOOD,),
    ),
    _S4(
        "S4.table1.minority-over-indexed", place="§1, finding 3, Table 1",
        quote="PIEs over-index on the protected attribute",
        short="the minority is among the PIEs",
        finding="The minority whose attribute goes against its label is over-represented among PIEs.",
        effect="its share among PIEs minus its share among other images, highest level, share of images",
        measured="share", measure=_minority_over, needs=(minority,), printed=minority_apart(),
    ),
    _S4(
        "S4.s1.3.bias-amplified", place="§1.3",
        quote="varying the number of weights amplifies existing biases towards underrepresented protected attributes",
        short="the minority falls further behind",
        finding="Pruning amplifies the bias: the minority falls further behind.",
        effect="accuracy of the others minus that of the minority, pruned less dense, highest level, share of images",
        measured="accuracy", measure=_wider_gap, needs=(minority, _GOOD),
    ),
    _S4(
        "S4.s3.4.corrupted", place="§3.4",
        quote="these hard-to-generalize-to images tend to be of lower image quality",
        short="spoilt images are among the PIEs",
        finding="Images of low quality are over-represented among PIEs.",
        effect="share of planted corruptions among PIEs minus among other images, highest level, share of images",
        measured="share", measure=lambda table: over_index(table, "planted", "corrupted"), needs=(planted,),
        printed=corrupted_apart(),
    ),
    _book(
        "book.pies.beyond-null",
        short="more PIEs than of dense networks",
        finding="At the highest level pruning changes more answers than a second training of dense networks does.",
        effect="PIEs minus those between dense populations, mean over random splits, share of images",
        measured="changed", measure=lambda table: _share(table, column="excess"),
    ),
    _book(
        "book.pies.minority-beyond-null",
        short="the minority, more than by chance",
        finding="The minority is more frequent among PIEs than among images on which two dense populations differ.",
        effect="its over-representation among PIEs minus that between dense populations, share of images",
        measured="share", measure=lambda table: _minority_over(table) - _minority_over(table, "again"),
        needs=(minority,),
    ),
    _book(
        "book.pies.more-than-small",
        short="more PIEs than of small networks",
        finding="Pruning changes more answers than dense networks do that have as few parameters from the start.",
        effect="PIEs of pruned minus those of small networks, highest level, share of images",
        measured="changed", measure=lambda table: _share(table) - _share(table, SMALL),
        needs=(only("population", SMALL),),
    ),
    _book(
        "book.forgets.wrong-labels",
        short="pruned networks forget wrong labels",
        finding="Pruned networks repeat fewer of the wrong labels that they were taught than dense ones.",
        effect="wrong labels repeated by dense networks minus by pruned ones, highest level, share of them",
        measured="share", measure=_unlearnt, needs=(planted,),
    ),
    _book(
        "book.forgets.more-than-stopped",
        short="and more than stopped networks do",
        finding="Pruned networks forget more of the wrong labels than networks stopped early at the same accuracy.",
        effect="wrong labels repeated by networks stopped early minus by pruned ones, share of them",
        measured="share", measure=lambda table: -beside_controls(table, "repeated", "planted", SHORT),
        needs=(planted, only("population", SHORT), as_accurate_as_short),
    ),
]  # fmt: skip

_OVER_MEMBERS = {
    "S4.abstract.top1-comparable": _members_apart("plain", "accuracy"),
    "S4.fig3.removal-helps": _members_gain,
    "S4.s1.3.bias-amplified": _members_apart("minority", "gap"),
    "book.forgets.wrong-labels": _members_apart("planted", "repeated", -1),
}


def _of_one_repetition(claim: Claim) -> Claim:
    """The same finding in a run of one repetition: over its members, each a training from scratch."""
    return replace(
        claim,
        id=f"{claim.id}-one-repetition",
        finding=f"{claim.finding[:-1]}, in one repetition.",
        measure=_OVER_MEMBERS[claim.id],
        over="members",
        interval="bootstrap",
        needs=(*claim.needs, one_repetition),
        printed=None,
    )


CLAIMS = [
    *_BY_REPETITION,
    *[_of_one_repetition(claim) for claim in _BY_REPETITION if claim.id in _OVER_MEMBERS],
]
