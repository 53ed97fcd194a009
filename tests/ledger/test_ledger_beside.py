"""Printed numbers beside ours: the right cells meet, and the difference is ours minus theirs."""

import pandas as pd
import pytest

from pruneuq_helpers import ledger
from pruneuq_helpers.claims import published
from pruneuq_helpers.ledger import comparison as module


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Let the ledger find one run of a chapter with this table."""

    def found(chapter, table, scale="quick"):
        folder = tmp_path / chapter
        folder.mkdir()
        table.to_csv(folder / "table.csv", index=False)
        row = {"chapter": chapter, "scale": scale, "data": "ours", "folder": folder}
        monkeypatch.setattr(module, "runs", lambda places: pd.DataFrame([row]))

    return found


def test_tickets_on_moons_meet_their_figures(runs):
    row = {"part": "tickets", "data": "moons", "network": "2-8-2", "strategy": "iterative", "level": 0.9}
    rows = [row | {"seed": seed, "stop_epoch": 100 + seed, "accuracy": 0.9, "ece": 0.1} for seed in range(3)]
    runs("03_lottery_tickets", pd.DataFrame([*rows, rows[0] | {"network": "2-30-2", "ece": 0.5}]))
    found = ledger.beside("S0").set_index("measure")
    assert found["place"].to_dict() == {"epochs": "Fig 4", "ECE": "Fig 8"}
    assert found.loc["epochs", ["printed", "ours", "difference", "values"]].tolist() == [135, 101, -34, 3]
    # mean 101, standard deviation 1, t(2, 0.975) = 4.303: 101 ± 2.484, less 135
    assert found.loc["epochs", "low"] == pytest.approx(-36.484, abs=1e-3)
    assert found.loc["ECE", "difference"] == pytest.approx(0.013)


def test_s1_s_dense_network_stands_beside_every_criterion(runs):
    row = {"part": "grid", "method": "msp", "criterion": "dense", "level": 0.0, "seed": 0}
    row |= {"accuracy": 0.9, "ause": 0.02, "ece": 0.03}
    pruned = row | {"criterion": "l1", "level": 0.8, "ause": 0.05}
    runs("07_pruning_meets_uncertainty", pd.DataFrame([row, pruned]))
    found = ledger.beside("S1")
    assert set(found["row"]) == {"softmax, L1"}
    table2 = found[(found["place"] == "Table 2") & (found["measure"] == "AUSE")].set_index("level")
    printed = published.table("S1_tables2to7").query("table == 2 and method == 'l1' and uncertainty == 'msp'")
    printed = printed.set_index("level")["value"] / 10  # the table's numbers are "times 0.1"
    assert table2["printed"].tolist() == pytest.approx(printed.loc[[0.0, 0.8]].tolist())
    assert table2["ours"].tolist() == [0.02, 0.05]
    assert table2["low"].isna().all()  # one seed gives no interval


def test_table_1_of_s1_is_met_to_the_digit(runs):
    runs(
        "02_structured_pruning",
        pd.DataFrame({"network": ["vgg19", "vgg19"], "level": [0.8, 0.9], "our_millions": 0.82}),
    )
    found = ledger.beside("S1")
    assert found[["row", "level", "printed", "difference", "data"]].values.tolist() == [
        ["vgg19", 0.8, 0.82, 0.0, "counted, without data"]
    ]


def test_s3_is_compared_at_each_moment(runs):
    row = {"data": "digits", "network": "fcn", "seed": 0}
    dense = row | {"level": 0.0, "method": "unpruned", "state": "dense", "accuracy": 0.96}
    states = [
        row | {"level": 0.5, "method": "magnitude", "state": name, "accuracy": 0.95} for name in ("before", "after")
    ]
    runs("06_bayesian_pruning", pd.DataFrame([dense, *states]))
    found = ledger.beside("S3")
    assert found["row"].tolist() == ["FCN, magnitude, scored before the prune"]
    assert found["printed"].tolist() == [0.9791]


def test_where_nothing_meets_the_table_is_empty(runs):
    row = {"part": "tickets", "data": "mnist", "network": "784-8-10", "strategy": "iterative", "level": 0.9, "seed": 0}
    runs("03_lottery_tickets", pd.DataFrame([row | {"stop_epoch": 9, "accuracy": 0.9, "ece": 0.1}]), "real")
    assert ledger.beside("S0").empty
    assert list(ledger.beside("S0").columns) == list(module.COLUMNS)


def test_s4_is_compared_in_shares(runs):
    row = {"experiment": "plain", "population": "pruned", "level": 0.9, "seed": 0}
    level = row | {"part": "level", "accuracy": 0.9, "pies": 30, "images": 1000}
    classes = [row | {"part": "class", "class": one, "significant": one == 0} for one in range(10)]
    dense = level | {"population": "dense again", "level": 0.0, "accuracy": 0.95}
    runs("08_forgotten_examples", pd.DataFrame([level, dense, *classes]))
    found = ledger.beside("S4")
    cifar = found[found["place"] == "Table 2"].set_index(["measure", "level"])
    assert cifar.loc[("accuracy", 0.0), ["printed", "ours"]].tolist() == [0.9453, 0.95]
    assert cifar.loc[("PIEs, share of images", 0.9), ["printed", "ours"]].tolist() == [0.0216, 0.03]
    assert cifar.loc[("classes with p ≤ 0.05, share", 0.9), ["printed", "ours"]].tolist() == [0.2, 0.1]
    assert len(cifar) == 4
