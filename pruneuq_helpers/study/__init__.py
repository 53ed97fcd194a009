"""The run: parameters, parts, cells, the store, what is kept, workers, clusters, the log, where results come from."""

from pruneuq_helpers import lazy_room

# Loaded when first used: the command line is quick where it needs none of them.
_WHERE = {"Networks": "parts", "Part": "parts", "Study": "parameters", "run": "engine"}
__all__ = [*_WHERE]

__getattr__, __dir__ = lazy_room(__name__, _WHERE)
