"""Workers: how many, one thread each, and in which process."""

import os

import joblib
import pytest
import torch

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.engine import in_turns
from pruneuq_helpers.study.workers import spread, workers_here


def where(number):
    return number, os.getpid(), torch.get_num_threads()


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_has_one_thread_and_the_caller_keeps_its_own(workers):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = list(spread(where, [(number,) for number in range(6)], workers))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    numbers, processes, threads = zip(*found, strict=True)
    assert sorted(numbers) == list(range(6))
    assert set(threads) == {1}
    assert (os.getpid() in processes) == (workers == 1)


def test_another_backend_is_used_whatever_the_number():
    with joblib.parallel_config("threading", n_jobs=2):
        found = list(spread(where, [(1,), (2,)], 1))
    assert sorted(number for number, _, _ in found) == [1, 2]


def test_cores_are_shared_out_by_the_environment(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 8)
    monkeypatch.delenv("PRUNEUQ_WORKERS", raising=False)
    assert workers_here() == 8
    monkeypatch.setenv("PRUNEUQ_WORKERS", "3")
    assert workers_here() == 3
    monkeypatch.setenv("PRUNEUQ_WORKERS", "30")
    assert workers_here() == 8
    for wrong in ("0", "-1", "two"):
        monkeypatch.setenv("PRUNEUQ_WORKERS", wrong)
        with pytest.raises(ParameterError, match=f"^variable `PRUNEUQ_WORKERS` got '{wrong}'; it takes a whole number"):
            workers_here()


def test_workers_begin_with_different_seeds():
    cells = [[(name, {"seed": int(name[0])})] for name in ("0a", "0b", "1a", "1b", "2a")]
    assert [chunk[0][0] for chunk in in_turns(cells, 2)] == ["0a", "1a", "0b", "1b", "2a"]
    assert in_turns(cells, 1) == cells
