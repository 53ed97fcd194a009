"""What chapter 8 measures of two dense populations and the pruned ones: levels, classes, samples."""

import numpy as np

from pruneuq_helpers import metrics
from pruneuq_helpers.studies.forgetting_examples import group_rows, image_rows
from pruneuq_helpers.studies.forgetting_images import Asked, Shown
from pruneuq_helpers.studies.forgetting_networks import AGAIN, Answers
from pruneuq_helpers.studies.forgetting_pairs import Pair, found_by, pairs, plain_numbers


def rows(shown: Shown, asked: Answers, cell: dict) -> list[dict]:
    """All rows of a cell; the column ``part`` says of what.

    Parameters
    ----------
    shown : Shown
        The images.
    asked : Answers
        What the populations said.
    cell : dict
        experiment, seed and asking (splits, sample, shown).

    Returns
    -------
    list of dict
    """
    found, asking, seed = [], cell["asking"], cell["seed"]
    for name, images in shown.asked.items():
        for pair in pairs(asked, name):
            made = group_rows(pair, images, shown.groups)
            if name == "test":
                made += [level_row(pair, images, asking["splits"], seed), *class_rows(pair, images, shown.classes)]
                made += sample_rows(pair, images, asking["sample"], seed)
            found += [{"set": name, **pair.keys, **row} for row in made]
        if seed == 0:
            found += [{"set": name, **row} for row in image_rows(asked, name, images, shown.groups, asking["shown"])]
    return found


def level_row(pair: Pair, images: Asked, splits: int, seed: int) -> dict:
    """How accurate a population is, how many examples it identifies, and how many chance would.

    Parameters
    ----------
    pair : Pair
    images : Asked
    splits, seed : int
        Random splits of all dense members, and their seed.

    Returns
    -------
    dict
    """
    labels = images.labels.numpy()
    dense, other = pair.dense.argmax(2), pair.other.argmax(2)
    pool = np.concatenate([pair.dense, pair.again])
    table = metrics.pie_table(dense, other, pair.dense, pair.other)
    right = (other == labels).mean(1)
    row = {"part": "level", "accuracy": right.mean(), "members_sd": right.std(ddof=1), "images": len(labels)}
    row |= {"pies": len(table), "ties": table.attrs["dense_ties"] + table.attrs["pruned_ties"]}
    row["pies_max"] = len(metrics.pies(dense, other, ties="max"))
    if pair.population == AGAIN:
        null = metrics.null_pies(pool.argmax(2), pool, splits=splits, seed=seed).attrs["null"]
        row |= {"null": null["mean"], "null_low": null["low"], "null_high": null["high"]}
    else:
        matched = metrics.matched_pies(pool.argmax(2), other, pool, pair.other, splits=splits, seed=seed)
        null, excess = matched.attrs["null"], matched.attrs["excess"]
        row |= {"null": null["mean"], "null_low": null["low"], "null_high": null["high"]}
        row |= {"matched": matched.attrs["pruned"]["mean"], "excess": excess["mean"]}
        row |= {"excess_low": excess["low"], "excess_high": excess["high"]}
    return plain_numbers(row | entropy_overlap(pair, table["index"].to_numpy(), labels))


def entropy_overlap(pair: Pair, found: np.ndarray, labels: np.ndarray) -> dict:
    """How well the entropy of the second dense population tells what was identified.

    It took no part in the choice; where it is itself what chose, the first one is asked, which chose with it.

    Parameters
    ----------
    pair : Pair
    found : numpy.ndarray
        Places of the identified examples.
    labels : numpy.ndarray
        Of all images.

    Returns
    -------
    dict
        entropy_auroc; entropy_overlap, their share among as many images of the highest entropy; and the share that
        the second dense population's mode gets wrong, among them and among those of the highest entropy.
    """
    judge = pair.again if pair.population != AGAIN else pair.dense
    entropy = metrics.predictive_entropy(judge)
    if not 0 < len(found) < len(labels):
        return dict.fromkeys(("entropy_auroc", "entropy_overlap", "pies_wrong", "entropy_wrong"))
    rest = np.setdiff1d(np.arange(len(labels)), found)
    unsure = np.argsort(-entropy, kind="stable")[: len(found)]
    wrong = metrics.modal_labels(judge.argmax(2), judge)["mode"].to_numpy() != labels
    return {
        "entropy_auroc": metrics.detection(entropy[rest], entropy[found])["auroc"],
        "entropy_overlap": np.isin(found, unsure).mean(),
        "pies_wrong": wrong[found].mean(),
        "entropy_wrong": wrong[unsure].mean(),
    }


def class_rows(pair: Pair, images: Asked, classes) -> list[dict]:
    """Welch's test of every class, and the recalls.

    Parameters
    ----------
    pair : Pair
    images : Asked
    classes : sequence of str
        Names.

    Returns
    -------
    list of dict
    """
    table = metrics.class_impact(pair.dense.argmax(2), pair.other.argmax(2), images.labels.numpy())
    expected = table.attrs["expected_by_chance"]
    table = table.assign(part="class", expected=expected)
    table["class"] = [classes[number] for number in table["class"]]
    return [plain_numbers(row) for row in table.to_dict("records")]


def sample_rows(pair: Pair, images: Asked, most: int, seed: int) -> list[dict]:
    """Accuracy on identified, other and any images: of the networks that chose them, and of such as did not.

    ``accuracy`` is S4's, on samples of one size; ``whole`` is that on the whole sets, the mean over all such samples.

    Parameters
    ----------
    pair : Pair
    images : Asked
    most, seed : int
        The largest sample, and the seed of the draws.

    Returns
    -------
    list of dict
    """
    labels, half = images.labels.numpy(), len(pair.dense) // 2
    ways = [(False, slice(None), slice(None)), (True, slice(half), slice(half, None))]
    ways.append((True, slice(half, None), slice(half)))
    made = []
    for held_out, chose, answer in ways:
        found = found_by(pair.dense[chose], pair.other[chose])
        sets = {"PIE": found, "non-PIE": np.setdiff1d(np.arange(len(labels)), found), "random": slice(None)}
        for networks, probs in (("dense", pair.dense), (pair.population, pair.other)):
            said = probs[answer].argmax(2)
            drawn = metrics.subset_accuracy(said, labels, found, seed=seed, most=most)
            means, right = drawn.groupby("set")[["accuracy", "images"]].mean(), said == labels
            fixed = {"part": "sample", "held_out": held_out, "networks": networks, "all": right.mean()}
            for name, places in sets.items():
                whole = right[:, places].mean() if right[:, places].size else None
                made.append(fixed | {"sample": name, "whole": whole, **means.loc[name].to_dict()})
    return [plain_numbers(row) for row in made]
