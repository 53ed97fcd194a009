"""Chapter 8's study: its images, its populations, what it counts, and its claims."""

import threading

import numpy as np
import pandas as pd
import pytest
import torch

from pruneuq_helpers import claims, data, metrics
from pruneuq_helpers.chapters.forgotten_examples import claims as forgetting_claims
from pruneuq_helpers.chapters.forgotten_examples import contrasts as forgetting_contrasts
from pruneuq_helpers.chapters.forgotten_examples import draw as forgetting_figures
from pruneuq_helpers.chapters.forgotten_examples import examples as forgetting_examples
from pruneuq_helpers.chapters.forgotten_examples import facts as forgetting_facts
from pruneuq_helpers.chapters.forgotten_examples import gallery as forgetting_gallery
from pruneuq_helpers.chapters.forgotten_examples import images as forgetting_images
from pruneuq_helpers.chapters.forgotten_examples import measures as forgetting_measures
from pruneuq_helpers.chapters.forgotten_examples import networks as forgetting_networks
from pruneuq_helpers.chapters.forgotten_examples import pairs as forgetting_pairs
from pruneuq_helpers.chapters.forgotten_examples import record as forgetting_record
from pruneuq_helpers.chapters.forgotten_examples import sizes as forgetting_sizes
from pruneuq_helpers.chapters.forgotten_examples import study as forgetting
from pruneuq_helpers.chapters.forgotten_examples import tables as forgetting_tables
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.parts import checksum, networks_in
from pruneuq_helpers.text import plus_minus

