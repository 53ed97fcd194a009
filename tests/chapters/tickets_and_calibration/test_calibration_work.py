"""Chapter 5's cells, networks, controls and measures."""

import numpy as np
import pandas as pd
import pytest
import torch
from calibration_small import SMALL
from sklearn.metrics import roc_auc_score

from pruneuq_helpers import metrics, models
from pruneuq_helpers.chapters.tickets_and_calibration import facts, tables
from pruneuq_helpers.chapters.tickets_and_calibration import measures as calibration_measures
from pruneuq_helpers.chapters.tickets_and_calibration import networks as calibration_networks
from pruneuq_helpers.chapters.tickets_and_calibration import study as calibration
from pruneuq_helpers.chapters.tickets_and_calibration.networks import Fit, dense_network, networks
from pruneuq_helpers.chapters.tickets_and_calibration.tables import (
    beside_controls,
    networks_of,
    outside_of,
)
from pruneuq_helpers.population import Network
from pruneuq_helpers.pruning import cutting, tickets


def test_cells_hold_every_seed_once_a_scope_and_half_of_the_strategies(study):
    cells = calibration.cells(study.model_copy(update={"seeds": 5, "strategy_seeds": 5}))
    for scope in ("fc", "all"):
        for strategies in (["iterative"], ["one-shot", "re-initialised", "random"]):
            mine = [cell for cell in cells if cell["scope"] == scope and cell["strategies"] == strategies]
            assert sorted(cell["seed"] for cell in mine) == list(range(5))
    assert len(cells) == 2 * 2 * 5


def test_no_network_is_there_twice(table):
    networks = table[table["part"] == "network"]
    assert not networks.duplicated(["scope", "strategy", "level", "seed"]).any()
    assert len(networks) == 2 * 2 * (3 + 2 * len([*SMALL["strategies"], "from scratch", "same length", "trained on"]))


def test_seeds_beyond_strategy_seeds_hold_the_tickets_and_their_controls(study):
    fewer = study.model_copy(update={"seeds": 3, "strategy_seeds": 1, "levels": [0.5], "scopes": ["fc"], "rounds": 1})
    cells = calibration.cells(fewer)
    assert [cell["strategies"] for cell in cells] == [["iterative"]] * 3 + [SMALL["strategies"][:3]]
    rows = networks_of(fewer.run("tickets"))
    seeds = rows.groupby("strategy")["seed"].unique().map(list).to_dict()
    assert all(seeds[name] == [0, 1, 2] for name in ("dense", "another draw", "iterative", "from scratch"))
    for strategy in ("one-shot", "re-initialised", "random", "same length, trained on"):
        assert seeds[strategy] == [0], strategy  # at level 0 too, so that a line has the same seeds everywhere


def test_a_random_start_draws_on_the_scale_of_its_own_widths(study, shown):
    cell = calibration.cells(study)[0] | {"levels": [0.8], "strategies": ["random", "iterative"]}
    starts = []

    class Untrained(Fit):
        def __call__(self, sets):
            self._learnt += [calibration_networks.Learnt(one, one.weights) for one in sets]
            starts.extend(sets)
            return list(sets)

    network = dense_network(cell, shown)
    dense = tickets.whole(network, [network.initial(seed) for seed in (0, 1)])
    found = calibration_networks._at_once(cell, Untrained(shown, [0, 1], cell["recipe"]), dense, dense)
    weights = found["random", 0.8].best.weights["fc3.weight"]
    assert weights.shape[2] == 3  # of 12 units: 12 - floor(9.6)
    assert 12**-0.5 < weights.abs().max() <= 3**-0.5  # larger than any that the dense network draws


def test_rows_say_whether_the_limit_ended_their_training(table):
    rows = networks_of(table)
    own = ~rows["strategy"].str.startswith("same length")
    late = rows["stop_epoch"] - rows["best_epoch"] < SMALL["patience"]
    assert (rows.loc[own, "capped"].astype(bool) == late[own]).all()
    assert rows.loc[~own & (rows["level"] > 0), "capped"].isna().all()
    assert rows.loc[own, "capped"].astype(float).mean() > 0.02
    known = table.loc[table["part"] == "network", "capped"].dropna()
    assert facts.limit(table)["capped"] == f"{int(known.sum())} of {len(known)}"  # the page says it


