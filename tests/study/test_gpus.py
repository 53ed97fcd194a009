"""One process a GPU, on a machine that is made up."""

import os
import time

import pytest
import torch
from toys import toy

from pruneuq_helpers.study import gpus
from pruneuq_helpers.study.gpus import Claim, gpus_here, take_one
from pruneuq_helpers.study.workers import spread, workers_here


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with this many GPUs; gives the GPUs that `cuda` was made to mean."""

    def made(count):
        chosen = []
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
        monkeypatch.setattr(gpus.tempfile, "gettempdir", lambda: str(tmp_path))
        monkeypatch.setattr(gpus, "_own", [])
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return chosen

    yield made
    for claim in gpus._own:
        claim.give_back()


def test_every_claim_has_its_own_gpu_and_then_they_are_shared(tmp_path):
    claims = [Claim(3, tmp_path) for _ in range(7)]
    assert [claim.index for claim in claims] == [0, 1, 2, 0, 1, 2, 0]
    claims[4].give_back()
    assert Claim(3, tmp_path).index == 1


def test_jobs_that_see_other_gpus_do_not_disturb_each_other(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    held = [Claim(2, tmp_path), Claim(2, tmp_path)]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "6,7")
    assert [claim.index for claim in [*held, Claim(2, tmp_path)]] == [0, 1, 0]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    assert Claim(1, tmp_path).index == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["4.0", "5.0", "5.1", "6.0"]


def test_a_process_keeps_its_gpu(machine):
    chosen = machine(4)
    other = Claim(4, gpus.Path(gpus.tempfile.gettempdir()) / f"pruneuq-gpus-{gpus.getpass.getuser()}")
    take_one("cuda")
    take_one("cuda")
    assert (other.index, chosen) == (0, [1, 1])


@pytest.mark.parametrize(("count", "device"), [(1, "cuda"), (0, "cuda"), (4, "cpu")])
def test_nothing_is_chosen_where_there_is_no_choice(machine, count, device):
    chosen = machine(count)
    take_one(device)
    assert (chosen, gpus._own) == ([], [])


def test_too_many_processes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gpus, "_ROUNDS", 1)
    held = Claim(1, tmp_path)
    with pytest.raises(RuntimeError, match="1 processes work on 1 GPUs already; it takes fewer workers"):
        Claim(1, tmp_path)
    held.give_back()


def test_by_default_there_is_a_worker_for_every_gpu(machine, monkeypatch):
    machine(8)
    monkeypatch.delenv("PRUNEUQ_WORKERS", raising=False)
    assert (gpus_here(), workers_here("cuda")) == (8, 8)
    monkeypatch.setenv("PRUNEUQ_WORKERS", "3")
    assert workers_here("cuda") == 3
    machine(0)
    assert gpus_here() == 1


def where(folder, pause):
    """A task that finds a machine with two GPUs, whatever is really there."""
    real = torch.cuda.device_count, torch.cuda.set_device, gpus.tempfile.gettempdir
    chosen = []
    torch.cuda.device_count, torch.cuda.set_device = lambda: 2, chosen.append
    gpus.tempfile.gettempdir = lambda: folder
    try:
        take_one("cuda")
    finally:
        torch.cuda.device_count, torch.cuda.set_device, gpus.tempfile.gettempdir = real
    time.sleep(pause)
    return os.getpid(), chosen


def test_two_workers_have_two_gpus(tmp_path):
    found = list(spread(where, [(str(tmp_path), 0.3)] * 6, workers=2))
    by_process = dict(found)
    assert len(by_process) == 2
    assert sorted(by_process.values()) == [[0], [1]]
    assert all(by_process[process] == chosen for process, chosen in found)


def test_a_study_on_a_gpu_tells_its_workers(machine, tmp_path, monkeypatch):
    chosen = machine(2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    study = toy(lambda study: [{"seed": 0}], lambda cell: {"one": 1})
    study(seeds=1, device="cuda", workers=1, out=str(tmp_path)).run("toy")
    assert chosen == [0]