SMALL = {
    "profile": "quick", "seeds": 2, "workers": 1, "data": "digits", "label": "digits",
    "experiments": ["plain", "planted", "minority"], "training_images": 150, "asked": "rest",
    "learnt": 100, "wrong_labels": 0.1, "corrupted": 0.1, "minority_data": "coloured_digits", "minority": 0.1,
    "attributes": [],
    "members": 4, "block": 4, "levels": [0.5, 0.9], "controlled": [0.9], "shorter": [2, 4], "network": "mlp",
    "hidden": [16], "conv": [], "width": 1, "epochs": 6,
    "batch": 50, "optimiser": "adam", "rate": 0.01, "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant",
    "augment": 0, "precision": "auto", "begin": 0.0125, "end": 0.5, "updates": 4, "grad": "masked",
    "splits": 10, "shown": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return forgetting.ForgettingStudy(**SMALL, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="module")
def table(study):
    return study.measured()


@pytest.fixture(scope="module")
def said(study, table):
    return study.run("populations")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"members": 3}, "`members` got 3"),
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0 at position 0"),
        ({"begin": 0.6}, "`begin` got 0.6; it takes a share below `end`, 0.5"),
        ({"corrupted": 0.95}, "`corrupted` got 0.95"),
        ({"schedule": "cosine"}, "`schedule` got 'cosine'; networks that are trained together"),
        ({"augment": 4}, "`augment` got 4"),
        ({"precision": "bfloat16"}, "`precision` got 'bfloat16'; networks that are trained together"),
        ({"network": "resnet9"}, "`network` got 'resnet9'; it takes one of mlp, cnn, .*did you mean `resnet8`"),
        ({"controlled": [0.8]}, "`controlled` got 0.8; it takes some of `levels`, 0.5, 0.9"),
        ({"shorter": [2, 6]}, "`shorter` got 6; it takes numbers below `epochs`, 6"),
        ({"experiments": ["planted"]}, "`experiments` got .'planted'.; it takes a list with plain in it"),
        ({"grad": "both"}, "`grad` got 'both'; it takes one of masked, dense"),
        ({"split": 3}, "did you mean `splits`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        forgetting.ForgettingStudy(**SMALL | change, out=str(tmp_path))


def test_nobody_is_asked_about_what_was_learnt():
    where = {"root": "data", "download": False, "training_images": 500, "asked": "rest"}
    shown = forgetting_images.show(where, "digits", "plain", seed=3)
    raw = torch.cat([shown.data.train.images, shown.asked["test"].raw]).flatten(1)
    everything = data.load("digits")
    whole = torch.cat([getattr(everything, part).images for part in ("train", "validation", "test")]).flatten(1)
    assert len(raw) == len(whole)
    assert sorted(map(tuple, raw.tolist())) == sorted(map(tuple, whole.tolist()))


def test_planted_faults_are_where_the_groups_say():
    where = {"root": "data", "download": False, "training_images": 300, "asked": "test"}
    where |= {"wrong_labels": 0.1, "corrupted": 0.2, "learnt": 300}
    clean = forgetting_images.show(where, "digits", "plain", seed=0)
    shown = forgetting_images.show(where, "digits", "planted", seed=0)
    asked = shown.asked["train"]
    changed = (asked.raw != clean.data.train.images).flatten(1).any(1)
    assert torch.equal(asked.labels != asked.truth, asked.group == forgetting_images.PLANTED.index("wrong label"))
    assert changed[asked.group != forgetting_images.PLANTED.index("corrupted")].sum() == 0
    assert torch.bincount(asked.group).tolist() == [210, 30, 60]
    assert torch.equal(shown.train[1], asked.labels)
    few = forgetting_images.show(where | {"learnt": 40}, "digits", "planted", seed=0)
    assert torch.equal(few.train[0], shown.train[0])
    assert len(few.asked["train"].labels) == 40
    assert len(few.asked["test"].labels) == len(shown.asked["test"].labels)
    places = [(asked.raw == image).flatten(1).all(1).nonzero()[0, 0] for image in few.asked["train"].raw]
    assert torch.equal(few.asked["train"].group, asked.group[torch.stack(places)])


def test_groups_can_be_made_of_attributes():
    part = data.Part(
        torch.zeros(4, 1, 2, 2, dtype=torch.uint8),
        torch.tensor([0, 1, 1, 0]),
        attributes=torch.tensor([[True, False], [True, True], [False, False], [False, True]]),
    )
    whole = data.make("faces", part, part, part, ("dark", "blond"), attribute_names=("Male", "Young"))
    code, names = forgetting_images._groups(part, whole, ["Male", "Young"])
    said = [names[place] for place in code]
    assert said == ["dark, Male, not Young", "blond, Male, Young", "blond, not Male, not Young",
                    "dark, not Male, Young"]  # fmt: skip
    with pytest.raises(ParameterError, match="`attributes` got 'Old'; it takes some of Male, Young"):
        forgetting_images._groups(part, whole, ["Old"])
    with pytest.raises(ParameterError, match="`attributes` got none"):
        forgetting_images._groups(part, whole, [])


def test_the_schedule_is_s4s_in_shares():
    recipe = {"epochs": 1, "batch": 1, "begin": 1 / 80, "end": 0.25, "updates": 10, "grad": "dense"}
    plan = forgetting_networks.schedule(recipe, images=80_000, levels=0.9)
    assert (plan.begin, plan.end, plan.every, plan.grad) == (1000, 20_000, 2000, "dense")
    assert plan.steps() == list(range(2000, 20_001, 2000))


def test_a_schedule_of_few_steps_still_ends_at_the_level():
    recipe = {"epochs": 1, "batch": 64, "begin": 0.0, "end": 0.1, "updates": 10, "grad": "masked"}
    plan = forgetting_networks.schedule(recipe, images=100, levels=0.5)
    assert plan.level(plan.steps()[-1], 0.5) == 0.5


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
    assert 30 * max(len(row["said"]) + len(row["probs"]) for row in rows) < 600_000


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


def test_the_table_holds_every_part_once(table, study):
    assert set(table["part"]) == {"level", "class", "sample", "group", "image", "member"}
    levels = forgetting_tables.part(table, "level")
    assert not levels.duplicated(["experiment", "seed", "population", "level"]).any()
    assert len(levels) == 3 * study.seeds * 3
    assert len(forgetting_tables.part(table, "level", controls=True)) == 3 * study.seeds * 5
    assert set(forgetting_tables.part(table, "image")["seed"]) == {0}
    counted = forgetting_tables.part(table, "group", "plain")
    assert (counted["pie"] + counted["non_pie"] == 1797 - 150).all()
    both = levels.merge(counted, on=["experiment", "seed", "population", "level"])
    assert (both["pies"] == both["pie"]).all()


def said_of(said, classes=3):
    """A population that is sure of these answers ``[K, N]``."""
    said = np.asarray(said)
    return forgetting_record.Said(said, np.eye(classes, dtype=np.float32)[said])


def known_of(labels, group=None, groups=("all",)):
    labels = np.array(labels)
    group = np.zeros_like(labels) if group is None else np.array(group)
    return forgetting_record.Known(labels, labels, group, groups, ("0", "1", "2"))


def a_pair():
    """Four images; dense networks say 0 1 2 2, pruned ones 0 1 2 0."""
    dense = said_of([[0, 1, 2, 2]] * 4)
    return forgetting_pairs.Pair("pruned", 0.5, dense, dense, said_of([[0, 1, 2, 0]] * 4))


def test_a_pair_counted_by_hand():
    row = forgetting_measures.level_row(a_pair(), known_of([0, 1, 2, 2]), splits=5, seed=0)
    assert (row["pies"], row["null"], row["matched"], row["excess"]) == (1, 0, 1, 1)
    assert (row["accuracy"], row["dense_accuracy"]) == (0.75, 1.0)


def test_samples_scored_by_hand():
    rows = pd.DataFrame(forgetting_measures.sample_rows(a_pair(), known_of([0, 1, 2, 2])))
    found = rows.groupby(["networks", "sample"])[["whole", "all"]].mean()
    assert found.loc["dense"].to_dict("index") == dict.fromkeys(("PIE", "non-PIE"), {"whole": 1.0, "all": 1.0})
    assert found.loc["pruned", "whole"].to_dict() == {"PIE": 0.0, "non-PIE": 1.0}
    assert (found.loc["pruned", "all"] == 0.75).all()


def test_one_half_of_the_networks_chooses_and_the_other_answers():
    dense = said_of([[0, 1, 2]] * 4)
    other = said_of([[1, 1, 2]] * 2 + [[0, 1, 0]] * 2)  # one half forgets the first image, one the last
    pair = forgetting_pairs.Pair("pruned", 0.5, dense, dense, other)
    rows = pd.DataFrame(forgetting_measures.sample_rows(pair, known_of([0, 1, 2])))
    pruned = rows[rows["networks"] == "pruned"].groupby("sample")["whole"].mean()
    assert pruned.to_dict() == {"PIE": 1.0, "non-PIE": 0.5}


def test_no_pie_leaves_no_accuracy():
    dense = said_of([[0, 1, 2, 2]] * 4)
    pair = forgetting_pairs.Pair("pruned", 0.5, dense, dense, dense)
    rows = pd.DataFrame(forgetting_measures.sample_rows(pair, known_of([0, 1, 2, 2])))
    assert rows.loc[rows["sample"] == "PIE", "whole"].isna().all()
    row = forgetting_measures.level_row(pair, known_of([0, 1, 2, 2]), splits=5, seed=0)
    assert row["pies"] == 0
    assert row["entropy_auroc"] is None


def test_groups_counted_by_hand():
    known = known_of([0, 1, 2, 2], group=[0, 0, 1, 1], groups=("a", "b"))
    rows = pd.DataFrame(forgetting_examples.group_rows(a_pair(), known)).set_index("group")
    assert rows[["pie", "non_pie"]].to_numpy().tolist() == [[0, 2], [1, 1]]
    assert rows[["dense_accuracy", "pruned_accuracy"]].to_numpy().tolist() == [[1, 1], [1, 0.5]]


def test_the_gallery_is_balanced_and_knows_its_labels(table):
    rows = forgetting_tables.part(table, "image", "planted")
    rows = rows[rows["set"] == "test"]
    ever = rows.groupby("image")["identified"].any()
    assert 0 < ever.sum() <= SMALL["shown"]
    assert ever.sum() == (~ever.astype(bool)).sum()
    wrong = rows["kind"] == "wrong label"
    assert ((rows["truth"] != rows["given"]) == wrong).all()
    differs = rows["dense"] != rows["pruned"]
    assert (differs == rows["identified"].astype(bool)).all()
    agreed = rows[~ever.reindex(rows["image"]).to_numpy(bool)]
    assert (agreed["second"] != agreed["dense"]).all()


def test_shares_add_up(table):
    rows = forgetting_tables.shares(table, "planted", "train")
    sums = rows.groupby(["seed", "population", "level"])[["pie_share", "other_share"]].sum(min_count=1)
    assert np.allclose(sums["other_share"], 1)
    assert np.allclose(sums["pie_share"].dropna(), 1)
    assert np.allclose(rows["difference"].dropna(), (rows["pie_share"] - rows["other_share"]).dropna())


def test_the_smallest_group_is_the_minority_and_gaps_are_its_own(table):
    assert forgetting_tables.smallest_group(table) == "another digit's colour"
    rows = forgetting_tables.at(forgetting_tables.part(table, "group", "minority")).set_index(["seed", "group"])
    wide = rows["pruned_accuracy"].unstack()
    expected = wide["its own colour"] - wide["another digit's colour"]
    assert np.allclose(forgetting_tables.gaps(table)["pruned"], expected)


def test_impacted_classes_are_counted(table):
    found = forgetting_tables.impacted(table, "top")
    assert (found["gaining"] + found["losing"] <= found["impacted"]).all()
    assert (found["classes"] == 10).all()
    rows = forgetting_tables.at(forgetting_tables.part(table, "class", "plain"))
    weighted = rows["normalised_recall_difference"] * rows["count"]
    assert np.allclose(weighted.groupby(rows["seed"]).sum(), 0)


def claim_of(name):
    return next(claim for claim in forgetting_claims.CLAIMS if claim.id == name)


def verdict_of(name, table):
    return claims.check([claim_of(name)], table)["verdict"].item()


def reason_of(name, table):
    return claims.check([claim_of(name)], table)["reason"].item()


def test_the_claims_read_what_the_study_measures(study, table):
    same = forgetting.ForgettingStudy(**SMALL | {"splits": 50, "shown": 60}, out=study.out)
    pd.testing.assert_frame_equal(forgetting_claims.table(same.run), same.measured().drop(columns="label"))
    assert forgetting_claims.table(lambda part: pd.DataFrame()).empty
    assert set(claims.check(forgetting_claims.CLAIMS, pd.DataFrame())["reason"]) == {"no such run is kept"}


def test_a_claim_has_a_short_name_and_a_short_quote(table):
    found = claims.check(forgetting_claims.CLAIMS, table)
    assert found["id"].is_unique
    assert set(found["chapter"]) == {"08"}
    assert all(claim.id.startswith(f"{claim.source}.") for claim in forgetting_claims.CLAIMS)
    assert max(len(claim.short) for claim in forgetting_claims.CLAIMS) <= 40
    assert max(len(claim.quote.split()) for claim in forgetting_claims.CLAIMS) < 15


def made_up(change=None, seeds=3, members=4):
    """Ten classes, a thousand images, and numbers that no finding follows from; `change` makes one of them true.

    It takes a row and gives what is different in it.
    """
    rows = []
    for seed in range(seeds):
        for who, level in (("dense again", 0.0), ("pruned", 0.3), ("pruned", 0.9), ("small", 0.9), ("short", 0.9)):
            of_pair = {"population": who, "level": level, "epochs": 6, "seed": seed}
            plain = of_pair | {"experiment": "plain", "set": "test"}
            accuracy = {"accuracy": 0.9, "dense_accuracy": 0.9}
            rows.append(plain | accuracy | {"part": "level", "pies": 20, "images": 1000, "excess": 0.0})
            rows.append(plain | accuracy | {"part": "level", "experiment": "planted", "pies": 20, "images": 1000})
            rows += [plain | {"part": "class", "class": str(place), "significant": place < 2}
                     | {"normalised_recall_difference": [-0.01, 0.01][place % 2]} for place in range(10)]  # fmt: skip
            rows += [plain | {"part": "sample", "networks": networks, "sample": sample}
                     | {"whole": 0.9, "all": 0.9} for networks in ("dense", who)
                     for sample in ("PIE", "non-PIE")]  # fmt: skip
            rows += [of_pair | {"experiment": experiment, "set": images, "part": "group", "group": group}
                     | {"pie": size // 10, "non_pie": size - size // 10, "pruned_accuracy": 0.9, "dense_accuracy": 0.9}
                     for experiment, images, group, size in (
                         ("minority", "test", "its own", 900), ("minority", "test", "another's", 100),
                         ("planted", "test", "plain", 900), ("planted", "test", "corrupted", 100),
                         ("planted", "train", "plain", 900), ("planted", "train", "wrong label", 100))]  # fmt: skip
            rows += [of_pair | {"experiment": experiment, "set": images, "part": "member", "networks": networks}
                     | {"member": member} | columns for networks in ("dense", who) for member in range(members)
                     for experiment, images, columns in (
                         ("plain", "test", {"accuracy": 0.9, "gain": 0.0}), ("minority", "test", {"gap": 0.1}),
                         ("planted", "train", {"repeated": 0.5}))]  # fmt: skip
    return pd.DataFrame([row | ((change(row) or {}) if change else {}) for row in rows])


def where(column, value, **chosen):
    """A change of one column in the rows that are chosen: its number grows by the value, a little more in odd seeds."""

    def change(row):
        if column in row and all(row.get(name) == wanted for name, wanted in chosen.items()):
            return {column: row[column] + value * (1 + 0.01 * ((row["seed"] + row.get("member", 0)) % 2))}

    return change


TOP = {"population": "pruned", "level": 0.9}
PLAIN = TOP | {"experiment": "plain"}
LEVEL, SAMPLE = PLAIN | {"part": "level"}, PLAIN | {"part": "sample"}
MINORITY = TOP | {"experiment": "minority", "group": "another's"}
SPOILT = TOP | {"experiment": "planted", "set": "test", "group": "corrupted"}
TAUGHT = TOP | {"experiment": "planted", "set": "train", "group": "wrong label"}


def classes(impacted, gaining=0, **chosen):
    """So many classes impacted in these rows, and so many of them gain."""

    def change(row):
        if row["part"] == "class" and all(row.get(name) == wanted for name, wanted in chosen.items()):
            place = int(row["class"])
            moved = 0.1 if place < gaining else -0.1
            return {"significant": place < impacted, "normalised_recall_difference": moved}

    return change


def easier(value):
    def change(row):
        of_samples = row["part"] == "sample" and row["sample"] == "non-PIE"
        return {"whole": row["whole"] + value + 1e-4 * row["seed"]} if of_samples else None

    return change


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("S4.abstract.top1-comparable", where("accuracy", -0.002, **LEVEL), where("accuracy", -0.05, **LEVEL)),
        ("S4.table5.classes-impacted", classes(6, **PLAIN), classes(0, **PLAIN)),
        ("S4.table5.classes-impacted-low", classes(6, **PLAIN | {"level": 0.3}), classes(0, **PLAIN | {"level": 0.3})),
        ("S4.s1.top1-hides", classes(6, **PLAIN), classes(6, population="dense again")),
        ("S4.s1.2.more-gain", classes(6, 5, **PLAIN), classes(6, 1, **PLAIN)),
        ("S4.table3.pies-grow", where("pies", 30, **LEVEL), where("pies", -19, **LEVEL)),
        ("S4.fig3.removal-helps", easier(0.03), easier(-0.03)),
        ("S4.table1.minority-over-indexed", where("pie", 50, **MINORITY), where("pie", -9.5, **MINORITY)),
        ("S4.s1.3.bias-amplified", where("pruned_accuracy", -0.1, **MINORITY),
         where("pruned_accuracy", 0.1, **MINORITY)),
        ("S4.s3.4.corrupted", where("pie", 50, **SPOILT), where("pie", -9.5, **SPOILT)),
        ("book.pies.beyond-null", where("excess", 30, **LEVEL), where("excess", -30, **LEVEL)),
        ("book.pies.minority-beyond-null", where("pie", 50, **MINORITY),
         where("pie", 50, **MINORITY | {"population": "dense again", "level": 0.0})),
        ("book.pies.more-than-small", where("pies", 30, **LEVEL), where("pies", 30, **LEVEL | {"population": "small"})),
        ("book.forgets.wrong-labels", where("pruned_accuracy", -0.3, **TAUGHT),
         where("pruned_accuracy", 0.3, **TAUGHT)),
        ("book.forgets.more-than-stopped", where("pruned_accuracy", -0.3, **TAUGHT),
         where("pruned_accuracy", -0.3, **TAUGHT | {"population": "short"})),
    ],
)  # fmt: skip
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_not(name, true, false):
    assert verdict_of(name, made_up(true)) == "holds"
    assert verdict_of(name, made_up(false)) == "fails"


