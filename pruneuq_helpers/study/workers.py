"""Worker processes: how many, one thread each, gone when the process that started them is gone."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import joblib
from joblib.parallel import get_active_backend

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study import cluster, gpus


def workers_here(device: str = "cpu") -> int:
    """How many processes to use: the cores at hand, capped by the environment variable ``PRUNEUQ_WORKERS``."""
    most = gpus.gpus_here() if device == "cuda" else joblib.cpu_count()
    # Whoever executes several studies side by side sets the variable, so that they share the cores.
    cap = os.environ.get("PRUNEUQ_WORKERS", "")
    if not cap:
        return most
    if not cap.isdecimal() or int(cap) < 1:
        raise ParameterError(f"variable `PRUNEUQ_WORKERS` got {cap!r}; it takes a whole number of at least 1")
    return min(int(cap), most)


def spread(call: Callable, tasks: list[tuple], workers: int, device: str = "cpu") -> Iterator[Any]:
    """Call a function on each task and give the results as they come, in any order."""
    # One worker is this process itself; more are joblib's processes, kept for the next time, or inside
    # ``joblib.parallel_config`` those of another backend. All work on one thread each: several threads a worker are
    # slower by far on busy cores, and change the last digits.
    workers, scheduler = min(workers, len(tasks)), cluster.address()
    if scheduler:
        yield from cluster.spread_over(scheduler, _in_worker, [(call, task, device) for task in tasks])
        return
    elsewhere = type(get_active_backend()[0]).__name__ != "LokyBackend"
    if workers <= 1 and not elsewhere:
        gpus.take_one(device)
        with one_thread():
            for task in tasks:
                yield call(*task)
        return
    # A worker watches from its first moment on: one that is killed with its caller while it starts has no task yet.
    here = {"inner_max_num_threads": 1, "initializer": _end_with, "initargs": (os.getpid(),)}
    with contextlib.nullcontext() if elsewhere else joblib.parallel_config("loky", **here):
        pool = joblib.Parallel(None if elsewhere else workers, return_as="generator_unordered", batch_size=1)
        results = pool(joblib.delayed(_in_worker)(call, task, device) for task in tasks)
    with contextlib.closing(results):  # closing it early stops the workers
        yield from results


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread inside, in torch and in the libraries of linear algebra."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def _in_worker(call: Callable, task: tuple, device: str = "cpu") -> Any:
    gpus.take_one(device)
    with one_thread():
        return call(*task)


def _end_with(caller: int) -> None:
    """Let this process end with the one that started it, which says nothing when it is killed."""

    def watch():
        while os.getppid() == caller:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
