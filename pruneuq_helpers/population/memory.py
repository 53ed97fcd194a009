"""When a GPU's memory runs out: fewer members at a time, and the same results."""

import logging
from collections.abc import Callable
from typing import Any

import torch

from pruneuq_helpers.population.chunks import chunks

_log = logging.getLogger(__name__)


def in_parts(members: list[int], size: int, call: Callable[[list[int]], Any], release: Callable[[], None]) -> list:
    """Call a function on chunks of the members; where the memory runs out, go on with chunks of half the size."""
    todo, done = chunks(members, size), []
    while todo:
        together = todo[0]
        try:
            done.append(call(together))
        except torch.OutOfMemoryError:
            if len(together) == 1:
                raise
        else:
            del todo[0]
            continue
        # Here, not in the handler: the error itself holds on to the tensors of the call that failed.
        release()
        torch.cuda.empty_cache()
        half = -(-len(together) // 2)
        _log.warning("the GPU's memory ran out with %d networks at a time; going on with %d", len(together), half)
        todo = [part for chunk in todo for part in chunks(chunk, half)]
    return done
