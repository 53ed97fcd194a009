"""Chapter 6's gate, its objective, dead units, the wider rival and the watched epoch."""

import numpy as np
import pandas as pd
import pytest
import torch
from bayesian_small import claim_of, made_up, study, together

from pruneuq_helpers import claims, metrics, population
from pruneuq_helpers.chapters.bayesian_pruning import networks as bayesian_networks
from pruneuq_helpers.chapters.bayesian_pruning import steps as bayesian_steps
from pruneuq_helpers.chapters.bayesian_pruning import study as bayesian
from pruneuq_helpers.chapters.bayesian_pruning import tables as bayesian_tables
from pruneuq_helpers.chapters.bayesian_pruning.study import BayesianStudy
from pruneuq_helpers.population import Stack
from pruneuq_helpers.population.activity import zeros_at_dead_units
from pruneuq_helpers.study.profiles import parameters
from pruneuq_helpers.training import batch_order


def gated(**changes):
    plain = {"data": "mnist", "network": "fcn", "level": 0.5, "seed": 0, "state": "delivered", "method": "magnitude"}
    plain |= {"accuracy": 0.5, "sparsity": 0.5, "gate_open": 1.0}
    ours = plain | {"method": "Bayes magnitude", "accuracy": 0.75, "gate_open": 0.5} | changes
    return pd.DataFrame([plain, ours])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"sparsity": 0.509}, ""),
        ({"sparsity": 0.45}, "not equally sparse"),
        ({"gate_open": 1.0}, "the gate was never shut"),
        ({"gate_open": 0.96}, "the gate was hardly ever shut"),
        ({"gate_open": 0.04}, "the gate was hardly ever open"),
    ],
)
def test_a_gate_is_judged_where_it_acts_and_at_equal_sparsity(changes, reason):
    pairs = bayesian_tables.gate_pairs(gated(**changes), "magnitude")
    assert pairs["reason"].tolist() == [reason]
    assert bayesian_tables.deciding(pairs).tolist() == ([] if reason else [0.25])
    dense = pd.DataFrame(made_up(0.98, "dense", "unpruned", 0.0))
    found = claims.check([claim_of("S3.table1.gate-comparable-magnitude")], pd.concat([dense, gated(**changes)])).iloc[
        0
    ]
    assert found["reason"] == (reason or "one seed has no interval")
    assert (found["value"] == 0.25) == (not reason)


def test_the_gates_of_the_book_act(tmp_path):
    # The notebook's own thresholds, network and recipe; one seed.
    book = parameters("06_bayesian_pruning")
    book |= {"seeds": 1, "workers": 1, "networks": ["fcn"], "wider_levels": [], "out": str(tmp_path)}
    quick = BayesianStudy(**book)
    result = bayesian_tables.outcome(quick.run("methods"))
    low, high = bayesian_tables.ACTS
    for how in ("random", "magnitude"):
        pairs = bayesian_tables.gate_pairs(result, how)
        assert low < pairs["gate_open"].mean() < high
        dead = "both networks are too near to chance"
        assert pairs["reason"].isin(["", dead]).mean() > 0.5
        assert ((pairs["reason"] == "") == (pairs["better"] >= bayesian_tables.ALIVE)).mean() > 0.5
        assert (pairs["reason"] == "").any()


def test_the_gate_that_asks_never_prunes_at_one_half(tmp_path):
    # The notebook's own network and recipe, at the level of what it does by hand.
    book = parameters("06_bayesian_pruning") | {"seeds": 1, "workers": 1, "networks": ["fcn"], "training_images": 1000}
    quick = BayesianStudy(**book | {"epochs": 5, "betas": [0.5], "sigmas": [1.0], "out": str(tmp_path)})
    rows = quick.run("sweeps")
    asked = rows[(rows["sweep"] == "beta") & (rows["gate"] == "proposal") & (rows["state"] == "after")]
    assert (asked["delta"].astype(float) < np.log(0.5)).all()
    assert not asked["gate_open"].any()
    assert asked["sparsity"].max() < 0.01


def test_training_on_the_posterior_is_training_on_minus_its_logarithm_over_n(tmp_path):
    small = study(tmp_path, networks=["fcn"], objective="posterior", sigma=0.3, epochs=4, together=1, seeds=1)
    loaded = small.load()
    images, labels = loaded.normalise(loaded.train.images), loaded.train.labels
    model = bayesian_networks.describe("fcn", small.widths("fcn"), loaded).module(0)
    optimiser, order = torch.optim.Adam(model.parameters(), lr=small.rate), torch.Generator().manual_seed(0)
    for _ in range(small.epochs):
        for index in batch_order(len(labels), order).split(small.batch):
            optimiser.zero_grad()
            prior = sum(weight.square().sum() for weight in model.parameters()) / (2 * 0.3**2)
            loss = torch.nn.functional.cross_entropy(model(images[index]), labels[index]) + prior / len(labels)
            loss.backward()
            optimiser.step()
    probs = model(loaded.normalise(loaded.test.images)).detach().double().softmax(1)
    rows = small.run("methods")
    row = rows[(rows["method"] == "unpruned") & (rows["epoch"] == 4)].iloc[0]
    assert row["nll"] == pytest.approx(metrics.nll(probs, loaded.test.labels), rel=1e-3)
    plain = study(tmp_path, networks=["fcn"], objective="likelihood", sigma=0.3, together=1, seeds=1).run("methods")
    other = plain[(plain["method"] == "unpruned") & (plain["epoch"] == 4)].iloc[0]
    assert abs(other["nll"] - row["nll"]) > 1e-3


