"""Chapter 2's study: the published table to the last digit, and what its claims read."""

import numpy as np
import pandas as pd
import pytest

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.structured_pruning import claims as claims_of
from pruneuq_helpers.chapters.structured_pruning import draw, facts, work
from pruneuq_helpers.chapters.structured_pruning import study as channels
from pruneuq_helpers.chapters.structured_pruning import tables as channel_tables
from pruneuq_helpers.chapters.structured_pruning.claims import CLAIMS
from pruneuq_helpers.claims import published
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.profiles import changes
from pruneuq_helpers.text import in_the_middle


def test_table_1_of_s1_comes_out_to_the_parameter():
    table = channel_tables.table_1()
    exact = [11173962, 7175586, 4049352, 1803314, 457578, 20040522, 12858225, 7258530, 3224231, 817115]
    hundred = [11220132, 7212576, 4077162, 1821854, 466938, 20086692, 12895215, 7286340, 3242771, 826475]
    assert table["parameters"].tolist() == exact
    assert table["parameters_100_classes"].tolist() == hundred
    np.testing.assert_array_equal(table["our_millions"], table["printed_millions"])


def test_pruning_linear_layers_alone_compresses_without_saving_work():
    last = channel_tables.scope_table([0.0, 0.8]).query("level == 0.8").set_index("scope")
    assert last["parameters"].to_dict() == {"fc": 13101, "all": 3385}
    assert last["macs"].to_dict() == {"fc": 602978, "all": 140578}


def test_accuracy_is_measured_for_every_seed_level_and_criterion():
    cell = {"levels": [0.0, 0.5], "points": "moons", "hidden": [6], "epochs": 5, "device": "cpu"}
    found = work.accuracy_work([cell | {"seed": seed} for seed in (0, 1)])
    table = pd.concat([pd.DataFrame(rows).assign(seed=seed) for seed, rows in enumerate(found)])
    assert len(table) == 2 * 2 * 2
    dense = table[table["level"] == 0].pivot_table(index="seed", columns="criterion", values="accuracy")
    np.testing.assert_array_equal(dense["l1"], dense["random"])


def test_costs_are_taken_once_a_repetition():
    cell = {"network": "lenet", "level": 0.8, "batch": 1, "rounds": 1, "repetitions": 3}
    table = pd.DataFrame(work.cost_work(cell))
    assert table["parameters"].tolist() == [3385] * 3
    assert (table[["dense_seconds", "masked_seconds", "removed_seconds"]] > 0).all(axis=None)


def of_criteria(l1, random, dense=0.95):
    """Accuracies of ten seeds at three levels."""
    rows = [
        {"seed": seed, "level": level, "criterion": criterion, "accuracy": right + 0.001 * (seed % 3)}
        for seed in range(10)
        for criterion, after in (("l1", l1), ("random", random))
        for level, right in ((0.0, dense), (0.4, after), (0.8, after))
    ]
    return pd.DataFrame(rows).assign(part="accuracy")


@pytest.mark.parametrize(
    ("accuracies", "verdict"),
    [((0.8, 0.6), "holds"), ((0.6, 0.8), "fails"), ((0.7, 0.7), "no relevant change")],
)
def test_what_random_removal_loses_can_be_more_less_or_the_same(accuracies, verdict):
    l1, random = accuracies
    table = of_criteria(l1, random)
    table.loc[table["criterion"] == "l1", "accuracy"] += 0.0001 * table["seed"]
    assert claims.check(CLAIMS, table)["verdict"].tolist() == [verdict]


def test_networks_that_guess_decide_nothing():
    found = claims.check(CLAIMS, of_criteria(0.5, 0.5, dense=0.55)).iloc[0]
    assert found["verdict"] == "not decidable here"
    assert "too near to chance" in found["reason"]


def test_the_claims_read_both_parts_or_the_one_there_is():
    accuracy, costs = of_criteria(0.8, 0.6).drop(columns="part"), timed()
    both = claims_of.table({"accuracy": accuracy, "cost": costs}.get)
    assert both["part"].value_counts().to_dict() == {"accuracy": len(accuracy), "cost": len(costs)}
    one = claims_of.table({"accuracy": pd.DataFrame(), "cost": costs}.get)
    assert claims.check(CLAIMS, one)["reason"].tolist() == ["no such run is kept"]
    assert not len(claims_of.table(lambda part: pd.DataFrame()))


def test_s1_prints_one_number_for_the_four_criteria_that_rank():
    printed = published.table("S1_table1").query("method != 'resrep'")
    assert (printed.groupby(["network", "level"])["millions"].nunique() == 1).all()
    assert set(printed["method"]) == {"random", "l1", "bn", "hrank"}


@pytest.mark.parametrize("chapter", ["01_aleatoric_regression", "02_structured_pruning"])
@pytest.mark.parametrize("profile", ["real", "full"])
def test_a_larger_run_is_the_same_study_over_more_seeds(chapter, profile):
    assert set(changes(chapter, profile)) <= {"profile", "seeds", "workers"}


