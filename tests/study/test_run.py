"""A study gives one table, however it was run, stopped, damaged or resumed."""

import json
import math
import os
import sys
import threading
from collections import deque

import joblib
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from pruneuq_helpers.errors import ParameterError, StudyError, suggestion
from pruneuq_helpers.study import engine, run

CELLS = [{"seed": seed, "level": level, "widths": [4, 2]} for level in (0.0, 0.5) for seed in range(3)]
calls: deque[dict] = deque()


@pytest.fixture(autouse=True)
def _forget_calls():
    calls.clear()


def work(cell):
    """Rows of every type, from a seed."""
    calls.append(cell)
    random = np.random.default_rng(cell["seed"])
    return pd.DataFrame(
        {
            "epoch": [0, 1],
            "loss": random.normal(size=2),
            "loss32": random.normal(size=2).astype(np.float32),
            "stopped": [True, False],
            "name": ["first", None],
            "stop_epoch": [None, cell["seed"]],
            "odd": [math.nan, math.inf],
        }
    )


def helped(cell):
    return {"hint": suggestion(str(cell["seed"]), ["0"])}


def fails_for_one(cell):
    calls.append(cell)
    if cell["seed"] == 1:
        raise ValueError("no luck with this seed")
    return {"twice": 2 * cell["seed"]}


def dies_for_one(cell):
    if cell["seed"] == 1:
        os._exit(1)
    return {"twice": 2 * cell["seed"]}


def test_the_table_is_tidy(tmp_path):
    table = run(CELLS, work, tmp_path)
    assert table.columns.tolist() == [
        "seed", "level", "epoch", "loss", "loss32", "stopped", "name", "stop_epoch", "odd"
    ]  # fmt: skip
    kinds = {name: str(kind) for name, kind in table.dtypes.items()}
    assert kinds["seed"] == kinds["epoch"] == "int64"
    assert kinds["level"] == kinds["loss"] == kinds["loss32"] == kinds["stop_epoch"] == kinds["odd"] == "float64"
    assert kinds["stopped"] == "bool"
    assert table["seed"].tolist() == [0, 0, 1, 1, 2, 2] * 2
    expected = np.concatenate([np.random.default_rng(seed).normal(size=2) for seed in range(3)] * 2)
    assert table["loss"].tolist() == expected.tolist()


def test_nothing_changed_nothing_is_recomputed(tmp_path):
    first = run(CELLS, work, tmp_path)
    assert len(calls) == 6
    assert first.attrs.items() >= {"computed": 6, "read": 0}.items()
    again = run(CELLS, work, tmp_path)
    assert len(calls) == 6
    assert again.attrs.items() >= {"computed": 0, "read": 6}.items()
    assert first.attrs["seconds"] == pytest.approx(again.attrs["seconds"]), (
        "what the cells took is remembered with them"
    )
    assert_frame_equal(first, again, check_exact=True)


def test_the_number_of_workers_changes_nothing(tmp_path):
    alone = run(CELLS, work, tmp_path / "1", workers=1)
    shared = run(CELLS, work, tmp_path / "2", workers=2)
    assert_frame_equal(alone, shared, check_exact=True)
    assert sorted(p.name for p in (tmp_path / "1").glob("*.cell")) == sorted(
        p.name for p in (tmp_path / "2").glob("*.cell")
    )


def test_another_joblib_backend_is_used(tmp_path):
    with joblib.parallel_config("threading", n_jobs=2):
        table = run(CELLS, work, tmp_path / "threads")
    assert_frame_equal(table, run(CELLS, work, tmp_path / "alone"), check_exact=True)


def test_only_what_is_new_is_computed(tmp_path):
    run(CELLS[:4], work, tmp_path)
    table = run(CELLS[::-1], work, tmp_path)
    assert len(calls) == 6
    assert table["seed"].tolist()[::2] == [2, 1, 0, 2, 1, 0]
    run([{**CELLS[0], "level": 0.25}], work, tmp_path)
    assert len(calls) == 7


