"""What happens to a neural network's uncertainty when you prune it: the package behind the book.

Importing this package loads nothing heavy: every room is imported when it is first used.
"""

import sys
from importlib import import_module

__version__ = "0.1.0"
_ROOMS = (
    *("data", "models", "metrics", "training", "population", "pruning", "regression", "uncertainty"),
    *("claims", "study", "figures", "notebook", "chapters", "audit", "annotate", "exercises", "ledger", "planning"),
    *("errors", "text"),
)
_INSIDE = {"results": "study"}  # modules of a room that have a name here
_FUNCTIONS = {"save_model": "models", "load_model": "models", "compare": "audit.comparison"}


def lazy_room(room: str, where: dict[str, str]):
    """The ``__getattr__`` and ``__dir__`` of a room whose names are loaded, each from its module, when first used."""

    def load(name: str):
        if name not in where:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        return getattr(import_module(f"{room}.{where[name]}"), name)

    return load, lambda: sorted([*vars(sys.modules[room]), *where])


def __getattr__(name: str):
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name in _INSIDE:
        return import_module(f"{__name__}.{_INSIDE[name]}.{name}")
    if name in _FUNCTIONS:
        return getattr(import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)
    from pruneuq_helpers.errors import suggestion

    near = suggestion(name, [*_ROOMS, *_INSIDE, *_FUNCTIONS]) or f"; it has {', '.join(sorted(_ROOMS))}"
    raise AttributeError(f"{__name__} has no room or function `{name}`{near}")


def __dir__():
    return sorted([*globals(), *_ROOMS, *_INSIDE, *_FUNCTIONS])
