"""Chapter 9's study: its parameters, data, networks, methods and table."""

import dataclasses

import numpy as np
import pytest
import torch
from model_uncertainty_small import SMALL

from pruneuq_helpers import metrics, pruning
from pruneuq_helpers.chapters.model_uncertainty import measures, networks, predictives, tables
from pruneuq_helpers.chapters.model_uncertainty import study as study_of
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.uncertainty import survivors


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0"),
        ({"data": "moons"}, "`data` got 'moons'; it takes a set of images"),
        ({"held_out": [], "far": []}, "`held_out` and `far` got nothing"),
        ({"dropout": 0.0}, "`dropout` got 0.0"),
        ({"points": 700}, "`points` got 700"),
        ({"precisions": []}, "`precisions` got"),
        ({"precisions": [0.0]}, "`precisions` got 0.0"),
        ({"draws": 0}, "`draws` got 0"),
        ({"member": 3}, "did you mean `members`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        study_of.ModelUncertaintyStudy(**SMALL | change, out=str(tmp_path))


def test_cells_hold_every_seed_once_a_data_set(cells):
    assert sorted((cell["data"], cell["seed"]) for cell in cells) == [
        ("digits", 0), ("digits", 1), ("moons", 0), ("moons", 1),
    ]  # fmt: skip


def test_images_are_cut_to_what_was_asked_for(case):
    cell, shown, _ = case
    if cell["data"] == "digits":
        assert len(shown.train[0]) == 60
        assert len(shown.test[0]) == len(shown.validation[0]) == 50
        assert {one.name: len(one.images) for one in shown.outside} == {
            "held-out classes": 50, "photographs": 50, "rotated": 50,
        }  # fmt: skip
        assert int(shown.train[1].max()) == 7
    else:
        assert len(shown.train[0]) == 60
        assert len(shown.train[0]) + len(shown.validation[0]) + len(shown.test[0]) == 1000
        assert torch.cat([shown.train[0], shown.test[0]]).unique(dim=0).shape[0] == 850  # no point is in both


def test_the_cloud_is_a_frame():
    points = networks.cloud(400, seed=3)
    far = points.abs().amax(dim=1)
    assert len(points) == 400
    assert float(far.min()) > 3
    assert float(far.max()) <= 5
    assert torch.equal(points, networks.cloud(400, seed=3))


def test_networks_shrink_with_the_level(case):
    cell, _, grown = case
    for some in (grown.ensemble, grown.dropping):
        sizes = [sum(value[0].numel() for value in some[level].weights.values()) for level in (0.0, 0.4, 0.7)]
        assert sizes == sorted(sizes, reverse=True)
    assert len(grown.ensemble[0.0]) == cell["members"]
    assert len(grown.dropping[0.0]) == 1


def test_survivors_are_those_of_masking(case):
    cell, shown, grown = case
    model = grown.first(0.0)
    masked = pruning.mask_channels(model, 0.4, input_shape=shown.input_shape)
    ours = networks.surviving(grown.ensemble[0.0], grown.ensemble[0.4])
    theirs = survivors(masked)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert measures.counted(ours) == sum(value[0].numel() for value in grown.ensemble[0.4].weights.values())


def test_every_choice_keeps_as_many(case):
    cell, shown, grown = case
    dense, pruned = grown.ensemble[0.0], grown.ensemble[0.7]
    chosen = measures.chosen(cell, shown, dense, pruned, grown.first(0.0))
    assert set(chosen) == set(measures.CHOICES)
    assert len({measures.counted(kept) for kept in chosen.values()}) == 1


def test_methods_answer_with_logits_of_the_right_shape(case):
    cell, shown, grown = case
    passes = {"dropout": cell["passes"], "ensemble": cell["members"]}
    for method, ask in measures.askers(cell, shown, grown, 0.4).items():
        answers = ask(shown.test[0][:7])
        assert answers.shape == (passes.get(method, 1), 7, len(shown.classes))
    assert set(measures.METHODS) == set(measures.askers(cell, shown, grown, 0.4))


def test_softmax_is_that_of_the_first_member(case):
    cell, shown, grown = case
    probs = grown.first(0.4)(shown.test[0]).softmax(1).detach()
    asked = measures.askers(cell, shown, grown, 0.4)["softmax"]
    found = measures.measured(asked, shown)
    assert found["ece"] == pytest.approx(metrics.ece(probs, shown.test[1]), abs=1e-5)
    assert found["nll"] == pytest.approx(metrics.nll(probs, shown.test[1]), abs=1e-4)
    strange = grown.first(0.4)(shown.outside[0].images).softmax(1).detach()
    auroc = metrics.detection(metrics.msp(probs), metrics.msp(strange))["auroc"]
    assert found[f"auroc {shown.outside[0].name}"] == pytest.approx(auroc, abs=1e-3)


def test_a_temperature_is_fitted_on_validation_images_alone(case):
    cell, shown, grown = case
    asked = measures.askers(cell, shown, grown, 0.0)["ensemble"]
    shuffled = dataclasses.replace(shown, test=(shown.test[0], shown.test[1].flip(0)))
    assert measures.measured(asked, shown)["temperature"] == measures.measured(asked, shuffled)["temperature"]


def test_too_little_memory_is_refused(case):
    cell, shown, grown = case
    with pytest.raises(ParameterError, match="within the 1e-06 GiB of `memory`"):
        measures.askers(cell | {"memory": 1e-6}, shown, grown, 0.0)


def test_table_has_every_method_and_choice(table):
    counts = table.groupby(["data", "part"]).size()
    assert counts["digits", "methods"] == counts["moons", "methods"] == 2 * 3 * len(measures.METHODS)
    assert counts["digits", "choices"] == counts["moons", "choices"] == 2 * 2 * len(measures.CHOICES)
    ways = 2 * 2 * len(predictives.PREDICTIVES)  # seeds, Gaussians
    assert counts["digits", "predictives"] == counts["moons", "predictives"] == 2 * ways
    assert counts["digits", "precisions"] == counts["moons", "precisions"] == 3 * ways
    shares = table[["accuracy", "ece"]]
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)
    shares = table.loc[table["part"] != "precisions", ["scaled_ece", "auroc", "outside_confidence"]]
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)


