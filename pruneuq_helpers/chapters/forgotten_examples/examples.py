"""Chapter 8's groups and images: who is among the identified examples, and which of them a reader sees."""

import numpy as np

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED
from pruneuq_helpers.chapters.forgotten_examples.pairs import Pair, plain_numbers
from pruneuq_helpers.chapters.forgotten_examples.record import Known


def group_rows(pair: Pair, known: Known) -> list[dict]:
    """How many of each group are identified and not, and how accurate both populations are on it."""
    chosen = np.zeros(len(known.labels), bool)
    chosen[pair.found] = True
    made = []
    for place, name in enumerate(known.groups):
        mine = known.group == place
        row = {"part": "group", "group": name, "pie": (chosen & mine).sum(), "non_pie": (~chosen & mine).sum()}
        # Against the labels as the data set has them, planted ones too.
        if mine.any():
            row["dense_accuracy"] = (pair.dense.said[:, mine] == known.labels[mine]).mean()
            row["pruned_accuracy"] = (pair.other.said[:, mine] == known.labels[mine]).mean()
        made.append(plain_numbers(row))
    return made


def image_rows(those: list[Pair], known: Known, shown: int) -> list[dict]:
    """The gallery's images: those identified at some level, and as many others, drawn at random; `shown` at most."""
    those = [pair for pair in those if pair.population == PRUNED]
    chosen = [set(pair.found.tolist()) for pair in those]
    generator = np.random.default_rng(0)
    ever = sorted(set().union(*chosen))
    never = np.setdiff1d(np.arange(len(known.labels)), ever)
    count = min(shown, len(ever))
    picked = [generator.permutation(some)[:count] for some in (ever, never)]
    modes = {pair.level: metrics.modal_labels(pair.other.said, pair.other.probs)["mode"] for pair in those}
    made = []
    for place in sorted(int(number) for numbers in picked for number in numbers):
        fixed = _image(those, known, place)
        made += [
            fixed | {"level": pair.level, "identified": place in found, "pruned": modes[pair.level][place]}
            for pair, found in zip(those, chosen, strict=True)
        ]
    return [plain_numbers(row) for row in made]


def _image(those: list[Pair], known: Known, place: int) -> dict:
    """What all rows of an image begin with."""
    dense = those[0].dense
    some = slice(place, place + 1)
    both = dense.probs[:, place].mean(0) + those[-1].other.probs[:, place].mean(0)
    return {
        "part": "image",
        "image": place,
        "truth": known.truth[place],
        "given": known.labels[place],
        "kind": known.groups[known.group[place]],
        "entropy": metrics.predictive_entropy(those[0].again.probs[:, some])[0],
        "dense": metrics.modal_labels(dense.said[:, some], dense.probs[:, some])["mode"][0],
        "second": both.argsort()[-2],
    }