OF_MEMBERS = TOP | {"part": "member", "networks": "pruned"}


def easier_for_members(value):
    def change(row):
        return {"gain": value + 1e-4 * row["member"]} if "gain" in row else None

    return change


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("S4.abstract.top1-comparable", None, where("accuracy", -0.05, **OF_MEMBERS)),
        ("S4.fig3.removal-helps", easier_for_members(0.03), easier_for_members(-0.03)),
        ("S4.s1.3.bias-amplified", where("gap", 0.1, **OF_MEMBERS), where("gap", -0.1, **OF_MEMBERS)),
        ("book.forgets.wrong-labels", where("repeated", -0.3, **OF_MEMBERS), where("repeated", 0.3, **OF_MEMBERS)),
    ],
)
def test_one_repetition_is_judged_over_its_members_and_several_are_not(name, true, false):
    of_members = f"{name}-one-repetition"
    found = claims.check([claim_of(of_members)], made_up(true, seeds=1)).iloc[0]
    assert (found["verdict"], found["over"], found["seeds"]) == ("holds", "members", 4)
    assert verdict_of(of_members, made_up(false, seeds=1)) == "fails"
    assert reason_of(of_members, made_up(true)) == "the repetitions of this run decide it, not the members"
    assert reason_of(name, made_up(true, seeds=1)) == "one seed has no interval"


