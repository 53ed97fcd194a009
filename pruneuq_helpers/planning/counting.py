"""What a cell asks for: the networks that it trains, the calls to torch, and their arithmetic."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils.flop_counter import flop_registry

from pruneuq_helpers.population import results as population_results
from pruneuq_helpers.study import Networks
from pruneuq_helpers.study.workers import one_thread
from pruneuq_helpers.training import loop as training_loop

# Assumed of a GPU that is not here to be measured: small networks are bound by the calls, large ones by arithmetic.
SECONDS_A_CALL, FLOPS_A_SECOND = 10e-6, 10e12


@contextmanager
def trained_networks() -> Iterator[list[int]]:
    """Notice every network that is trained, alone or in a population."""
    found: list[int] = []
    before = training_loop.Trained.__init__, population_results.Trained.__init__

    def noticed(begin: Callable) -> Callable:
        def begin_and_notice(trained, *words, **more):
            begin(trained, *words, **more)
            found.extend(np.atleast_1d(trained.stop_epoch).tolist())

        return begin_and_notice

    training_loop.Trained.__init__, population_results.Trained.__init__ = map(noticed, before)
    try:
        yield found
    finally:
        training_loop.Trained.__init__, population_results.Trained.__init__ = before


@contextmanager
def without_shared_networks() -> Iterator[list[float]]:
    """Notice the time that is spent on networks which cells share: they are planned as a part of their own."""
    spent, before = [0.0], Networks.of

    def timed(networks: Networks, cell: dict):
        start = time.process_time()
        # `gpu_seconds` does not count their training either.
        with _disable_current_modes():
            found = before(networks, cell)
        spent[0] += time.process_time() - start
        return found

    Networks.of = timed
    try:
        yield spent
    finally:
        Networks.of = before


class _Calls(TorchDispatchMode):
    """Counts what torch is asked to compute; leaner than torch's own counter, which looks into every call again."""

    count, flops = 0, 0

    def __torch_dispatch__(self, function, types, words=(), more=None):
        more = more or {}
        if function._overloadpacket in flop_registry:
            found = function(*words, **more)
            self.flops += flop_registry[function._overloadpacket](*words, **more, out_val=found)
        else:
            with self:  # in inference mode a call may be made of others, such as a product and a sum
                found = function.decompose(*words, **more)
            if found is not NotImplemented:
                return found
            found = function(*words, **more)
        self.count += 1
        return found


def gpu_seconds(cell: dict, work: Callable[[dict], Any]) -> float:
    """What a cell would take on a GPU, by what is counted while the processor works on it."""
    with one_thread(), _Calls() as calls:
        work(cell)
    return max(calls.count * SECONDS_A_CALL, calls.flops / FLOPS_A_SECOND)
