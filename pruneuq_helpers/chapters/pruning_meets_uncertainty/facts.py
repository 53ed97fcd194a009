"""The numbers of chapter 7's text, a section at a time, and what its sentences rest on."""

import math

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from torch import Tensor

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.pruning_meets_uncertainty.equal import less_equal
from pruneuq_helpers.chapters.pruning_meets_uncertainty.measures import ALIKE, aligned_gain, by_level, over_cells
from pruneuq_helpers.chapters.pruning_meets_uncertainty.measures import change as grown
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paired import EQUAL, SMALL, change, less, three_levels
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import METHODS, printed
from pruneuq_helpers.claims import with_interval
from pruneuq_helpers.text import number, percent, plus_minus

MEASURES = {
    "accuracy": "accuracy", "ece": "ece", "nll": "nll", "errors": "auroc_errors", "near": "auroc_near",
    "far": "auroc_far", "changed": "changed", "gap": "gap", "ause": "ause_errors",
}  # fmt: skip
PRUNED = {"criterion": "l1", "state": "fine-tuned"}
LONGER = {"state": "trained on"}


def main_answer(table: pd.DataFrame) -> dict:
    """Of the main answer: what three levels change, what the rivals are worth, and what the cut alone leaves."""
    tuned = table[(table["criterion"] == "l1") & (table["state"] == "fine-tuned")]
    low, middle, high = three_levels(table)
    found = {"seeds": table["seed"].nunique(), "low": low, "middle": middle, "high": high}
    found |= {f"{word}-share": percent(found[word]) for word in ("low", "middle", "high")}
    for name, column in MEASURES.items():
        dense = table.loc[table["state"] == "trained on", column]
        if dense.isna().all():
            continue
        found[f"dense-{name}"] = f"{dense.mean():.3f}"
        for word, level in (("low", low), ("middle", middle), ("high", high)):
            found[f"{word}-{name}"] = with_interval(change(table, column, level), signed=True)
            found[f"{word}-{name}-is"] = f"{tuned.loc[tuned['level'] == level, column].mean():.3f}"
        found[f"equal-{name}"] = with_interval(change(table, column, high, EQUAL), signed=True)
        found[f"unpruned-{name}"] = with_interval(change(table, column, high, EQUAL, **SMALL), signed=True)
        found[f"small-{name}"] = with_interval(over_pruned(table, column, high), signed=True)
    again = table[table["state"] == "trained on"]
    for word, level in (("middle", middle), ("high", high)):
        found[f"{word}-over-random"] = with_interval(over_random(table, level), signed=True)
        left = tuned.loc[tuned["level"] == level, "parameters"].mean() / again["parameters"].mean()
        found[f"{word}-left"] = percent(left)
    found["scratch-ece"] = with_interval(change(table, "ece", high, **SMALL), signed=True)
    found["longer-accuracy"] = with_interval(less(table, "accuracy", LONGER, {"state": "as trained"}), signed=True)
    found["small-middle"] = with_interval(over_pruned(table, "accuracy", middle), signed=True)
    for word, level in (("low", low), ("high", high)):
        found[f"{word}-changed-share"] = percent(tuned.loc[tuned["level"] == level, "changed"].mean())
    found["dense-changed-share"] = percent(again["changed"].mean())
    for word, level in (("", middle), ("high-", high)):
        cut = table[(table["criterion"] == "l1") & (table["level"] == level)].groupby("state")
        for state, rows in cut[["accuracy", "confidence"]]:
            found |= {f"{word}{state.replace(' ', '-')}-{name}": f"{rows[name].mean():.2f}" for name in rows.columns}
    return found


def over_pruned(table: pd.DataFrame, column: str, level: float) -> pd.Series:
    """A small network from scratch minus one pruned by L1 and fine-tuned: a value a seed."""
    return less(table, column, SMALL | {"level": level}, PRUNED | {"level": level})


def over_random(table: pd.DataFrame, level: float) -> pd.Series:
    """Accuracy of networks pruned by L1 minus that of networks pruned at random, fine-tuned: a value a seed."""
    return less(table, "accuracy", PRUNED | {"level": level}, PRUNED | {"level": level, "criterion": "random"})


