"""The planner: what it reads from a notebook, what it measures, and what it adds up."""

import json
import math

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from pruneuq_helpers import data, population, training
from pruneuq_helpers.cli import main
from pruneuq_helpers.declared import notebook_parameters
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.parameters import repository
from pruneuq_helpers.planning import counting, parts, pilot, plan
from pruneuq_helpers.planning.parts import Part
from pruneuq_helpers.planning.pilot import Measured
from pruneuq_helpers.population import results
from pruneuq_helpers.store import Store

CHAPTERS = sorted((repository() / "notebooks").glob("0*.ipynb"))  # the tenth has no study of its own


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda path: path.stem)
def test_the_cells_of_every_chapter_are_found_without_running_it(notebook, tmp_path):
    study = parts.study_of(notebook, notebook_parameters(notebook) | {"out": str(tmp_path)})
    found, later = parts.read(notebook, study)
    assert study.chapter == notebook.stem
    assert later == []
    assert found
    assert all(part.cells and callable(part.work) for part in found)


def notebook_of(tmp_path, *sources):
    cells = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    path = tmp_path / "00_coins.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    return path


def test_cells_that_follow_from_results_are_named(tmp_path):
    notebook = notebook_of(
        tmp_path,
        "%matplotlib inline",
        "from pruneuq_helpers.parameters import Study\nstudy = Study.from_notebook(globals())",
        "from pruneuq_helpers.sentences import suggestion\nmy_cells = [1]",
        "table = study.run(more_cells(study, table), suggestion)",
    )
    study = parts.study_of(notebook, {"seeds": 1, "out": str(tmp_path)})
    assert parts.read(notebook, study) == ([], ["more_cells(study, table)"])


def test_a_chapter_without_a_study_is_one_sentence(tmp_path):
    with pytest.raises(ParameterError, match="^chapter got 00_coins, which has no study to plan; it takes one that"):
        parts.study_of(notebook_of(tmp_path, "1 + 1"), {})


# --- the pilot ---


def cost(fixed, an_epoch, stops=10**9):
    """A cell's work that takes so long by its own clock, and stops early."""

    def work(cell):
        clock["now"] += fixed + an_epoch * min(stops, cell["recipe"]["epochs"]) * cell.get("training_images", 1)

    return work


clock = {"now": 0.0}


@pytest.fixture
def own_clock(monkeypatch):
    for name in ("perf_counter", "process_time"):
        monkeypatch.setattr(pilot.time, name, lambda: clock["now"])


@pytest.mark.parametrize(
    ("epochs", "work", "seconds"),
    [
        (1000, cost(3.0, 0.5), 503.0),
        (5, cost(3.0, 0.5), 5.5),
        (1, cost(3.0, 0.5), 3.5),
        (10_000, cost(0.0, 0.001), 10.0),
        (2000, cost(1.0, 0.01, stops=100), 2.0),
    ],
)
def test_what_a_cell_takes_is_extrapolated_from_shorter_ones(own_clock, epochs, work, seconds):
    assert pilot.measure({"recipe": {"epochs": epochs}}, work).seconds == pytest.approx(seconds)


def test_fewer_images_are_scaled_up(own_clock):
    cell = {"recipe": {"epochs": 100}, "training_images": 4096}
    assert pilot.measure(cell, cost(2.0, 0.001)).seconds == pytest.approx(2.0 + 0.001 * 100 * 4096)


def test_a_set_that_is_always_taken_whole_is_small_while_it_is_measured(own_clock, monkeypatch):
    """MNIST is not needed here: the digits stand for it."""
    digits, lengths = data.load("digits"), []
    monkeypatch.setattr(data, "load", lambda *_, **__: digits)

    def work(cell):
        lengths.append([len(part) for part in (data.load("mnist").train, data.load("mnist").test)])
        clock["now"] += 2.0 + 0.001 * cell["epochs"] * lengths[-1][0]

    found = pilot.measure({"epochs": 100, "data": "mnist"}, work, images=100)
    assert lengths[0] == [100, math.ceil(100 * len(digits.test) / len(digits.train))]
    assert found.seconds == pytest.approx(2.0 + 0.001 * 100 * pilot.ALL["mnist"])
    assert data.load("mnist") is digits


def test_no_more_than_the_budget_is_spent(own_clock):
    began = clock["now"]
    pilot.measure({"recipe": {"epochs": 10**6}}, cost(0.0, 1.0), budget=30)
    assert clock["now"] - began == pytest.approx(1 + 2 + 6 + 18)  # one of 54 would not fit


def test_a_cell_without_a_length_is_run_once(own_clock):
    def work(cell):
        clock["now"] += 7

    assert pilot.measure({"repetitions": 3}, work) == Measured(7, 0, "measured")


@pytest.mark.parametrize(
    ("cell", "share"),
    [
        ({"epochs": 3}, 1),
        ({"epochs": 3, "where": {"training_images": 100}}, 1),
        ({"epochs": 3, "where": {"training_images": 1024}}, 0.5),
        ({"epochs": 3, "data": "CIFAR-10", "where": {"training_images": 0}}, 512 / 45_000),
        ({"epochs": 3, "data": "imagefolder:birds", "training_images": 0}, 1),
        ({"recipe": {"epochs": 3}, "data": "mnist"}, 512 / 54_000),
        ({"recipe": {"epochs": 3}, "data": "moons"}, 1),
        ({"steps": 300, "training_images": 1024}, 1),
    ],
)
def test_the_share_of_the_images(cell, share):
    assert pilot.share_of(cell, 512) == share