def test_an_unknown_network_is_named(tmp_path):
    good = {"seeds": 1, "levels": [0.0], "points": "moons", "hidden": [4], "epochs": 1, "batch": 1, "rounds": 1}
    with pytest.raises(ParameterError, match="parameter `networks` got 'alexnet'"):
        channels.ChannelStudy(**good, repetitions=1, networks=["alexnet"], out=str(tmp_path))
    with pytest.raises(ParameterError, match="parameter `points` got 'digits'; it takes one of moons"):
        channels.ChannelStudy(**good | {"points": "digits"}, repetitions=1, networks=["lenet"], out=str(tmp_path))


# Figures and numbers


def timed():
    """Two networks at two levels: masking as fast as dense, removal twice as fast, less promised for the small one."""
    rows = []
    for network, size, left in (("lenet", 100, 0.25), ("resnet18", 1000, 0.05)):
        for level, kept in ((0.0, 1.0), (0.8, left)):
            for repetition in range(2):
                times = {"dense_seconds": 2.0, "masked_seconds": 2.0 + repetition, "removed_seconds": 1.0}
                rows.append(
                    {"network": network, "level": level, "repetition": repetition, "parameters": size * kept}
                    | {"parameter_fraction": kept, "mac_fraction": kept, **times}
                )
    return pd.DataFrame(rows)


def test_the_costs_in_numbers():
    told = facts.cost(timed())
    assert (told["small"], told["large"], told["square"]) == ("lenet", "resnet18", "0.04")
    assert (told["small-theory"], told["large-theory"], told["large-parameters"]) == ("4.0", "20.0", "0.05")
    assert (told["large-masking"], told["large-removal"]) == ("0.8 (0.7 to 1.0)", "2.0")
    page = channel_tables.times_faster_of_the_page(timed())
    assert page.frame.loc["lenet"].tolist() == ["0.8 (0.7 to 1.0)", "2.0", "4.0"]


def test_fractions_are_those_of_the_smallest_network():
    drawing = draw.fractions(timed())
    assert "of LeNet" in drawing.caption
    assert "parameters 1.00 at level 0, 0.25 at level 0.8" in drawing.alt
    assert "seconds 0.50 at level 0, 0.50 at level 0.8" in drawing.alt


def test_times_have_a_panel_a_network_and_a_logarithmic_axis():
    drawing = draw.times(timed())
    assert [ax.get_title("left") for ax in drawing.fig.axes] == ["LeNet", "ResNet18"]
    assert {ax.get_yscale() for ax in drawing.fig.axes} == {"log"}
    lenet, resnet = drawing.alt.split("ResNet18: ")
    assert "masked, measured 0.8 (0.7 to 1.0) at level 0, 0.8 (0.7 to 1.0) at level 0.8" in lenet
    assert "smaller, promised 1.0 at level 0, 20.0 at level 0.8" in resnet


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_accuracies_in_numbers(seeds):
    rows = [
        {"seed": seed, "level": level, "criterion": criterion, "accuracy": 0.9 - level / 2 + 0.1 * (criterion == "l1")}
        for seed in range(seeds) for level in (0.0, 0.8) for criterion in ("l1", "random")
    ]  # fmt: skip
    told = facts.accuracy(pd.DataFrame(rows))
    assert told == {
        "seeds": seeds, "lowest-level": "0", "top-level": "0.8", "accuracy": "1.00", "accuracy-l1": "0.60",
        "accuracy-random": "0.50", "advantage": "0.10",
    }  # fmt: skip


def test_the_text_of_the_accuracies_says_what_the_pairs_say():
    table = of_criteria(0.8, 0.6)
    by_seed = facts.accuracies(table)
    ahead = (by_seed["l1"] - by_seed["random"]).mean(axis=1).mean()
    assert ahead > 0
    assert f"l1 is ahead of random by {ahead:.2f}" in draw.accuracy(table).alt


def test_the_units_that_go_are_drawn_and_named():
    (network,), loaded = work.trained_mlps("moons", [4, 2], 1, [0])
    gone = draw.removed_units(network, 0.5)
    assert {place: len(units) for place, units in gone.items()} == {1: 2, 2: 1}
    frames = draw.level_slider(network, loaded.test, [0.0, 0.5])
    assert f"test accuracy {draw.accuracy_at(network, loaded.test, 0.5):.2f}" in frames.alt(0.5)
    drawing = draw.by_hand([np.ones((2, 2)), np.ones((2, 2))], {1: [0]})
    assert "removed: unit 0 of layer 1" in drawing.alt


def test_lenet_and_table_1_in_numbers():
    told = facts.scopes(channel_tables.scope_table([0.0, 0.8]))
    assert told == {
        "first-layer": "54 %", "first-maps": "2 of 6", "fc-compression": "4.7", "fc-faster": "1.08",
        "all-compression": "18.3", "all-faster": "4.64",
    }  # fmt: skip
    counted = channel_tables.table_1()
    assert facts.table_1(counted) == {"printed": 10, "exact-hundred": 0}
    assert channel_tables.table_1_of_the_page(counted).frame.loc[("vgg19", 0.8), "ours, exactly"] == "817\u00a0115"


def test_a_disturbed_time_does_not_carry_the_middle_away():
    assert in_the_middle([8.0, 8.2, 60.0]) == "8.2 (8.0 to 60.0)"