def networks(trained: pd.DataFrame, members: int) -> dict:
    """How good the networks of the grid are."""
    return {"members": members, "dense-accuracy": plus_minus(trained.loc[trained["member"] == "0", "accuracy"])}


def at(table: pd.DataFrame, criterion: str, level: float, column: str) -> pd.Series:
    """A measure of one cell: a value a seed."""
    chosen = (table["criterion"] == criterion) & (table["method"] == "msp") & (table["level"] == level)
    return table[chosen].set_index("seed")[column]


def regained(table: pd.DataFrame, level: float) -> pd.Series:
    """Accuracy after fine-tuning less accuracy right after the cut: a value a seed, mean of the criteria that cut."""
    chosen = table[(table["method"] == "msp") & table["criterion"].isin(ALIKE) & (table["level"] == level)]
    return (chosen["accuracy"] - chosen["accuracy_before"]).groupby(chosen["seed"]).mean()


def before_after(table: pd.DataFrame, levels: list[float], classes: int) -> dict:
    """How far the criteria lie apart right after the cut and after fine-tuning, at the lowest and the highest level."""
    cut = [name for name in ALIKE if name in set(table["criterion"])]
    first = {name: at(table, name, levels[0], "accuracy_before").mean() for name in cut}
    last = table[(table["method"] == "msp") & (table["level"] == levels[-1]) & table["criterion"].isin(cut)]
    found = {"grid-low": levels[0], "grid-high": levels[-1], "guess": f"{1 / classes:.2f}"}
    found |= {"grid-seeds": table["seed"].nunique()}
    found["cut-apart"] = f"{max(first.values()) - min(first.values()):.2f}"
    after = [at(table, name, levels[0], "accuracy").mean() for name in cut]
    found["tuned-apart"] = f"{max(after) - min(after):.2f}"
    found["cut-high"] = f"{last.groupby('criterion')['accuracy_before'].mean().max():.2f}"
    found["tuned-high"] = f"{last.groupby('criterion')['accuracy'].mean().min():.2f}"
    return found


def apart(table: pd.DataFrame) -> dict:
    """How far the mean accuracies of fine-tuned networks of one size lie apart, at the lowest and the highest level."""
    rows = table[(table["method"] == "msp") & table["criterion"].isin(ALIKE)]
    means = rows.groupby(["level", "criterion"])["accuracy"].mean().groupby("level")
    spread = means.max() - means.min()
    ends = {"low": spread.index.min(), "high": spread.index.max()}
    told = {name: f"{level:g}" for name, level in ends.items()}
    told |= {f"apart-{name}": f"{spread[level]:.3f}" for name, level in ends.items()}
    return {f"photos-{name}": value for name, value in told.items()}


def of_method(table: pd.DataFrame, method: str) -> pd.DataFrame:
    """The rows of a method, dense and pruned, without the controls that are trained otherwise."""
    return table[(table["method"] == method) & ~table["criterion"].isin(["earlier", "trained on"])]


def logit_cost(table: pd.DataFrame, method: str) -> pd.Series:
    """AUSE by the variance of logits less AUSE by the mean probabilities: a value a seed, mean of its cells."""
    rows = of_method(table, method)
    return (rows["ause"] - rows["ause_mean"]).groupby(rows["seed"]).mean()


def ranking(table: pd.DataFrame) -> dict:
    """How often an order is worse than chance, by the variance of logits and by the mean probabilities."""
    found = {}
    for method in ("ensemble", "mc_dropout"):
        rows = of_method(table, method)
        found[f"cells-{method}"] = len(rows)
        found[f"chance-{method}"] = int((rows["aurg"] < 0).sum())
        found[f"chance-mean-{method}"] = int((rows["aurg_mean"] < 0).sum())
    return found | {"logit-cost-mc_dropout": plus_minus(logit_cost(table, "mc_dropout"))}


def rises(outputs: dict[str, Tensor]) -> dict:
    """Whether large logits vary more: rank correlations over images, of logits [M, N, C] by method."""
    found = {}
    for method, logits in outputs.items():
        highest = logits.double().mean(dim=0).max(dim=1).values
        found[f"rises-{method}"] = number(spearmanr(highest, metrics.logit_variance(logits))[0], 2, signed=True)
    return found


