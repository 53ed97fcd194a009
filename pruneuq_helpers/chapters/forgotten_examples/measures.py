"""What chapter 8 measures of two dense populations and the pruned ones: levels, classes, samples."""

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.forgotten_examples.examples import group_rows, image_rows
from pruneuq_helpers.chapters.forgotten_examples.members import member_rows
from pruneuq_helpers.chapters.forgotten_examples.networks import AGAIN
from pruneuq_helpers.chapters.forgotten_examples.pairs import Pair, found_by, pairs, plain_numbers, populations_of
from pruneuq_helpers.chapters.forgotten_examples.record import Known, known_of

_CELL = ["experiment", "seed", "data"]


def measured(images: pd.DataFrame, said: pd.DataFrame, splits: int, shown: int) -> pd.DataFrame:
    """All that the chapter says of its populations, from the two tables of predictions; `part` names a row's kind."""
    if "epochs" not in said:  # as in golden rows, where every population has its usual ones
        said = said.assign(epochs=0)
    known = {(row.experiment, row.seed, row.set): known_of(row) for row in images.itertuples()}
    made = []
    for (experiment, seed, data, name), rows in said.groupby([*_CELL, "set"], sort=False):
        if (experiment, seed, name) not in known:
            continue
        # None without both dense populations, as in a run that is not done.
        those = pairs(populations_of(rows), rows.groupby(["population", "level", "epochs"])["accuracy"].mean())
        fixed = {"experiment": experiment, "seed": seed, "data": data, "set": name}
        about = known[experiment, seed, name]
        found = [
            pair.keys | {"members": len(pair.other.said)} | row
            for pair in those
            for row in (
                *group_rows(pair, about),
                *_asked_rows(pair, about, name, experiment, seed, splits),
                *member_rows(pair, about, name, experiment),
            )
        ]
        if seed == 0 and those:
            found += image_rows(those, about, shown)
        made += [fixed | row for row in found]
    return pd.DataFrame(made)


def _asked_rows(pair: Pair, known: Known, name: str, experiment: str, seed: int, splits: int):
    """What is measured on images that nobody learns from."""
    if name == "test":
        # The null and the samples cost most: only where nothing is planted and there is no minority.
        yield level_row(pair, known, splits if experiment == "plain" else 0, seed)
        yield from class_rows(pair, known)
        yield from sample_rows(pair, known) if experiment == "plain" else ()


def level_row(pair: Pair, known: Known, splits: int, seed: int) -> dict:
    """How accurate a population is, how many examples it identifies, and how many chance would, by random splits."""
    dense, other = pair.dense, pair.other
    row = {"part": "level", "images": len(known.labels), "pies": len(pair.found)}
    row |= {"accuracy": (other.said == known.labels).mean(), "dense_accuracy": (dense.said == known.labels).mean()}
    row |= null_counts(pair, splits, seed) | beside_null(pair) if splits else {}
    return plain_numbers(row | entropy_overlap(pair, pair.found, known.labels))


def null_counts(pair: Pair, splits: int, seed: int) -> dict:
    """PIEs of nothing, and of the other population against as many dense members, over random splits."""
    pool = pair.dense.beside(pair.again)
    if pair.population == AGAIN:
        return {"null": metrics.null_pies(pool.said, pool.probs, splits=splits, seed=seed).attrs["null"]["mean"]}
    words = {"splits": splits, "seed": seed}
    found = metrics.matched_pies(pool.said, pair.other.said, pool.probs, pair.other.probs, **words).attrs
    names = {"null": "null", "matched": "pruned", "excess": "excess"}
    return {name: found[column]["mean"] for name, column in names.items()}


def beside_null(pair: Pair) -> dict:
    """How many images two whole dense populations differ on, and how many of these are identified too."""
    null = found_by(pair.dense, pair.again)
    return {"null_pies": len(null), "common": len(np.intersect1d(null, pair.found, assume_unique=True))}


def entropy_overlap(pair: Pair, found: np.ndarray, labels: np.ndarray) -> dict:
    """How well the entropy of the second dense population tells what was identified (at these places)."""
    # It took no part in the choice; where it is itself what chose, the first one is asked, which chose with it.
    judge = pair.again if pair.population != AGAIN else pair.dense
    if not 0 < len(found) < len(labels):
        return dict.fromkeys(("entropy_auroc", "entropy_overlap"))
    entropy = metrics.predictive_entropy(judge.probs)
    rest = np.setdiff1d(np.arange(len(labels)), found)
    unsure = np.argsort(-entropy, kind="stable")[: len(found)]
    auroc = metrics.detection(entropy[rest], entropy[found])["auroc"]
    return {"entropy_auroc": auroc, "entropy_overlap": np.isin(found, unsure).mean()}


def class_rows(pair: Pair, known: Known) -> list[dict]:
    """Welch's test of every class, and the recalls."""
    table = metrics.class_impact(pair.dense.said, pair.other.said, known.labels)
    table["part"] = "class"
    table["class"] = [known.classes[number] for number in table["class"]]
    return [plain_numbers(row) for row in table.to_dict("records")]


def sample_rows(pair: Pair, known: Known) -> list[dict]:
    """Accuracy on identified, on other and on all images, of networks that did not choose them."""
    # Who chooses errs on what it chose: so one half of the members of both populations chooses, the other answers.
    half, made = len(pair.dense.said) // 2, []
    for chose, answer in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        found = found_by(pair.dense.members(chose), pair.other.members(chose))
        sets = {"PIE": found, "non-PIE": np.setdiff1d(np.arange(len(known.labels)), found)}
        for networks, population in (("dense", pair.dense), (pair.population, pair.other)):
            right = population.members(answer).said == known.labels
            made += [
                {"part": "sample", "networks": networks, "sample": name, "all": right.mean()}
                | {"whole": right[:, places].mean() if right[:, places].size else None}
                for name, places in sets.items()
            ]
    return [plain_numbers(row) for row in made]
