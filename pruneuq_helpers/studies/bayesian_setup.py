"""The data sets and the networks of chapter 6."""

from functools import cache
from math import prod

from pruneuq_helpers import data, population
from pruneuq_helpers.studies import places


def load(name: str, root: str = "data", download: bool = False) -> data.Data:
    """A data set, read once a process.

    Parameters
    ----------
    name, root, download
        As for `pruneuq_helpers.studies.places.load`.

    Returns
    -------
    Data

    Examples
    --------
    >>> load("digits") is load("digits")
    True
    """
    return _load(name, root, download)


@cache
def _load(name: str, root: str, download: bool) -> data.Data:
    return places.load(name, root, download)


def describe(network: str, widths: dict, loaded: data.Data) -> population.Network:
    """The network of a cell.

    Parameters
    ----------
    network : str
        "fcn" or "cnn".
    widths : dict
        hidden, and channels of a CNN.
    loaded : Data
        What it is to read.

    Returns
    -------
    population.Network

    Examples
    --------
    >>> describe("fcn", {"hidden": [20, 10]}, load("digits")).prunable()
    ['fc1.weight', 'fc2.weight', 'fc3.weight']
    """
    shape, classes = loaded.input_shape, len(loaded.classes)
    if network == "cnn":
        return population.convnet(shape, widths["channels"], widths["hidden"], classes)
    return population.mlp(prod(shape), *widths["hidden"], classes)
