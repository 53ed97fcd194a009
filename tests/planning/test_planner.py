"""The planner: what it reads from a notebook, what it measures, and what it adds up."""

import math

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from pruneuq_helpers import data, population, training
from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.cli import main
from pruneuq_helpers.planning import counting, pilot, plan
from pruneuq_helpers.planning.pilot import Measured
from pruneuq_helpers.population import results
from pruneuq_helpers.study import Networks, Part, Study
from pruneuq_helpers.study.kept import keep
from pruneuq_helpers.study.keys import bare
from pruneuq_helpers.study.profiles import parameters
from pruneuq_helpers.study.store import Store


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_cells_of_every_chapter_are_found_without_running_it(chapter, tmp_path):
    study = chapter.study(**parameters(chapter.name) | {"out": str(tmp_path)})
    found = plan.kinds(study)
    assert study.chapter == chapter.name
    # Chapter 8's networks are shared, and so a part with cells, where they are wide ones only.
    assert {kind.part for kind in found} == set(study.parts) - ({"networks"} if chapter.number == "08" else set())
    assert all(kind.cells and callable(kind.work) for kind in found)
    assert not list(study.folder.iterdir()), "planning stores nothing"


def test_cells_of_a_kind_differ_in_their_seeds_and_levels_alone(tmp_path):
    chapter = CHAPTERS[6]
    study = chapter.study(**parameters(chapter.name) | {"out": str(tmp_path)})
    for kind in plan.kinds(study):
        told = [{name: value for name, value in cell.items() if name not in ("seed", "level")} for cell in kind.cells]
        assert all(one == told[0] for one in told)
    assert sum(len(kind.cells) for kind in plan.kinds(study)) == sum(
        len(part.cells(study)) for part in study.parts.values()
    )


def test_what_takes_cells_together_is_measured_on_one(tmp_path):
    seen = []
    study = toy(
        tmp_path, {"stacked": Part(lambda study: [{"seed": seed} for seed in (0, 1)], seen.append, together="a")}
    )
    (kind,) = plan.kinds(study)
    kind.work(kind.cells[0])
    assert seen == [[{"seed": 0}]]


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


@pytest.mark.parametrize("gpu", [False, True])
def test_networks_that_cells_share_are_not_measured_with_them(gpu, monkeypatch):
    """They are a part of their own; a cell that finds none trains them, and that is taken off."""
    clock["now"] = 0.0
    monkeypatch.setattr(pilot.time, "process_time", lambda: clock["now"])

    def train(cell):
        clock["now"] += 100
        left = torch.ones(50, 50)
        for _ in range(10_000 if gpu else 1):
            left = left @ left * 0
        return {"weight": left}

    shared = Networks(cells=lambda study: [], work=train, chapter="00_toys", name="networks")

    def work(cell):
        shared.of({"seed": 0})
        clock["now"] += 5
        torch.ones(3, 4) @ torch.ones(4, 5)

    found = pilot.measure({}, work, gpu=gpu)
    assert found.seconds == pytest.approx(5) if not gpu else found.seconds < 100 * counting.SECONDS_A_CALL


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


def toy(tmp_path, of: dict) -> Study:
    class ToyStudy(Study):
        chapter = "00_toys"
        parts = of
        a: int = 2

    return ToyStudy(seeds=1, out=str(tmp_path))


def some_kinds(tmp_path, **cells):
    return plan.kinds(toy(tmp_path, {name: Part(lambda study, own=own: own, len) for name, own in cells.items()}))


def test_every_seed_is_a_cell_and_takes_as_long(tmp_path):
    (kind,) = some_kinds(tmp_path, coins=[{"seed": seed} for seed in range(6)])
    plan.from_pilots([kind], lambda cell, work: Measured(10.0, 3, "measured"))
    assert kind.durations() == [10.0] * 6
    assert (len(kind.cells), kind.networks, kind.source) == (6, 18, "measured")


def test_stored_cells_need_no_measuring(tmp_path):
    store, cells = Store(tmp_path / "there"), [{"seed": seed, "level": 0.5, "device": "cpu"} for seed in range(4)]
    for key, cell, seconds in (("a", cells[0], 4.0), ("b", cells[1], 6.0)):
        store.write(key, {"cell": bare(cell), "seconds": seconds, "columns": {}})
    store.write("c", {"cell": bare(cells[2]), "error": "no luck"})
    store.path("d").write_text("damaged")
    known, unknown = some_kinds(tmp_path, coins=cells, others=[{"x": 1}])
    assert plan.from_store([known, unknown], tmp_path / "there") > 0
    assert (known.durations(), known.source) == ([5.0] * 4, "from 2 stored")
    assert unknown.source == ""
    assert plan.from_store([unknown], tmp_path / "empty") == plan.CELL_BYTES


def test_kept_cells_tell_where_nothing_is_stored(tmp_path, monkeypatch):
    cells = [{"seed": seed, "level": 0.5} for seed in range(4)]
    study = toy(tmp_path, {"coins": Part(lambda study: cells, len, version=2, history={2: "better"})})
    monkeypatch.setattr("pruneuq_helpers.study.kept.folder_of", lambda *_: tmp_path / "kept")
    records = [
        {"cell": cell, "scope": ["toy", "coins", version], "data": "", "seconds": seconds, "date": "", "commit": ""}
        | {"digest": "", "machine": {"processor": processor}, "columns": {}}
        for cell, version, seconds, processor in (
            (cells[0], 2, 4.0, "EPYC"), (cells[1], 2, 6.0, "EPYC"), (cells[2], 2, 1.0, "NVIDIA H200")
        )
    ]  # fmt: skip
    keep("real", "toy", "coins", records)
    for gpu, seconds, source in ((False, 5.0, "from 2 kept, EPYC"), (True, 1.0, "from 1 kept, NVIDIA H200")):
        (kind,) = plan.kinds(study)
        plan.from_kept([kind], study, gpu)
        assert (kind.durations(), kind.source) == ([seconds] * 4, source)
    keep("real", "toy", "coins", [record | {"scope": ["toy", "coins", 1]} for record in records])
    (kind,) = plan.kinds(study)
    plan.from_kept([kind], study, gpu=False)
    assert kind.source == "", "of another version"


@pytest.mark.parametrize(("workers", "seconds"), [(1, 21), (2, 12), (3, 9), (6, 6), (50, 6)])
def test_a_free_worker_takes_the_next_cell(workers, seconds):
    assert plan.makespan([1, 2, 3, 4, 5, 6], workers) == seconds


def test_the_command_says_it_all(tmp_path):
    settings = ["seeds=2", "networks=[[8]]", "levels=[0.5]", "epochs=6", "depths=[2]", "patiences=[3]", "rounds=2"]
    words = [word for one in [*settings, "moons_epochs=6", "device=cuda"] for word in ("-p", one)]
    done = CliRunner().invoke(main, ["plan", "3", *words, "--gpus", "3", "--seconds", "0", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "03_lottery_tickets, profile quick, on cuda: 6 cells of 3 kinds"
    assert lines[1].startswith("  tickets, strategies iterative continued: 2 of about ")
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


def test_a_hundred_steps_are_an_epoch():
    cell = {"recipe": {"epochs": 20, "steps": 900}, "training_images": 0}
    assert pilot.total(cell) == 29
    assert pilot.shortened(cell, 2, 512) == {"recipe": {"epochs": 2, "steps": 200}, "training_images": 512}