def test_the_same_length_control_walks_the_dense_network_s_own_path(study, shown):
    """A ticket that stops where the dense network does has the dense network as its control, weight by weight."""
    cell = calibration.cells(study)[0] | {"levels": [0.01], "rounds": 1}  # 0.01 of these widths removes nothing
    found = networks(cell, [0, 1], shown)
    dense = found["dense", 0.0].best
    assert found["iterative", 0.01].best.network == dense.network
    for strategy in ("iterative", "same length"):
        for name, value in found[strategy, 0.01].best.weights.items():
            torch.testing.assert_close(value, dense.weights[name], atol=1e-5, rtol=1e-4)


def test_controls_match_the_tickets_in_what_they_should(found):
    for level in SMALL["levels"]:
        ticket, scratch, same = (found[name, level].best for name in ("iterative", "from scratch", "same length"))
        assert scratch.network == ticket.network
        assert same.network == found["dense", 0.0].best.network
        assert same.best_epoch.tolist() == ticket.best_epoch.tolist()
        tuned = found["same length, trained on", level].best
        assert tuned.best_epoch.tolist() == found["one-shot", level].best.best_epoch.tolist()


def test_the_last_weights_are_those_after_the_best(study, shown):
    cell = calibration.cells(study)[0]
    network = dense_network(cell, shown)
    fit = Fit(shown, [0, 1], cell["recipe"] | {"epochs": 40, "rate": 0.02})
    (best,) = fit([tickets.whole(network, [network.initial(seed) for seed in (0, 1)])])
    learnt = fit.learnt(best)
    assert (best.stop_epoch == best.best_epoch + SMALL["patience"]).all()
    for k in range(2):
        assert not torch.equal(learnt.last["fc1.weight"][k], best.weights["fc1.weight"][k])
    # What it says it kept is what a network trained for so many epochs and no longer has.
    path = fit.path(tickets.whole(network, [network.initial(seed) for seed in (0, 1)]), int(best.stop_epoch.max()))
    for k, (at_best, at_end) in enumerate(zip(best.best_epoch, best.stop_epoch, strict=True)):
        torch.testing.assert_close(path[at_best - 1]["fc1.weight"][k], best.weights["fc1.weight"][k])
        torch.testing.assert_close(path[at_end - 1]["fc1.weight"][k], learnt.last["fc1.weight"][k])


def test_iterative_widths_are_those_of_the_published_checkpoints():
    lenet = Network.of(models.build("lenet", 10, (3, 32, 32)))
    dense = tickets.whole(lenet, [lenet.initial(0)])
    sizes = {}
    for level in (0.2, 0.4, 0.6, 0.8):
        (pruned,) = tickets.iterate(dense, [level], lambda some: some, 5, dense, "fc")
        sizes[level] = (cutting.widths(pruned.network)[2:4], cutting.size(pruned.network))
    assert sizes == {0.2: ([98, 69], 49701), 0.4: ([75, 52], 37429), 0.6: ([50, 35], 25067), 0.8: ([26, 18], 13974)}


def test_a_seed_s_rows_do_not_depend_on_the_other_seeds(study, table):
    cells = [cell for cell in calibration.cells(study) if cell["scope"] == "fc" and cell["seed"] == 1]
    alone = pd.concat([pd.DataFrame(calibration.work([cell])[0]) for cell in cells])
    alone = alone[alone["part"] == "network"].set_index(["strategy", "level"])
    together = table[(table["part"] == "network") & (table["scope"] == "fc") & (table["seed"] == 1)]
    together = together.set_index(["strategy", "level"])
    assert alone["best_epoch"].tolist() == together["best_epoch"].tolist()
    np.testing.assert_allclose(alone["nll"], together["nll"], rtol=1e-5)


def test_the_table_says_what_the_metrics_say(found, shown, table):
    row = networks_of(table).query("strategy == 'iterative' and level == 0.8 and seed == 1").iloc[0]
    best = found["iterative", 0.8].best
    probs = torch.softmax(best.predict(shown.test[0])[1].double(), 1)
    assert row["ece"] == pytest.approx(metrics.ece(probs, shown.test[1][1]), abs=1e-6)
    assert row["accuracy"] == metrics.accuracy(probs, shown.test[1][1])
    assert row["nll"] == pytest.approx(torch.nn.functional.nll_loss(probs.log(), shown.test[1][1]).item(), abs=1e-6)
    module = best.network.module()
    assert row["parameters"] == metrics.parameters(module)
    whole = found["dense", 0.0].best.network.module()
    assert row["compression"] == pytest.approx(metrics.parameters(whole) / row["parameters"])
    assert row["speed_up"] == pytest.approx(metrics.macs(whole, (1, 8, 8)) / metrics.macs(module, (1, 8, 8)))


