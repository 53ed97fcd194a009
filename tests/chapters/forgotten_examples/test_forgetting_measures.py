"""What chapter 8 counts."""

import numpy as np
import pandas as pd
import pytest
from forgetting_small import SMALL

from pruneuq_helpers.chapters.forgotten_examples import contrasts as forgetting_contrasts
from pruneuq_helpers.chapters.forgotten_examples import examples as forgetting_examples
from pruneuq_helpers.chapters.forgotten_examples import facts as forgetting_facts
from pruneuq_helpers.chapters.forgotten_examples import measures as forgetting_measures
from pruneuq_helpers.chapters.forgotten_examples import pairs as forgetting_pairs
from pruneuq_helpers.chapters.forgotten_examples import record as forgetting_record
from pruneuq_helpers.chapters.forgotten_examples import tables as forgetting_tables


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
    assert (row["null_pies"], row["common"]) == (0, 0)


def test_images_beyond_a_second_dense_population_are_counted_by_hand():
    dense, again = said_of([[0, 1, 2, 2, 0]] * 4), said_of([[1, 0, 2, 2, 0]] * 4)  # differ on the first two
    other = said_of([[1, 1, 0, 0, 0]] * 4)  # on the first, the third and the fourth
    found = [
        forgetting_pairs.Pair(who, level, dense, again, population).keys
        | {"experiment": "plain", "seed": 0}
        | forgetting_measures.level_row(
            forgetting_pairs.Pair(who, level, dense, again, population), known_of([0, 1, 2, 2, 0]), splits=5, seed=0
        )
        for who, level, population in (("dense again", 0.0, again), ("pruned", 0.5, other))
    ]
    assert [(row["pies"], row["null_pies"], row["common"]) for row in found] == [(2, 2, 2), (3, 2, 1)]
    beyond = forgetting_contrasts.over_images(pd.DataFrame(found))
    assert list(beyond) == [("pruned", 0.5)]
    values = np.array(beyond["pruned", 0.5].values)
    assert [int((values == value).sum()) for value in (1, -1, 0)] == [2, 1, 2]  # third and fourth; second; the others


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
