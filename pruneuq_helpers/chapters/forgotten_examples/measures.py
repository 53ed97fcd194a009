"""What chapter 8 measures of two dense populations and the pruned ones: levels, classes, samples."""

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.forgotten_examples.examples import group_rows, image_rows
from pruneuq_helpers.chapters.forgotten_examples.members import member_rows
from pruneuq_helpers.chapters.forgotten_examples.networks import AGAIN
from pruneuq_helpers.chapters.forgotten_examples.pairs import Pair, found_by, pairs, plain_numbers, populations_of
from pruneuq_helpers.chapters.forgotten_examples.record import Known, Said, known_of

_CELL = ["experiment", "seed", "data"]


def measured(images: pd.DataFrame, said: pd.DataFrame, splits: int, sample: int, shown: int) -> pd.DataFrame:
    """All that the chapter says of its populations, from the two tables of predictions; `part` says what a row
    holds.

    A repetition of an experiment without both dense populations is left out, as in a run that is not done.
    """
    if "epochs" not in said:  # as in golden rows, where every population has its usual ones
        said = said.assign(epochs=0)
    known = {(row.experiment, row.seed, row.set): known_of(row) for row in images.itertuples()}
    made = []
    for (experiment, seed, data, name), rows in said.groupby([*_CELL, "set"], sort=False):
        if (experiment, seed, name) not in known:
            continue
        those = pairs(populations_of(rows), rows.groupby(["population", "level", "epochs"])["accuracy"].mean())
        fixed = {"experiment": experiment, "seed": seed, "data": data, "set": name}
        about = known[experiment, seed, name]
        found = [
            pair.keys | {"members": len(pair.other.said)} | row
            for pair in those
            for row in (
                *group_rows(pair, about),
                *_asked_rows(pair, about, name, experiment, seed, splits, sample),
                *member_rows(pair, about, name, experiment),
            )
        ]
        if seed == 0 and those:
            found += image_rows(those, about, shown)
        made += [fixed | row for row in found]
    return pd.DataFrame(made)


def _asked_rows(pair: Pair, known: Known, name: str, experiment: str, seed: int, splits: int, sample: int):
    """What is measured on images that nobody learns from; the null and the samples, which cost most, where nothing is
    planted and there is no minority.
    """
    if name == "test":
        yield level_row(pair, known, splits if experiment == "plain" else 0, seed)
        yield from class_rows(pair, known)
        yield from sample_rows(pair, known, sample, seed) if experiment == "plain" else ()


def level_row(pair: Pair, known: Known, splits: int, seed: int) -> dict:
    """How accurate a population is, how many examples it identifies, and how many chance would, by random splits."""
    dense, other = pair.dense, pair.other
    table = metrics.pie_table(dense.said, other.said, dense.probs, other.probs)
    right = (other.said == known.labels).mean(1)
    row = {"part": "level", "accuracy": right.mean(), "members_sd": right.std(ddof=1), "images": len(known.labels)}
    row |= {"dense_accuracy": (dense.said == known.labels).mean()}
    row |= {"pies": len(table), "ties": table.attrs["dense_ties"] + table.attrs["pruned_ties"]}
    row["pies_max"] = len(metrics.pies(dense.said, other.said, ties="max"))
    row |= null_counts(pair, splits, seed) if splits else {}
    return plain_numbers(row | entropy_overlap(pair, table["index"].to_numpy(), known.labels))


def null_counts(pair: Pair, splits: int, seed: int) -> dict:
    """PIEs of nothing, and of the other population against as many dense members, over random splits."""
    pool = pair.dense.beside(pair.again)
    if pair.population == AGAIN:
        null = metrics.null_pies(pool.said, pool.probs, splits=splits, seed=seed).attrs["null"]
        return {"null": null["mean"], "null_low": null["low"], "null_high": null["high"]}
    words = {"splits": splits, "seed": seed}
    found = metrics.matched_pies(pool.said, pair.other.said, pool.probs, pair.other.probs, **words).attrs
    null, excess = found["null"], found["excess"]
    row = {"null": null["mean"], "null_low": null["low"], "null_high": null["high"]}
    row |= {"matched": found["pruned"]["mean"], "excess": excess["mean"]}
    return row | {"excess_low": excess["low"], "excess_high": excess["high"]}


def entropy_overlap(pair: Pair, found: np.ndarray, labels: np.ndarray) -> dict:
    """How well the entropy of the second dense population tells what was identified (at these places).

    It took no part in the choice; where it is itself what chose, the first one is asked, which chose with it.
    Gives entropy_auroc; entropy_overlap, their share among as many images of the highest entropy; and the share that
    the judge's mode gets wrong, among them and among those of the highest entropy.
    """
    judge = pair.again if pair.population != AGAIN else pair.dense
    if not 0 < len(found) < len(labels):
        return dict.fromkeys(("entropy_auroc", "entropy_overlap", "pies_wrong", "entropy_wrong"))
    entropy = metrics.predictive_entropy(judge.probs)
    rest = np.setdiff1d(np.arange(len(labels)), found)
    unsure = np.argsort(-entropy, kind="stable")[: len(found)]
    wrong = metrics.modal_labels(judge.said, judge.probs)["mode"].to_numpy() != labels
    return {
        "entropy_auroc": metrics.detection(entropy[rest], entropy[found])["auroc"],
        "entropy_overlap": np.isin(found, unsure).mean(),
        "pies_wrong": wrong[found].mean(),
        "entropy_wrong": wrong[unsure].mean(),
    }


def class_rows(pair: Pair, known: Known) -> list[dict]:
    """Welch's test of every class, and the recalls."""
    table = metrics.class_impact(pair.dense.said, pair.other.said, known.labels)
    table = table.assign(part="class", expected=table.attrs["expected_by_chance"])
    table["class"] = [known.classes[number] for number in table["class"]]
    return [plain_numbers(row) for row in table.to_dict("records")]


def sample_rows(pair: Pair, known: Known, most: int, seed: int) -> list[dict]:
    """Accuracy on identified, other and any images: of the networks that chose them, and of such as did not.

    ``accuracy`` is S4's, on samples of one size, `most` at most; ``whole`` is that on the whole sets, the mean over
    all such samples.
    """
    half = len(pair.dense.said) // 2
    ways = [(False, slice(None), slice(None)), (True, slice(half), slice(half, None))]
    ways.append((True, slice(half, None), slice(half)))
    made = []
    for held_out, chose, answer in ways:
        found = found_by(pair.dense.members(chose), pair.other.members(chose))
        for networks, population in (("dense", pair.dense), (pair.population, pair.other)):
            fixed = {"part": "sample", "held_out": held_out, "networks": networks}
            made += [fixed | row for row in _accuracies(population.members(answer), known.labels, found, most, seed)]
    return [plain_numbers(row) for row in made]


def _accuracies(population: Said, labels: np.ndarray, found: np.ndarray, most: int, seed: int) -> list[dict]:
    sets = {"PIE": found, "non-PIE": np.setdiff1d(np.arange(len(labels)), found), "random": slice(None)}
    drawn = metrics.subset_accuracy(population.said, labels, found, seed=seed, most=most)
    means, right = drawn.groupby("set")[["accuracy", "images"]].mean(), population.said == labels
    return [
        {"all": right.mean(), "sample": name, "whole": right[:, places].mean() if right[:, places].size else None}
        | means.loc[name].to_dict()
        for name, places in sets.items()
    ]
