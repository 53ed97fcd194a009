"""The numbers that chapter 6's paper printed."""

import pandas as pd
import pytest
from bayesian_small import claim_of

from pruneuq_helpers.chapters.bayesian_pruning import claims as bayesian_claims
from pruneuq_helpers.chapters.bayesian_pruning import facts as bayesian_facts
from pruneuq_helpers.chapters.bayesian_pruning import study as bayesian
from pruneuq_helpers.chapters.bayesian_pruning.paper import beside_the_paper
from pruneuq_helpers.chapters.bayesian_pruning.printed import PRINTED
from pruneuq_helpers.claims import published


@pytest.fixture(scope="module")
def printed():
    return published.table("S3_table1")


def test_the_paper_s_126_numbers_are_there_once(printed):
    assert len(printed) == 126
    assert not printed.duplicated(["data", "network", "level", "method"]).any()
    assert set(printed["source"]) == {"S3 Table 1"}
    assert printed.groupby("method").size().to_dict() == {"unpruned": 6} | dict.fromkeys(bayesian.METHODS, 30)
    assert sorted(printed["level"].unique()) == [0.0, 0.25, 0.5, 0.75, 0.9, 0.99]


@pytest.mark.parametrize(
    ("data", "network", "level", "method", "accuracy"),
    [
        ("mnist", "fcn", 0.0, "unpruned", 0.9782),
        ("mnist", "fcn", 0.75, "Bayes magnitude", 0.9812),
        ("mnist", "cnn", 0.25, "Bayes magnitude", 0.992),
        ("mnist", "cnn", 0.99, "random", 0.1135),
        ("fashion_mnist", "fcn", 0.99, "Bayes random", 0.8212),
        ("fashion_mnist", "cnn", 0.9, "magnitude", 0.8986),
        ("cifar10", "fcn", 0.9, "magnitude", 0.5314),
        ("cifar10", "cnn", 0.25, "random", 0.6558),
        ("cifar10", "cnn", 0.99, "Bayes magnitude", 0.5537),
    ],
)
def test_a_number_is_the_page_s(printed, data, network, level, method, accuracy):
    found = printed.query("data == @data and network == @network and level == @level and method == @method")
    assert found["accuracy"].tolist() == [accuracy]


def test_the_gate_wins_19_loses_9_and_ties_2_of_the_paper_s_comparisons_by_very_little(printed):
    wide = printed[printed["level"] > 0].pivot(index=["data", "network", "level"], columns="method", values="accuracy")
    for how, mean in (("random", 0.0009), ("magnitude", 0.0032)):
        gain = wide[f"Bayes {how}"] - wide[how]
        assert ((gain > 0).sum(), (gain < 0).sum(), (gain == 0).sum()) == (19, 9, 2)
        assert round(gain.mean(), 4) == mean


def test_bayes_magnitude_beats_the_unpruned_network_in_11_of_30_and_magnitude_in_9(printed):
    dense = printed[printed["level"] == 0].set_index(["data", "network"])["accuracy"]
    wide = printed[printed["level"] > 0].set_index(["data", "network"])
    above = {method: int((part["accuracy"] > dense.loc[part.index]).sum()) for method, part in wide.groupby("method")}
    assert (above["Bayes magnitude"], above["magnitude"]) == (11, 9)


def test_the_paper_s_own_table_contradicts_three_of_its_sentences(printed):
    wide = printed.pivot(index=["data", "network", "level"], columns="method", values="accuracy")
    dense = wide.xs(0.0, level="level")["unpruned"]
    lost = wide.xs(0.99, level="level")["Bayes magnitude"] - dense
    assert claim_of("S3.table1.keeps-accuracy-99").printed == pytest.approx(lost.mean())
    assert claim_of("S3.fig9.cnn-99-unaffected").printed == pytest.approx(lost["mnist", "cnn"])
    for name in ("table1.keeps-accuracy-99", "fig9.cnn-99-unaffected", "table1.better-than-unpruned"):
        assert claim_of(f"S3.{name}").printed < -0.01
    assert claim_of("S3.table1.gate-comparable-magnitude").printed == pytest.approx(0.0032, abs=5e-5)
    assert bayesian_facts.printed(bayesian_claims.CLAIMS) == {
        "printed-cells": "60", "printed-below": "43", "printed-median": "0.4", "printed-all": "3.6",
        "printed-cnn": "1.1",
    }  # fmt: skip


def test_each_data_set_of_a_run_stands_beside_its_own_numbers():
    rows = [
        {"data": data, "network": "fcn", "seed": seed, "level": level, "method": method, "state": state}
        | {"accuracy": accuracy + 0.001 * seed}
        for data, accuracy in (("mnist", 0.95), ("fashion_mnist", 0.83))
        for level, method, state in ((0.0, "unpruned", "dense"), (0.99, "magnitude", "before"))
        for seed in range(2)
    ]
    ((_, theirs, ours),) = PRINTED
    table = pd.DataFrame(rows)
    both = theirs(table).merge(ours(table), on=["row", "measure", "level"])
    assert both.groupby("row")["ours"].agg(["count", "mean"]).to_dict("index") == {
        "MNIST, FCN, magnitude, scored before the prune": {"count": 2, "mean": pytest.approx(0.9505)},
        "Fashion-MNIST, FCN, magnitude, scored before the prune": {"count": 2, "mean": pytest.approx(0.8305)},
    }
    assert both.groupby("row")["printed"].first().tolist() == [0.8573, 0.9743]


def test_our_digits_stand_beside_the_paper_s_mnist():
    row = {"data": "digits", "network": "fcn", "seed": 0}
    ours = [
        row | {"level": 0.0, "method": "unpruned", "state": "dense", "accuracy": 0.96},
        row | {"level": 0.5, "method": "magnitude", "state": "before", "accuracy": 0.95},
    ]
    both = beside_the_paper(pd.DataFrame(ours))[["paper", "lost", "paper_lost"]]
    assert both.values.ravel().tolist() == pytest.approx([0.9791, 0.01, -0.0009])
