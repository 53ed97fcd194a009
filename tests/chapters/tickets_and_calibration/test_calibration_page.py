"""Chapter 5's page: its tables, numbers and figures on a small made-up table."""

import pandas as pd
import pytest
import torch

from pruneuq_helpers.chapters.tickets_and_calibration import draw, draw_outside, facts, tables
from pruneuq_helpers.study.images import Outside, Shown

EPOCHS = {0: {0.0: 2, 0.4: 3, 0.8: 4}, 1: {0.0: 5, 0.4: 5, 0.8: 6}}


def network(scope, strategy, level, seed, **more):
    """A network's row: everything it needs, from its level and seed."""
    row = {"part": "network", "scope": scope, "strategy": strategy, "level": level, "seed": seed}
    row |= {"accuracy": 0.9 - 0.1 * level, "ece": 0.02 + 0.05 * level * (seed + 1), "ece10": 0.03 + 0.01 * seed}
    row |= {"nll": 0.1 + level, "ece_floor": 0.02, "gap": 0.01, "stop_gap": 0.03 + 0.01 * seed, "stop_ece10": 0.04}
    row |= {"scaled_ece": 0.02, "scaled_ece10": 0.03, "scaled_nll": 0.09, "parameters": 100 if level == 0 else 25}
    return row | {"best_epoch": EPOCHS[seed].get(level, 1)} | more


def outside(scope, strategy, level, seed, name, auroc, score="msp"):
    row = {"part": "outside", "scope": scope, "strategy": strategy, "level": level, "seed": seed, "set": name}
    row |= {"near": name == "held-out classes", "score": score, "auroc": auroc, "aupr_out": 0.9, "fpr95": 0.2}
    chosen = {"dense": 0.8, "another draw": 0.5}.get(strategy, 0.6)
    return row | {"confidence": 0.7, "own_class": chosen + 0.01 * seed, "judged_class": 0.4 - 0.1 * level}


def drawn(scope, strategy, level, seed, name):
    """Two bars of a histogram, and a picture of two classes."""
    about = {"scope": scope, "strategy": strategy, "level": level, "seed": seed, "set": name}
    bars = {0.5: 0.4 + 0.1 * level, 0.95: 0.6 - 0.1 * level}
    rows = [about | {"part": "histogram", "bin_low": low, "share": share} for low, share in bars.items()]
    classes = {"cat": 0.7 - 0.1 * level, "dog": 0.3 + 0.1 * level}
    for of in ("first", "mean"):
        picture = about | {"part": "panel", "of": of, "kind": "8"}
        rows += [picture | {"class": name, "probability": probability} for name, probability in classes.items()]
    return rows


def made(seeds=(0, 1), scopes=("fc", "all")):
    rows = []
    for seed in seeds:
        for scope in scopes:
            for strategy in ("dense", "another draw", "iterative", "same length", "from scratch"):
                levels = (0.0,) if strategy in ("dense", "another draw") else (0.4, 0.8)
                for level in levels:
                    rows.append(network(scope, strategy, level, seed))
                    if strategy in ("dense", "iterative"):
                        rows += drawn(scope, strategy, level, seed, "held-out classes")
                        rows += [
                            row
                            for row in drawn(scope, strategy, level, seed, "test images")
                            if row["part"] == "histogram"
                        ]
                    for name, auroc in {"held-out classes": 0.9 - 0.1 * level, "photographs": 0.8}.items():
                        rows.append(outside(scope, strategy, level, seed, name, auroc))
                        rows.append(outside(scope, strategy, level, seed, name, auroc + 0.01, "entropy"))
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def table():
    return made()


def test_changes_are_paired_by_seed(table):
    assert tables.change(table, "ece").tolist() == pytest.approx([0.04, 0.08])
    assert tables.change(table, "ece", "all", 0.4).tolist() == pytest.approx([0.02, 0.04])
    assert tables.outside_change(table, "auroc").tolist() == pytest.approx([-0.04, -0.04])
    assert tables.outside_change(table, "auroc", of="held-out classes").tolist() == pytest.approx([-0.08, -0.08])


def test_a_class_is_followed_by_who_chose_it(table):
    own, elsewhere, judged = tables.chosen_class(table).values()
    assert own.tolist() == pytest.approx([-0.2, -0.2])
    assert elsewhere.tolist() == pytest.approx([-0.3, -0.3])
    assert judged.tolist() == pytest.approx([-0.08, -0.08])