def test_a_claim_that_a_run_cannot_decide_says_why(table):
    plain = table[table["experiment"] == "plain"]
    assert reason_of("S4.s3.4.corrupted", plain) == "it is about planted, and the run has plain"
    assert reason_of("S4.table1.minority-over-indexed", plain) == "it is about minority, and the run has plain"
    ruined = made_up(lambda row: {"dense_accuracy": 0.12} if row["part"] == "level" else None)
    assert "too near to chance" in reason_of("S4.fig3.removal-helps", ruined)
    fallen = made_up(lambda row: {"accuracy": 0.8} if row["part"] == "level" else None)
    assert reason_of("S4.s1.top1-hides", fallen) == "at every level the accuracy moves by a point or more"
    off = made_up(where("accuracy", -0.05, **TOP | {"part": "level", "experiment": "planted"}))
    assert (
        reason_of("book.forgets.more-than-stopped", off)
        == "networks stopped early are off the pruned ones' accuracy by 5.0 points"
    )
    nobody = made_up()
    nobody = nobody[~nobody["population"].isin(["small", "short"])]
    assert "it is about small" in reason_of("book.pies.more-than-small", nobody)
    alone = nobody[nobody["level"] != 0.3]
    assert reason_of("S4.table3.pies-grow", alone) == "the run has nothing that this rule compares"


