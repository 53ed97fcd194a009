"""Chapter 2's study: the published table to the last digit, and what its claims read."""

import numpy as np
import pandas as pd
import pytest

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.structured_pruning import study as channels
from pruneuq_helpers.claims import published
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.profiles import changes


def test_table_1_of_s1_comes_out_to_the_parameter():
    table = channels.table_1()
    exact = [11173962, 7175586, 4049352, 1803314, 457578, 20040522, 12858225, 7258530, 3224231, 817115]
    hundred = [11220132, 7212576, 4077162, 1821854, 466938, 20086692, 12895215, 7286340, 3242771, 826475]
    assert table["parameters"].tolist() == exact
    assert table["parameters_100_classes"].tolist() == hundred
    np.testing.assert_array_equal(table["our_millions"], table["printed_millions"])


def test_pruning_linear_layers_alone_compresses_without_saving_work():
    last = channels.scope_table([0.0, 0.8]).query("level == 0.8").set_index("scope")
    assert last["parameters"].to_dict() == {"fc": 13101, "all": 3385}
    assert last["macs"].to_dict() == {"fc": 602978, "all": 140578}


def test_accuracy_is_measured_for_every_seed_level_and_criterion():
    cell = {"levels": [0.0, 0.5], "points": "moons", "hidden": [6], "epochs": 5, "device": "cpu"}
    found = channels.accuracy_work([cell | {"seed": seed} for seed in (0, 1)])
    table = pd.concat([pd.DataFrame(rows).assign(seed=seed) for seed, rows in enumerate(found)])
    assert len(table) == 2 * 2 * 2
    dense = table[table["level"] == 0].pivot_table(index="seed", columns="criterion", values="accuracy")
    np.testing.assert_array_equal(dense["l1"], dense["random"])


def test_costs_are_taken_once_a_repetition():
    cell = {"network": "lenet", "level": 0.8, "batch": 1, "rounds": 1, "repetitions": 3}
    table = pd.DataFrame(channels.cost_work(cell))
    assert table["parameters"].tolist() == [3385] * 3
    assert (table[["dense_seconds", "masked_seconds", "removed_seconds"]] > 0).all(axis=None)


def test_the_worst_cell_of_table_1_decides():
    counted = channels.table_1()
    counted.loc[3, "our_millions"] += 0.02  # one of ten cells: their mean stays below the boundary
    claim = next(claim for claim in channels.CLAIMS if claim.id == "S1.table1.parameters")
    values = claim.measure(counted.assign(part="table 1"))
    assert values.tolist() == pytest.approx([0.02, 0.0])
    assert claims.check([claim], channels.table_1().assign(part="table 1"))["verdict"].tolist() == ["holds"]


def test_s1_prints_one_number_for_the_four_criteria_that_rank():
    printed = published.table("S1_table1").query("method != 'resrep'")
    assert (printed.groupby(["network", "level"])["millions"].nunique() == 1).all()
    assert set(printed["method"]) == {"random", "l1", "bn", "hrank"}


def test_no_claim_rests_on_the_clock():
    times = pd.DataFrame({"part": "cost", "dense_seconds": [4.0], "masked_seconds": [4.0], "removed_seconds": [1.0]})
    for claim in channels.CLAIMS:
        with pytest.raises(KeyError):  # none finds what it needs
            claim.measure(times)


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
