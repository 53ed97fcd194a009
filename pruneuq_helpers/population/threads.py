"""One torch thread at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run on one thread of the processor; afterwards there are as many as before."""
    # A matrix product that is split between threads is rounded otherwise, so a member alone would differ from the
    # member in a stack. And small products gain little from a second thread, but wait for it on a busy machine.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