def test_the_worst_class_is_looked_for_where_the_accuracy_is_the_same():
    fallen = made_up(where("accuracy", -0.05, **LEVEL))
    assert forgetting_tables.comparable_level(fallen, 0.01) == 0.3
    assert forgetting_tables.comparable_level(made_up(), 0.01) == 0.9


def test_a_repetition_without_impacted_classes_has_no_value():
    rows = made_up(classes(6, 5, **PLAIN))
    rows.loc[(rows["part"] == "class") & (rows["seed"] == 1), "significant"] = False
    assert claims.check([claim_of("S4.s1.2.more-gain")], rows)["seeds"].item() == 2


def test_members_are_those_of_the_table(table, said):
    rows = forgetting_tables.of_members(table, "plain", "accuracy")
    asked = said[(said["experiment"] == "plain") & (said["set"] == "test") & (said["epochs"] == 6)]
    for who, level, column in (("dense", 0.0, "dense"), ("pruned", 0.9, "pruned")):
        mine = asked[(asked["population"] == who) & (asked["level"] == level)].set_index(["seed", "member"])["accuracy"]
        assert np.allclose(rows[column], mine.loc[rows.index])
    gaps, minority = forgetting_tables.gaps(table), forgetting_tables.of_members(table, "minority", "gap")
    assert np.allclose(minority["pruned"].groupby("seed").mean(), gaps["pruned"])
    repeated = forgetting_tables.of_members(table, "planted", "repeated").groupby("seed").mean()
    controls = forgetting_tables.controls(table).query("experiment == 'planted' and population == 'pruned'")
    assert np.allclose(repeated["dense"], controls.set_index("seed")["dense_repeated"])
    gain = forgetting_tables.of_members(table, "plain", "gain").groupby("seed").mean()["pruned"]
    rest, whole = (forgetting_tables.sample_accuracy(table, "pruned", images) for images in ("non-PIE", "all"))
    assert np.allclose(gain, rest - whole)


