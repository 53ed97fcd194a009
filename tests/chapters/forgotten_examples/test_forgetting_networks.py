"""Chapter 8's populations: their networks, and which of them are stored."""

import lzma
import threading

import numpy as np
import pandas as pd
import pytest
import torch
from forgetting_small import SMALL

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.forgotten_examples import images as forgetting_images
from pruneuq_helpers.chapters.forgotten_examples import networks as forgetting_networks
from pruneuq_helpers.chapters.forgotten_examples import record as forgetting_record
from pruneuq_helpers.chapters.forgotten_examples import sizes as forgetting_sizes
from pruneuq_helpers.chapters.forgotten_examples import study as forgetting
from pruneuq_helpers.study.parts import checksum, networks_in


@pytest.mark.parametrize("kind", [{"network": "mlp", "hidden": [9]}, {"network": "cnn", "conv": [4], "hidden": []}])
def test_networks_have_the_widths_asked_for(kind):
    where = {"root": "data", "download": False, "training_images": 100, "asked": "test"}
    shown = forgetting_images.show(where, "digits", "plain", seed=0)
    shapes = forgetting_networks.network_of({"hidden": [], "conv": []} | kind, shown).parameters()
    assert next(iter(shapes.values()))[0] in (4, 9)


def small_cell(study, **values) -> dict:
    """A cell of the study, changed."""
    return forgetting.cells(study)[0] | values


def others(tmp_path, **changes) -> pd.DataFrame:
    small = SMALL | {"seeds": 1, "experiments": ["plain"], "epochs": 3, "shorter": [1]} | changes
    return forgetting.ForgettingStudy(**small, out=str(tmp_path)).run("populations")


def test_no_population_depends_on_the_other_levels_or_their_order(tmp_path):
    keys = ["population", "level", "epochs", "set", "member"]
    usual = others(tmp_path / "usual").set_index(keys).sort_index()
    turned = others(tmp_path / "turned", levels=[0.9, 0.5], controlled=[0.9]).set_index(keys).sort_index()
    pd.testing.assert_frame_equal(turned, usual)
    more = others(tmp_path / "more", levels=[0.1, 0.5, 0.9], controlled=[0.9]).set_index(keys).sort_index()
    assert set(more.index) - set(usual.index) == {("pruned", 0.1, 3, "test", member) for member in range(4)}
    pd.testing.assert_frame_equal(more.loc[usual.index], usual)


def test_blocks_and_more_members_leave_the_others_as_they_are(tmp_path):
    whole = others(tmp_path / "whole")
    blocks = others(tmp_path / "blocks", members=5, block=3)
    assert sorted(blocks["count"].unique()) == [2, 3]
    columns = ["population", "level", "epochs", "member", "accuracy", "said", "probs"]
    same = blocks[blocks["member"] < 4][columns].sort_values(columns[:4], ignore_index=True)
    pd.testing.assert_frame_equal(same, whole[columns].sort_values(columns[:4], ignore_index=True))


def test_no_two_members_share_a_seed():
    seeds = [
        forgetting_networks.member_seed(seed, population, level, member)
        for seed in range(3)
        for population in forgetting_networks.POPULATIONS
        for level in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
        for member in range(30)
    ]
    assert len(set(seeds)) == len(seeds)


def test_answers_are_kept_as_they_were_given(study):
    shown = forgetting.images_of(study, "plain")
    cell = small_cell(study)
    probs = forgetting_networks.answers(cell)["test"].numpy()
    rows = pd.DataFrame(forgetting_record.member_rows(probs, shown.asked["test"].labels.numpy(), 0))
    kept = forgetting_record.said_by(rows.sample(frac=1, random_state=0))
    assert np.array_equal(kept.said, probs.argmax(2))
    assert np.allclose(kept.probs.sum(2), 1)
    two = np.sort(probs, axis=2)[..., -2:]
    assert np.abs(np.sort(kept.probs, axis=2)[..., -2:] - two).max() < 1.5 / forgetting_record.STEPS
    entropy, exact = metrics.predictive_entropy(kept.probs), metrics.predictive_entropy(probs)
    assert np.corrcoef(entropy, exact)[0, 1] > 0.99


@pytest.mark.parametrize("classes", [2, 3, 300])
def test_any_number_of_classes_is_kept(classes):
    probs = np.random.default_rng(0).dirichlet(np.full(classes, 0.2), size=(2, 50)).astype(np.float32)
    labels = np.arange(50) % classes
    kept = forgetting_record.said_by(pd.DataFrame(forgetting_record.member_rows(probs, labels, 0)))
    assert np.array_equal(kept.said, probs.argmax(2))
    assert np.allclose(kept.probs.sum(2), 1)


def test_a_population_of_thirty_on_ten_thousand_images_is_small():
    generator = np.random.default_rng(0)
    hard = generator.random(10_000) < 0.25
    logits = 6 * np.eye(10)[generator.integers(0, 10, 10_000)] * np.where(hard, 0.3, 2.0)[:, None]
    noisy = logits + generator.normal(0, np.where(hard, 1.0, 0.4)[None, :, None], (2, 10_000, 10))
    probs = np.exp(noisy) / np.exp(noisy).sum(2, keepdims=True)
    rows = forgetting_record.member_rows(probs, probs[0].argmax(1), 0)
    assert 30 * max(len(lzma.compress((row["said"] + row["probs"]).encode())) for row in rows) < 400_000


