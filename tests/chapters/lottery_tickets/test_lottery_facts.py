"""Chapter 3's tables, figures and numbers for its text."""

import numpy as np
import pytest
from lottery_small import invented

from pruneuq_helpers.chapters.lottery_tickets import draw as tickets_figures
from pruneuq_helpers.chapters.lottery_tickets import facts, tables
from pruneuq_helpers.chapters.lottery_tickets import measures as tickets_measures
from pruneuq_helpers.chapters.lottery_tickets.runs import ITERATIVE, ONE_SHOT


def test_facts_are_paired_differences_and_counts():
    rows = tickets_measures.main(invented(dict.fromkeys(["dense", *ONE_SHOT, *ITERATIVE], 0.9), seeds=2))
    random = (rows["strategy"] == "random") & (rows["level"] == 0.9)
    rows.loc[random, "accuracy"] = [0.5, 0.701]
    rows.loc[random, "collapsed"] = [True, False]
    # Dense reaches 0.900 and 0.901: the differences are -0.4 and -0.2.
    found = facts.accuracy(rows, 0.9)
    assert found["random-top"].startswith("−0.300 (−1.571")
    assert (found["collapsed-random"], found["collapsed-dense"]) == ("1 of 2", "0 of 2")
    assert facts.speed(rows, 0.5, 0.9)["dense-epoch"] == "100 ± 1"
    assert facts.calibration(rows, 0.9)["ece-top"] == "+0.000"
    alone = facts.accuracy(rows[rows["seed"] == 0], 0.9)
    assert alone["random-top"] == "−0.400"


def test_the_network_of_one_layer_is_told_apart():
    table = invented({"dense": 0.95, "random": 0.9, "re-initialised": 0.93}, seeds=3)
    assert facts.one_layer(table) == {"wide-collapsed": "–", "wide-random": "–"}
    wide = facts.one_layer(table.assign(network=facts.ONE_LAYER))
    assert wide == {"wide-collapsed": "0 of 21", "wide-random": "−0.030"}


def test_every_section_has_its_numbers_in_a_small_run(table):
    rows = tickets_measures.main(table)
    said = facts.study(rows, 0.5, 0.8)
    assert (said["count"], said["removed-once"]) == (len(rows), "0.50")
    assert facts.limit(table)["capped"].endswith(f" of {(table['part'] == 'tickets').sum()}")
    patience = facts.patience(table)
    assert (patience["shortest"], patience["longest"], patience["deep-layers"]) == (2, 6, 3)
    assert patience["hasty-deep"].endswith(" of 3")


def test_the_conclusion_rests_on_differences_within_a_seed():
    rows = tickets_measures.main(invented(dict.fromkeys(["dense", *ONE_SHOT, *ITERATIVE], 0.9), seeds=2)).assign(
        nll=0.1
    )
    rows.loc[rows["strategy"] == "random", "accuracy"] -= 0.2
    rows.loc[(rows["strategy"] == "iterative") & (rows["level"] == 0.9), "ece"] += 0.05
    found, said = facts.answer(rows), facts.large(rows)
    assert found["half-accuracy"].values == pytest.approx((0, 0))
    assert found["top-ece"].values == pytest.approx((0.05, 0.05))
    assert found["random"].values == pytest.approx((-0.2, -0.2))
    assert (said["large-seeds"], said["large-top"], said["large-random"]) == (2, "0.9", "−0.200")


def test_a_table_of_starts_has_the_dense_network_first():
    rows = tickets_measures.main(invented({"random": 0.8, "dense": 0.9, "iterative": 0.85}, seeds=3))
    shown = tables.accuracies(rows)
    assert shown.frame.reset_index().to_numpy().tolist() == [
        ["dense", "0.901", "", "", ""],
        ["random", "", "0.801", "0.801", "0.801"],
        ["iterative", "", "0.851", "0.851", "0.851"],
    ]  # the noise of the seeds is 0.001 in the mean
    assert shown.frame.columns.tolist() == ["0", "0.5", "0.8", "0.9"]
    assert shown.caption == "Accuracy by level, means over 3 seeds."


def test_tables_say_what_is_gone_and_what_collapsed(table):
    rows = tickets_measures.main(table)
    removed = tables.removed(rows).frame
    assert removed.index.tolist() == ["0.5", "0.8"]
    assert removed.loc["0.5", "gone, once"] == "0.50"
    runs = tables.collapsed_and_learnt(rows.assign(collapsed=rows["seed"] == 0)).frame
    own = rows[(rows["level"] == 0.8) & (rows["seed"] == 0)]
    assert runs.loc["collapsed", "ECE"] == f"{own['ece'].mean():.3f}"


def test_every_run_is_a_dot_and_the_bar_is_the_median(table):
    rows = tickets_measures.main(table)
    drawn = tickets_figures.runs(rows)
    assert [ax.get_title(loc="left") for ax in drawn.fig.axes] == list(tickets_figures.STRATEGIES)
    *dots, medians = drawn.fig.axes[2].lines
    own = rows[rows["strategy"] == "random"]
    for at, level in ((1, 0.5), (2, 0.8)):
        values = own[own["level"] == level].sort_values("seed")["accuracy"]
        np.testing.assert_allclose(dots[at].get_ydata(), values)
        assert medians.get_ydata()[at] == values.median()
    assert "random: median" in drawn.alt


def test_differences_are_drawn_with_their_intervals(table):
    rows = tickets_measures.main(table)
    found = tickets_figures.paired(rows, [("random", "dense")], "ece")
    expected = facts.less(rows, "ece", "random", 0.5)
    assert found["difference"].iloc[0] == pytest.approx(expected.mean())
    drawn = tickets_figures.ece(rows)
    line = drawn.fig.axes[0].containers[2][0]  # re-initialised, iterative, random
    np.testing.assert_allclose(np.asarray(line.get_ydata(), float), found["difference"].to_numpy(float))
    assert f"random − dense: {found['difference'].iloc[0]:.3f} at level 0.5".replace("-", "−") in drawn.alt
    one_seed = tickets_figures.epochs(rows[rows["seed"] == 0])
    assert len(one_seed.fig.axes[0].containers) == 3
    assert len(tickets_figures.starts(rows).fig.axes[0].containers) == 3


def test_patience_is_drawn_as_shares(table):
    assert "share collapsed for patience 2" in tickets_figures.patience(table).alt
