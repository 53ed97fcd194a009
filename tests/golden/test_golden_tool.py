"""The tool of the golden rows: what it calls a difference, what it refuses to write, what it leaves out."""

import golden
import numpy as np
import pandas as pd
import pytest
import torch

from pruneuq_helpers import models
from pruneuq_helpers.study import Networks, Part, Study

RESULT = {"accuracy": 0.5, "kept": 3}


def cells(study):
    return [{"data": study.data, "level": 0.5, "seed": seed} for seed in (1, 0)]


def work(cell):
    return [{"way": way, "took": np.random.random(), "cut_from": "4f"} | RESULT for way in "ab"]


def together(some):
    return [work(cell) for cell in some]


class Small(Study):
    chapter = "00_small"
    data: str
    parts = {"one": Part(cells, work, timed=("took",))}


def other(**about):
    """The same study with another part in the place of the first."""

    class Other(Small):
        parts = {"one": Part(**{"cells": cells, "work": work, "timed": ("took",)} | about)}

    return golden.Golden("00_small", "one", Other)


@pytest.fixture
def part(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    monkeypatch.setattr(golden, "rows_by_plain_kernels", golden.rows)
    (tmp_path / "00_small").mkdir()
    toy = "parameters: {seeds: 2}\nparts: {one: [{data: digits}, {data: 'imagefolder:IMAGES/inside'}]}"
    (tmp_path / "00_small" / "toy.yaml").write_text(toy)
    return golden.Golden("00_small", "one", Small)


def test_rows_are_ordered_named_and_without_measured_times(part):
    table = golden.rows(part)
    assert table.columns.tolist() == ["variant", "data", "kept", "seed", "way", "accuracy", "level"]
    assert table["seed"].tolist() == [0, 0, 1, 1] * 2
    assert table["data"].unique().tolist() == ["digits", "imagefolder:IMAGES/inside"]


def test_the_order_does_not_depend_on_how_seeds_are_put_together(part):
    stacked = golden.rows(other(work=together, together="seeds"))
    assert golden.difference(part, golden.rows(part), stacked) is None


def test_what_is_written_compares(part):
    assert golden.write(part) is None
    assert part.path.read_text().startswith("# version 1\nvariant,")
    assert golden.compare(part) is None


def test_a_changed_number_is_named_and_not_written_under_the_same_version(part, monkeypatch):
    golden.write(part)
    before = part.path.read_text()
    monkeypatch.setitem(RESULT, "accuracy", 0.5 + 1e-5)
    message = golden.write(part)
    assert message == golden.compare(part)
    assert message == (
        "part 00_small/one, row 0, column accuracy: 0.5 became 0.50001 (8 values changed, in accuracy); "
        "raise the version of the part, or undo the change"
    )
    assert part.path.read_text() == before


def test_a_raised_version_writes_changed_numbers(part, monkeypatch):
    golden.write(part)
    monkeypatch.setitem(RESULT, "accuracy", 0.75)
    raised = other(version=2, history={2: "another accuracy"})
    assert golden.compare(raised) == "part 00_small/one has version 2, its golden rows have 1: write them anew"
    assert golden.write(raised) is None
    assert golden.compare(raised) is None
    assert "version 1" in golden.write(part)


@pytest.mark.parametrize(
    ("column", "value", "alike"),
    [
        ("accuracy", 0.5 + 1e-7, True),
        ("accuracy", 0.5 + 1e-5, False),
        ("accuracy", np.nan, False),
        ("kept", 4, False),
        ("way", "c", False),
        ("level", np.nan, False),
    ],
)
def test_decimals_may_differ_in_the_last_digits_and_nothing_else(part, column, value, alike):
    expected = golden.rows(part)
    found = expected.astype({column: object})
    found.loc[2, column] = value
    message = golden.difference(part, expected, golden.from_text(golden.as_text(found)))
    assert alike == (message is None)
    assert alike or f"row 2, column {column}: {expected[column][2]}" in message


def test_missing_values_are_alike_and_lost_rows_and_columns_are_named(part):
    table = golden.rows(part).assign(overlap=np.nan)
    assert golden.difference(part, table, table.copy()) is None
    assert "has 7 rows, and 8 in one.csv" in golden.difference(part, table, table[1:])
    assert "gained or lost the columns overlap" in golden.difference(part, table, golden.rows(part))


def test_rows_that_hang_on_the_last_digits_of_the_weights_are_not_written(part):
    def last_digits(cell):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            weights = models.build("mlp", 2, (2,), hidden=(3,)).fc1.weight.detach()
        return [{"tail": float(1e9 * weights[0, 0] % 1)}]

    message = golden.write(other(work=last_digits))
    assert message.startswith("from disturbed weights, part 00_small/one, row 0, column tail: ")
    assert message.endswith("it takes other toy parameters, far from any tie")
    assert not part.path.exists()


def test_rows_are_made_in_double_precision_and_leave_no_trace(part):
    types = []
    golden.rows(other(work=lambda cell: types.append(torch.get_default_dtype()) or [{"n": 1}]))
    assert set(types) == {torch.float64}
    assert torch.get_default_dtype() == torch.float32


def test_new_networks_are_a_new_version_of_what_needs_them(part):
    def needing(version):
        history = dict.fromkeys(range(2, version + 1), "other weights")
        return Networks(cells, lambda cell: {}, version, history, chapter="00_small", name="networks")

    assert other(needs=(needing(1),)).version == "1+1"
    assert golden.write(other(needs=(needing(1),))) is None
    assert "has version 1+2, its golden rows have 1+1" in golden.compare(other(needs=(needing(2),)))


def test_networks_have_rows_that_tell_of_their_weights(part):
    weights = {"layer": torch.tensor([[3.0, 4.0]])}
    nets = Networks(cells, lambda cell: weights, chapter="00_small", name="one")

    class Nets(Small):
        parts = {"one": nets}

    table = golden.rows(golden.Golden("00_small", "one", Nets))
    assert table[["seed", "weights", "mean", "size", "first", "last"]].iloc[0].tolist() == [
        0,
        "layer",
        3.5,
        5.0,
        3.0,
        4.0,
    ]


def test_another_process_gives_the_same_rows_by_plain_kernels():
    (part,) = golden.every_part("02_structured_pruning/accuracy")
    assert golden.difference(part, golden.rows(part), golden.rows_by_plain_kernels(part)) is None


def test_parts_are_asked_for_by_chapter_or_alone():
    assert [part.part for part in golden.every_part("03_lottery_tickets")] == ["tickets", "depth"]
    assert [part.name for part in golden.every_part("02_structured_pruning/cost")] == ["02_structured_pruning/cost"]


def test_a_table_of_decimals_only_keeps_its_order_under_noise(part):
    table = pd.DataFrame({"variant": 0, "a": [0.1, 0.1, 1e-17], "b": [2.0, 1.0, 3.0]})
    noisy = table.assign(a=[0.1 + 1e-12, 0.1 - 1e-12, -1e-17], b=table["b"] * (1 + 1e-10))
    assert golden.ordered(table)["b"].round(6).tolist() == golden.ordered(noisy)["b"].round(6).tolist()


def test_a_part_that_is_not_there_is_refused(capsys):
    assert golden.main("03_lottery_tickets/ticket", golden.compare) == 1
    assert "it takes one of 01_aleatoric_regression/lines, " in capsys.readouterr().out
