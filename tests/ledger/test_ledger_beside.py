"""Printed numbers beside ours: the right cells meet, and the difference is ours minus theirs."""

import pandas as pd
import pytest

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import find
from pruneuq_helpers.claims import published
from pruneuq_helpers.ledger.comparison import COLUMNS


def beside(source, chapter, table, scale="quick"):
    """A paper's numbers beside those of one run of a chapter with this table."""
    run = ledger.Run(find(chapter), scale, "ours", 1, table, pd.DataFrame())
    return ledger.numbers_beside(source, [run])


def test_tickets_on_moons_meet_their_figures():
    row = {"part": "tickets", "data": "moons", "network": "2-8-2", "strategy": "iterative", "level": 0.9}
    rows = [row | {"seed": seed, "stop_epoch": 100 + seed, "accuracy": 0.9, "ece": 0.1} for seed in range(3)]
    found = beside("S0", "03", pd.DataFrame([*rows, rows[0] | {"network": "2-30-2", "ece": 0.5}])).set_index("measure")
    assert found["place"].to_dict() == {"epochs": "Fig 4", "ECE": "Fig 8"}
    assert found.loc["epochs", ["printed", "ours", "difference", "values"]].tolist() == [135, 101, -34, 3]
    # mean 101, standard deviation 1, t(2, 0.975) = 4.303: 101 ± 2.484, less 135
    assert found.loc["epochs", "low"] == pytest.approx(-36.484, abs=1e-3)
    assert found.loc["ECE", "difference"] == pytest.approx(0.013)


def test_s1_s_dense_network_stands_beside_every_criterion():
    row = {"part": "grid", "method": "msp", "criterion": "dense", "level": 0.0, "seed": 0}
    row |= {"accuracy": 0.9, "ause": 0.02, "ece": 0.03}
    pruned = row | {"criterion": "l1", "level": 0.8, "ause": 0.05}
    found = beside("S1", "07", pd.DataFrame([row, pruned]))
    assert set(found["row"]) == {"softmax, L1"}
    table2 = found[(found["place"] == "Table 2") & (found["measure"] == "AUSE")].set_index("level")
    printed = published.table("S1_tables2to7").query("table == 2 and method == 'l1' and uncertainty == 'msp'")
    printed = printed.set_index("level")["value"] / 10  # the table's numbers are "times 0.1"
    assert table2["printed"].tolist() == pytest.approx(printed.loc[[0.0, 0.8]].tolist())
    assert table2["ours"].tolist() == [0.02, 0.05]
    assert table2["low"].isna().all()  # one seed gives no interval


def test_table_1_of_s1_is_met_to_the_digit():
    counted = {"network": ["vgg19", "vgg19"], "level": [0.8, 0.9], "our_millions": 0.82}
    found = beside("S1", "02", pd.DataFrame(counted))
    assert len(found) == 10
    assert found["difference"].tolist() == [0.0] * 10
    shown = found.set_index(["row", "level"]).loc[("vgg19", 0.8)]
    assert shown[["printed", "data"]].tolist() == [0.82, "counted, without data"]


def test_s3_is_compared_at_each_moment():
    row = {"data": "digits", "network": "fcn", "seed": 0}
    dense = row | {"level": 0.0, "method": "unpruned", "state": "dense", "accuracy": 0.96}
    states = [
        row | {"level": 0.5, "method": "magnitude", "state": name, "accuracy": 0.95} for name in ("before", "after")
    ]
    found = beside("S3", "06", pd.DataFrame([dense, *states]))
    assert found["row"].tolist() == ["digits, FCN, magnitude, scored before the prune"]
    assert found["printed"].tolist() == [0.9791]


def test_where_nothing_meets_the_table_is_empty():
    row = {"part": "tickets", "data": "mnist", "network": "784-8-10", "strategy": "iterative", "level": 0.9, "seed": 0}
    found = beside("S0", "03", pd.DataFrame([row | {"stop_epoch": 9, "accuracy": 0.9, "ece": 0.1}]), "real")
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


def test_s4_is_compared_in_shares():
    row = {"experiment": "plain", "population": "pruned", "level": 0.9, "seed": 0}
    level = row | {"part": "level", "accuracy": 0.9, "pies": 30, "images": 1000}
    classes = [row | {"part": "class", "class": one, "significant": one == 0} for one in range(10)]
    dense = level | {"population": "dense again", "level": 0.0, "accuracy": 0.95}
    found = beside("S4", "08", pd.DataFrame([level, dense, *classes]))
    cifar = found[found["place"] == "Table 2"].set_index(["measure", "level"])
    assert cifar.loc[("accuracy", 0.0), ["printed", "ours"]].tolist() == [0.9453, 0.95]
    assert cifar.loc[("PIEs, share of images", 0.9), ["printed", "ours"]].tolist() == [0.0216, 0.03]
    assert cifar.loc[("classes with p ≤ 0.05, share", 0.9), ["printed", "ours"]].tolist() == [0.2, 0.1]
    assert len(cifar) == 4
