"""Chapter 8's study: its images, its populations, what it counts, and its claims."""

import threading

import numpy as np
import pandas as pd
import pytest
import torch

from pruneuq_helpers import claims, data, metrics
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.studies import (
    forgetting,
    forgetting_claims,
    forgetting_examples,
    forgetting_figures,
    forgetting_images,
    forgetting_measures,
    forgetting_networks,
    forgetting_pairs,
    forgetting_scales,
    forgetting_tables,
    forgetting_values,
    forgetting_words,
)
from pruneuq_helpers.study.parts import checksum, networks_in

SMALL = {
    "profile": "quick", "seeds": 2, "workers": 1, "data": "digits", "label": "digits",
    "experiments": ["plain", "planted", "minority"], "training_images": 150, "asked": "rest",
    "wrong_labels": 0.1, "corrupted": 0.1, "minority_data": "coloured_digits", "minority": 0.1, "attributes": [],
    "members": 4, "levels": [0.5, 0.9], "network": "mlp", "hidden": [16], "conv": [], "width": 1, "epochs": 6,
    "batch": 50, "optimiser": "adam", "rate": 0.01, "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant",
    "augment": False, "begin": 0.0125, "end": 0.5, "updates": 4, "grad": "masked", "splits": 10, "sample": 1024,
    "shown": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return forgetting.ForgettingStudy(**SMALL, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="module")
def table(study):
    return study.run("populations")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"members": 3}, "`members` got 3"),
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0 at position 0"),
        ({"begin": 0.6}, "`begin` got 0.6; it takes a share below `end`, 0.5"),
        ({"corrupted": 0.95}, "`corrupted` got 0.95"),
        ({"schedule": "cosine"}, "`schedule` got 'cosine'; networks that are trained together"),
        ({"augment": True}, "`augment` got True"),
        ({"grad": "both"}, "`grad` got 'both'; it takes one of masked, dense"),
        ({"samples": 3}, "did you mean `sample`"),
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
    where |= {"wrong_labels": 0.1, "corrupted": 0.2}
    clean = forgetting_images.show(where, "digits", "plain", seed=0)
    shown = forgetting_images.show(where, "digits", "planted", seed=0)
    asked = shown.asked["train"]
    changed = (asked.raw != clean.data.train.images).flatten(1).any(1)
    assert torch.equal(asked.labels != asked.truth, asked.group == forgetting_images.PLANTED.index("wrong label"))
    assert changed[asked.group != forgetting_images.PLANTED.index("corrupted")].sum() == 0
    assert torch.bincount(asked.group).tolist() == [210, 30, 60]
    assert torch.equal(shown.train[1], asked.labels)


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


@pytest.fixture
def wide_cell():
    """A cell of three wide networks, of one member a population."""
    where = {"root": "data", "download": False, "training_images": 60, "asked": "test"}
    names = ("epochs", "batch", "optimiser", "rate", "momentum", "weight_decay", "begin", "end", "updates", "grad")
    recipe = {name: SMALL[name] for name in names} | {"network": "wrn", "width": 1, "schedule": "step", "epochs": 2}
    recipe |= {"augment": True, "levels": [0.5], "members": 1, "device": "cpu", "hidden": [], "conv": [], "end": 1.0}
    return {"data": "digits", "experiment": "plain", "seed": 0, "where": where, "recipe": recipe}


def written(folder) -> dict:
    return {path: path.stat().st_mtime_ns for path in sorted(folder.glob("*.safetensors"))}


def answered(cell, folder) -> forgetting_networks.Answers:
    shown = forgetting_images.show(cell["where"], cell["data"], cell["experiment"], cell["seed"])
    with networks_in(folder):
        return forgetting_networks.answers(shown, cell)


def test_large_networks_are_pruned_and_kept(wide_cell, tmp_path):
    asked = answered(wide_cell, tmp_path)
    before = written(tmp_path)
    assert len(before) == len(forgetting_networks.wide_cells(wide_cell)) == 3
    assert asked.dense["test"].shape == (1, 449, 10)
    again = answered(wide_cell, tmp_path)
    assert written(tmp_path) == before
    assert torch.equal(again.pruned[0]["test"], asked.pruned[0]["test"])
    with networks_in(tmp_path):
        weights, check = forgetting_networks.WIDE.of(forgetting_networks.wide_cells(wide_cell)[2])
    assert checksum(weights) == check
    pruned = torch.cat([value.flatten() for name, value in weights.items() if value.ndim == 4])
    assert (pruned == 0).double().mean().item() == pytest.approx(0.5, abs=0.02)