def test_the_paper_s_own_numbers_stand_beside_its_sentences():
    printed = {name: claim_of(name).printed for name in (
        "S4.abstract.top1-comparable", "S4.table3.pies-grow", "S4.table1.minority-over-indexed", "S4.s3.4.corrupted"
    )}  # fmt: skip
    lost = ((94.14 - 94.53) + (72.60 - 76.68)) / 200
    grown = ((216 - 114) / 10_000 + (5136 - 1819) / 50_000) / 2
    assert list(printed.values()) == pytest.approx([lost, grown, 5 / 76 - 57 / 19_886, -0.02])


def test_figures_say_their_numbers(table):
    top = forgetting_tables.at(forgetting_tables.part(table, "level", "plain"))
    counts = forgetting_figures.pies_beside_null(table)
    assert [label.get_text() for label in counts.fig.axes[0].get_yticklabels()] == ["level 0.5", "level 0.9"]
    assert f"level 0.9 from {top['null'].mean():.1f} to {top['matched'].mean():.1f}" in counts.alt
    rows = forgetting_tables.controls(table).query("experiment == 'planted' and population == 'small'")
    ends = [100 * rows[column].mean() for column in ("dense_repeated", "repeated")]
    assert f"small from the start from {ends[0]:.0f} to {ends[1]:.0f}" in forgetting_figures.forgotten(table).alt
    assert len(forgetting_figures.class_shifts(table).fig.axes[0].get_xticklabels()) == 10


