"""The numbers that S1 prints, and what can be computed from them alone."""

import numpy as np
import pytest

from pruneuq_helpers import published

CELLS = {2: 75, 3: 75, 4: 75, 5: 75, 6: 45, 7: 45}


@pytest.fixture(scope="module")
def printed():
    table = published.table("S1_tables2to7")
    return table.assign(error=100 - table["accuracy"])


def test_every_cell_of_tables_2_to_7_is_there_once(printed):
    assert printed.groupby("table").size().to_dict() == CELLS
    keys = ["table", "method", "uncertainty", "level"]
    assert not printed.duplicated(keys).any()
    assert not printed.isna().any(axis=None)
    assert set(printed["source"]) == {f"S1 Table {number}" for number in CELLS}
    assert printed.groupby("metric")["table"].unique().map(list).to_dict() == {"ause": [2, 3, 6], "ece": [4, 5, 7]}


@pytest.mark.parametrize(
    ("table", "method", "uncertainty", "level", "accuracy", "value"),
    [
        (2, "random", "msp", 0.0, 77.97, 0.319),
        (2, "resrep", "mc_dropout", 0.8, 1.54, 0.504),
        (3, "hrank", "msp", 0.2, 71.61, 0.502),
        (3, "resrep", "ensemble", 0.6, 75.53, 1.177),
        (4, "resrep", "mc_dropout", 0.8, 1.54, 8.779),
        (5, "l1", "msp", 0.8, 55.36, 0.598),
        (6, "bn", "mc_dropout", 0.6, 11.52, 2.630),
        (7, "resrep", "mc_dropout", 0.6, 63.95, 3.009),
    ],
)
def test_a_cell_says_what_the_page_says(printed, table, method, uncertainty, level, accuracy, value):
    found = printed[
        (printed["table"] == table)
        & (printed["method"] == method)
        & (printed["uncertainty"] == uncertainty)
        & (printed["level"] == level)
    ]
    assert found[["accuracy", "value"]].to_numpy().tolist() == [[accuracy, value]]


def test_the_two_tables_of_one_network_disagree_in_accuracy_where_they_are_known_to(printed):
    keys = ["network", "data", "method", "uncertainty", "level"]
    twice = printed.pivot_table(index=keys, columns="metric", values="accuracy")
    gap = (twice["ause"] - twice["ece"]).abs()
    differs = (gap > 1e-9).groupby(["network", "data"]).sum().to_dict()
    assert differs == {("resnet18", "cifar100"): 22, ("vgg19", "cifar100"): 14, ("resnet18", "imagenet"): 24}
    assert gap.max() == pytest.approx(0.45)


def correlations(printed, metric):
    plain = printed[(printed["method"] != "resrep") & (printed["metric"] == metric)]
    groups = plain.groupby(["table", "uncertainty"])
    return {key: np.corrcoef(part["error"], part["value"])[0, 1] for key, part in groups}


def test_ause_follows_the_error_rate_in_all_but_two_settings(printed):
    found = correlations(printed, "ause")
    low = {key for key, value in found.items() if value < 0.97}
    assert low == {(3, "msp"), (6, "mc_dropout")}


def test_ece_of_a_min_max_variance_follows_the_error_rate_less_a_constant(printed):
    found = {key: value for key, value in correlations(printed, "ece").items() if key[1] != "msp"}
    assert len(found) == 6
    assert all(0.955 < value <= 1 for value in found.values())
    plain = printed[(printed["method"] != "resrep") & (printed["metric"] == "ece") & (printed["uncertainty"] != "msp")]
    constant = (plain["error"] / 100 - plain["value"] / 10).groupby([plain["table"], plain["uncertainty"]]).mean()
    assert constant.between(0.05, 0.085).all()


def test_s1_s_resrep_on_vgg19_misses_its_target_at_the_two_highest_levels(printed):
    found = printed[(printed["table"] == 3) & (printed["method"] == "resrep") & (printed["uncertainty"] == "ensemble")]
    last = found.set_index("level").loc[[0.6, 0.8], ["accuracy", "value"]]
    assert last.iloc[0].tolist() == last.iloc[1].tolist()