def test_one_more_level_trains_only_its_own_networks(wide_cell, tmp_path):
    answered(wide_cell, tmp_path)
    before = written(tmp_path)
    recipe = wide_cell["recipe"] | {"levels": [0.5, 0.9]}
    answered(wide_cell | {"recipe": recipe, "asking": {}, "members": 1}, tmp_path)
    after = written(tmp_path)
    assert len(after) == 4
    assert before.items() <= after.items()


def test_a_damaged_large_network_is_noticed_and_trained_again(wide_cell, tmp_path, caplog):
    asked = answered(wide_cell, tmp_path)
    first, *others = written(tmp_path).items()
    content = first[0].read_bytes()
    first[0].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    again = answered(wide_cell, tmp_path)
    assert "are damaged (their checksum does not match)" in caplog.text
    assert dict(others).items() <= written(tmp_path).items()
    for one, other in zip([asked.dense, asked.again, *asked.pruned], [again.dense, again.again, *again.pruned],
                          strict=True):  # fmt: skip
        assert torch.equal(one["test"], other["test"])
    assert first[0].read_bytes() == content


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
    assert sorted(trained) == [0, 1, 2]
    assert checks[0] == checks[1]
    assert len(set(checks[0])) == 3


def test_only_wide_networks_are_a_part_of_their_own(study, tmp_path):
    assert forgetting.network_cells(study) == []
    wide = forgetting.ForgettingStudy(**SMALL | {"network": "wrn", "experiments": ["plain"]}, out=str(tmp_path))
    cells = forgetting.network_cells(wide)
    assert [(cell["seed"], cell["place"]) for cell in cells] == [
        (seed, place) for seed in (0, 1) for place in range(16)
    ]
    assert [cell["level"] for cell in cells[:16]] == [0.0] * 8 + [0.5] * 4 + [0.9] * 4


def test_the_table_holds_every_part_once(table, study):
    assert set(table["part"]) == {"level", "class", "sample", "group", "image"}
    levels = forgetting_tables.part(table, "level")
    assert not levels.duplicated(["experiment", "seed", "population", "level"]).any()
    assert len(levels) == 3 * study.seeds * 3
    assert set(forgetting_tables.part(table, "image")["seed"]) == {0}
    counted = forgetting_tables.part(table, "group", "plain")
    assert (counted["pie"] + counted["non_pie"] == 1797 - 150).all()
    both = levels.merge(counted, on=["experiment", "seed", "population", "level"])
    assert (both["pies"] == both["pie"]).all()


def probs_of(said, classes=3):
    """Probabilities that are sure of these answers ``[K, N]``."""
    return np.eye(classes, dtype=np.float32)[np.asarray(said)]


def images_of(labels, group=None):
    labels = torch.tensor(labels)
    group = torch.zeros_like(labels) if group is None else torch.tensor(group)
    return forgetting_images.Asked(torch.zeros(len(labels), 1), labels, labels, group, torch.zeros(len(labels), 1))


def a_pair():
    """Four images; dense networks say 0 1 2 2, pruned ones 0 1 2 0."""
    dense = probs_of([[0, 1, 2, 2]] * 4)
    return forgetting_pairs.Pair("pruned", 0.5, dense, dense, probs_of([[0, 1, 2, 0]] * 4))


def test_a_pair_counted_by_hand():
    row = forgetting_measures.level_row(a_pair(), images_of([0, 1, 2, 2]), splits=5, seed=0)
    assert (row["pies"], row["ties"], row["null"], row["matched"], row["excess"]) == (1, 0, 0, 1, 1)
    assert row["accuracy"] == 0.75
    assert row["pies_wrong"] == 0.0


def test_samples_scored_by_hand():
    rows = pd.DataFrame(forgetting_measures.sample_rows(a_pair(), images_of([0, 1, 2, 2]), 10, 0))
    found = rows[~rows["held_out"]].pivot(index="networks", columns="sample", values="whole")
    assert found.loc["dense"].to_dict() == {"PIE": 1.0, "non-PIE": 1.0, "random": 1.0}
    assert found.loc["pruned"].to_dict() == {"PIE": 0.0, "non-PIE": 1.0, "random": 0.75}
    assert (rows["images"] == 1).all()


def test_no_pie_leaves_no_accuracy():
    dense = probs_of([[0, 1, 2, 2]] * 4)
    pair = forgetting_pairs.Pair("pruned", 0.5, dense, dense, dense)
    rows = pd.DataFrame(forgetting_measures.sample_rows(pair, images_of([0, 1, 2, 2]), 10, 0))
    assert rows.loc[rows["sample"] == "PIE", "whole"].isna().all()
    row = forgetting_measures.level_row(pair, images_of([0, 1, 2, 2]), splits=5, seed=0)
    assert row["pies"] == 0
    assert row["entropy_auroc"] is None


