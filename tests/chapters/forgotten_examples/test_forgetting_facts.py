"""Chapter 8's figures, and the numbers for its text."""

import pandas as pd
import pytest
import torch

from pruneuq_helpers.chapters.forgotten_examples import claims as forgetting_claims
from pruneuq_helpers.chapters.forgotten_examples import contrasts as forgetting_contrasts
from pruneuq_helpers.chapters.forgotten_examples import draw as forgetting_figures
from pruneuq_helpers.chapters.forgotten_examples import facts as forgetting_facts
from pruneuq_helpers.chapters.forgotten_examples import gallery as forgetting_gallery
from pruneuq_helpers.chapters.forgotten_examples import study as forgetting
from pruneuq_helpers.chapters.forgotten_examples import tables as forgetting_tables
from pruneuq_helpers.text import plus_minus


def test_figures_say_their_numbers(table):
    top = forgetting_tables.at(forgetting_tables.part(table, "level", "plain"))
    counts = forgetting_figures.pies_beside_null(table)
    assert [label.get_text() for label in counts.fig.axes[0].get_yticklabels()] == ["level 0.5", "level 0.9"]
    assert f"level 0.9 from {top['null'].mean():.1f} to {top['matched'].mean():.1f}" in counts.alt
    rows = forgetting_tables.controls(table).query("experiment == 'planted' and population == 'small'")
    ends = [100 * rows[column].mean() for column in ("dense_repeated", "repeated")]
    assert f"small from the start from {ends[0]:.0f} to {ends[1]:.0f}" in forgetting_figures.forgotten(table).alt
    assert len(forgetting_figures.class_shifts(table).fig.axes[0].get_xticklabels()) == 10


def test_one_repetition_stands_beside_a_second_dense_population(table):
    rows = forgetting_tables.part(table, "level", "plain", controls=True).query("seed == 0")
    top = rows.query("population == 'pruned' and level == 0.9").iloc[0]
    said = forgetting_facts.large(table)
    assert (said["large-pies-top"], said["large-null"]) == (top["pies"], top["null_pies"])
    assert said["large-excess-top"].startswith(f"{top['pies'] - top['null_pies']:+.0f}".replace("-", "−"))
    drawing = forgetting_figures.changed_images(table)
    names = [label.get_text() for label in drawing.fig.axes[0].get_yticklabels()]
    assert names == ["pruned, 0.5", "pruned, 0.9", "small from the start", "stopped early"]
    assert f"dense again {top['null_pies']:.0f}; pruned, 0.5" in drawing.alt


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
    assert (len(names), names[0], names[-1]) == (20, "0\n1/2", "29\n1/2")
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
                                 for what in ("untouched", "wrong label", "spoilt")}  # fmt: skip


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
    assert (found["null"], found["pies-top"]) == ("4.0 ± 1.4", "10.0")


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
