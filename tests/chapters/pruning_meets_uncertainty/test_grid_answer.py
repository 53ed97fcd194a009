"""Chapter 7's main answer: every state and control has its row, and each is what it is called."""

import numpy as np
import pandas as pd
import pytest
import torch
from bs4 import BeautifulSoup
from grid_small import SMALL
from sklearn.metrics import roc_auc_score

from pruneuq_helpers import claims, data, metrics, models, training
from pruneuq_helpers.chapters.pruning_meets_uncertainty import answer as grid_answer
from pruneuq_helpers.chapters.pruning_meets_uncertainty import bases as grid_bases
from pruneuq_helpers.chapters.pruning_meets_uncertainty import claims as grid_claims
from pruneuq_helpers.chapters.pruning_meets_uncertainty import draw_answer, draw_reasons, facts, front, paired, tables
from pruneuq_helpers.chapters.pruning_meets_uncertainty import study as grid
from pruneuq_helpers.chapters.pruning_meets_uncertainty.ladder import at_accuracy
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.parts import networks_in
from pruneuq_helpers.training.norms import statistics_again


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    changes = {"training_images": 120, "channels": [6, 8], "epochs": 4, "tune_epochs": 2}
    return grid.GridStudy(**SMALL | changes, workers=1, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="module")
def table(study):
    return study.run("answer")


def test_every_state_and_control_has_one_row_a_seed(table):
    rows = table.groupby(["criterion", "state", "level"]).size()
    assert (rows[rows.index.get_level_values("state") != "earlier epoch"] == 2).all()
    assert sorted(rows.index.droplevel("level").unique()) == sorted(
        [("dense", "as trained"), ("dense", "earlier epoch"), ("dense", "trained on"), ("none", "from scratch")]
        + [(criterion, state) for criterion in ("l1", "random") for state in grid_answer.STATES]
    )
    assert table.groupby("seed")["cut_from"].nunique().tolist() == [1, 1]
    measured = ["accuracy", "ece", "gap", "nll", "brier", "confidence", "changed", "auroc_near", "fpr95_far", "macs"]
    assert table[measured].notna().all(axis=None)
    assert (table.loc[table["state"] == "as trained", "changed"] == 0).all()
    assert (table["gap"] - (table["confidence"] - table["accuracy"])).abs().max() < 1e-6


def test_pruned_and_scratch_networks_of_a_level_are_equally_large(table):
    small = table[table["level"] == 0.5].groupby("state")["parameters"].agg(["min", "max"])
    assert (small["min"] == small["max"]).all()
    assert small["min"].nunique() == 1


def test_the_network_has_not_seen_what_is_held_out(study):
    loaded = grid_bases.load_data(grid_answer.answer_spec(study), 0)
    assert loaded.classes == tuple("01234567")
    assert grid_bases.load_data(study.spec(), 0).classes == tuple("0123456789")


def test_a_class_that_is_not_there_cannot_be_held_out(study):
    with pytest.raises(ParameterError, match="`held_out` got '10'; it takes some of 0, 1, 2"):
        grid_bases.load_data(study.spec(held_out=["8", "10"]), 0)