def test_shifts_are_the_means_over_seeds_and_many_classes_are_cut_to_the_ends():
    rows = [
        {"part": "class", "experiment": "plain", "population": who, "level": level, "class": str(place), "seed": seed}
        | {"significant": seed == 0, "normalised_recall_difference": level * (place - 15 + 0.5 * seed) / 1000}
        for who, level in (("dense again", 0.0), ("pruned", 1.0))
        for place in range(30)
        for seed in (0, 1)
    ]
    drawing = forgetting_figures.class_shifts(pd.DataFrame(rows))
    names = [label.get_text() for label in drawing.fig.axes[0].get_xticklabels()]
    assert (len(names), names[0], names[-1]) == (20, "0\n1 of 2", "29\n1 of 2")
    assert "class 0 −1.5 (" in drawing.alt
    assert "class 29 +1.4 (" in drawing.alt
    assert "no class moves by more than 0.0" in drawing.alt


def test_pictures_are_counted_over_both_sets(table, study):
    shown = forgetting.images_of(study, "planted")
    rows = forgetting_gallery.pictures(table, shown, "planted")
    raw = torch.cat([asked.raw for asked in shown.asked.values()])
    truth = torch.cat([asked.truth for asked in shown.asked.values()])
    assert len(raw) == len(truth) > rows["image"].max()
    assert truth[rows["image"].tolist()].tolist() == rows["truth"].astype(int).tolist()
    assert set(rows["kind"]) <= {f"{of}: {what}" for of in ("asked", "learnt")
                                 for what in ("untouched", "wrong label", "corrupted")}  # fmt: skip


def test_every_finding_can_be_read_alone():
    findings = [claim.finding for claim in forgetting_claims.CLAIMS]
    assert len(set(findings)) == len(findings)
    assert not [finding for finding in findings if finding.startswith(("It ", "The same"))]


def test_facts_of_planted_faults_are_those_of_the_table(table):
    found = forgetting_facts.forgotten(table)
    rows = forgetting_tables.at(forgetting_tables.shares(table, "planted", "train"))
    wrong = rows[rows["group"] == "wrong label"]
    percent = 100 * wrong["pie"] / (wrong["pie"] + wrong["non_pie"])
    assert found["learnt-wrong-label"] == plus_minus(percent, 0)
    clean = forgetting_tables.at(forgetting_tables.shares(table, "planted"))
    clean = clean[clean["group"] == "plain"]
    gain = clean["pruned_accuracy"] - clean["dense_accuracy"]
    assert forgetting_contrasts.of(table)["clean"].values == pytest.approx(gain.tolist())


def test_contrasts_are_paired_by_seed(table):
    found = forgetting_contrasts.of(table)
    groups = forgetting_tables.part(table, "group", "planted", controls=True)
    wrong = groups[(groups["set"] == "train") & (groups["group"] == "wrong label")]
    pruned, short = (wrong[wrong["population"] == name].set_index(["seed", "level"])["pruned_accuracy"]
                     for name in ("pruned", "short"))  # fmt: skip
    kept = [pruned[seed, 0.9] - short[seed, 0.9] for seed in (0, 1)]
    assert found["kept"].values == pytest.approx(kept)
    dense = wrong[wrong["population"] == "pruned"].set_index(["seed", "level"])["dense_accuracy"]
    assert found["forgotten-pruned"].values == pytest.approx([dense[seed, 0.9] - pruned[seed, 0.9] for seed in (0, 1)])
    gaps = [forgetting_tables.gaps(table, which)["pruned"] for which in ("small", "top")]
    assert found["small-behind"].values == pytest.approx((gaps[0] - gaps[1]).tolist())
    levels = forgetting_tables.part(table, "level", "plain", controls=True).query("level == 0.9").set_index("seed")
    small, pruned = (levels[levels["population"] == name] for name in ("small", "pruned"))
    assert found["small-excess"].values == pytest.approx(((small["pies"] - pruned["null"]) / small["images"]).tolist())
    assert found["excess"].values == pytest.approx((pruned["excess"] / pruned["images"]).tolist())


