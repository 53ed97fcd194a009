"""Chapter 8's table, cut into the parts that figures, claims and facts are made of: values by seed."""

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples.images import PLANTED
from pruneuq_helpers.chapters.forgotten_examples.networks import AGAIN, PRUNED, SHORT, SMALL
from pruneuq_helpers.claims import contrast

WHO = "population"


def part(table: pd.DataFrame, name: str, experiment: str | None = None, controls: bool = False) -> pd.DataFrame:
    """The rows of one kind, without the columns that none of them fills."""
    rows = table[table["part"] == name]
    rows = rows if experiment is None else rows[rows["experiment"] == experiment]
    if WHO in rows and not controls:
        rows = rows[~rows[WHO].isin([SMALL, SHORT])]
    return rows.dropna(axis=1, how="all").reset_index(drop=True).infer_objects()


def at(rows: pd.DataFrame, which: str | float = "top") -> pd.DataFrame:
    """The rows of the pruned population of the highest ("top"), the lowest ("low") or one level, or of a control."""
    if which == "again":
        return rows[rows[WHO] == AGAIN]
    pruned = rows[rows[WHO] == PRUNED]
    if isinstance(which, float):
        return pruned[pruned["level"] == which]
    level = pruned["level"].min() if which == "low" else pruned["level"].max()
    mine = rows[rows[WHO] == which] if which in (SMALL, SHORT) else pruned
    return mine[mine["level"] == level]


def shares(table: pd.DataFrame, experiment: str, images: str = "test", controls: bool = False) -> pd.DataFrame:
    """How often each group is identified, and its share among identified and other images."""
    rows = part(table, "group", experiment, controls)
    rows = rows[rows["set"] == images].copy()
    total = rows.groupby(["seed", WHO, "level"])[["pie", "non_pie"]].transform("sum")
    rows["identified"] = rows["pie"] / (rows["pie"] + rows["non_pie"])
    rows["pie_share"] = rows["pie"] / total["pie"].where(total["pie"] > 0)
    rows["other_share"] = rows["non_pie"] / total["non_pie"].where(total["non_pie"] > 0)
    rows["difference"] = rows["pie_share"] - rows["other_share"]
    return rows


def identified(table: pd.DataFrame, images: str = "test") -> pd.DataFrame:
    """Share of each planted group that is identified, a row a seed; none without planted faults."""
    if not (table["experiment"] == "planted").any():
        return pd.DataFrame(columns=[*PLANTED], dtype=float)
    return at(shares(table, "planted", images), "top").pivot(index="seed", columns="group", values="identified")


def beside_controls(table: pd.DataFrame, column: str, experiment: str, other: str) -> pd.Series:
    """A column of `controls` by seed: of the pruned population, less the same of a control."""
    found = controls(table)
    found = found[found["experiment"] == experiment].pivot(index="seed", columns=WHO, values=column)
    found = found.reindex(columns=[PRUNED, other])
    return found[PRUNED] - found[other]


def over_index(table: pd.DataFrame, experiment: str, group: str, which: str = "top"):
    """A group's share among identified images minus its share among the others, by seed."""
    rows = at(shares(table, experiment, "test", controls=True), which)
    return rows[rows["group"] == group].set_index("seed")["difference"]


def smallest_group(table: pd.DataFrame) -> str:
    """The name of the group with the fewest images in the experiment with a minority."""
    rows = part(table, "group", "minority")
    sizes = (rows["pie"] + rows["non_pie"]).groupby(rows["group"]).sum()
    return str(sizes[sizes > 0].idxmin())


def gaps(table: pd.DataFrame, which: str = "top") -> pd.DataFrame:
    """How far the minority's accuracy lies below that of all others, for the dense and the other population."""
    name, rows = smallest_group(table), at(part(table, "group", "minority", controls=True), which)
    size = rows["pie"] + rows["non_pie"]
    found = {}
    for networks in ("dense", "pruned"):
        right = rows[f"{networks}_accuracy"] * size
        mine = rows["group"] == name
        small, rest = (
            right[chosen].groupby(rows["seed"]).sum() / size[chosen].groupby(rows["seed"]).sum()
            for chosen in (mine, ~mine)
        )
        found[networks] = rest - small
    return pd.DataFrame(found)