def test_detection_agrees_with_another_library(found, shown, table):
    photographs = next(one for one in shown.outside if one.name == "photographs")
    best = found["dense", 0.0].best
    probs = [torch.softmax(best.predict(images)[0].double(), 1) for images in (shown.test[0], photographs.images)]
    doubt = [1 - some.max(1).values.numpy() for some in probs]
    truth = np.repeat([0, 1], [len(doubt[0]), len(doubt[1])])
    rows = outside_of(table).query("strategy == 'dense' and seed == 0 and set == 'photographs'")
    assert rows["auroc"].item() == pytest.approx(roc_auc_score(truth, np.concatenate(doubt)), abs=1e-6)
    assert rows["confidence"].item() == pytest.approx(1 - doubt[1].mean(), abs=1e-6)


def test_a_network_s_own_choice_is_its_most_probable_class(table):
    rows = outside_of(table).query("strategy == 'dense'")
    assert (rows["own_class"] >= rows["judged_class"] - 1e-12).all()
    judge = outside_of(table).query("strategy == 'another draw'")
    assert (judge["judged_class"] >= judge["own_class"] - 1e-12).all()


def test_distributions_are_whole(table, shown):
    histogram = table[(table["part"] == "histogram") & (table["scope"] == "fc")]
    whole = histogram.groupby(["set", "strategy", "level", "seed"])["share"].sum()
    np.testing.assert_allclose(whole, 1)
    bins = table[(table["part"] == "reliability") & (table["strategy"] == "dense") & (table["scope"] == "fc")]
    assert bins["count"].sum() == shown.test[0].shape[0] * shown.test[0].shape[1]
    bars = table[(table["part"] == "panel") & (table["scope"] == "fc") & (table["of"] == "first")]
    np.testing.assert_allclose(bars.groupby(["kind", "level", "seed"])["probability"].sum(), 1)
    assert set(bars["kind"]) == set(SMALL["panel"])


def test_the_floor_of_a_calibrated_network_falls_with_its_images():
    probs = torch.softmax(torch.randn(50, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64), 1)
    floors = [calibration_measures.ece_floor(probs.repeat(times, 1), draws=50) for times in (1, 16)]
    assert floors[0] / floors[1] == pytest.approx(4, rel=0.4)


def test_level_0_of_every_strategy_is_an_unpruned_network(table):
    rows = networks_of(table, "all")
    start = rows[rows["level"] == 0].pivot(index="seed", columns="strategy", values="nll")
    for strategy in ("iterative", "random", "re-initialised", "from scratch", "same length"):
        np.testing.assert_array_equal(start[strategy], start["dense"])
    np.testing.assert_array_equal(start["same length, trained on"], start["one-shot"])


def test_a_threshold_lets_pass_the_images_above_it(found, shown, table):
    best = found["dense", 0.0].best
    confidence = torch.softmax(best.predict(shown.test[0])[1].double(), 1).max(1).values
    passed = tables.sure(table, "test images").loc[1, 0.0]
    assert passed == pytest.approx((confidence >= tables.SURE).double().mean().item())
    assert facts.sure(table)["sure-test-dense"].endswith("%")


def test_a_picture_follows_the_class_that_the_dense_network_names(table):
    changes = tables.pictures(table)
    kinds = set(SMALL["panel"])
    assert set(changes.index) == {(seed, kind) for seed in range(SMALL["seeds"]) for kind in kinds}
    rows = table[
        (table["part"] == "panel") & (table["scope"] == "fc") & (table["of"] == "first") & (table["seed"] == 1)
    ]
    kind = SMALL["panel"][0]
    wide = rows[rows["kind"] == kind].pivot(index="class", columns="level", values="probability")
    named = wide[0.0].idxmax()
    assert changes[1, kind] == pytest.approx(wide.loc[named, wide.columns.max()] - wide.loc[named, 0.0])
    assert (tables.apart(changes) >= 0).all()
    assert facts.pictures(table)["picture-kinds"] == len(kinds)


def test_tickets_stand_beside_the_dense_network_and_every_control(table):
    found = beside_controls(table, "ece10")
    assert list(found) == ["dense", "dense, same length", "small, from scratch", "dense, temperature"]
    rows = networks_of(table).query("seed == 1").set_index(["strategy", "level"])
    ticket = rows.loc[("iterative", 0.8), "ece10"]
    others = [("dense", 0.0), ("same length", 0.8), ("from scratch", 0.8)]
    expected = [ticket - rows.loc[other, "ece10"] for other in others]
    expected.append(ticket - rows.loc[("dense", 0.0), "scaled_ece10"])
    assert [values[1] for values in found.values()] == expected
