"""The run: parameters, parts, cells, the store, what is kept, workers, clusters, the log, where results come from."""

from importlib import import_module

# Loaded when first used: the command line is quick where it needs none of them.
_WHERE = {"Networks": "parts", "Part": "parts", "Study": "parameters", "run": "engine"}
__all__ = [*_WHERE]


def __getattr__(name: str):
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