def impacted(table: pd.DataFrame, which: str | float, column: str = "significant") -> pd.DataFrame:
    """The classes of one pair of populations, with how many of them are impacted, gain and lose, by seed."""
    rows = at(part(table, "class", "plain", controls=True), which)
    change, hit = rows["normalised_recall_difference"], rows[column].astype(bool)
    seed = rows["seed"]
    return pd.DataFrame(
        {
            "classes": hit.groupby(seed).size(),
            "impacted": hit.groupby(seed).sum(),
            "gaining": (hit & (change > 0)).groupby(seed).sum(),
            "losing": (hit & (change < 0)).groupby(seed).sum(),
            "worst": -change.groupby(seed).min(),
        }
    )


def shifts(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean shift of each class with its interval, in points, and how many seeds call it impacted."""
    found = {}
    for name, part in rows.groupby("class", sort=False):
        shift = contrast(100 * part["normalised_recall_difference"])
        hit = int(part["significant"].astype(bool).sum())
        found[name] = {"mean": shift.effect, "low": shift.low, "high": shift.high, "hit": hit, "seeds": shift.count}
    return pd.DataFrame(found).T.astype({"hit": int, "seeds": int})


def sample_accuracy(table: pd.DataFrame, networks: str, sample: str, which: str = "top"):
    """Accuracy of dense or pruned networks on all identified, all other or all images, by seed."""
    rows = at(part(table, "sample", "plain", controls=True), which)
    rows = rows[(rows["networks"] == networks) & (rows["sample"] == ("PIE" if sample == "all" else sample))]
    return rows.groupby("seed")["all" if sample == "all" else "whole"].mean()


def lost(table: pd.DataFrame, which: str | float = "top") -> pd.Series:
    """Accuracy of dense less that of pruned networks, by seed."""
    rows = at(part(table, "level", "plain"), which).set_index("seed")
    return rows["dense_accuracy"] - rows["accuracy"]


def comparable_level(table: pd.DataFrame, most: float) -> float | None:
    """The highest level at which the accuracy has moved by less than this, mean over seeds; none where it has not."""
    levels = part(table, "level", "plain")
    levels = sorted(levels[levels[WHO] == PRUNED]["level"].unique(), reverse=True)
    return next((float(level) for level in levels if abs(lost(table, float(level)).mean()) < most), None)


def of_members(table: pd.DataFrame, experiment: str, column: str) -> pd.DataFrame:
    """A number of each dense and each pruned member at the highest level, one row for the two of the same number."""
    rows = at(part(table, "member", experiment))
    if column not in rows:
        return pd.DataFrame(columns=["dense", "pruned"], dtype=float)
    # They are trained apart from each other: which of them stand in a row is nothing but their number.
    return rows.dropna(subset=column).pivot(index=["seed", "member"], columns="networks", values=column)


def members_apart(table: pd.DataFrame, experiment: str, column: str) -> np.ndarray:
    """How much more each pruned member has than the dense one of its number."""
    found = of_members(table, experiment, column)
    return present(found["pruned"] - found["dense"])


def present(values) -> np.ndarray:
    """The values that are numbers, perhaps none: where nothing was identified, a seed has none."""
    values = np.asarray(values, float)
    return values[np.isfinite(values)]


def controls(table: pd.DataFrame) -> pd.DataFrame:
    """The pruned population of the highest level beside its controls, in every experiment."""
    keys = ["experiment", "seed", WHO, "level"]
    levels = part(table, "level", controls=True)
    levels = pd.concat([at(levels, which) for which in ("top", SMALL, SHORT)])
    wanted = ["epochs", "accuracy", "dense_accuracy", "pies", "images", "excess"]
    found = levels.set_index(keys)[[name for name in wanted if name in levels]]
    groups = part(table, "group", controls=True)
    wrong = groups[(groups["set"] == "train") & (groups["group"] == "wrong label")].set_index(keys)
    # The share of the wrong labels learnt that the networks repeat.
    found["repeated"], found["dense_repeated"] = wrong["pruned_accuracy"], wrong["dense_accuracy"]
    found = found.reset_index()
    if not (table["experiment"] == "minority").any():
        return found
    # How far the accuracy on the minority lies behind.
    pairs = {PRUNED: "top", SMALL: SMALL, SHORT: SHORT}
    behind = pd.concat({name: gaps(table, which) for name, which in pairs.items()}, names=[WHO])
    behind = behind.rename(columns={"pruned": "gap", "dense": "dense_gap"}).reset_index()
    return found.merge(behind.assign(experiment="minority"), how="left", on=["experiment", "seed", WHO])