@pytest.mark.parametrize(
    "recipe",
    [
        {"network": "mlp", "hidden": [40, 40], "conv": [], "width": 1},
        {"network": "cnn", "hidden": [20], "conv": [8, 16], "width": 1},
        {"network": "wrn", "hidden": [], "conv": [], "width": 1},
        {"network": "vgg_small", "hidden": [], "conv": [8, 8, 16, 16, 16, 16], "width": 1},
    ],
    ids=lambda recipe: recipe["network"],
)
def test_a_small_network_has_as_many_parameters_as_a_pruned_one_has_left(study, recipe):
    shown = forgetting.images_of(study, "plain")
    dense = forgetting_sizes.network_of(recipe, shown)
    for level in (0.3, 0.9):
        small = forgetting_sizes.network_of(recipe, shown, level)
        target = forgetting_sizes.left(dense, level)
        assert target < forgetting_sizes.left(dense)
        assert 0.8 * target < forgetting_sizes.left(small) <= target


def test_what_is_left_is_what_pruning_leaves(study):
    shown, recipe = forgetting.images_of(study, "plain"), {"network": "wrn", "hidden": [], "conv": [], "width": 1}
    model = forgetting_sizes.network_of(recipe, shown)
    pruning = forgetting_networks.GradualPruning(model, forgetting_networks.Gradual(0.9, begin=0, end=1, every=1))
    pruning.on_step(model, 1)
    nonzero = sum(int((value != 0).sum()) for name, value in model.named_parameters() if name in pruning.names)
    others_ = sum(value.numel() for name, value in model.named_parameters() if name not in pruning.names)
    assert forgetting_sizes.left(model, 0.9) == nonzero + others_


@pytest.fixture
def wide_study(tmp_path):
    """One member a population of wide networks would do; four are the fewest that a study takes."""
    wide = SMALL | {"seeds": 1, "experiments": ["plain"], "training_images": 60, "asked": "test", "network": "wrn"}
    wide |= {"schedule": "one-cycle", "optimiser": "sgd", "epochs": 2, "shorter": [1], "augment": 4, "end": 1.0}
    return forgetting.ForgettingStudy(**wide | {"levels": [0.5], "controlled": []}, out=str(tmp_path))


@pytest.fixture
def wide_cell(wide_study):
    """A pruned network that is trained by itself."""
    return [cell for cell in forgetting.cells(wide_study) if cell["population"] == "pruned"][0] | {"count": 1}


def written(folder) -> dict:
    return {path: path.stat().st_mtime_ns for path in sorted(folder.glob("*.safetensors"))}


def answered(cell, folder) -> torch.Tensor:
    with networks_in(folder):
        return forgetting_networks.answers(cell)["test"]


def test_large_networks_are_pruned_and_kept(wide_cell, tmp_path):
    asked = answered(wide_cell, tmp_path)
    before = written(tmp_path)
    assert len(before) == 1
    assert asked.shape == (1, 449, 10)
    assert torch.equal(answered(wide_cell, tmp_path), asked)
    assert written(tmp_path) == before
    with networks_in(tmp_path):
        weights, check = forgetting_networks.WIDE.of(forgetting_networks.wide_cells(wide_cell)[0])
    assert checksum(weights) == check
    pruned = torch.cat([value.flatten() for name, value in weights.items() if value.ndim == 4])
    assert (pruned == 0).double().mean().item() == pytest.approx(0.5, abs=0.02)


def test_one_more_member_trains_only_its_own_network(wide_cell, tmp_path):
    answered(wide_cell, tmp_path)
    before = written(tmp_path)
    answered(wide_cell | {"count": 2}, tmp_path)
    after = written(tmp_path)
    assert len(after) == 2
    assert before.items() <= after.items()


def test_a_damaged_large_network_is_noticed_and_trained_again(wide_cell, tmp_path, caplog):
    asked = answered(wide_cell, tmp_path)
    ((path, _),) = written(tmp_path).items()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert torch.equal(answered(wide_cell, tmp_path), asked)
    assert "are damaged (their checksum does not match)" in caplog.text
    assert path.read_bytes() == content


def test_two_runs_that_ask_at_once_train_a_large_network_once(wide_cell, tmp_path, monkeypatch):
    trained, train, both, checks = [], forgetting_networks.training.train, threading.Barrier(2), []

    def counted(*words, **more):
        trained.append(more["seed"])
        return train(*words, **more)

    def ask():
        both.wait()
        with networks_in(tmp_path):
            checks.append([forgetting_networks.WIDE.of(one)[1] for one in forgetting_networks.wide_cells(wide_cell)])

    monkeypatch.setattr(forgetting_networks.training, "train", counted)
    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert trained == [forgetting_networks.member_seed(0, "pruned", 0.5, 0)]
    assert checks[0] == checks[1]


def test_only_networks_trained_by_themselves_are_a_part_of_their_own(study, wide_study):
    assert forgetting.network_cells(study) == []
    cells = forgetting.network_cells(wide_study)
    assert [(cell["population"], cell["level"], cell["member"]) for cell in cells] == [
        (*population, member)
        for population in (("dense", 0.0), ("dense again", 0.0), ("pruned", 0.5))
        for member in range(4)
    ]


def test_a_cell_is_a_population_and_says_only_what_it_depends_on(study):
    cells = forgetting.cells(study)
    assert len(cells) == 2 * 3 * 7
    plain = [cell for cell in cells if cell["experiment"] == "plain" and cell["seed"] == 0]
    assert [(cell["population"], cell["level"], cell["epochs"]) for cell in plain] == [
        ("dense", 0.0, 6), ("dense again", 0.0, 6), ("pruned", 0.5, 6), ("pruned", 0.9, 6), ("small", 0.9, 6),
        ("short", 0.0, 2), ("short", 0.0, 4),
    ]  # fmt: skip
    assert "updates" not in plain[0]["recipe"]
    assert "wrong_labels" not in plain[0]["where"]
    assert "schedule" not in plain[2]["recipe"]