def test_groups_counted_by_hand():
    images = images_of([0, 1, 2, 2], group=[0, 0, 1, 1])
    rows = pd.DataFrame(forgetting_examples.group_rows(a_pair(), images, ("a", "b"))).set_index("group")
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


def test_every_claim_has_a_verdict_and_an_id_of_its_own(table):
    found = claims.check(forgetting_claims.CLAIMS, table)
    assert found["id"].is_unique
    assert set(found["verdict"]) <= {"holds", "fails", "undecided"}
    assert {claim.chapter for claim in forgetting_claims.CLAIMS} == {"08"}
    assert len(found) == 17


def test_claims_of_an_experiment_left_out_are_not_asked(table):
    some = forgetting_claims.decidable(forgetting_claims.CLAIMS, table[table["experiment"] == "plain"])
    assert {claim.id for claim in forgetting_claims.CLAIMS} - {claim.id for claim in some} == {
        "S4.table1.minority-over-indexed", "S4.s1.3.bias-amplified", "S4.fig4.wrong-labels",
        "S4.fig4.wrong-labels-learnt", "S4.fig4.corrupted",
    }  # fmt: skip


@pytest.mark.parametrize(("excess", "verdict"), [([3.0, 3.1], "holds"), ([-3.0, -3.1], "fails")])
def test_a_count_beyond_the_null_can_hold_and_fail(table, excess, verdict):
    rows = (table["part"] == "level") & (table["experiment"] == "plain") & (table["level"] == 0.9)
    table = table.copy()
    table.loc[rows, "excess"] = excess
    claim = next(c for c in forgetting_claims.CLAIMS if c.id == "S4.table2.pies-beyond-null")
    assert claims.check([claim], table)["verdict"].tolist() == [verdict]


def test_the_worst_class_is_held_against_the_whole_and_the_control(table):
    found = forgetting_claims.worst_beyond_whole(table)
    levels = forgetting_tables.part(table, "level", "plain").set_index("seed")
    again = levels[levels["population"] == "dense again"]
    assert len(found) == SMALL["seeds"]
    worst = forgetting_tables.impacted(table, "top")["worst"] - forgetting_tables.impacted(table, "again")["worst"]
    dense = forgetting_tables.sample_accuracy(table, "dense", "all", held_out=False)
    pruned = forgetting_tables.at(forgetting_tables.part(table, "level", "plain")).set_index("seed")["accuracy"]
    assert np.allclose(found, worst - (dense - pruned))
    assert len(again) == SMALL["seeds"]


def test_figures_say_their_numbers(table):
    fig = forgetting_figures.class_bars(table, 0.9)
    assert len(fig.axes[0].get_xticklabels()) == 10
    told = forgetting_figures.describe_classes(table, 0.0)
    assert "two dense populations" in told
    assert "-" not in told.split("loses most, ")[1]
    counts = forgetting_figures.counts(table)
    assert set(counts["populations"]) == {forgetting_figures.NULL, forgetting_figures.PRUNED}
    alt = forgetting_figures.three_sets(table)[1]
    assert alt.count("for PIE") == 2
    _, alt = forgetting_figures.identified(table, "planted", [("test", "asked"), ("train", "learnt")])
    assert "wrong label" in alt
    accuracy = forgetting_figures.group_accuracy(table)
    assert set(accuracy["level"]) == {0.0, 0.5, 0.9}


def test_tables_in_the_papers_form(table):
    two = forgetting_words.table_two(table)
    assert two.index.tolist() == ["0, again", "0.5", "0.9"]
    beside = forgetting_words.beside_paper(table)
    assert beside.loc[("S4, CIFAR-10", 0.9)].tolist() == ["0.39", "20.00", "2.16", "–"]
    assert beside.loc[("S4, ImageNet", 0.3), "classes"] == "6.90"
    assert beside.loc["this run"].index.tolist() == [0.5, 0.9]
    one = forgetting_words.table_one(table)
    rows = forgetting_tables.at(forgetting_tables.part(table, "group", "minority"))
    rows = rows[rows["seed"] == 0].set_index("group")
    expected = metrics.share_growth(rows[["pie", "non_pie"]].astype(int), decimals=None)["growth_exact"]
    assert np.allclose(one["growth, %"], expected.round(0))
    assert "classes are impacted" in forgetting_words.balance(table)
    assert "two populations of 4 dense networks" in forgetting_words.headline(table)
    assert len(forgetting_words.entropy_table(table)) == 3
    assert "of the wrong labels that they were taught, networks pruned to level 0.9" in forgetting_words.forgotten(
        table
    )


