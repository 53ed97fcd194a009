"""Chapter 9's study: its data, its networks and what survives in them, its methods, tables and claims."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from pruneuq_helpers import claims, metrics, pruning
from pruneuq_helpers.chapters.model_uncertainty import claims as claims_of
from pruneuq_helpers.chapters.model_uncertainty import draw, draw_plane, facts, measures, networks, predictives, tables
from pruneuq_helpers.chapters.model_uncertainty import study as study_of
from pruneuq_helpers.chapters.model_uncertainty.claims import CLAIMS
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.text import plus_minus
from pruneuq_helpers.uncertainty import survivors

SMALL = {
    "seeds": 2,
    "data": "digits",
    "training_images": 60,
    "test_images": 50,
    "held_out": ["8", "9"],
    "far": ["photographs", "rotated"],
    "channels": [3, 4],
    "hidden": [8],
    "kernel": 3,
    "padding": 1,
    "points": 60,
    "moons_hidden": [6, 5],
    "levels": [0.4, 0.7],
    "members": 2,
    "passes": 3,
    "dropout": 0.2,
    "epochs": 8,
    "tune_epochs": 4,
    "moons_epochs": 20,
    "batch": 32,
    "rate": 0.01,
    "weight_decay": 0.001,
    "precisions": [0.1, 10.0, 1000.0],
    "draws": 8,
    "memory": 1.0,
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return study_of.ModelUncertaintyStudy(**SMALL, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="module")
def cells(study):
    return study_of.cells(study)


@pytest.fixture(scope="module", params=["digits", "moons"])
def case(request, cells):
    cell = next(one for one in cells if one["data"] == request.param)
    shown = networks.shown_for(cell)
    return cell, shown, networks.grown(cell, shown)


@pytest.fixture(scope="module")
def table(cells):
    parts = [study_of.work(cell).assign(data=cell["data"], seed=cell["seed"]) for cell in cells]
    return pd.concat(parts, ignore_index=True)


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


def test_every_claim_is_asked_of_a_run_of_today(table):
    able = table.assign(accuracy=0.9)
    verdicts = claims.check(CLAIMS, able)
    assert (verdicts["seeds"] == 2).all()
    assert verdicts.groupby("id").size().to_dict() == {claim.id: 2 if claim.each else 1 for claim in CLAIMS}
    assert {claim.chapter for claim in CLAIMS} == {"09"}


def test_the_table_of_the_claims_is_that_of_the_part(table):
    assert claims_of.table({"methods": table}.get) is table


def made(better: float) -> pd.DataFrame:
    """Ten seeds in which all that the claims hope for is better by so much, or worse where that is negative."""
    gains = {"softmax": 0.0, "ensemble": 2.0, "last layer": 1.0, "all weights": 1.0}
    choices = {"survivors": 1.0, "random": 0.0, "variance": 2.0}
    rows = []
    for seed in range(10):
        for data in ("digits", "moons"):
            row = {"seed": seed, "data": data, "accuracy": 0.9 + 0.001 * (seed % 3)}

            def add(part, method, level, seen, lost, row=row, seed=seed, **more):
                seen, lost = better * seen + 0.001 * (seed % 3), better * lost + 0.001 * (seed % 2)
                scores = {"auroc": 0.5 + seen, "ece": 0.5 - lost, "nll": 0.5 - lost}
                scores |= {"scaled_nll": 0.5 - lost}
                rows.append(row | {"part": part, "method": method, "level": level} | scores | more)

            for method, gain in gains.items():
                add("methods", method, 0.0, gain, gain)
                add("methods", method, 0.4, gain - 1, gain + 1)  # pruned, it sees less
            for method, gain in choices.items():
                add("choices", method, 0.4, gain, gain)
            for prior, lost in (("evidence", 0.0), ("validation", 1.0)):
                add("predictives", "all weights", 0.0, 0.0, lost, predictive="probit", prior=prior)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
@pytest.mark.parametrize(("better", "verdict"), [(0.04, "holds"), (-0.04, "fails"), (0.0, "no relevant change")])
def test_every_claim_can_hold_and_fail(claim, better, verdict):
    found = claims.check([claim], made(better))
    assert set(found["verdict"]) == {verdict}
    assert list(found["data"]) == (["digits", "moons"] if claim.each else [""])


def test_networks_that_guess_decide_nothing():
    found = claims.check(CLAIMS, made(0.04).assign(accuracy=0.2))
    images = found[found["data"] != "moons"]
    assert set(images["verdict"]) == {"not decidable here"}
    assert images["reason"].str.contains("too near to chance").all()


def test_a_table_of_something_else_decides_nothing():
    other = pd.DataFrame({"seed": [0, 1], "data": "digits", "part": "methods", "method": "other", "level": 0.0})
    assert set(claims.check(CLAIMS, other)["reason"]) == {"the run has nothing that this rule compares"}
    assert set(claims.check(CLAIMS, pd.DataFrame({"seed": [0, 1]}))["verdict"]) == {"not decidable here"}
    assert set(claims.check(CLAIMS, pd.DataFrame())["reason"]) == {"no such run is kept"}


def of_one_seed(measure, rows) -> pd.DataFrame:
    """A table with one seed of images and nothing but these values of one measure, by (part, method, level)."""
    return pd.DataFrame(rows, columns=["part", "method", "level", measure]).assign(seed=0, data="digits")


@pytest.mark.parametrize(
    ("name", "measure", "rows", "value"),
    [
        ("laplace-detects", "auroc",
         [("methods", "all weights", 0.0, 0.9), ("methods", "softmax", 0.0, 0.7)], 0.2),
        ("pruning-calibrates-laplace", "ece",
         [("methods", "all weights", level, value) for level, value in ((0.0, 0.1), (0.4, 0.9), (0.7, 0.4))], 0.3),
        ("survivors-over-random", "auroc",
         [("choices", "survivors", 0.4, 0.8), ("choices", "survivors", 0.7, 0.6),
          ("choices", "random", 0.4, 0.5), ("choices", "random", 0.7, 0.5)], 0.2),
    ],
)  # fmt: skip
def test_a_claim_measures_what_it_says(name, measure, rows, value):
    claim = next(one for one in CLAIMS if one.id == f"book.methods.{name}")
    assert list(claim.measure(of_one_seed(measure, rows))) == pytest.approx([value])


def test_surfaces_are_probabilities_and_said_in_words(case):
    cell, shown, grown = case
    if cell["data"] == "moons":
        found = draw_plane.surface(cell, shown, grown, 0.4, side=9)
        assert all(prob.shape == (9, 9) and prob.min() >= 0 and prob.max() <= 1 for prob in found.values())
        assert draw_plane.describe(found, 0.4).count("0.") + draw_plane.describe(found, 0.4).count("1.00") >= len(found)
        assert len(draw_plane.panels(found, shown).axes) == 7  # five methods, an empty place, the scale
    else:
        assert len(shown.input_shape) == 3


def test_far_from_the_moons_is_the_rim_alone():
    inside = np.full((21, 21), 1.0)
    inside[7:14, 7:14] = 0.5
    assert draw_plane.far_confidence(inside) == 1.0


def test_frames_of_the_plane_and_its_numbers():
    sure, unsure = np.full((9, 9), 0.9), np.full((9, 9), 0.5)
    surfaces = {0.0: {"softmax": sure, "ensemble": sure, "all weights": unsure}}
    surfaces[0.8] = {"softmax": unsure, "ensemble": sure, "all weights": unsure}
    frames = draw_plane.methods(surfaces, shown=None)
    assert frames.values == [0.0, 0.8]
    assert frames.alt(0.8) == (
        "Maps of the plane, a method each. "
        "Level 0.8: mean confidence far from the moons softmax 0.50, ensemble 0.90, all weights 0.50."
    )
    numbers = facts.plane(surfaces)
    assert numbers["corner-softmax-dense"] == pytest.approx(0.9)
    assert numbers["corner-softmax-top"] == pytest.approx(0.5)


def test_numbers_are_paired_by_seed():
    rows = [("methods", method, level, seed, auroc - 0.1 * level + 0.01 * seed * (method == "ensemble"), 0.2, data)
            for method, auroc in {"softmax": 0.8, "ensemble": 0.9}.items()
            for level in (0.0, 0.4) for seed in (0, 1) for data in ("digits", "moons")]  # fmt: skip
    rows += [("choices", how, 0.4, seed, auroc, nll, "digits")
             for how, auroc, nll in (("random", 0.7, 0.5), ("variance", 0.6, 0.2))
             for seed in (0, 1)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["part", "method", "level", "seed", "auroc", "nll", "data"])
    assert facts.change(table, "softmax", "auroc").tolist() == pytest.approx([-0.04, -0.04])
    assert facts.over(table, "ensemble", "auroc").tolist() == pytest.approx([0.1, 0.11])
    assert facts.over(table, "ensemble", "auroc", moons=True).tolist() == pytest.approx([0.1, 0.11])
    assert facts.chosen_over(table, "variance", "auroc").tolist() == pytest.approx([-0.1, -0.1])
    assert facts.idle(table) == "100%"  # 0.2 of the softmax, and 0.2 of the largest variances


def numbers_of(table) -> dict:
    """All that the text says of a run."""
    parts = (facts.methods, facts.changes, facts.ways, facts.moons, facts.choices)
    return {name: value for part in parts for name, value in part(table).items()}


def test_numbers_of_a_run(table):
    rows = tables.part_of(table, "methods")
    numbers, dense = numbers_of(table), tables.values_of(rows, "ensemble", "ece", 0.0)
    assert numbers["ece-ensemble-dense"] == plus_minus(dense, 2).replace(" ", facts.NARROW)
    assert (numbers["low"], numbers["top"]) == ("0.4", "0.7")
    assert all(value != "" for value in numbers.values())
    high = tables.values_of(rows, "ensemble", "auroc", 0.7) - tables.values_of(rows, "softmax", "auroc", 0.7)
    assert numbers["gain-ensemble-top"] == claims.with_interval(high, 2, signed=True)
    low = tables.values_of(rows, "softmax", "auroc", 0.4) - tables.values_of(rows, "softmax", "auroc", 0.0)
    assert numbers["auroc-change-softmax-low"] == claims.with_interval(low, 2, signed=True)
    larger = facts.large(table)
    assert larger["large-auroc-change-softmax"] == numbers["auroc-change-softmax"]
    assert (larger["large-seeds"], larger["large-ece-all"]) == (2, numbers["ece-all-dense"].replace(facts.NARROW, " "))


def test_figures_pair_what_they_compare(table):
    rows, choices = tables.part_of(table, "methods"), tables.part_of(table, "choices")
    methods, priors, weights = (figure(table) for figure in (draw.levels, draw.priors, draw.which_weights))
    assert [len(drawing.fig.axes) for drawing in (methods, priors, weights)] == [2, 1, 1]
    ends = [tables.values_of(rows, "ensemble", "auroc", level).mean() for level in (0.0, 0.7)]
    assert f"ensemble from {ends[0]:.2f} to {ends[1]:.2f}" in methods.alt
    assert len(priors.fig.axes[0].get_yticklabels()) == 6
    ends = [tables.values_of(choices, how, "auroc").mean() for how in ("random", "survivors")]
    assert f"survivors from {ends[0]:.2f} to {ends[1]:.2f}" in weights.alt
    softmax = tables.values_of(rows, "softmax", "auroc", 0.0).mean()
    assert f"no weights from {ends[0]:.2f} to {softmax:.2f}" in weights.alt


def test_sentences_rest_on_one_value_a_seed(table):
    seen = facts.contrasts(table)
    assert {found.count for found in seen.values()} == {2}
    ece = [tables.of_way(table, method, way, "validation", "ece") - tables.of_way(table, method, way, "evidence", "ece")
           for method in ("last layer", "all weights") for way in ("probit", "linearised")]  # fmt: skip
    assert seen["by-prior"].values == tuple(np.max(ece, axis=0))


def test_one_seed_has_numbers(table):
    one = table[table["seed"] == 0]
    assert facts.contrasts(one)["drawn"].count == 1
    assert "nan" not in " ".join(map(str, numbers_of(one).values()))