def test_the_probit_with_the_evidence_is_the_method_itself(table):
    rows = table[(table["predictive"] == "probit") & (table["prior"] == "evidence") & (table["level"] == 0)]
    for measure in ("nll", "ece", "auroc"):
        wide = rows.pivot_table(index=["data", "seed", "method"], columns="part", values=measure)
        wide = wide.dropna(subset=["methods", "predictives"])
        assert len(wide) == 2 * 2 * 2
        np.testing.assert_allclose(wide["methods"], wide["predictives"], rtol=1e-6)


def test_validation_images_choose_the_precision(table):
    keys = ["data", "seed", "method", "predictive"]
    tried = table[table["part"] == "precisions"]
    best = tried.loc[tried.groupby(keys)["validation_nll"].idxmin()].set_index(keys)
    chosen = table[(table["part"] == "predictives") & (table["prior"] == "validation")].set_index(keys)
    assert (chosen["precision"].sort_index() == best["precision"].sort_index()).all()
    np.testing.assert_allclose(chosen["nll"].sort_index(), best["nll"].sort_index(), rtol=1e-6)
    assert (table.loc[table["prior"] == "validation", "precision"].isin([0.1, 10.0, 1000.0])).all()


def test_a_mean_over_sets_is_one(table):
    rows = tables.part_of(table, "methods")
    sets = ["held-out classes", "photographs", "rotated"]
    np.testing.assert_allclose(rows["auroc"], rows[[f"auroc {name}" for name in sets]].mean(axis=1))


def test_a_seed_gives_the_same_again(cells, table):
    cell = cells[-1]
    again = study_of.work(cell)
    first = table[(table["data"] == cell["data"]) & (table["seed"] == cell["seed"])]
    np.testing.assert_allclose(again["nll"], first["nll"], rtol=1e-4)
