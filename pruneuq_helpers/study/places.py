"""Where the studies' data sets lie: a notebook may run from anywhere, its folders start at the repository."""

from pruneuq_helpers import data
from pruneuq_helpers.data import Data
from pruneuq_helpers.study.parameters import repository


def load(name: str, root: str, download: bool, **options) -> Data:
    """A data set whose folders are named from the repository on."""
    kind, colon, path = name.partition(":")
    place = f"{kind}:{repository() / path}" if colon else name
    return data.load(place, root=str(repository() / root), download=download, **options)