def test_statistics_are_those_of_the_maps_that_reach_a_layer(study):
    with networks_in(study.network_store):
        network = grid_bases.bases(grid_answer.answer_spec(study), 0, 1).members[0]
    loaded = grid_bases.load_data(grid_answer.answer_spec(study), 0)
    network.bn1.running_mean += 3
    again = statistics_again(network, loaded, batch=len(loaded.train))
    maps = again.conv1(loaded.normalise(loaded.train.images))
    torch.testing.assert_close(again.bn1.running_mean, maps.mean((0, 2, 3)), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(again.bn1.running_var, maps.var((0, 2, 3)), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(again.conv1.weight, network.conv1.weight)
    assert again.bn1.momentum == network.bn1.momentum
    assert not again.bn1.training


def test_statistics_repair_a_network_whose_maps_were_shifted():
    digits = data.load("digits")
    torch.manual_seed(0)
    network = models.build("vgg_small", 10, (1, 8, 8), conv=(4, 4, 6, 6, 8, 8))
    training.train(network, digits, epochs=3, learning_rate=0.01, batch=64)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.reset_running_stats()
    right = [
        float((training.predict(one, digits.test.images, normalise=digits.normalise).argmax(1)
               == digits.test.labels).double().mean())
        for one in (network, statistics_again(network, digits))
    ]  # fmt: skip
    assert right[1] > right[0] + 0.1


def test_measures_by_other_means():
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 5, (300,), generator=generator)
    logits = {name: torch.randn(300, 5, generator=generator) for name in ("test", "near")}
    logits["test"][torch.arange(300), labels] += 2
    found = grid_answer.measures(logits, labels, labels)
    probs = {name: torch.softmax(one.double(), 1) for name, one in logits.items()}
    wrong = (probs["test"].argmax(1) != labels).numpy()
    doubt = {name: (1 - one.max(1).values).numpy() for name, one in probs.items()}
    assert found["auroc_errors"] == pytest.approx(roc_auc_score(wrong, doubt["test"]))
    inside = [0] * 300 + [1] * 300
    assert found["auroc_near"] == pytest.approx(roc_auc_score(inside, [*doubt["test"], *doubt["near"]]))
    assert found["changed"] == pytest.approx(wrong.mean())
    assert found["ece"] == pytest.approx(metrics.ece(probs["test"], labels))
    assert found["auroc_far"] is None


def test_differences_are_paired_and_their_control_is_chosen(table):
    found = paired.differences(table, "accuracy").set_index(["criterion", "state", "level"])
    wide = table.pivot_table(index="seed", columns=["criterion", "state", "level"], values="accuracy")
    change = wide["l1", "fine-tuned", 0.5] - wide["dense", "trained on", 0.0]
    assert found.loc[("l1", "fine-tuned", 0.5), "effect"] == pytest.approx(change.mean())
    np.testing.assert_allclose(paired.change(table, "accuracy", 0.5), change)
    of_other = table.assign(cut_from=table["cut_from"].where(table["state"] != "trained on", "other"))
    assert len(paired.differences(of_other, "accuracy")) == 0
    assert paired.compared(of_other, "accuracy", 0.5).values == (0.0,)
    equal = paired.differences(table, "accuracy", "equal accuracy")
    assert equal.loc[equal["state"] == "fine-tuned", "effect"].abs().max() < 0.3


def made_up(accuracies):
    """The answer's table with these accuracies of L1 at level 0.5, seed by seed; all else is the same everywhere."""
    same = {"ece": 0.1, "nll": 0.2, "auroc_errors": 0.8, "auroc_near": None, "auroc_far": None, "changed": 0.1}
    same |= {"confidence": 0.95, "parameters": 100, "gap": 0.0, "ause_errors": 0.05}
    kinds = [("dense", "as trained", 0.0), ("dense", "earlier epoch", 0.0), ("dense", "trained on", 0.0)]
    kinds += [
        ("l1", "as cut", 0.2),
        ("l1", "fine-tuned", 0.2),
        ("l1", "fine-tuned", 0.5),
        ("none", "from scratch", 0.5),
    ]
    return pd.DataFrame([
        {"seed": seed, "cut_from": str(seed), "criterion": criterion, "state": state, "level": level}
        | {"accuracy": accuracy if (criterion, level) == ("l1", 0.5) else 0.6 if state == "earlier epoch" else 0.9}
        | same
        for seed, accuracy in enumerate(accuracies)
        for criterion, state, level in kinds
    ])  # fmt: skip


def test_facts_are_means_with_their_intervals():
    said = facts.main_answer(made_up([0.8, 0.7, 0.75]))
    # t of 2 degrees of freedom is 4.303, and the standard error 0.05 / sqrt(3)
    assert said["high-accuracy"] == "−0.150 (−0.274 to −0.026)"
    assert said["low-accuracy"] == "+0.000"
    assert said["small-accuracy"] == "+0.150 (+0.026 to +0.274)"  # a small one from scratch, minus the pruned one
    assert (said["dense-accuracy"], said["high-accuracy-is"], said["as-cut-accuracy"]) == ("0.900", "0.750", "0.90")
    assert (said["low-share"], said["high-share"], said["seeds"]) == ("20 %", "50 %", 3)
    assert "high-near" not in said


def test_what_is_kept_stands_before_the_run_at_hand(table, monkeypatch, capsys, tmp_path):
    found = tables.kept_answers(table, grid.GridStudy)
    assert list(found) == ["ResNet-10", "VGG-like", "small"]
    assert found["ResNet-10"]["seed"].nunique() == 10
    monkeypatch.setattr("pruneuq_helpers.study.parameters.repository", lambda: tmp_path)  # installed, without the book
    assert list(tables.kept_answers(table, grid.GridStudy)) == ["small"]
    assert "No larger run is kept here" in capsys.readouterr().out


def test_the_front_page_s_panels_stand_where_the_numbers_are(table):
    made = BeautifulSoup(front.panels(table), "html.parser")
    drawn = made.select(".pruneuq-panels > div > div")
    assert [one.p.text for one in drawn] == [panel[1] for panel in front.PANELS]
    dense = table.loc[table["state"] == "trained on", "accuracy"].mean()
    effects = paired.differences(table, "accuracy").query("criterion == 'l1' and state == 'fine-tuned'")["effect"]
    low, high, _ = front.PANELS[0][3]
    unit = (front.HEIGHT - front.TOP - front.BOTTOM) / (high - low)
    heights = [front.TOP + unit * (high - dense - effect) for effect in effects]
    np.testing.assert_allclose([float(one["cy"]) for one in drawn[0].select("circle")], heights, atol=0.06)
    assert made.figure["aria-label"] == draw_answer.describe(table)
    without = BeautifulSoup(front.panels(table.assign(auroc_near=pd.NA)), "html.parser")
    assert len(without.select(".ask")) == len(front.PANELS) - 1


def test_the_reasons_are_drawn_from_the_table(table):
    tuned = table[(table["state"] == "fine-tuned") & (table["criterion"] == "l1")].groupby("level")
    path = draw_reasons.equal(table).fig.axes[0]
    np.testing.assert_allclose(path.lines[1].get_ydata(), tuned["nll"].mean())
    np.testing.assert_allclose(path.lines[1].get_xdata(), tuned["accuracy"].mean())
    states = draw_reasons.states(table)
    cut = table[(table["state"] == "as cut") & (table["criterion"] == "l1")].groupby("level")["gap"].mean()
    np.testing.assert_allclose(states.fig.axes[1].lines[2].get_ydata(), cut)
    accuracy = table[(table["state"] == "as cut") & (table["criterion"] == "l1") & (table["level"] == 0.25)]["accuracy"]
    assert f"as cut: accuracy {accuracy.mean():.2f}" in states.alt
    across = draw_reasons.networks({"one": table, "another": table.assign(level=0.1)}, (0.25, 0.5))
    (change,) = {line.get_xdata()[0] for line in across.fig.axes[0].lines if len(line.get_xdata()) == 1} & {
        paired.change(table, "accuracy", 0.5).mean()
    }
    assert change == pytest.approx(paired.compared(table, "accuracy", 0.5).effect)
    assert [tick.get_text() for tick in across.fig.axes[0].get_yticklabels()] == ["one"]


def test_criteria_are_drawn_against_the_size_that_is_left():
    sizes = [("trained on", 0.0, 100), ("l1", 0.2, 64), ("l1", 0.8, 4), ("resrep", 0.8, 20)]
    rows = [
        {"method": "msp", "criterion": name, "level": level, "parameters": left, "accuracy": 0.9 - level / 10}
        for name, level, left in sizes
    ]
    drawn = draw_reasons.criteria(pd.DataFrame(rows).assign(auroc=0.8, seed=0))
    assert "(1 here)" in drawn.caption
    _, l1, resrep = drawn.fig.axes[0].lines
    np.testing.assert_allclose(sorted(l1.get_xdata()), [0.04, 0.64])
    np.testing.assert_allclose(resrep.get_xdata(), [0.2])
    assert drawn.alt.endswith("L1 0.820 with 4% of the parameters; ResRep 0.820 with 20% of the parameters.")


WORSE = {"accuracy": -1, "ece": 1, "nll": 1, "gap": 1, "changed": 1, "auroc_errors": -1, "auroc_near": -1}


def harmed(much=1.0):
    """An answer in which pruning does harm: least by L1 and fine-tuned, more by all that it is compared with."""
    kinds = [("dense", state, 0.0, 0.0) for state in ("as trained", "trained on")]
    kinds += [("dense", "earlier epoch", 0.0, harm) for harm in (0.1, 0.3)]
    for level in (0.4, 0.8):
        kinds += [("l1", "fine-tuned", level, 0.1 + level / 10), ("none", "from scratch", level, 0.25)]
        kinds.append(("l1", "as cut", level, 0.4))
    noise, rows = np.random.default_rng(0), []
    for seed in range(5):
        for criterion, state, level, harm in kinds:
            earlier = state == "earlier epoch"  # less accurate, and in nothing else worse
            told = {
                name: 0.7 + sign * much * harm * (not earlier or name == "accuracy") + noise.normal(0, 0.001)
                for name, sign in WORSE.items()
            }
            names = {"seed": seed, "criterion": criterion, "state": state, "level": level, "cut_from": f"dense {seed}"}
            rows.append(names | told | {"network": "resnet8", "data": "digits"})
    return pd.DataFrame(rows)


def verdicts(answer):
    whole = grid_claims.table(lambda part: answer if part == "answer" else pd.DataFrame())
    return claims.check([claim for claim in grid_claims.CLAIMS if claim.part == "answer"], whole).set_index("id")


def test_the_answer_s_claims_hold_where_pruning_does_harm_and_fail_where_it_does_good():
    assert (verdicts(harmed())["verdict"] == "holds").all()
    assert (verdicts(harmed(-0.5))["verdict"] == "fails").all()
    assert verdicts(harmed(0.0)).loc["book.answer.ece.0.8", "verdict"] == "no relevant change"


def test_the_answer_s_claims_are_paired_differences_with_what_they_name():
    answer = harmed()
    wide = answer[answer["state"] != "earlier epoch"].pivot_table(
        index="seed", columns=["criterion", "state", "level"], values=["accuracy", "gap", "auroc_near", "ece"]
    )
    found = verdicts(answer)["value"]
    by_hand = {
        "book.answer.ece.0.8": wide["ece"]["l1", "fine-tuned", 0.8] - wide["ece"]["dense", "trained on", 0.0],
        "book.answer.scratch.accuracy.0.8": wide["accuracy"]["l1", "fine-tuned", 0.8]
        - wide["accuracy"]["none", "from scratch", 0.8],
        "book.answer.cut.gap": wide["gap"]["l1", "as cut", 0.4] - wide["gap"]["dense", "as trained", 0.0],
        "book.answer.near.0.4": wide["auroc_near"]["l1", "fine-tuned", 0.4]
        - wide["auroc_near"]["dense", "trained on", 0.0],
    }
    np.testing.assert_allclose(found[list(by_hand)], [values.mean() for values in by_hand.values()])
    assert found["book.answer.equal-accuracy.ece"] == pytest.approx(0.18, abs=0.005)


def test_what_the_answer_has_not_is_not_decided():
    answer = harmed().drop(columns="auroc_near")
    found = verdicts(answer[answer["level"] != 0.8])
    nothing = found["reason"] == "the run has nothing that this rule compares"
    high = found.index.str.endswith("0.8") | found.index.str.contains("near|equal")
    assert (nothing == high).all()
    guessed = verdicts(harmed().assign(accuracy=0.2))
    assert guessed["reason"].str.endswith("20 % of the images: too near to chance").all()
    other = harmed()
    other["cut_from"] = other["cut_from"].where(other["state"] != "trained on", "another")
    assert verdicts(other).loc["book.answer.ece.0.8", "verdict"] == "not decidable here"
    assert verdicts(other).loc["book.answer.cut.gap", "verdict"] == "holds"


def test_at_equal_accuracy_lies_between_two_epochs_and_never_below_the_first():
    ladder = pd.DataFrame({"accuracy": [0.5, 0.9], "auroc": [0.6, 0.8]})
    found = at_accuracy(ladder, pd.Series([0.7, 0.95, 0.3]), "auroc")
    assert found.tolist() == pytest.approx([0.7, 0.8, np.nan], nan_ok=True)
