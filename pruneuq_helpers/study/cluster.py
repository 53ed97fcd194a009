"""Cells on several machines: the workers of a Dask cluster."""

import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from pruneuq_helpers.errors import ParameterError, StudyError

VARIABLE = "PRUNEUQ_CLUSTER"


def address() -> str | None:
    """Where the cells go, if not to processes of this machine: a Dask scheduler, named by ``PRUNEUQ_CLUSTER``."""
    return os.environ.get(VARIABLE) or None


def spread_over(scheduler: str, call: Callable, tasks: list[tuple]) -> Iterator[Any]:
    """Call a function on each task, anywhere on a cluster, and give the results as they come, in any order."""
    try:
        import cloudpickle
        from distributed import Client, as_completed
    except ImportError as error:
        takes = "it takes the package's extra `cluster` (pip install -r requirements.txt)"
        raise ParameterError(f"variable `{VARIABLE}` got {scheduler!r}; {takes}") from error
    try:
        client = Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        takes = f"it takes the address of a running Dask scheduler ({error})"
        raise ParameterError(f"variable `{VARIABLE}` got {scheduler!r}; {takes}") from None
    # Workers import the function, and results come back to this process, so no disk is shared. What a worker was doing
    # when it died is done again by another; a task that takes four workers with it ends the run.
    with client:
        if not client.scheduler_info()["workers"]:
            warnings.warn(f"no worker has joined the cluster at {scheduler} yet; the cells wait for one", stacklevel=2)
        # Not pure: a task that is submitted again must be run again, not looked up.
        unpack_and_call = _shipped()
        futures = [client.submit(unpack_and_call, cloudpickle.dumps((call, task)), pure=False) for task in tasks]
        arriving = as_completed(futures, loop=client.loop)
        del futures  # the cluster forgets a result when nobody holds its future
        for future in arriving:
            yield _result(future)


def _shipped() -> Callable[[bytes], Any]:
    """A function that travels whole, being nested: a worker without the package can say so and does not hang."""

    def unpack_and_call(packed):
        import pickle

        call, task = pickle.loads(packed)
        return call(*task)

    return unpack_and_call


def _result(future) -> Any:
    try:
        return future.result()
    except Exception as error:
        # A cell's own errors travel as results: this is the cluster's, such as a worker that lacks the package.
        said = str(error).partition("\n")[0]
        raise StudyError(f"the cluster could not compute a cell ({type(error).__name__}: {said})") from error