def test_the_prior_of_the_gate_is_varied_without_that_of_the_loss(tmp_path):
    cells = bayesian.sweep_cells(study(tmp_path, objective="posterior"))
    objectives = {one["sweep"]: {rule["objective"] for rule in one["rules"]} for one in cells}
    assert objectives == {"beta": {"posterior"}, "sigma": {"likelihood"}, "objective": {"likelihood", "posterior"}}


def share_by_hooks(model, images):
    """The share of zeros at dead units, layer by layer, from what each layer is given."""
    seen, layers = {}, [layer for layer in model if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d)]
    for layer in layers:
        layer.register_forward_hook(lambda layer, into, out: seen.update({layer: into[0]}))
    model(images)
    zeros = dead = 0
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        counts = (layer.weight == 0).flatten(2).sum(2) if layer.weight.ndim > 2 else (layer.weight == 0).long()
        outputs, inputs = counts.shape
        into = (seen[layer] != 0).reshape(len(images), inputs, -1).any(2).any(0)
        out = torch.ones(outputs, dtype=torch.bool)
        if after is not None:
            out = (seen[after] != 0).reshape(len(images), outputs, -1).any(2).any(0)
        live = out[:, None] & into[None, :]
        zeros, dead = zeros + int(counts.sum()), dead + int(counts[~live].sum())
    return dead / zeros


@pytest.mark.parametrize("kind", ["fcn", "cnn"])
def test_zeros_at_dead_units_are_counted_as_by_hooks(kind, tmp_path):
    small = study(tmp_path)
    loaded = small.load()
    images = loaded.normalise(loaded.train.images[:200])
    network = bayesian_networks.describe(kind, small.widths(kind), loaded)
    states = [network.initial(seed) for seed in range(2)]
    for state in states:
        weights = [name for name in state if name.endswith("weight")]
        for name in weights:
            state[name] *= torch.rand(state[name].shape, generator=torch.Generator().manual_seed(7)) > 0.5
        state[weights[0].replace("weight", "bias")][0] = -1e3  # a unit that never fires
        state[weights[-2].replace("weight", "bias")][1] = -1e3
    found = zeros_at_dead_units(Stack(network, states), images)
    for share, state in zip(found, states, strict=True):
        model = network.module()
        model.load_state_dict(state)
        assert share == pytest.approx(share_by_hooks(model, images))
        assert 0 < share < 1


def test_without_a_zero_there_is_no_share():
    network = population.mlp(4, 3, 2)
    assert np.isnan(zeros_at_dead_units(Stack(network, [network.initial(0)]), torch.randn(5, 4))).all()


def test_the_rival_has_as_many_weights_left(result):
    left = result.groupby(["network", "level", "method", "state"])["weights_left"].mean()
    wide = left.xs(bayesian.WIDER, level="method").xs("frozen", level="state")
    assert wide.index.get_level_values("network").unique().tolist() == ["fcn"]
    assert wide["fcn", 0.0] == pytest.approx(left["fcn", 0.0, "unpruned", "dense"], abs=3)  # a layer rounds down
    assert wide["fcn", 0.9] == pytest.approx(left["fcn", 0.9, "magnitude", "frozen"], abs=3)


def test_the_watched_epoch_starts_at_the_prune_and_ends_where_the_study_reads_before(tmp_path, table):
    small = study(tmp_path, watched_epoch=3)
    rows = small.run("steps")
    last = rows["step"].max()
    assert last == 9
    assert rows["step"].unique().tolist() == [0, 1, 2, 4, 8, 9]
    ends = rows[rows["step"] == last].set_index(["network", "how", "level", "seed"])
    begins = rows[rows["step"] == 0].set_index(["network", "how", "level", "seed"])
    plain = table[(table["gate"] == "always") & (table["masks"] == "regrow")]
    for moment, state, epoch in ((ends, "before", 3), (begins, "after", 2)):
        read = plain[(plain["state"] == state) & (plain["epoch"] == epoch)]
        read = read.set_index(["network", "how", "level", "seed"]).loc[moment.index]
        np.testing.assert_allclose(moment["sparsity"], read["sparsity"].astype(float), atol=1e-9)
        np.testing.assert_allclose(moment["accuracy"], read["accuracy"].astype(float), atol=1e-9)
    assert (begins["accuracy"] == begins["kept_accuracy"]).all()


def test_one_step_of_adam_ends_the_sparsity(tmp_path):
    small = study(tmp_path, networks=["fcn"], levels=[0.9])
    rows = together(bayesian_steps.step_work, bayesian_steps.step_cells(small))
    after = rows.groupby("step")["sparsity"].max()
    assert after[0] >= 0.89
    assert after[1] < 0.3