def test_other_data_recompute(tmp_path, monkeypatch):
    cells = [{"seed": 0, "data": "mnist"}, {"seed": 0, "data": "moons"}]
    content = {"mnist": "v1", "moons": "moons"}
    monkeypatch.setattr("pruneuq_helpers.data.content.content", lambda name, root: content[name])
    run(cells, work, tmp_path)
    assert run(cells, work, tmp_path).attrs["computed"] == 0
    content["mnist"] = "v2"
    assert run(cells, work, tmp_path).attrs.items() >= {"computed": 1, "read": 1}.items()


def test_a_result_column_replaces_the_parameter_of_that_name(tmp_path):
    table = run([{"seed": 7, "widths": [1]}], lambda cell: [{"seed": s, "widths": 0.5} for s in (1, 2)], tmp_path)
    assert table.to_dict("list") == {"seed": [1, 2], "widths": [0.5, 0.5]}


def test_columns_that_some_cells_lack_are_empty_there(tmp_path):
    table = run(CELLS[:2], lambda cell: {"a": 1} if cell["seed"] else {"b": "x"}, tmp_path)
    assert table["a"].isna().tolist() == [True, False]
    assert table["b"].tolist()[0] == "x"


def test_the_same_cell_twice_is_computed_once(tmp_path):
    table = run([CELLS[1], CELLS[1]], work, tmp_path)
    assert (len(calls), len(table)) == (1, 4)


@pytest.mark.parametrize("workers", [1, 2])
def test_damaged_files_are_noticed_said_and_recomputed(tmp_path, workers):
    whole = run(CELLS, work, tmp_path)
    files = sorted(tmp_path.glob("*.cell"))
    files[0].write_bytes(files[0].read_bytes()[:-20])
    flipped = bytearray(files[1].read_bytes())
    flipped[100] ^= 4
    files[1].write_bytes(flipped)
    files[2].write_bytes(b"\x7fELF")
    files[3].write_bytes(files[4].read_bytes())
    log = tmp_path / "log.txt"
    with pytest.warns(UserWarning, match="is damaged .* it is computed again") as said:
        mended = run(CELLS, work, tmp_path, workers, log=log)
    assert log.read_text().count("is damaged") == 4, "where `pruneuq status` and a user look"
    assert [file.stem[:12] in "".join(str(w.message) for w in said) for file in files] == [True] * 4 + [False] * 2
    assert mended.attrs.items() >= {"computed": 4, "read": 2}.items()
    assert_frame_equal(whole, mended, check_exact=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_cell_is_told_at_the_end_and_retried(tmp_path, workers):
    for _ in range(2):
        with pytest.raises(StudyError) as caught:
            run(CELLS, fails_for_one, tmp_path, workers)
        assert str(caught.value).splitlines() == [
            "2 of 6 cells failed, the others are stored; run the same again to retry these:",
            "  {'seed': 1, 'level': 0.0, 'widths': [4, 2]}: ValueError: no luck with this seed",
            "  {'seed': 1, 'level': 0.5, 'widths': [4, 2]}: ValueError: no luck with this seed",
        ]
    if workers == 1:
        assert [cell["seed"] for cell in calls] == [0, 1, 2, 0, 1, 2, 1, 1]
    kept = [json.loads(file.read_text().splitlines()[1]) for file in tmp_path.glob("*.cell")]
    assert sum("no luck" in record.get("traceback", "") for record in kept) == 2


def test_what_no_cell_is_to_blame_for_is_said_once(tmp_path):
    def looks_for_data(cell):
        raise ParameterError(f"data set `birds`: nothing in {'no' if cell['level'] else 'this'} folder")

    with pytest.raises(ParameterError, match=r"^data set `birds`: nothing in this folder \(3 of 3 cells failed so"):
        run(CELLS[:3], looks_for_data, tmp_path)
    with pytest.raises(StudyError, match="^6 of 6 cells failed"):
        run(CELLS, looks_for_data, tmp_path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (None, "gave None"),
        ({"array": np.zeros(2)}, "column 'array'"),
        ({"when": pd.Timestamp("2026-01-01")}, "column 'when'"),
        ([{3: 1}], "column 3"),
    ],
)
def test_a_result_that_cannot_be_stored_is_a_failing_cell(tmp_path, rows, words):
    with pytest.raises(StudyError, match=f"1 of 1 cells failed.*\n.*TypeError: .*{words}"):
        run([{"seed": 0}], lambda cell: rows, tmp_path)


