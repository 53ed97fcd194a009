"""Chapter 8's groups and images: who is among the identified examples, and which of them a reader sees."""

import numpy as np

from pruneuq_helpers import metrics
from pruneuq_helpers.studies.forgetting_images import Asked
from pruneuq_helpers.studies.forgetting_networks import Answers
from pruneuq_helpers.studies.forgetting_pairs import Pair, pairs, plain_numbers


def group_rows(pair: Pair, images: Asked, groups) -> list[dict]:
    """How many of each group are identified and not, and how accurate both populations are on it.

    Parameters
    ----------
    pair : Pair
    images : Asked
    groups : sequence of str
        Names.

    Returns
    -------
    list of dict
        Accuracy is against the labels as the data set has them, planted ones too.
    """
    labels, group = images.labels.numpy(), images.group.numpy()
    chosen = np.zeros(len(labels), bool)
    chosen[pair.found] = True
    made = []
    for place, name in enumerate(groups):
        mine = group == place
        row = {"part": "group", "group": name, "pie": (chosen & mine).sum(), "non_pie": (~chosen & mine).sum()}
        if mine.any():
            row["dense_accuracy"] = (pair.dense[:, mine].argmax(2) == labels[mine]).mean()
            row["pruned_accuracy"] = (pair.other[:, mine].argmax(2) == labels[mine]).mean()
        made.append(plain_numbers(row))
    return made


def image_rows(asked: Answers, name: str, images: Asked, groups, shown: int) -> list[dict]:
    """The gallery's images: those identified at some level, and as many others, drawn at random.

    Parameters
    ----------
    asked : Answers
        Of all populations.
    name : str
        Which images.
    images : Asked
    groups : sequence of str
        Names.
    shown : int
        How many of either kind, at most.

    Returns
    -------
    list of dict
        One row an image and level; `second` is the second likeliest class to all networks together.
    """
    those = [pair for pair in pairs(asked, name) if pair.population == "pruned"]
    chosen = [set(pair.found.tolist()) for pair in those]
    generator = np.random.default_rng(0)
    ever = sorted(set().union(*chosen))
    never = np.setdiff1d(np.arange(len(images.labels)), ever)
    count = min(shown, len(ever))
    picked = [generator.permutation(those_)[:count] for those_ in (ever, never)]
    entropy = metrics.predictive_entropy(those[0].again)
    dense = metrics.modal_labels(those[0].dense.argmax(2), those[0].dense)
    both = (those[-1].dense.mean(0) + those[-1].other.mean(0)).argsort(1)
    made = []
    for place in sorted(int(one) for part in picked for one in part):
        fixed = {"part": "image", "image": place, "truth": images.truth[place], "given": images.labels[place]}
        fixed |= {"kind": groups[images.group[place]], "entropy": entropy[place], "dense": dense["mode"][place]}
        fixed["second"] = both[place, -2]
        made += [
            fixed | {"level": pair.level, "identified": place in found}
            for pair, found in zip(those, chosen, strict=True)
        ]
    modes = {pair.level: metrics.modal_labels(pair.other.argmax(2), pair.other)["mode"] for pair in those}
    return [plain_numbers(row | {"pruned": modes[row["level"]][row["image"]]}) for row in made]
