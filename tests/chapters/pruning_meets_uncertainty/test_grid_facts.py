"""Chapter 7's figures, and the numbers for its text."""

import json

import numpy as np
import pandas as pd
import torch

from pruneuq_helpers.chapters.pruning_meets_uncertainty import draw as grid_figures
from pruneuq_helpers.chapters.pruning_meets_uncertainty import equal as grid_equal
from pruneuq_helpers.chapters.pruning_meets_uncertainty import facts as grid_facts
from pruneuq_helpers.chapters.pruning_meets_uncertainty import measures as grid_measures
from pruneuq_helpers.chapters.pruning_meets_uncertainty import tables as grid_tables
from pruneuq_helpers.text import plus_minus


def test_facts_are_the_table_s_numbers(table):
    found = grid_facts.measures(table)
    alike = table.query("method == 'msp' and criterion in ['random', 'l1', 'bn', 'hrank'] and level == 0.8")
    seeds = alike.groupby("seed")["ause"].mean()
    assert found["ause-msp-high"] == f"{seeds.mean():.3f} ± {seeds.std():.3f}"
    by_hand = table.query("method == 'mc_dropout' and criterion not in ['earlier', 'trained on']")
    cost = (by_hand["ause"] * 2 / 3).groupby(by_hand["seed"]).mean()  # of `ause_mean`, a third
    np.testing.assert_allclose(grid_facts.logit_cost(table, "mc_dropout"), cost)
    logits = torch.tensor([[[9.0, 0.0], [1.0, 0.0]], [[5.0, 0.0], [2.0, 0.0]]])  # the larger logit varies more
    ranking = grid_facts.ranking(table)
    assert (ranking["chance-ensemble"], ranking["cells-ensemble"]) == (64, 64)
    assert grid_facts.rises({"ensemble": logits}) == {"rises-ensemble": "+1.00"}


def test_accuracy_regained_is_paired_by_seed_and_skips_are_aligned_less_misaligned(table):
    cut = table.assign(accuracy_before=table["accuracy"] - 0.25 - 0.01 * table["seed"])
    np.testing.assert_allclose(grid_facts.regained(cut, 0.8), [0.25, 0.26, 0.27, 0.28])
    said = grid_facts.before_after(cut, [0.2, 0.8], classes=10)
    assert said["guess"] == "0.10"
    best = max(grid_facts.at(cut, name, 0.8, "accuracy_before").mean() for name in ("random", "l1", "bn", "hrank"))
    assert said["cut-high"] == f"{best:.2f}"
    rows = [
        {"seed": seed, "level": level, "criterion": "l1", "alignment": alignment, "accuracy": accuracy}
        | {"accuracy_before": accuracy / 2}
        for seed in range(2)
        for level in (0.0, 0.5)
        for alignment, accuracy in (("aligned", 0.9), ("misaligned", 0.7 - 0.1 * seed))
    ]
    cost = grid_measures.aligned_gain("accuracy")(pd.DataFrame(rows))
    np.testing.assert_allclose(cost, [0.2, 0.3])
    said = grid_facts.skip_connections(pd.DataFrame(rows), pd.DataFrame(rows[:4]))
    assert said["skip-before"].startswith("+0.125 (−0.")
    assert (said["skip-large"], said["skip-seeds"]) == ("+0.200", 1)
    shown = grid_tables.skip_connections(pd.DataFrame(rows))
    assert shown.frame.loc[(0.5, "misaligned"), "after fine-tuning"] == "0.650 ± 0.071"


def test_s1_s_tables_say_which_orders_are_worse_than_random():
    worse = grid_facts.s1_worse_than_random()
    assert worse.loc["ResNet18"].to_dict() == {"ensemble": 16, "mc_dropout": 16, "msp": 0}
    assert grid_facts.s1_correlations().loc[("VGG19", "msp"), "ece"] < -0.9


def test_s1_s_page_has_each_of_its_counts_and_correlations(table):
    said = grid_facts.error_rate(table)
    assert (said["s1-worse-ImageNet-ensemble"], said["s1-ece-VGG19-msp"], said["s1-all"]) == (8, "−0.98", 18)


def test_figures_show_the_table_s_numbers(table):
    drawn = grid_figures.accuracy_ause(table)
    paths = {path.get_label(): path.get_xydata() for path in drawn.fig.axes[0].lines}
    assert len(paths) == 5
    own = table[(table["method"] == "msp") & table["criterion"].isin(["dense", "l1"])]
    means = own.groupby("level")[["ause", "accuracy"]].mean()  # the dense network is level 0
    assert means.index.tolist() == [0.0, 0.2, 0.4, 0.8]
    np.testing.assert_allclose(paths["L1"], means)
    assert [text.get_text() for text in drawn.fig.axes[-1].texts] == ["dense", "0.2", "0.4", "0.8"]
    assert drawn.fig.legends[0].get_texts()[0].get_text() == "L1"
    assert "softmax: AUSE for L1 goes from" in drawn.alt
    before = grid_figures.before_after(table.assign(accuracy_before=0.25))
    dots, means = before.fig.axes[0].lines[::2], before.fig.axes[0].lines[1::2]
    assert len(dots) == len(means) == 4
    np.testing.assert_allclose(means[0].get_ydata(), 0.25)
    assert len(dots[0].get_ydata()) > len(means[0].get_ydata())


def test_the_sparsification_plot_has_the_mean_curve_of_every_method(study):
    rows = study.run("grid")
    drawn = grid_figures.sparsification(rows, "l1", 0.5)
    chosen = rows.query("criterion == 'l1' and level == 0.5 and method == 'mc_dropout'")
    by_hand = np.mean([json.loads(text)["error"] for text in chosen["curve"]], axis=0)
    np.testing.assert_allclose(drawn.fig.axes[2].lines[0].get_ydata(), by_hand)
    assert drawn.fig.axes[0].get_ylim()[1] >= by_hand.max()
    assert f"MC dropout {plus_minus(chosen['ause'])}" in drawn.alt


def test_changes_are_those_beside_the_dense_network_trained_on(table):
    """A pruned network was trained for longer: had it only gained by that, nothing would have been pruning's doing."""
    better = table.assign(accuracy=table["accuracy"] + 0.05 * (table["criterion"] == "trained on"))
    before, after = (grid_measures.change("msp", "accuracy")(one) for one in (table, better))
    np.testing.assert_allclose(after, before - 0.05)


def test_errors_are_ranked_beside_a_dense_network_of_equal_accuracy(table):
    assert (grid_equal.less_equal("msp")(table) < -0.02).all()
    # Were AUROC to follow the accuracy, pruned or not, pruning would have done nothing.
    follows = table.assign(auroc_mean=0.5 + table["accuracy_mean"] / 2)
    same = grid_equal.less_equal("msp")(follows)
    np.testing.assert_allclose(same, 0, atol=1e-9)
    alone = table[table["criterion"] != "earlier"].assign(accuracy_mean=table["accuracy_mean"] - 0.1 * table["level"])
    assert len(grid_equal.less_equal("msp")(alone)) == 0
