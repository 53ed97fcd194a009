"""Chapter 6's study: what is measured when, pairs, the paper's table, the watched epoch, failures and claims."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from pruneuq_helpers import claims, metrics, population
from pruneuq_helpers.chapters.bayesian_pruning import claims as bayesian_claims
from pruneuq_helpers.chapters.bayesian_pruning import contrasts as bayesian_contrasts
from pruneuq_helpers.chapters.bayesian_pruning import draw as bayesian_figures
from pruneuq_helpers.chapters.bayesian_pruning import facts as bayesian_facts
from pruneuq_helpers.chapters.bayesian_pruning import networks as bayesian_networks
from pruneuq_helpers.chapters.bayesian_pruning import steps as bayesian_steps
from pruneuq_helpers.chapters.bayesian_pruning import study as bayesian
from pruneuq_helpers.chapters.bayesian_pruning import tables as bayesian_tables
from pruneuq_helpers.chapters.bayesian_pruning.study import BayesianStudy
from pruneuq_helpers.claims import published
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population import Stack
from pruneuq_helpers.population.activity import zeros_at_dead_units
from pruneuq_helpers.study.parameters import repository
from pruneuq_helpers.study.profiles import parameters
from pruneuq_helpers.training import batch_order

SMALL = {
    "data": ["digits"], "networks": ["fcn", "cnn"], "fcn_hidden": [16, 8], "cnn_channels": [2, 3], "cnn_hidden": [8],
    "training_images": 0, "levels": [0.5, 0.9], "wider": 2.0, "wider_levels": [0.0, 0.9], "epochs": 4, "batch": 128,
    "rate": 0.01, "objective": "likelihood", "gate": "lagged", "beta_random": 0.5, "beta_magnitude": 0.99, "sigma": 1.0,
    "norm": "mean", "betas": [0.5, 1.0], "sigmas": [0.1, 1.0], "sweep_level": 0.5, "watched_epoch": 2, "together": 2,
}  # fmt: skip


def study(tmp_path, **changes):
    return BayesianStudy(**{"seeds": 2, "workers": 1, "out": str(tmp_path)} | SMALL | changes)


def together(work, cells):
    """The rows of cells that differ in their seeds, trained in one stack."""
    return pd.concat([pd.DataFrame(rows) for rows in work(cells)], ignore_index=True)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    small = study(tmp_path_factory.mktemp("bayesian"))
    return small.run("methods")


@pytest.fixture(scope="module")
def result(table):
    return bayesian_tables.outcome(table)


# Parameters


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


# The paper's table


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


# What is measured, and when


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


# The gate


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
        assert (pairs["reason"] == "").mean() > 0.5


def test_the_gate_that_asks_never_prunes_at_one_half(tmp_path):
    # The notebook's own network and recipe, at the level of what it does by hand.
    book = parameters("06_bayesian_pruning") | {"seeds": 1, "workers": 1, "networks": ["fcn"], "training_images": 1000}
    quick = BayesianStudy(**book | {"epochs": 5, "betas": [0.5], "sigmas": [1.0], "out": str(tmp_path)})
    rows = quick.run("sweeps")
    asked = rows[(rows["sweep"] == "beta") & (rows["gate"] == "proposal") & (rows["state"] == "after")]
    assert (asked["delta"].astype(float) < np.log(0.5)).all()
    assert not asked["gate_open"].any()
    assert asked["sparsity"].max() < 0.01


# The objective


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


# Dead units, and the wider rival


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


def test_fewer_images_come_from_all_over_the_set(tmp_path):
    small = study(tmp_path, training_images=100).load()
    assert len(small.train) == 100
    assert small.train.labels.unique().tolist() == list(range(10))
    with pytest.raises(ParameterError, match="`training_images` got 100000; it takes at most"):
        study(tmp_path, training_images=100_000).load()


# The watched epoch


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


# Tables and claims


def test_paired_differences_pair(result):
    found = bayesian_tables.paired(result, ("magnitude", "before"), ("unpruned", "dense"))
    assert len(found) == 2 * 2 * 2
    one = result.query("network == 'cnn' and seed == 1")
    pruned = one.query("method == 'magnitude' and state == 'before' and level == 0.9")["accuracy"].item()
    dense = one.query("method == 'unpruned'")["accuracy"].item()
    assert found["digits", "cnn", 0.9, 1] == pytest.approx(pruned - dense)


def test_the_claims_read_the_result_of_what_was_run(result, table, tmp_path):
    pd.testing.assert_frame_equal(bayesian_claims.table({"methods": table}.get), result)
    assert bayesian_claims.table(lambda part: pd.DataFrame()).empty
    result.to_csv(tmp_path / "table.csv", index=False)
    ours, theirs = (claims.check(bayesian_claims.CLAIMS, one) for one in (result, pd.read_csv(tmp_path / "table.csv")))
    pd.testing.assert_frame_equal(ours, theirs)
    assert "root" not in result.columns
    assert "source" not in result.columns


def test_a_claim_has_a_short_name_and_a_short_quote():
    ids = [claim.id for claim in bayesian_claims.CLAIMS]
    assert len(set(ids)) == len(ids)
    assert all(claim.id.startswith(f"{claim.source}.") for claim in bayesian_claims.CLAIMS)
    assert max(len(claim.short) for claim in bayesian_claims.CLAIMS) <= 40
    assert max(len(claim.quote.split()) for claim in bayesian_claims.CLAIMS) < 15


def test_digits_decide_nothing_about_the_paper_s_accuracies(result):
    found = claims.check(bayesian_claims.CLAIMS, result).set_index("id")
    of_accuracy = [claim.id for claim in bayesian_claims.CLAIMS if ".table1." in claim.id]
    reason = "S3's numbers are of MNIST, Fashion-MNIST and CIFAR-10, and the run has digits"
    assert set(found.loc[of_accuracy, "reason"]) == {reason}
    assert found.loc["book.bayes.zeros-grow-back", "verdict"] == "holds"


def claim_of(name):
    return next(claim for claim in bayesian_claims.CLAIMS if claim.id == name)


def made_up(accuracy, state, method="Bayes magnitude", level=0.9, **more):
    """Four seeds; what is not said is that of a network that was pruned as its row says, by a gate that acts."""
    usual = {"sparsity": level, "gate_open": 0.5, "validation_loss": 0.5, "overfit": 0.3, "oscillation": 0.1}
    usual |= {"wavering": 0.1, "delta_early": -3.0, "delta_late": -3.0}
    return [{"data": "mnist", "network": "fcn", "level": level, "method": method, "state": state, "seed": seed}
            | {"accuracy": accuracy + 0.001 * seed} | usual | more for seed in range(4)]  # fmt: skip


def course(name, random, magnitude):
    """The course of both gated methods, one column of each different."""
    rows = made_up(0.9, "before", "Bayes random", **{name: random})
    return pd.DataFrame(rows + made_up(0.9, "before", **{name: magnitude}) + made_up(0.98, "dense", "unpruned", 0.0))


def two_levels(method, small, large):
    rows = made_up(0.9, "delivered", method, 0.25, validation_loss=small)
    rows += made_up(0.9, "delivered", method, 0.99, validation_loss=large)
    return pd.DataFrame(rows + made_up(0.98, "dense", "unpruned", 0.0))


def scored(accuracy, level=0.9, network="fcn", method="Bayes magnitude", **more):
    rows = made_up(0.98, "dense", "unpruned", 0.0, network=network)
    rows += made_up(accuracy, "delivered", method, level, network=network, **more)
    return pd.DataFrame([row | {"accuracy": row["accuracy"] + 1e-5 * (row["seed"] % 2)} for row in rows])


def gate_worth(gain, how):
    rows = made_up(0.98, "dense", "unpruned", 0.0) + made_up(0.9, "delivered", how)
    rows += made_up(0.9 + gain, "delivered", f"Bayes {how}")
    return pd.DataFrame(rows)


def of_table_one(before, pruned):
    rows = made_up(0.9782, "dense", "unpruned", 0.0) + made_up(before, "before") + made_up(pruned, "delivered")
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("S3.table1.keeps-accuracy-90", scored(0.985), scored(0.95)),
        ("S3.table1.keeps-accuracy-99", scored(0.985, 0.99), scored(0.95, 0.99)),
        ("S3.table1.better-than-unpruned", scored(0.995), scored(0.96)),
        ("S3.table1.gate-comparable-magnitude", gate_worth(0.005, "magnitude"), gate_worth(-0.03, "magnitude")),
        ("S3.table1.gate-comparable-random", gate_worth(0.005, "random"), gate_worth(-0.03, "random")),
        ("S3.fig9.cnn-99-unaffected", scored(0.979, 0.99, "cnn"), scored(0.96, 0.99, "cnn")),
        ("S3.fig5.random-99-is-worst", two_levels("Bayes random", 0.1, 0.3), two_levels("Bayes random", 0.3, 0.1)),
        ("S3.fig6.loss-falls-with-sparsity", two_levels("Bayes magnitude", 0.3, 0.1),
         two_levels("Bayes magnitude", 0.1, 0.3)),
        ("S3.fig6.relieves-over-fitting", course("overfit", 0.3, 0.1), course("overfit", 0.3, 0.9)),
        ("S3.fig4.random-wavers", course("wavering", 0.3, 0.1), course("wavering", 0.1, 0.3)),
        ("S3.fig4.random-loss-oscillates", course("oscillation", 0.3, 0.1), course("oscillation", 0.1, 0.3)),
        ("S3.fig4.factor-falls", course("delta_late", -3.0, -5.0), course("delta_late", -3.0, -1.0)),
        ("S3.fig4.random-factor-rises", course("delta_late", -1.0, -3.0), course("delta_late", -5.0, -3.0)),
        ("book.bayes.zeros-grow-back", pd.DataFrame(made_up(0.9, "before", "random", sparsity=0.1)), None),
        ("book.bayes.numbers-of-regrown", of_table_one(0.9772, 0.9), of_table_one(0.9, 0.9772)),
    ],
)  # fmt: skip
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_not(name, true, false):
    assert claims.check([claim_of(name)], true)["verdict"].tolist() == ["holds"]
    if false is not None:
        assert claims.check([claim_of(name)], false)["verdict"].tolist() == ["fails"]


@pytest.mark.parametrize(
    ("name", "table", "reason"),
    [
        ("S3.table1.keeps-accuracy-90", scored(0.975, sparsity=0.8),
         "at the level 0.9 only 80.0% of the weights are zero"),
        ("S3.table1.keeps-accuracy-90", scored(0.975, 0.85), "the run has nothing that this rule compares"),
        ("S3.fig9.cnn-99-unaffected", scored(0.979, 0.99), "it is about cnn, and the run has fcn"),
        ("S3.fig4.random-wavers", course("gate_open", 1.0, 0.5),
         "the gate of random pruning is open in 100% of the epochs: it decides nothing"),
        ("S3.fig4.factor-falls", course("delta_late", -3.0, -5.0).assign(data="cifar10"),
         "it is about mnist, fashion_mnist, digits, and the run has cifar10"),
    ],
)  # fmt: skip
def test_a_claim_that_a_run_cannot_decide_says_why(name, table, reason):
    assert claims.check([claim_of(name)], table)["reason"].tolist() == [reason]


def test_a_ruined_unpruned_network_decides_no_accuracy_and_one_that_does_not_over_fit_no_relief():
    low = scored(0.975).assign(accuracy=0.12)
    assert "too near to chance" in claims.check([claim_of("S3.table1.keeps-accuracy-90")], low)["reason"].item()
    flat = course("overfit", 0.0, 0.0).assign(overfit=0.01)
    assert claims.check([claim_of("S3.fig6.relieves-over-fitting")], flat)["reason"].tolist() == [
        "the unpruned networks hardly over-fit: their loss rises by 0.010 nats"
    ]


def test_data_sets_are_judged_by_themselves():
    both = pd.concat([scored(0.985), scored(0.95).assign(data="fashion_mnist"), scored(0.95).assign(data="digits")])
    found = claims.check([claim_of("S3.table1.keeps-accuracy-90")], both).set_index("data")["verdict"]
    assert found.to_dict() == {"mnist": "holds", "fashion_mnist": "fails", "digits": "not decidable here"}


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
        "printed-all": "3.6", "printed-top": "2.6", "printed-cnn": "1.1"
    }  # fmt: skip


def test_a_claim_on_one_network_reads_that_network_alone():
    both = pd.concat([scored(0.979, 0.99, "cnn"), scored(0.5, 0.99, "fcn")])
    assert claims.check([claim_of("S3.fig9.cnn-99-unaffected")], both)["verdict"].tolist() == ["holds"]
    rising = pd.concat([course("delta_late", -1.0, -3.0).assign(network=network) for network in ("fcn", "cnn")])
    rising.loc[(rising["network"] == "fcn") & (rising["method"] == "Bayes random"), "delta_late"] = -9.0
    found = claims.check([claim_of("S3.fig4.random-factor-rises")], rising.assign(data="fashion_mnist"))
    assert found["verdict"].tolist() == ["holds"], "S3 says it of the convolutional network alone"


def test_a_loss_that_moves_is_told_from_one_that_rests(table):
    moved = table.copy()
    random = (moved["method"] == "random") & (moved["state"] == "before")
    moved.loc[random, "loss"] = moved.loc[random, "epoch"] % 2  # 1, 0, 1, 0
    moved.loc[~random, "loss"] = 0.5
    found = bayesian_tables.outcome(moved).set_index(["method", "state"])["oscillation"]
    assert (found["random", "before"] == 1).all()
    assert (found["magnitude", "before"] == 0).all()
    assert found["random", "delivered"].isna().all()


# Figures


def test_changes_are_drawn_from_the_unpruned_network_of_the_same_seed():
    drawing = bayesian_figures.three_moments(small_result())
    assert [ax.get_title("left") for ax in drawing.fig.axes] == ["random", "magnitude"]
    assert "magnitude, pruned, level 90%: −0.400; magnitude, pruned, level 99%: −0.500" in drawing.alt
    drawn = {line.get_label(): list(line.get_ydata()) for line in drawing.fig.axes[1].get_lines()}
    assert drawn["pruned"] == pytest.approx([-0.4])
    alt = bayesian_figures.calibration(small_result()).alt
    assert "ECE, frozen zeros, level 90%: +0.090" in alt
    assert "NLL in nats, frozen zeros, level 90%: +0.000" in alt


def test_the_gate_s_figure_tells_intervals_and_how_often_it_was_open():
    result = small_result()
    result.loc[(result["method"] == "random") & (result["seed"] == 0), "accuracy"] -= 0.01
    drawing = bayesian_figures.gate(result)
    assert "random to 90%, before the prune: +0.102 (+0.095 to +0.110)" in drawing.alt
    assert [text.get_text() for text in drawing.fig.axes[0].get_yticklabels()] == [
        "random to 90%\nopen in 50%", "random to 99%\nopen in 50%"
    ]  # fmt: skip


def test_the_posterior_s_widths_are_told():
    values = np.linspace(-8, 8, 2001)
    one, two = (stats.norm.pdf(values, 0, sd) for sd in (1.0, 0.5))
    assert bayesian_facts.widths(values, one, {"sum": (one, two), "mean": (two, one)}) == {
        "width-prior": "1.00", "posterior-sum": "0.50", "posterior-mean": "1.00"
    }  # fmt: skip


def test_the_weight_s_figure_tells_the_widths():
    values = np.linspace(-8, 8, 2001)
    one, two = (stats.norm.pdf(values, 0, sd) for sd in (1.0, 0.5))
    assert bayesian_figures.width(values, two) == pytest.approx(0.5, abs=1e-6)
    drawing = bayesian_figures.one_weight(values, 0.25, one, {"sum": (one, two)})
    assert "sum: the likelihood is 1.00 wide, the posterior 0.50. The prior is 1.00 wide" in drawing.alt
    assert "posterior is 0.25" in drawing.alt


def watched(*, seeds=(0, 1), levels=(0.5, 0.9)):
    """Accuracy .4 after a prune, .8 at the end, .5 without what grew back; a tenth of the zeros stays."""
    read = {0: (1.0, 0.4, 0.4), 1: (0.1, 0.4, 0.4), 8: (0.1, 0.8, 0.5)}
    return pd.DataFrame(
        {"data": "digits", "network": "fcn", "seed": seed, "how": how, "level": level, "step": step}
        | {"sparsity": level * zeros, "accuracy": right + 0.1 * seed, "kept_accuracy": kept, "watched_epoch": 3}
        for seed in seeds for how in ("magnitude", "random") for level in levels
        for step, (zeros, right, kept) in read.items()
    )  # fmt: skip


def test_the_watched_epoch_has_a_frame_a_level():
    frames = bayesian_figures.watched_epoch(watched())
    assert frames.values == [0.5, 0.9]
    assert "sparsity for magnitude falls from 0.90 ± 0.00 at step 0 to 0.09 ± 0.00 at step 1" in frames.alt(0.9)
    assert len(frames.draw(0.9).axes) == 2


# Facts and contrasts


def test_regrowth_in_numbers():
    facts = bayesian_facts.regrowth(watched())
    assert facts == {
        "steps": 8, "one-step-least": "5%", "one-step-most": "9%", "regained": "0.40", "owed": "0.35 (−0.29 to 0.99)",
    }  # fmt: skip
    assert bayesian_contrasts.zeros_after_one_step(watched()).values == pytest.approx((0.09, 0.09))
    assert bayesian_contrasts.regained(watched(), 0.9).values == pytest.approx((0.4, 0.4))
    assert bayesian_contrasts.owed_to_regrowth(watched(), 0.9).values == pytest.approx((0.3, 0.4))


def small_result(seeds=4):
    """One network at two levels: what the sections on moments, gate, rival and calibration read."""
    numbers = {
        ("unpruned", "dense"): (0.9, 0.01),
        ("magnitude", "before"): (0.8, 0.02),
        ("magnitude", "delivered"): (0.5, 0.3),
        ("magnitude", "frozen"): (0.7, 0.1),
        ("random", "before"): (0.6, 0.05),
        ("random", "delivered"): (0.1, 0.0),
        ("random", "frozen"): (0.65, 0.1),
        ("Bayes random", "before"): (0.7, 0.05),
        (bayesian.WIDER, "frozen"): (0.6, 0.1),
    }
    rows = []
    for (method, state), (accuracy, ece) in numbers.items():
        own = {"unpruned": [0.0], bayesian.WIDER: [0.0, 0.9]}.get(method, [0.9, 0.99])
        rows += [{"data": "digits", "network": "fcn", "level": level, "seed": seed, "method": method, "state": state}
                 | {"accuracy": accuracy - (level == 0.99) / 10 + 0.01 * seed, "ece": ece, "nll": 1.0, "sparsity": 0.05}
                 | {"zeros_at_dead": 1.0, "gate_open": 0.5} for level in own for seed in range(seeds)]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_moments_in_numbers():
    facts = bayesian_facts.moments(small_result())
    assert facts["dense"] == "0.915 ± 0.013"
    assert facts["magnitude-highest-delivered"] == "0.415 ± 0.013"
    assert (facts["top-zeros"], facts["dead"], facts["held-or-not"]) == ("5%", "100.0%", "−0.100")
    assert (facts["highest-lost"], facts["random-held"]) == ("0.30", "0.05")
    found = bayesian_contrasts.between(small_result(), "magnitude before", "magnitude delivered", 0.99)
    assert found.values == pytest.approx((0.3,) * 4)
    assert bayesian_contrasts.zeros_before(small_result()).values == pytest.approx((0.05,) * 4)
    assert bayesian_contrasts.zeros_at_dead_units(small_result()).effect == 1


def test_gate_rival_and_calibration_in_numbers():
    result = small_result()
    none = {"gate-pairs": 0, "gate-better": 0, "gate-worse": 0, "gate-random": "–", "gate-magnitude": "–"}
    assert bayesian_facts.gate(result) == none  # nothing spreads, and nothing is delivered
    found = bayesian_tables.of_gate(result)
    assert found["before the prune"]["random", 0.9].values == pytest.approx((0.1,) * 4)
    assert found["pruned"] == {}
    result.loc[(result["method"] == "random") & (result["seed"] == 0), "accuracy"] -= 0.01
    assert bayesian_facts.gate(result) == none | {"gate-pairs": 2, "gate-better": 2}
    assert bayesian_tables.open_shares(result)["random", 0.9] == 0.5
    assert bayesian_facts.rival(result) == {"rival-dense": "−0.300", "rival-held": "−0.100"}
    facts = bayesian_facts.calibration(result)
    assert (facts["ece-dense"], facts["ece-before"], facts["nll-pruned"]) == ("0.010", "0.010", "0.00")
    assert facts["ruined-ece"] == "0.000"


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_leave_numbers(seeds):
    result = small_result(seeds)
    told = bayesian_facts.moments(result) | bayesian_facts.gate(result) | bayesian_facts.calibration(result)
    assert all(isinstance(value, int | str) for value in (told | bayesian_facts.rival(result)).values())


def swept():
    base = {"state": "before", "how": "magnitude", "gate": "lagged", "norm": "mean", "beta": 1.0, "sigma": 1.0}
    base |= {"epoch": 4, "epochs": 4, "objective": "likelihood", "test_accuracy": 0.9, "sparsity": 0.1}
    rows = []
    for seed in range(2):
        for beta, share in ((0.5, 0.5), (1.1, 0.25)):
            rows.append(base | {"sweep": "beta", "state": "after", "beta": beta, "gate_open": share, "seed": seed})
        for sigma, share in ((0.03, 1.0), (1.0, 0.0)):
            own = {"sweep": "sigma", "norm": "sum", "sigma": sigma, "gate": "proposal", "seed": seed}
            rows.append(base | own | {"state": "after", "gate_open": share})
            own = {"sweep": "objective", "objective": "posterior", "sparsity": 0.0, "test_accuracy": sigma}
            rows.append(base | own | {"sigma": sigma, "seed": seed})
        rows.append(base | {"sweep": "objective", "seed": seed})
    return pd.DataFrame(rows)


def test_the_sweeps_in_numbers():
    assert bayesian_facts.sweeps(swept()) == {
        "beta-most": "1.1", "lagged-most": "25%", "sigma-narrow": "0.03", "sigma-broad": "1", "narrow-passed": "100%",
        "broad-passed": "0%", "zeros-likelihood": "10.0%", "zeros-posterior": "0.0%",
    }  # fmt: skip
    assert bayesian_contrasts.strictest_gate(swept()).values == (0.25, 0.25)
    assert bayesian_contrasts.narrow_prior(swept()).values == (1.0, 1.0)
    assert bayesian_contrasts.prior_in_the_loss(swept()).values == pytest.approx((-0.1, -0.1))


def test_data_are_looked_for_in_the_repository_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=re.escape(str(repository() / "nowhere"))):
        bayesian_networks.load("mnist", root="nowhere")