def test_trainings_that_stop_early_are_told_from_those_that_go_on(own_clock, monkeypatch):
    """Of 1000 networks each stops with chance 1/20 in an epoch; an epoch of one takes 1 s, and the cell 50 s before."""
    stops = np.random.default_rng(0).geometric(1 / 20, size=1000)

    def work(cell):
        trained = object.__new__(results.Trained)
        ends = np.minimum(stops, cell["epochs"])
        results.Trained.__init__(trained, ends)
        clock["now"] += 50 + ends.sum()

    monkeypatch.setattr(results.Trained, "__init__", lambda trained, ends: setattr(trained, "stop_epoch", ends))
    found = pilot.measure({"epochs": 2000, "patience": 3}, work, budget=1)
    assert found.networks == 1000
    assert found.seconds == pytest.approx(50 + stops.sum(), rel=0.2)
    half = pilot.measure({"epochs": 20, "patience": 3}, work, budget=1)
    assert half.seconds == pytest.approx(50 + np.minimum(stops, 20).sum(), rel=0.1)


def test_networks_are_counted_alone_and_together():
    points, labels = torch.randn(20, 2), torch.arange(20) % 2

    def work(cell):
        population.train(population.mlp(2, 4, 2), points, labels, [0, 1, 2], epochs=cell["epochs"])
        training.train(torch.nn.Linear(2, 2), data.load("moons"), epochs=1)

    assert pilot.measure({"epochs": 1}, work).networks == 4


def test_a_gpu_that_is_not_here_is_counted():
    """1000 products of 2 × 3 × 4 × 5 operations in as many calls; one large product is bound by its arithmetic."""

    def many(cell):
        left, right = torch.ones(3, 4), torch.ones(4, 5)
        for _ in range(1000):
            left @ right

    def large(cell):
        torch.ones(100, 200_000) @ torch.ones(200_000, 5000)

    assert pilot.measure({}, many, gpu=True).seconds == pytest.approx(1000 * counting.SECONDS_A_CALL, rel=0.1)
    with torch.device("meta"):
        found = pilot.measure({}, large, gpu=True)
    assert found.seconds == pytest.approx(2 * 100 * 200_000 * 5000 / counting.FLOPS_A_SECOND)
    assert found.source == "counted"


# --- the plan ---


def kind_of(cells):
    (kind,) = plan.kinds([Part("cells(study)", cells, len)])
    return kind


def test_more_seeds_in_a_cell_take_longer():
    kind = kind_of([{"seeds": [0, 1, 2, 3]}, {"seeds": [4, 5]}])
    plan.from_pilots([kind], lambda cell, work: Measured(10.0, 3, "measured"))
    assert kind.durations() == [20.0, 10.0]
    assert (kind.seeds, kind.networks, kind.source) == (6, 9, "measured")


def test_stored_cells_need_no_measuring(tmp_path):
    store, cells = Store(tmp_path), [{"seed": seed, "level": 0.5} for seed in range(4)]
    for key, cell, seconds in (("a", cells[0], 4.0), ("b", cells[1], 6.0)):
        store.write(key, {"cell": cell, "seconds": seconds, "columns": {}})
    store.write("c", {"cell": cells[2], "error": "no luck"})
    store.path("d").write_text("damaged")
    known, unknown = plan.kinds([Part("cells(study)", cells, len), Part("others(study)", [{"x": 1}], len)])
    assert plan.from_store([known, unknown], tmp_path) > 0
    assert (known.durations(), known.source) == ([5.0] * 4, "from 2 stored")
    assert unknown.source == ""
    assert plan.from_store([unknown], tmp_path / "empty") == plan.CELL_BYTES


@pytest.mark.parametrize(("workers", "seconds"), [(1, 21), (2, 12), (3, 9), (6, 6), (50, 6)])
def test_a_free_worker_takes_the_next_cell(workers, seconds):
    assert plan.makespan([1, 2, 3, 4, 5, 6], workers) == seconds


def test_the_command_says_it_all(tmp_path):
    settings = ["seeds=2", "networks=[[8]]", "levels=[0.5]", "epochs=6", "depths=[2]", "patiences=[3]", "rounds=2"]
    words = [word for one in [*settings, "moons_epochs=6", "device=cuda"] for word in ("-p", one)]
    done = CliRunner().invoke(main, ["plan", "3", *words, "--gpus", "3", "--seconds", "0", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "03_lottery_tickets, profile quick, on cuda: 3 cells of 3 kinds"
    assert lines[1].startswith("  cells(study), part tickets, ")
    assert any(line.endswith("networks are trained") and int(line.split()[0]) > 10 for line in lines)
    assert any("GPU-hours in all" in line for line in lines)
    assert [line.split(" worker")[0].strip() for line in lines if " worker(s): " in line] == ["1", "2", "3"]
    assert "memory of a worker: at least " in lines[-2]
    assert lines[-1].startswith("disk: about ")
    assert list(tmp_path.iterdir()) == [], "planning stores nothing"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("seedz=2", "unknown parameter `seedz`; did you mean `seeds`?"),
        ("profile=3", "parameter `profile` got 3; it takes text"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(setting, said):
    done = CliRunner().invoke(main, ["plan", "3", "-p", setting])
    assert (done.exit_code, done.output) == (1, f"Error: {said}\n")
