"""Chapter 7's cells: what is pruned, asked and measured."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from grid_small import cell, same
from sklearn.metrics import roc_auc_score

from pruneuq_helpers import data, metrics
from pruneuq_helpers.chapters.pruning_meets_uncertainty import bases as grid_bases
from pruneuq_helpers.chapters.pruning_meets_uncertainty import scores as grid_scores
from pruneuq_helpers.chapters.pruning_meets_uncertainty import skips as grid_skips
from pruneuq_helpers.chapters.pruning_meets_uncertainty import study as grid
from pruneuq_helpers.chapters.pruning_meets_uncertainty import work as grid_work


@pytest.mark.parametrize("criterion", ["dense", "trained on", *grid.CRITERIA])
def test_a_cell_has_a_row_a_method(study, criterion):
    level = 0.0 if criterion in ("dense", "trained on") else 0.5
    rows = pd.DataFrame(grid_work.work(cell(study, criterion, level))).set_index("method")
    assert rows.index.tolist() == ["msp", "ensemble", "mc_dropout"]
    assert rows["nll"].notna().all()
    dense = 1 * 9 * 4 + 4 + 8 + 4 * 9 * 6 + 6 + 12 + 24 * 10 + 10
    half = 1 * 9 * 2 + 2 + 4 + 2 * 9 * 3 + 3 + 6 + 12 * 10 + 10
    if criterion != "resrep":
        assert (rows["parameters"] == (half if level else dense)).all()
        assert (rows["reached"] == level).all()
    else:
        assert rows["reached"].between(0, 0.8).all()


def test_the_dense_rows_are_those_of_the_base_networks(study):
    members = grid_bases.bases(study.spec(), 0, 2).members
    loaded = grid_bases.load_data(study.spec(), 0)
    with torch.no_grad():
        logits = torch.stack([member(loaded.normalise(loaded.test.images)) for member in members])
    rows = pd.DataFrame(grid_work.work(cell(study, "dense", 0.0))).set_index("method")
    found = grid_scores.score(logits[:1], loaded.test.labels)
    assert rows.loc["msp", "ause"] == pytest.approx(found["ause"])
    assert rows.loc["ensemble", "nll"] == pytest.approx(grid_scores.score(logits, loaded.test.labels)["nll"])
    assert rows.loc["msp", "accuracy_before"] == rows.loc["msp", "accuracy"]


def test_each_member_chooses_its_own_channels(study):
    members = grid_bases.bases(study.spec(), 0, 2).members
    loaded = grid_bases.load_data(study.spec(), 0)
    smaller = grid_work.prune(cell(study, "random", 0.5), loaded, members).networks
    assert not torch.equal(smaller[0].conv1.weight, smaller[1].conv1.weight)


def made_up(members=4, samples=300, classes=5):
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, classes, (samples,), generator=generator)
    logits = torch.randn(members, samples, classes, generator=generator)
    logits[:, torch.arange(samples), labels] += 1.5
    return logits, labels


def test_scores_of_several_networks_by_other_means():
    logits, labels = made_up()
    found = grid_scores.score(logits, labels)
    probs = torch.softmax(logits.double(), 2)
    mean = probs.mean(0)
    wrong = (mean.argmax(1) != labels).numpy()
    spread = probs[:, torch.arange(300), mean.argmax(1)].var(0, correction=0)
    assert found["auroc_prob"] == pytest.approx(roc_auc_score(wrong, spread))
    assert found["auroc_mean"] == pytest.approx(roc_auc_score(wrong, 1 - mean.max(1).values))
    assert found["accuracy_mean"] == pytest.approx(1 - wrong.mean())
    paper = logits.double().mean(0)
    logit_spread = logits.double()[:, torch.arange(300), paper.argmax(1)].var(0, correction=0)
    wrong = (paper.argmax(1) != labels).numpy()
    assert found["error"] == pytest.approx(wrong.mean())
    assert found["auroc"] == pytest.approx(roc_auc_score(wrong, logit_spread))
    stretched = (logit_spread - logit_spread.min()) / (logit_spread.max() - logit_spread.min())
    assert found["ece"] == pytest.approx(metrics.ece(torch.softmax(paper, 1), labels, confidence=1 - stretched))


def test_one_network_has_one_uncertainty():
    logits, labels = made_up(members=1)
    found = grid_scores.score(logits, labels)
    assert found["ause"] == found["ause_prob"] == found["ause_mean"]
    assert found["ece"] == found["ece_softmax"] == found["ece_clipped"]
    curve = json.loads(found["curve"])
    assert len(curve["error"]) == len(curve["oracle"]) == 51
    area = np.trapezoid(np.subtract(curve["error"], curve["oracle"]), dx=0.02)
    assert area == pytest.approx(found["ause"], abs=1e-4)


@pytest.mark.parametrize(("alike", "none"), [(300, ["ece", "ece_clipped"]), (299, ["ece_clipped"])])
def test_dead_networks_are_scored_without_what_would_stretch_nothing(alike, none):
    _, labels = made_up(members=1)
    logits = torch.zeros(4, len(labels), 5)
    logits[0, alike:] = 1.0 + torch.arange(5)
    found = grid_scores.score(logits, labels)
    assert [name for name, value in found.items() if value is None and name.startswith("ece")] == none
    assert found["ece_softmax"] == pytest.approx(abs(found["accuracy_mean"] - 1 / 5), abs=0.01)


def test_skip_cells_compare_aligned_with_misaligned(study):
    cells = grid_skips.skip_cells(study)
    assert [(one["seed"], one["level"]) for one in cells] == [(0, 0.0), (0, 0.5), (1, 0.0), (1, 0.5)]
    (dense,) = grid_skips.skip_work(cells[0])
    assert dense["alignment"] == "dense"
    rows = pd.DataFrame(grid_skips.skip_work(cells[1]))
    assert rows.groupby("criterion")["alignment"].agg(list).to_dict() == {
        name: ["aligned", "misaligned"] for name in ("random", "l1", "bn", "hrank")
    }


def test_earlier_epochs_are_the_same_training_s(study):
    """An epoch that was kept is what a shorter training ends with; the last is the dense network itself."""
    spec = study.spec(recipe=study.recipe | {"epochs": 3})
    shorter = study.spec(recipe=study.recipe | {"epochs": 2})
    early, now = grid_bases.bases(spec, 0, 2, epoch=2), grid_bases.bases(spec, 0, 2)
    for one, other, last in zip(early.members, grid_bases.bases(shorter, 0, 2).members, now.members, strict=True):
        torch.testing.assert_close(one.fc1.weight, other.fc1.weight)
        assert not torch.equal(one.fc1.weight, last.fc1.weight)
    assert early.checks == now.checks
    single = spec | {"network": "resnet8", "channels": [2], "dropout": None}
    (one,), (last,) = grid_bases.bases(single, 0, 1, epoch=1).members, grid_bases.bases(single, 0, 1).members
    assert not same(one, last)


def test_a_cell_has_the_earlier_epochs_as_rows(study):
    rows = pd.DataFrame(grid_work.work(cell(study, "earlier", 0.0)))
    assert rows.groupby("epoch")["method"].agg(list).to_dict() == {1: ["msp", "ensemble", "mc_dropout"]}
    dense = pd.DataFrame(grid_work.work(cell(study, "dense", 0.0)))
    assert dense["epoch"].tolist() == [2, 2, 2]
    assert rows["cut_from"].tolist() == dense["cut_from"].tolist()


def test_hrank_s_images_hold_every_class_of_a_training_part_sorted_by_class(study):
    loaded = grid_bases.load_data(study.spec(training_images=1000), 0)
    order = loaded.train.labels.argsort(stable=True)
    apart = data.make("sorted", loaded.train.take(order), loaded.validation, loaded.test, loaded.classes)
    shown = grid_bases.images_for_hrank(apart, seed=0)
    assert shown.shape == (640, 1, 8, 8)
    known = {
        image.numpy().tobytes(): int(label)
        for image, label in zip(apart.normalise(apart.train.images), apart.train.labels, strict=True)
    }
    counts = np.bincount([known[image.numpy().tobytes()] for image in shown], minlength=10)
    assert counts.min() >= 60
