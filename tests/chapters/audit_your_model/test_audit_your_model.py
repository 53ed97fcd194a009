"""Chapter 10's study: its network, its images, and what it makes of an audit."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from pruneuq_helpers import audit, metrics, training
from pruneuq_helpers.audit.intervals import share
from pruneuq_helpers.chapters.audit_your_model import claims as audit_claims
from pruneuq_helpers.chapters.audit_your_model import draw, facts, networks, tables, work
from pruneuq_helpers.chapters.audit_your_model.claims import CLAIMS
from pruneuq_helpers.chapters.audit_your_model.study import AuditStudy
from pruneuq_helpers.claims import check
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.parameters import repository
from pruneuq_helpers.study.profiles import parameters

SPEC = {
    "data": "digits", "root": "data", "download": False, "training_images": 100, "test_images": 61, "channels": [6, 8],
    "epochs": 3, "tune_epochs": 1, "batch": 64, "rate": 0.01, "tune_rate": 0.002, "levels": [0.3, 0.6],
    "criteria": ["l1", "random"], "margin": 0.1, "device": "cpu",
}  # fmt: skip


def study(tmp_path, **changes):
    extra = {"resamples": 100, "repeats": 3, "shape_side": 32, "shape_levels": [0.5], "seeds": 2, "workers": 1}
    return AuditStudy(**SPEC | extra | {"out": str(tmp_path)} | changes)


def test_images_of_a_seed_are_few_and_disjoint():
    found = networks.load_images(SPEC, seed=1)
    assert (len(found.train), len(found.test)) == (100, 61)
    assert set(found.test.labels.tolist()) == set(range(10))


@pytest.mark.parametrize("change", [{"data": "mnist", "root": "nowhere"}, {"data": "imagefolder:nowhere"}])
def test_data_are_looked_for_in_the_repository_from_any_working_directory(tmp_path, monkeypatch, change):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=re.escape(str(repository() / "nowhere"))):
        networks.load_images(SPEC | change, seed=0)


@pytest.mark.parametrize("data", ["moons", "line"])
def test_what_is_no_image_is_refused(tmp_path, data):
    with pytest.raises(ParameterError, match=f"^parameter `data` got '{data}'; it takes a data set of images with cl"):
        study(tmp_path, data=data)


def test_network_depends_on_its_seed_alone():
    images = networks.load_images(SPEC, seed=0)
    one = networks.trained_network(SPEC, images, seed=0)
    torch.manual_seed(5)
    other = networks.trained_network(SPEC, images, seed=0)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_rows_are_what_the_predictions_say():
    images = networks.load_images(SPEC, seed=0)
    model = networks.trained_network(SPEC, images, seed=0)
    found = audit.examine(model, images, repeats=3, resamples=100, **work.settings(SPEC))
    rows = pd.DataFrame(work.rows(found, 0.1)).set_index("network")
    probs = torch.softmax(training.predict(model, images.test.images, normalise=images.normalise), 1)
    assert rows.loc["dense", "accuracy"] == pytest.approx(metrics.accuracy(probs, images.test.labels))
    # The halves have 31 and 30 images, and together make up the change of all 61.
    together = (31 * rows["first_change"] + 30 * rows["second_change"]) / 61
    np.testing.assert_allclose(together[rows["criterion"] != "none"], rows["accuracy_change"].dropna())


def test_study_runs_and_its_claims_are_decided(tmp_path):
    made = study(tmp_path)
    table = made.run("audits")
    assert table.groupby(["seed", "fine_tune"]).size().tolist() == [5, 6, 5, 6]
    assert audit_claims.table(made.run).equals(table)
    verdicts = check(CLAIMS, table)
    assert set(verdicts["reason"].str.rpartition(": ")[2]) == {"too near to chance"}  # after three epochs
    assert tables.agreement(table).frame.to_numpy().sum() == 16


def table_of(first, second, changes=(0.0, 0.0)):
    """Two seeds, one pruned network with these verdicts on the halves, and a dense network with its control."""
    rows = []
    for seed in (0, 1):
        shared = {"seed": seed, "fine_tune": 3, "level": 0.0, "criterion": "none", "accuracy": 0.9}
        rows += [shared | {"network": "dense"}, shared | {"network": "dense, trained on", "changed": 0.01}]
        rows.append(shared | {
            "network": "l1 at 0.5", "criterion": "l1", "level": 0.5, "changed": 0.05, "first_verdict": first,
            "second_verdict": second, "first_change": changes[0], "second_change": changes[1],
        })  # fmt: skip
    return pd.DataFrame(rows)


def test_claims_measure_what_they_say():
    measure = {claim.id.removeprefix("book.audit."): claim.measure for claim in CLAIMS}
    table = table_of("safe", "not safe", (0.02, -0.01))
    np.testing.assert_allclose(measure["beyond-the-control"](table), [0.04, 0.04])
    np.testing.assert_allclose(measure["best-is-hopeful"](table), [0.03, 0.03])


def decided(control_change=0.0, **columns):
    """Verdicts on four seeds, whose pruned networks have these values, with a little noise of the seed."""
    seeds = [table_of("safe", "safe").query("seed == 0").assign(seed=seed) for seed in range(4)]
    tuned = pd.concat(seeds, ignore_index=True)
    tuned["accuracy_change"] = np.where(tuned["network"] == "dense, trained on", control_change, np.nan)
    pruned = tuned["criterion"] != "none"
    for name, value in columns.items():
        tuned.loc[pruned, name] = value + 0.001 * tuned.loc[pruned, "seed"]
    plain = tuned[pruned].assign(fine_tune=0, accuracy=0.8)
    return check(CLAIMS, pd.concat([tuned, plain], ignore_index=True)).set_index("id")


@pytest.mark.parametrize(
    ("claim", "column", "true", "false"),
    [("beyond-the-control", "changed", 0.1, -0.05), ("best-is-hopeful", "first_change", 0.1, -0.1)],
)
def test_every_claim_holds_and_fails(claim, column, true, false):
    assert decided(**{column: true}).loc[f"book.audit.{claim}", "verdict"] == "holds"
    assert decided(**{column: false}).loc[f"book.audit.{claim}", "verdict"] == "fails"


def test_a_recipe_that_harms_the_control_decides_nothing():
    found = decided(control_change=-0.025)
    words = "the fine-tuning costs a dense network 2.5 points of its accuracy"
    assert found["reason"].tolist() == [words, ""]


@pytest.mark.parametrize("left_out", ["fine_tune > 0", "criterion == 'none'", "criterion != 'none'"])
def test_a_table_of_other_parameters_raises_nothing(left_out):
    table = table_of("safe", "safe").assign(accuracy_change=0.0).query(f"not ({left_out})")
    assert "not decidable here" in set(check(CLAIMS, table)["verdict"])


def test_a_measure_has_a_value_a_seed_and_none_besides():
    """Numbers that were added to others gave "4 networks called safe" where there was none, and shares above 1."""
    halves = [table_of("not safe", "undecided"), table_of("safe", "not safe").assign(fine_tune=0)]
    table = pd.concat(halves, ignore_index=True)
    for claim in CLAIMS:
        assert claim.over == "seeds"
        assert len(claim.measure(table)) == 2, claim.id


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [("safe", "not safe", [2, 0, 0, 2]), ("not safe", "safe", [2, 0, 0, 2]), ("safe", "undecided", [2, 0, 2, 0]),
     ("safe", "safe", [2, 2, 0, 0]), ("not safe", "undecided", [0, 0, 0, 0])],
)  # fmt: skip
def test_what_one_half_says_of_networks_that_the_other_calls_safe(first, second, counts):
    found = facts.halves(table_of(first, second))
    assert [found[name] for name in ("called", "confirmed", "left-open", "clash")] == counts


@pytest.mark.parametrize("hits", [0, 1, 3, 4])
def test_the_interval_of_a_share_stays_between_0_and_1_and_holds_it(hits):
    value, low, high = share(hits, 4)
    assert 0 <= low <= value <= high <= 1
    assert high - low > 0.5
    # Quantiles of beta distributions, Clopper and Pearson's form of it.
    assert low == pytest.approx(stats.beta.ppf(0.025, hits, 5 - hits) if hits else 0)
    assert high == pytest.approx(stats.beta.ppf(0.975, hits + 1, 4 - hits) if hits < 4 else 1)


def test_fine_tuning_leaves_the_control_intact():
    spec = parameters("10_audit_your_model") | {"levels": [0.6], "criteria": ["l1"], "seed": 0}
    tuned = pd.DataFrame(work.work(spec | {"fine_tune": spec["tune_epochs"]})).set_index("network")
    assert tuned.loc["dense", "accuracy"] > 0.9
    assert tuned.loc["dense, trained on", "accuracy_change"] > -spec["margin"]


def test_numbers_of_the_study():
    table = table_of("safe", "not safe", (0.02, -0.01)).assign(accuracy_change=[None, -0.03, -0.1, None, -0.01, -0.2])
    plain = table[table["criterion"] != "none"].assign(fine_tune=0, accuracy=0.6, accuracy_change=-0.5)
    both = pd.concat([table.assign(accuracy=0.8), plain], ignore_index=True)
    assert facts.control(both).tolist() == [-0.03, -0.01]
    found = facts.study(both)
    assert (found["control-change"], found["beyond"], found["recovered"]) == ("−0.020 ± 0.014", "0.040", "0.200")
    assert found["luck"] == "0.0300"
    halves = facts.halves(both)
    # Two networks a seed, each called safe by one half and not safe by the other.
    assert (halves["pairs"], halves["called"], halves["clash"]) == (4, 4, 4)
    assert facts.contrasts(both)["fine-tuning-recovers"].values == pytest.approx((0.2, 0.2))


def test_one_seed_has_numbers_without_an_interval(tmp_path):
    table = study(tmp_path, seeds=1).run("audits")
    assert all("(" not in value for value in facts.study(table).values())
    assert facts.halves(table)["pairs"] == 8


@pytest.fixture(scope="module")
def found():
    images = networks.load_images(SPEC, seed=0)
    model = networks.trained_network(SPEC, images, seed=0)
    outside = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return audit.examine(model, images, outside, repeats=3, resamples=100, **work.settings(SPEC))


def test_numbers_and_tables_of_one_audit(found):
    numbers = facts.audited(found)
    assert numbers["networks"] == 4
    assert sum(numbers[f"count-{key}"] for key in ("safe", "unsafe", "undecided")) == 4
    assert (numbers["accuracy-safe"], numbers["accuracy-undecided"]) == (0, 0)  # there is no other rule
    changes = found.measures.query("measure == 'auroc' and criterion != 'none'")["change"]
    assert (numbers["auroc-least"], numbers["auroc-most"]) == (changes.min(), changes.max())
    assert numbers["auroc-lost-safe"] <= numbers["auroc-lost"] <= 4
    assert facts.recalls(found, "l1")["class-cases"] == 20
    assert facts.shape(found)["shape-level"] == 0.6
    busy = replace(found, networks=found.networks.assign(speed_up=float("nan")))
    assert "too busy" in facts.shape(busy)["shape-speed"]
    assert tables.verdicts(found).frame.shape == (2, 2)
    worst = tables.worst_classes(found, "l1").frame
    least = found.classes.query("network == 'l1 at 0.6'")["change"].min()
    assert float(worst.loc[0.6, "change of recall"].replace("−", "-")) == pytest.approx(least, abs=6e-3)
    assert tables.costs(found).frame.loc["dense", "parameters kept"] == "1.00"
    parameters = metrics.parameters(networks.trained_network(SPEC, networks.load_images(SPEC, 0), 0))
    assert tables.sizes(found).frame.loc["dense", "parameters (millions)"] == f"{parameters / 1e6:.2f}"


def test_numbers_of_classes_before_and_after_correction():
    table = pd.DataFrame({"significant": [True, True, False, False], "significant_bh": [True, False, False, False]})
    assert facts.classes(table) == {"by-chance": 0.2, "raw": 2, "corrected": 1}


def test_figures_say_what_they_draw(found):
    drawn = draw.measures(found, ["accuracy", "ece"])
    assert drawn.alt.startswith("accuracy for L1")
    frames = draw.classes(found, "random")
    assert list(frames.values) == [0.3, 0.6]
    assert frames.alt(0.6).startswith("change of recall with random at 0.6: from ")
    assert frames.draw(0.3).axes
    table = table_of("safe", "safe").assign(accuracy_change=-0.25)
    assert draw.change(table).alt == "Change of accuracy over seeds. L1 at level 0.5: −0.250."


def test_shape_network_is_of_another_library():
    model, noise = networks.resnet_for_shape(32)
    assert type(model).__module__.startswith("torchvision")
    assert model(noise.normalise(noise.test.images[:2])).shape == (2, 10)