def test_the_table_says_what_is_left(table):
    made = tables.levels(table)
    assert made.caption.startswith("Means over 2 seeds")
    levels = made.frame
    assert levels.loc[("all", "0.8"), "left"] == "25 %"
    assert levels.loc[("linear", "0.8"), "accuracy"] == "0.820"
    assert levels.loc[("linear", "0.8"), "ECE"] == "0.080"


def test_numbers_of_the_text(table):
    numbers = facts.calibration(table)
    assert numbers["ece-dense"] == "0.020"
    assert numbers["top"] == 0.8
    # 0.06 ± 12.706 × 0.02: t of one degree of freedom times the standard error
    assert numbers["ece-all"] == "0.060 (−0.194 to 0.314)"
    assert numbers["left"] == "25 %"
    assert facts.controls(table)["nll-fc-temperature"] == "0.810"
    assert facts.controls(table)["fresh-nll-all"] == "0.800"
    assert facts.controls(table)["scaled-nll-all"] == "0.000"
    sure = facts.sure(table)
    assert (sure["sure-near-dense"], sure["sure-near-top"]) == ("60 %", "52 %")
    assert tables.pictures(table).tolist() == pytest.approx([-0.08, -0.08])
    assert facts.unknown(table)["fresh-auroc-near-all"] == "−0.080"
    assert facts.unknown(table)["auroc-near-all-size"] == "+0.000"
    assert facts.deer() == {"deer-before": 0.75, "deer-level": "0.6", "deer-after": 0.15}
    assert facts.chosen_class(table)["redraw"].startswith("−0.300")


def test_numbers_of_a_larger_run_are_of_all_layers_and_of_the_first_set_from_outside(table):
    numbers = facts.large(table)
    assert (numbers["large-seeds"], numbers["large-left"]) == (2, "25 %")
    assert numbers["large-ece-all"] == "+0.060 (−0.194 to +0.314)"
    assert (numbers["large-nll-all"], numbers["large-auroc-all"]) == ("+0.800", "−0.080")
    assert facts.large(made(scopes=("fc",)))["large-ece-all"] == numbers["large-ece-all"]


def test_sentences_rest_on_paired_values(table):
    seen = facts.contrasts(table)
    assert seen["ece-all"].values == pytest.approx((0.04, 0.08))
    assert seen["fresh-nll-all"].values == pytest.approx((0.8, 0.8))
    assert seen["fresh-auroc-near-all"].values == pytest.approx((-0.08, -0.08))
    assert seen["length-fc"].values == pytest.approx((0.0, 0.0))
    assert seen["auroc-near-all"].values == pytest.approx((-0.08, -0.08))
    assert seen["choice"].values == pytest.approx((-0.12, -0.12))


def test_one_seed_and_linear_layers_alone_have_numbers_and_figures():
    small = made(seeds=(0,), scopes=("fc",))
    for numbers in (facts.calibration, facts.controls, facts.unknown, facts.chosen_class):
        assert all(value != "" for value in numbers(small).values())
    assert facts.calibration(small)["ece-fc"] == "0.040"
    assert facts.contrasts(small)["more-nll-all"].values == (0.0,)
    for figure in (draw.changes, draw.controls, draw_outside.auroc, draw_outside.choices):
        assert "nan" not in figure(small).alt


def test_figures_say_their_numbers(table):
    assert "NLL, all layers pruned: 0.400" in draw.changes(table).alt
    assert "ECE, 10 bins, dense, temperature, linear layers pruned: 0.005 (" in draw.controls(table).alt
    assert "AUROC, photographs, all layers pruned: 0.000" in draw_outside.auroc(table).alt
    assert "the dense network chose; read off its ticket: −0.200" in draw_outside.choices(table).alt


def test_images_are_shown_a_row_a_set():
    images = torch.arange(4.0).reshape(1, 1, 2, 2).repeat(3, 1, 1, 1)
    held = Outside("held-out classes", True, images, ("8",), torch.zeros(3, dtype=torch.long))
    part = (images, torch.zeros(3, dtype=torch.long))
    shown = Shown(part, part, part, [held], ("0", "1"), (1, 2, 2))
    assert len(draw.inside_outside(shown).fig.axes) == 2 * 8