def test_a_run_that_leaves_experiments_out_lacks_their_contrasts(table):
    plain = forgetting_contrasts.of(table[table["experiment"] == "plain"])
    assert plain.keys() <= {
        "excess", "excess-low", "small-excess", "short-excess", "impacted", "auroc", "dense-pie", "pruned-pie",
        "null-pie",
    }  # fmt: skip
    without = forgetting_contrasts.of(table[~table["population"].isin(["small", "short"])])
    lacking = forgetting_contrasts.of(table).keys() - without.keys()
    assert lacking == {
        "kept", "small-behind", "forgotten-small", "forgotten-short", "small-excess", "short-excess",
    }  # fmt: skip


def test_counts_are_means_over_seeds(table):
    rows = table.copy()
    chosen = (rows["part"] == "level") & (rows["experiment"] == "plain") & (rows["population"] == "pruned")
    values = {"null": [3.0, 5.0], "matched": [10.0, 10.0], "excess": [7.0, 5.0]}
    for name, pair in values.items():
        rows.loc[chosen, name] = rows.loc[chosen, "seed"].map(dict(enumerate(pair)))
    found = forgetting_facts.counts(rows)
    assert (found["null"], found["pies-top"], found["images"]) == ("4.0 ± 1.4", "10.0", 1797 - 150)
    assert found["excess-top"] == "6.0 (−6.7 to 18.7)"


def test_a_run_that_leaves_experiments_out_has_dashes(table):
    plain = table[table["experiment"] == "plain"]
    assert forgetting_facts.hardness(plain)["asked-corrupted"] == "–"
    for section in (forgetting_facts.forgotten, forgetting_facts.minority):
        assert set(section(plain).values()) == {"–"}
        assert section(plain).keys() == section(table).keys()


def test_facts_of_one_seed_have_no_interval(table):
    one = table[table["seed"] == 0]
    sections = [forgetting_facts.classes, forgetting_facts.counts, forgetting_facts.hardness,
                forgetting_facts.forgotten, forgetting_facts.minority]  # fmt: skip
    values = [str(value) for section in sections for value in section(one).values()]
    assert not [value for value in values if "±" in value or "(" in value]


def test_a_run_that_is_not_done_is_measured_as_far_as_it_goes(study, said):
    images = study.run("images")

    def measured(some):
        return forgetting_measures.measured(images, some, 10, 5)

    whole = measured(said)
    no_control = measured(said[~((said["seed"] == 1) & (said["population"] == "dense again"))])
    pd.testing.assert_frame_equal(no_control, whole[whole["seed"] == 0].reset_index(drop=True), check_dtype=False)
    fewer = measured(said[~((said["population"] == "pruned") & (said["level"] == 0.5) & (said["member"] == 3))])
    assert set(fewer.loc[fewer["part"] == "level", "level"]) == {0.0, 0.9}


def test_the_control_that_stopped_early_is_the_one_of_nearest_accuracy(said, table):
    asked = said[said["set"] == "test"]
    accuracy = asked.groupby(["experiment", "seed", "population", "level", "epochs"])["accuracy"].mean()
    rows = forgetting_tables.part(table, "level", controls=True)
    for row in rows[rows["population"] == "short"].itertuples():
        mine = accuracy[row.experiment, row.seed]
        off = (mine["short"] - mine["pruned", 0.9, 6]).abs()
        assert off.idxmin() == (0.0, row.epochs)
        assert row.accuracy == pytest.approx(mine["short", 0.0, row.epochs])


def test_controls_stand_beside_the_pruned_networks(table):
    found = forgetting_tables.controls(table)
    assert found.groupby(["experiment", "seed"])["population"].agg(list).map(sorted).tolist() == [
        ["pruned", "short", "small"]
    ] * (3 * SMALL["seeds"])
    planted = found[found["experiment"] == "planted"]
    assert planted["repeated"].notna().all()
    assert found.loc[found["experiment"] == "minority", "gap"].notna().all()
    assert found.loc[found["experiment"] == "plain", ["repeated", "gap"]].isna().all(axis=None)
    more = forgetting_tables.beside_controls(table, "accuracy", "plain", "small")
    mine = found[found["experiment"] == "plain"].set_index(["population", "seed"])["accuracy"]
    assert np.allclose(more, mine["pruned"] - mine["small"])
    assert "–" not in forgetting_facts.forgotten(table).values()
