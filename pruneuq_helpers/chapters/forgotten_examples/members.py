"""What chapter 8 measures of single networks, where a run has one repetition alone."""

import numpy as np

from pruneuq_helpers.chapters.forgotten_examples.images import PLANTED
from pruneuq_helpers.chapters.forgotten_examples.networks import PRUNED
from pruneuq_helpers.chapters.forgotten_examples.pairs import Pair, found_by
from pruneuq_helpers.chapters.forgotten_examples.record import Known, Said


def member_rows(pair: Pair, known: Known, name: str, experiment: str) -> list[dict]:
    """A row a member of the dense and of a pruned population, with the number that the experiment is about."""
    if pair.population != PRUNED:
        return []
    # plain: accuracy, and the gain of leaving out what the other half of the networks identifies; minority: the gap,
    # how far its accuracy lies behind; planted: the share of the wrong labels learnt that the member repeats.
    both = {"dense": pair.dense, PRUNED: pair.other}
    if (experiment, name) == ("plain", "test"):
        columns = {who: _gains(pair, said, known) for who, said in both.items()}
    elif (experiment, name) == ("minority", "test"):
        columns = {who: {"gap": _gap(said, known)} for who, said in both.items()}
    elif (experiment, name) == ("planted", "train"):
        wrong = known.group == PLANTED.index("wrong label")
        columns = {who: {"repeated": _right(said, known, wrong)} for who, said in both.items()}
    else:
        return []
    return [
        {"part": "member", "networks": who, "member": member}
        | {column: float(values[member]) for column, values in found.items() if np.isfinite(values[member])}
        for who, found in columns.items()
        for member in range(len(both[who].said))
    ]


def _right(said: Said, known: Known, some: np.ndarray) -> np.ndarray:
    """Each member's accuracy on some of the images; not a number where there are none."""
    if not some.any():
        return np.full(len(said.said), np.nan)
    return (said.said[:, some] == known.labels[some]).mean(1)


def _gains(pair: Pair, said: Said, known: Known) -> dict[str, np.ndarray]:
    half, everything = len(pair.dense.said) // 2, np.ones(len(known.labels), bool)
    accuracy, gain = _right(said, known, everything), np.empty(len(said.said))
    for chose, answers in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        rest = everything.copy()
        rest[found_by(pair.dense.members(chose), pair.other.members(chose))] = False
        gain[answers] = (_right(said, known, rest) - accuracy)[answers]
    return {"accuracy": accuracy, "gain": gain}


def _gap(said: Said, known: Known) -> np.ndarray:
    sizes = np.bincount(known.group, minlength=len(known.groups))
    smallest = np.flatnonzero(sizes == sizes[sizes > 0].min())[0]
    mine = known.group == smallest
    return _right(said, known, ~mine) - _right(said, known, mine)