def test_a_dead_worker_is_told(tmp_path):
    with pytest.raises(StudyError, match="^a worker process died, .* of 6 cells stored; run the same again with fewer"):
        run(CELLS, dies_for_one, tmp_path, workers=2)
    assert run(CELLS, helped, tmp_path, workers=2).attrs["computed"] == 6  # the pool is whole again


def test_an_interrupt_keeps_what_is_stored(tmp_path):
    stop_at = deque([4])

    def interrupted(cell):
        if len(calls) in stop_at:
            raise KeyboardInterrupt
        return work(cell)

    stopped = pytest.raises(KeyboardInterrupt, match="^stopped with 4 of 6 cells stored; run the same again to go on")
    with stopped:
        run(CELLS, interrupted, tmp_path)
    assert len(list(tmp_path.glob("*.cell"))) == 4
    stop_at.clear()
    table = run(CELLS, interrupted, tmp_path)
    assert table.attrs.items() >= {"computed": 2, "read": 4}.items()
    assert_frame_equal(table, run(CELLS, work, tmp_path / "unbroken"), check_exact=True)


def test_two_runs_at_once(tmp_path):
    begun, go_on = threading.Event(), threading.Event()

    def slow(cell):
        begun.set()
        assert go_on.wait(20)
        return work(cell)

    tables = []
    first = threading.Thread(target=lambda: tables.append(run(CELLS, slow, tmp_path)))
    first.start()
    assert begun.wait(20)
    with pytest.raises(StudyError, match="^another run is working on the store"):
        run(CELLS, slow, tmp_path)
    go_on.set()
    first.join()
    assert len(calls) == 6
    assert_frame_equal(tables[0], run(CELLS, slow, tmp_path), check_exact=True)
    assert len(calls) == 6


WORKERS = "a whole number from 0 to 100000, 0 for all cores"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda out: run([], work, out), "`cells` got an empty list; it takes at least one cell"),
        (lambda out: run([{"a": 1}, [2]], work, out), "`cells` got [2] at 1; it takes a dict a cell"),
        (
            lambda out: run([{"a": np.int64(1)}], work, out),
            "`cells` got {'a': np.int64(1)} at 0; it takes JSON values (Object of type int64 is not JSON serializable)",
        ),
        (lambda out: run(CELLS, work, out, -1), f"parameter `workers` got -1; it takes {WORKERS}"),
        (lambda out: run(CELLS, work, out, 1.5), f"parameter `workers` got 1.5; it takes {WORKERS}"),
        (lambda out: run(CELLS, len, out), "`work` got <built-in function len>; it takes a function of one cell, whose "
                                           "source can be read"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(tmp_path, call, sentence):
    with pytest.raises(ParameterError) as caught:
        call(tmp_path)
    assert str(caught.value) == sentence


def test_a_store_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ParameterError, match="^`store` got '.*file'; it takes a folder that can be written"):
        run(CELLS, work, tmp_path / "file")


def test_progress_is_quiet_unless_somebody_looks(monkeypatch):
    monkeypatch.delenv("PRUNEUQ_QUIET", raising=False)
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    assert engine._is_watched()
    monkeypatch.setenv("PRUNEUQ_QUIET", "1")
    assert not engine._is_watched()
    monkeypatch.delenv("PRUNEUQ_QUIET")
    monkeypatch.delitem(sys.modules, "ipykernel")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert not engine._is_watched()
