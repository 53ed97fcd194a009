"""Cells on a Dask cluster of two worker processes: the same table, also when one of them is killed."""

import os
import signal
import sys
import threading
import time
import types
from pathlib import Path

import joblib
import numpy as np
import pytest
from distributed import Client, LocalCluster
from pandas.testing import assert_frame_equal
from toys import toy

from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study import cluster, run
from pruneuq_helpers.study.attempt import attempt


@pytest.fixture(scope="module")
def workers():
    """Two processes with a thread each, as on two machines."""
    settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(**settings) as local:
        yield local


@pytest.fixture
def on_cluster(workers, monkeypatch):
    monkeypatch.setenv(cluster.VARIABLE, workers.scheduler_address)


def cells(folder, count=8, pause=0.05):
    return [{"seed": seed, "begun": str(folder), "pause": pause} for seed in range(count)]


def work(cell):
    """A draw, and a mark that says which process made it."""
    (Path(cell["begun"]) / f"{cell['seed']}.{os.getpid()}").touch()
    time.sleep(cell["pause"])
    return {"draw": np.random.default_rng(cell["seed"]).normal(size=3), "epoch": [0, 1, 2]}


def drawn(cell):
    return [{"draw": value} for value in work(cell)["draw"].tolist()]


def marks(folder):
    """Cell to the processes that began it."""
    found = {}
    for path in Path(folder).iterdir():
        found.setdefault(int(path.stem), []).append(int(path.suffix[1:]))
    return found


@pytest.fixture
def begun(tmp_path):
    folder = tmp_path / "begun"
    folder.mkdir()
    return folder


def test_the_results_return_and_are_the_same(on_cluster, monkeypatch, tmp_path, begun):
    study = toy(lambda study: cells(begun), drawn)(seeds=8, workers=1, out=str(tmp_path))
    table = study.run("toy")
    processes = {process for some in marks(begun).values() for process in some}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert f"8 to compute with the cluster at {os.environ[cluster.VARIABLE]}" in (study.folder / "log.txt").read_text()
    monkeypatch.delenv(cluster.VARIABLE)
    assert study.run("toy").attrs.items() >= {"computed": 0, "read": 8}.items()
    assert_frame_equal(table, run(cells(begun), drawn, tmp_path / "here"), check_exact=True)


def test_a_worker_that_is_killed_in_the_middle_of_a_cell(on_cluster, monkeypatch, tmp_path, begun):
    victims = []

    def kill():
        while len(marks(begun)) < 3:
            time.sleep(0.01)
        newest = max(begun.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        victims.append((int(newest.stem), int(newest.suffix[1:])))
        os.kill(victims[0][1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    table = run(cells(begun, pause=0.5), drawn, tmp_path / "cells")
    killer.join()
    ((cell, process),) = victims
    assert len(marks(begun)[cell]) == 2, "the cell was begun again"
    assert [other for other in marks(begun)[cell] if other != process]
    monkeypatch.delenv(cluster.VARIABLE)
    assert_frame_equal(table, run(cells(begun, pause=0.5), drawn, tmp_path / "here"), check_exact=True)


def fails(cell):
    if cell["seed"] == 1:
        raise ValueError("no luck")
    return {"one": 1}


def test_a_cell_that_fails_there_is_told_here(on_cluster, tmp_path, begun):
    with pytest.raises(StudyError, match=r"1 of 3 cells failed.*\n.*ValueError: no luck"):
        run(cells(begun, 3), fails, tmp_path / "cells")


def test_a_worker_with_other_code_is_refused(on_cluster):
    task = ([("a", {})], fails, False, "edited since the workers began", None, "cpu")
    (((_, record),),) = cluster.spread_over(os.environ[cluster.VARIABLE], attempt, [task])
    assert record["error"].startswith("StudyError: this worker has other code than the process that started the run")


def test_a_worker_without_the_code_is_told(on_cluster, monkeypatch):
    here = types.ModuleType("only_here")
    exec("def lost():\n    return 1", here.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", here)
    with pytest.raises(StudyError, match=r"^the cluster could not compute a cell \(.*only_here"):
        list(cluster.spread_over(os.environ[cluster.VARIABLE], here.lost, [()]))


def test_a_client_of_ones_own_through_joblib(workers, tmp_path, begun):
    with Client(workers), joblib.parallel_config(backend="dask"):
        table = run(cells(begun), drawn, tmp_path / "cells")
    assert os.getpid() not in {process for some in marks(begun).values() for process in some}
    assert table["seed"].nunique() == 8


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nothing at all"])
def test_no_scheduler_there_is_one_sentence(monkeypatch, tmp_path, address):
    import dask

    monkeypatch.setenv(cluster.VARIABLE, address)
    takes = "it takes the address of a running Dask scheduler"
    with dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}), pytest.raises(ParameterError, match=takes):
        run([{"seed": 1}], fails, tmp_path)
