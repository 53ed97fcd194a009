"""The dense population beside another one: what all of chapter 8's measures are taken of."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from pruneuq_helpers import metrics
from pruneuq_helpers.studies.forgetting_networks import AGAIN, Answers


@dataclass(frozen=True, eq=False)
class Pair:
    """The dense population beside another one, on one set of images.

    Parameters
    ----------
    population : str
        "pruned", or "dense again" for the control.
    level : float
        Of the other population.
    dense, again, other : numpy.ndarray
        Probabilities ``[K, N, C]``.
    """

    population: str
    level: float
    dense: np.ndarray
    again: np.ndarray
    other: np.ndarray

    @property
    def keys(self) -> dict:
        """What every row of this pair begins with."""
        return {"population": self.population, "level": self.level}

    @property
    def found(self) -> np.ndarray:
        """Places of the pruning-identified examples."""
        return found_by(self.dense, self.other)


def found_by(dense: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Places where the modes of two populations differ; ties go to the more probable class.

    Parameters
    ----------
    dense, other : numpy.ndarray
        Probabilities ``[K, N, C]``.

    Returns
    -------
    numpy.ndarray
    """
    return metrics.pies(dense.argmax(2), other.argmax(2), dense, other)


def pairs(asked: Answers, name: str) -> list[Pair]:
    """The control first, then one pair a level.

    Parameters
    ----------
    asked : Answers
        Of all populations.
    name : str
        Which images.

    Returns
    -------
    list of Pair
    """
    dense, again = _plain(asked.dense[name]), _plain(asked.again[name])
    others = [(AGAIN, 0.0, again), *(("pruned", level, _plain(pruned[name])) for level, pruned in _levels(asked))]
    return [Pair(population, level, dense, again, other) for population, level, other in others]


def plain_numbers(row: dict) -> dict:
    """A row's values as plain numbers, as a stored result takes them.

    Parameters
    ----------
    row : dict
        Of NumPy or torch scalars, and others.

    Returns
    -------
    dict

    Examples
    --------
    >>> plain_numbers({"pies": np.int64(3)})
    {'pies': 3}
    """
    return {name: value.item() if hasattr(value, "item") else value for name, value in row.items()}


def _plain(probs: Tensor) -> np.ndarray:
    return probs.cpu().numpy()


def _levels(asked: Answers):
    return zip(asked.levels, asked.pruned, strict=True)