def test_growth_of_nothing_is_not_computed(table):
    rows = table.copy()
    rows.loc[(rows["part"] == "group") & (rows["experiment"] == "minority"), "pie"] = 0
    assert forgetting_words.table_one(rows).columns.tolist() == ["non_pie", "pie"]


def test_every_finding_can_be_read_alone():
    findings = [claim.finding for claim in forgetting_claims.CLAIMS]
    assert len(set(findings)) == len(findings)
    assert not [finding for finding in findings if finding.startswith(("It ", "The same"))]


def test_planted_values_are_those_of_the_table(table):
    found = forgetting_values.planted(table)
    rows = forgetting_tables.at(forgetting_tables.shares(table, "planted", "train"))
    wrong = rows[rows["group"] == "wrong label"]
    assert found["learnt-wrong-label"] == forgetting_words.plus_minus(100 * wrong["identified"], 0)
    assert found["memorised-pruned"] == forgetting_words.plus_minus(100 * wrong["pruned_accuracy"], 0)
    assert forgetting_values.left_out(table, "planted") == ""


@pytest.mark.parametrize(
    ("change", "said"), [([2.0, 4.0], "rises by 3.0 ± 1.4 points (a rise in 2 of 2 repetitions)"),
                         ([-2.0, -4.0], "falls by 3.0 ± 1.4 points (a rise in 0 of 2 repetitions)")],
)  # fmt: skip
def test_a_change_is_said_with_its_direction_once(change, said):
    assert forgetting_values._clean(pd.Series(change), forgets=True)["clean"] == said


@pytest.mark.parametrize(("forgets", "moral"), [(True, "not always a loss"), (False, "is not shown here")])
def test_the_moral_takes_both_forgetting_and_a_gain(forgets, moral):
    assert moral in forgetting_values._clean(pd.Series([2.0, 2.1, 2.2]), forgets)["clean-moral"]
    assert "is not shown here" in forgetting_values._clean(pd.Series([-2.0, -2.1, -2.2]), forgets)["clean-moral"]


def test_a_run_that_leaves_experiments_out_says_so(table):
    plain = table[table["experiment"] == "plain"]
    assert set(forgetting_values.minority(plain).values()) == {"–"}
    assert set(forgetting_values.planted(plain).values()) == {"–"}
    assert forgetting_values.planted(plain).keys() == forgetting_values.planted(table).keys()
    assert forgetting_values.minority(plain).keys() == forgetting_values.minority(table).keys()
    assert "planted no faults" in forgetting_values.left_out(plain, "planted")
    assert forgetting_words.forgotten(plain) == ""


@pytest.mark.parametrize(
    ("excess", "said"), [([-1, -1.1], "none of these"), ([5, 5.1], "50 ± 1 % of their"), ([5, -4], "whether pruning")]
)
def test_blame_is_a_share_of_the_count(table, excess, said):
    rows = table.copy()
    levels = rows["part"] == "level"
    rows.loc[levels, "excess"] = rows.loc[levels, "seed"].map(dict(enumerate(excess)))
    rows.loc[levels, "matched"] = 10.0
    assert forgetting_values.blamed(rows).startswith(said)


@pytest.mark.parametrize(("whole", "said"), [([0.1, 0.11], "mark of disagreement"), ([1.0, 1.0], "is not shown")])
def test_hardness_without_pruning_is_decided(table, whole, said):
    rows = table.copy()
    chosen = (rows["part"] == "sample") & (rows["experiment"] == "plain") & (rows["population"] != "pruned")
    rows.loc[chosen, "whole"] = rows.loc[chosen, "seed"].map(dict(enumerate(whole)))
    assert said in forgetting_values.hard_without_pruning(rows)


def test_runs_at_larger_scale_stand_beside_each_other(table):
    tables = {"one": table, "two": table}
    assert len(forgetting_scales.counts_of(tables)) == 2 * len(forgetting_figures.counts(table))
    assert forgetting_scales.tables_two(tables).index.get_level_values("data").unique().tolist() == ["one", "two"]
    assert forgetting_scales.story(tables).count("two populations of 4 dense networks") == 2


def test_kept_runs_are_named_by_their_data(monkeypatch, table):
    read = {"real": table, "real-cifar": pd.DataFrame()}
    monkeypatch.setattr("pruneuq_helpers.study.legacy.table", lambda profile, chapter: read[profile])
    assert list(forgetting_scales.kept(read, "08_forgotten_examples")) == ["digits"]
