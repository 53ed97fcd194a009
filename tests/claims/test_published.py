"""The numbers that S1 and S4 print, and what can be computed from them alone."""

import numpy as np
import pytest

from pruneuq_helpers import annotate, metrics
from pruneuq_helpers.claims import published

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


@pytest.fixture
def faces():
    return published.table("S4_table1")


def test_s4_s_faces_are_celeba_s_test_part(faces):
    assert faces[["non_pie", "pie"]].sum().tolist() == [19886, 76]
    assert faces[["non_pie", "pie"]].to_numpy().sum() == 19962
    assert faces.groupby(["label", "gender", "age"]).size().tolist() == [1] * 8
    assert set(faces["source"]) == {"S4 Table 1"}


def test_s4_s_growth_follows_from_its_rounded_shares_and_not_from_its_counts(faces):
    found = metrics.share_growth(faces)
    assert found["growth"].round(2).tolist() == faces["growth"].tolist()
    assert found[["pie_share", "non_pie_share"]].round(2).equals(faces[["pie_share", "non_pie_share"]])
    unrounded = found["growth_exact"].round(2)
    assert (unrounded != faces["growth"]).sum() == 7
    assert unrounded[0] == pytest.approx(100 * ((5 / 76) / (57 / 19886) - 1), abs=0.005)


def test_s4_s_published_growth_lies_in_its_exact_interval_which_is_wide(faces):
    found = metrics.share_growth(faces)
    assert (found["low"] < faces["growth"]).all()
    assert (faces["growth"] < found["high"]).all()
    assert found.loc[0, "high"] - found.loc[0, "low"] > 4000
    # of the eight, young women without blond hair and old ones may be as common among PIEs as among the others
    assert found.index[found["low"].lt(0) & found["high"].gt(0)].tolist() == [4, 5]


def test_s4_s_tables_2_and_3_are_whole():
    table = published.table("S4_tables2and3")
    assert table.groupby("data")["level"].apply(list).to_dict() == dict.fromkeys(
        ["cifar10", "imagenet"], [0.0, 0.3, 0.5, 0.7, 0.9]
    )
    cells = table.set_index(["data", "level"])
    assert cells.loc[("cifar10", 0.9), ["top1", "top5", "significant_classes", "pies"]].tolist() == [
        94.14,
        99.8,
        2,
        216,
    ]
    assert cells.loc[("imagenet", 0.5), ["top1", "top5", "pies"]].tolist() == [75.87, 92.86, 2193]
    assert table[table["level"] == 0]["pies"].isna().all()
    falling = table.groupby("data")["top1"].diff().dropna()
    assert (falling < 0).all()
    assert table.groupby("data")["significant_classes"].sum().to_dict() == {"cifar10": 4, "imagenet": 1113}
    assert table.groupby("data")["pies"].sum().to_dict() == {"cifar10": 611, "imagenet": 12221}


def test_s4_s_classes_at_its_lowest_level_are_near_what_chance_gives():
    table = published.table("S4_tables2and3").dropna()
    chance = 0.05 * table["classes"]
    assert (table["significant_classes"] / chance).round(1).tolist() == [2.0, 2.0, 0.0, 4.0, 1.4, 2.9, 6.3, 11.6]


def test_s4_s_people_answered_our_questions():
    study = published.table("S4_human_study")
    asked = [question.finding for question in annotate.QUESTIONS if question.finding != "atypical"]
    assert study["property"].unique().tolist() == asked
    shares = study.pivot_table(index="property", columns="set", values="share")
    assert (shares["PIE"] - shares["non-PIE"]).round(2).to_dict() == {
        "abstract": 0.0, "corrupted image": -0.02, "fine-grained": 0.34, "several objects": 0.22, "wrong label": 0.1,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["S0_figures", "S2_panel"])
def test_numbers_read_off_figures_say_so_and_stand_once(name):
    table = published.table(name)
    assert set(table["read"]) == {"read off"}
    assert table["source"].str.startswith(name[:2]).all()
    assert not table.duplicated(["place", "measure", "strategy", "level"]).any()
    assert not table.isna().any(axis=None)
    shares = table[table["measure"] != "epochs"]
    assert shares["value"].between(0, 1).all()


def test_s0_s_figures_say_what_the_text_discusses():
    table = published.table("S0_figures").set_index(["place", "strategy", "level"])["value"]
    # Fig 6's winning ticket; Fig 9 rises where the text says that it falls.
    assert table["Fig 6"]["iterative"].idxmin() == 0.6
    assert table["Fig 9"]["iterative"][0.8] > table["Fig 9"]["iterative"][0.0]
    assert table["Fig 8"]["iterative"][0.9] < table["Fig 8"]["dense"][0.0]