def measures(table: pd.DataFrame) -> dict:
    """AUSE of the softmax and ECE of the ensemble, dense and at the highest level; there accuracy and gap besides."""
    wide = {
        f"{column.replace('_', '-')}-{method}": by_level(table, method, column)
        for method, column in (
            ("msp", "ause"), ("msp", "accuracy"), ("ensemble", "accuracy"), ("ensemble", "ece_softmax"),
            ("ensemble", "gap"),
        )
    }  # fmt: skip
    found = {f"{name}-high": plus_minus(means[means.columns.max()]) for name, means in wide.items()}
    return found | {f"{name}-dense": plus_minus(wide[name][0.0]) for name in ("ause-msp", "ece-softmax-ensemble")}


def averaged_less_equal(photographs: pd.DataFrame) -> pd.Series:
    """ECE of ensembles at the highest level minus that of the dense ensemble as accurate: a value a seed."""
    below = sorted(photographs["level"].unique())[-2]
    return less_equal("ensemble", "ece_softmax", below)(photographs)


def averaged(photographs: pd.DataFrame) -> dict:
    """Of ensembles of the larger run: what pruning adds to the ECE, alone and beside a dense one as accurate."""
    rise, beside = grown("ensemble", "ece_softmax")(photographs), averaged_less_equal(photographs)
    numbers = {"rise": with_interval(rise, signed=True), "equal": with_interval(beside, signed=True)}
    return {f"averaged-{name}": value for name, value in numbers.items()} | {"averaged-seeds": len(rise)}


def s1_correlations() -> pd.DataFrame:
    """Correlation of the error rate with S1's printed AUSE and ECE over its cells without ResRep."""
    found = {}
    for name in ("ause", "ece"):
        cells = printed(name).query("method != 'resrep'")
        grouped = cells.assign(error=1 - cells["accuracy"]).groupby(["setting", "uncertainty"])
        found[name] = grouped[["error", "value"]].apply(lambda cell: cell["error"].corr(cell["value"]))
    return pd.DataFrame(found)


def s1_worse_than_random() -> pd.DataFrame:
    """How many of S1's printed AUSE of pruned networks, without ResRep, are above that of a random order."""
    cells = printed("ause").query("method != 'resrep' and level > 0")
    random = -cells["accuracy"] * np.log(cells["accuracy"])
    counted = cells.assign(worse=cells["value"] > random)
    return counted.pivot_table(index="setting", columns="uncertainty", values="worse", aggfunc="sum")


def error_rate(table: pd.DataFrame) -> dict:
    """How closely AUSE follows the error rate, in S1's tables and in ours."""
    each, worse = s1_correlations().stack(), s1_worse_than_random()
    found = {"s1-all": each.size, "s1-close": int((each > 0.9).sum())}
    for (setting, uncertainty, measure), value in each.items():
        found[f"s1-{measure}-{setting}-{uncertainty}"] = number(value, 2)
    for (setting, uncertainty), count in worse.stack().items():
        found[f"s1-worse-{setting}-{uncertainty}"] = int(count)
    return found | {f"follows-{method}": plus_minus(over_cells(method, "ause")(table), 2) for method in METHODS}


def resrep(table: pd.DataFrame, levels: list[float]) -> dict:
    """Where ResRep missed its level most, and what the settings of its authors allow on VGG19 in batches of 64."""
    reached = {level: at(table, "resrep", level, "reached") for level in levels}
    worst = max(reached, key=lambda level: abs(reached[level].mean() - level))
    updates = (180 - 5) * math.ceil(50_000 / 64) // 200
    found = {"resrep-level": worst, "resrep-reached": plus_minus(reached[worst])}
    return found | {"capacity": f"{4 * updates / 5504:.2f}"}


def skip_connections(skips: pd.DataFrame, larger: pd.DataFrame) -> dict:
    """What misalignment costs right after the cut and after fine-tuning, here and in the larger run."""
    names = {"before": "accuracy_before", "after": "accuracy"}
    found = {name: with_interval(aligned_gain(column)(skips), signed=True) for name, column in names.items()}
    found |= {"large": with_interval(aligned_gain("accuracy")(larger), signed=True), "seeds": larger["seed"].nunique()}
    return {f"skip-{name}": value for name, value in found.items()}
