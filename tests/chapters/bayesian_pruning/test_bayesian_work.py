"""Chapter 6's study: its parameters, and what is measured when."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from bayesian_small import study, together

from pruneuq_helpers import metrics, population
from pruneuq_helpers.chapters.bayesian_pruning import networks as bayesian_networks
from pruneuq_helpers.chapters.bayesian_pruning import study as bayesian
from pruneuq_helpers.chapters.bayesian_pruning import tables as bayesian_tables
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.parameters import repository


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sigma": 0.0}, "`sigma` got 0.0; it takes a number above 0"),
        ({"sigma": -1.0}, "`sigma` got -1.0"),
        ({"beta_random": 0.0}, "`beta_random` got 0.0"),
        ({"beta_magnitude": float("nan")}, "`beta_magnitude` got nan"),
        ({"beta_magnitude": float("inf")}, "`beta_magnitude` got inf"),
        ({"objective": "loss"}, "`objective` got 'loss'"),
        ({"wider": 1.0}, "`wider` got 1.0"),
        ({"wider_levels": [1.0]}, "`wider_levels` got 1.0"),
        ({"training_images": -1}, "`training_images` got -1"),
        ({"levels": [0.5, 1.0]}, "`levels` got 1.0"),
        ({"levels": [-0.1]}, "`levels` got -0.1"),
        ({"gate": "open"}, "`gate` got 'open'"),
        ({"norm": "average"}, "`norm` got 'average'"),
        ({"networks": ["fcn", "vgg"]}, "`networks` got 'vgg'"),
        ({"data": ["moons"]}, "`data` got 'moons'.*images with classes"),
        ({"data": ["minst"]}, "`data` got 'minst'"),
        ({"epochs": 3}, "`epochs` got 3"),
        ({"rate": 0.0}, "`rate` got 0.0"),
        ({"sigmas": []}, "`sigmas` got"),
        ({"beta_randm": 0.5}, "did you mean `beta_random`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        study(tmp_path, **change)


def test_the_paper_s_networks_have_the_sizes_that_the_text_implies(tmp_path):
    sizes = {}
    for name, shape in {"mnist": (1, 28, 28), "cifar10": (3, 32, 32)}.items():
        fcn = population.mlp(int(np.prod(shape)), 512, 256, 128, 10)
        cnn = population.convnet(shape, (32, 64), (512, 256, 128), 10)
        for kind, network in {"fcn": fcn, "cnn": cnn}.items():
            sizes[name, kind] = sum(int(np.prod(size)) for size in network.parameters().values()) / 1e6
    assert {key: round(size, 2) for key, size in sizes.items()} == {
        ("mnist", "fcn"): 0.57,
        ("mnist", "cnn"): 1.79,
        ("cifar10", "fcn"): 1.74,
        ("cifar10", "cnn"): 2.28,
    }


def test_every_epoch_is_read_before_and_after_and_the_last_one_once_more(table):
    counts = table.groupby(["masks", "state"])["epoch"].agg(["nunique", "max"])
    assert counts["nunique"].to_dict() == {
        ("none", "dense"): 4,
        ("regrow", "before"): 4,
        ("regrow", "after"): 4,
        ("regrow", "delivered"): 1,
        ("frozen", "frozen"): 4,
        ("wider", "frozen"): 4,
    }
    tested = table["test_accuracy"].notna()
    assert (tested == (table["epoch"] == 4)).all()


def test_sparsity_is_measured_at_its_moment(table):
    asked = table["level"].to_numpy(float)
    zeros = table["sparsity"].to_numpy(float)
    state, passed = table["state"], table["gate_open"].eq(True)
    held = (state == "frozen") & (table["masks"] == "frozen")
    for exact in (state == "delivered", held, (state == "after") & passed):
        # Layers round down, and dead units may add zeros.
        assert (zeros[exact] > asked[exact] - 0.02).all()
    assert (zeros[state == "dense"] < 0.01).all()
    before = (state == "before") & (table["epoch"] > 1) & (table["network"] == "fcn")
    assert zeros[before].max() < 0.45


def test_delivered_and_after_agree_where_the_last_gate_was_open(result):
    keys = ["data", "network", "level", "method", "seed"]
    wide = result.pivot_table(index=keys, columns="state", values=["accuracy", "sparsity"])
    reached = wide["sparsity"]["after"] > wide.index.get_level_values("level") - 0.02
    assert reached.any()
    opened = wide[reached]["accuracy"]
    assert (opened["after"] == opened["delivered"]).all()
    shut = wide[~reached]["accuracy"].dropna(subset="after")
    assert (shut["after"] == shut["before"]).all()


def test_methods_of_one_seed_share_everything_but_the_prune(table):
    first = table[(table["epoch"] == 1) & table["state"].isin(["before"])]
    spread = first.groupby(["network", "seed"])["loss"].nunique()
    assert (spread == 1).all()
    across = first.groupby("network")["loss"].nunique()
    assert (across == 2).all()  # two seeds


def test_a_result_does_not_depend_on_who_is_trained_beside_it(tmp_path, table):
    lonely = study(tmp_path, together=1, networks=["fcn"])
    alone = lonely.run("methods")
    keys = ["network", "level", "method", "masks", "seed", "epoch", "state"]
    both = alone.merge(table, on=keys, suffixes=("", "_stacked"))
    assert len(both) == len(alone)
    for column in ("accuracy", "loss", "sparsity", "delta", "ece"):
        ours, theirs = (both[column + end].astype(float).to_numpy() for end in ("", "_stacked"))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def test_an_unpruned_member_is_that_of_a_plain_training(tmp_path, table):
    small = study(tmp_path)
    loaded = small.load()
    network = bayesian_networks.describe("fcn", small.widths("fcn"), loaded)
    images, labels = loaded.normalise(loaded.train.images), loaded.train.labels
    trained = population.train(network, images, labels, [1], epochs=4, batch=128, rate=small.rate)
    probs = trained.predict(loaded.normalise(loaded.test.images))[0].double().softmax(1)
    row = table.query("network == 'fcn' and method == 'unpruned' and seed == 1 and epoch == 4").iloc[0]
    for column, measure in (("test_accuracy", metrics.accuracy), ("ece", metrics.ece), ("nll", metrics.nll)):
        assert row[column] == pytest.approx(measure(probs, loaded.test.labels), abs=1e-9)


def test_a_member_that_fails_is_marked_and_the_others_go_on(tmp_path, monkeypatch):
    small = study(tmp_path, networks=["fcn"], levels=[0.5])
    cells = [one for one in bayesian.cells(small) if one["masks"] == "regrow"]
    whole = together(bayesian.work, cells)
    train = population.train

    def spoilt(network, images, labels, seeds, **settings):
        states = [network.initial(seed) for seed in seeds]
        states[0]["fc1.weight"] = torch.full_like(states[0]["fc1.weight"], 3e38)
        return train(network, images, labels, seeds, weights=states, **settings)

    monkeypatch.setattr(population, "train", spoilt)
    hurt = together(bayesian.work, cells)
    first = (hurt["method"] == "random") & (hurt["seed"] == 0)
    assert hurt[first]["state"].tolist() == ["before", "after", "delivered"]
    assert hurt[first]["failed"].str.contains("loss became nan in epoch 1").all()
    assert hurt[first]["test_accuracy"].isna().all()
    rest = (whole["method"] != "random") | (whole["seed"] != 0)
    columns = ["method", "seed", "epoch", "state", "sparsity", "accuracy", "test_accuracy"]
    pd.testing.assert_frame_equal(
        hurt.loc[~first, columns].reset_index(drop=True), whole.loc[rest, columns].reset_index(drop=True)
    )
    row = {"data": "digits", "network": "fcn", "level": 0.5, "masks": "regrow", "epochs": 4}
    result = bayesian_tables.outcome(hurt.assign(**row))
    pairs = bayesian_tables.paired(result, ("Bayes random", "before"), ("random", "before"))
    assert pairs.index.get_level_values("seed").tolist() == [1]


def test_fewer_images_come_from_all_over_the_set(tmp_path):
    small = study(tmp_path, training_images=100).load()
    assert len(small.train) == 100
    assert small.train.labels.unique().tolist() == list(range(10))
    with pytest.raises(ParameterError, match="`training_images` got 100000; it takes at most"):
        study(tmp_path, training_images=100_000).load()


def test_data_are_looked_for_in_the_repository_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=re.escape(str(repository() / "nowhere"))):
        bayesian_networks.load("mnist", root="nowhere")
