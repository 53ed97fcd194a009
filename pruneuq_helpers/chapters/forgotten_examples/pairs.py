"""The dense population beside another one: what all of chapter 8's measures are taken of."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.forgotten_examples.networks import AGAIN, DENSE, PRUNED, SHORT, SMALL
from pruneuq_helpers.chapters.forgotten_examples.record import Said, said_by


@dataclass(frozen=True)
class Pair:
    """The dense population beside another one, on one set of images."""

    population: str  # "pruned", or "dense again", "small" or "short" for the controls
    level: float  # of the pruned population, also where its control stands beside the dense one
    dense: Said
    again: Said
    other: Said
    epochs: int = 0  # of the other population

    @property
    def keys(self) -> dict:
        """What every row of this pair begins with."""
        return {"population": self.population, "level": self.level, "epochs": self.epochs}

    @cached_property
    def found(self) -> np.ndarray:
        """Places of the pruning-identified examples."""
        return found_by(self.dense, self.other)


def found_by(dense: Said, other: Said) -> np.ndarray:
    """Places where the modes of two populations differ; ties go to the more probable class."""
    return metrics.pies(dense.said, other.said, dense.probs, other.probs)


def populations_of(rows: pd.DataFrame) -> dict[tuple[str, float, int], Said]:
    """The populations of one repetition, experiment and set of images, by name, level and epochs."""
    groups = dict(list(rows.groupby(["population", "level", "epochs"], sort=False)))
    # One of which blocks are missing is left out: fewer members have less steady modes.
    most = max(len(group) for group in groups.values())
    return {key: said_by(group) for key, group in groups.items() if len(group) == most}


def pairs(populations: dict[tuple[str, float, int], Said], accuracies: dict) -> list[Pair]:
    """The control first, then a pair a level, then the controls of some levels; none without a control."""
    by_name = {name: [key for key in populations if key[0] == name] for name in (DENSE, AGAIN, PRUNED, SMALL, SHORT)}
    if not by_name[DENSE] or not by_name[AGAIN]:
        return []
    dense, again = (populations[by_name[name][0]] for name in (DENSE, AGAIN))
    chosen = [(by_name[AGAIN][0], 0.0), *((key, key[1]) for key in sorted(by_name[PRUNED] + by_name[SMALL]))]
    # Which of those stopped early stands beside a pruned one is decided by its accuracy.
    chosen += _as_accurate(by_name, accuracies)
    return [Pair(key[0], level, dense, again, populations[key], key[2]) for key, level in chosen]


def _as_accurate(by_name: dict[str, list], accuracies: dict) -> Iterator[tuple[tuple, float]]:
    """For each level with a control of its size, the population stopped early whose accuracy is nearest."""
    for _, level, _ in by_name[SMALL]:
        pruned = next((key for key in by_name[PRUNED] if key[1] == level), None)
        if pruned and by_name[SHORT]:
            yield min(by_name[SHORT], key=lambda key: abs(accuracies[key] - accuracies[pruned])), level


def plain_numbers(row: dict) -> dict:
    """A row's values as plain numbers, as a stored result takes them."""
    return {name: value.item() if hasattr(value, "item") else value for name, value in row.items()}
