"""The networks of the book, by name and with any widths; saving and loading them, pruned or not.

`build` makes a network, `architecture` reads what `build` needs to make its like again,
`save_model` and `load_model` keep it in a file without pickle.
"""

from pruneuq_helpers.models.catalogue import CATALOGUE, architecture, build
from pruneuq_helpers.models.storage import load_model, save_model

__all__ = ["CATALOGUE", "architecture", "build", "load_model", "save_model"]
