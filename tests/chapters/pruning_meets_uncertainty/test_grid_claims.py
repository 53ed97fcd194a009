"""Chapter 7's claims."""

import numpy as np
import pandas as pd
import pytest

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.pruning_meets_uncertainty import claims as grid_claims
from pruneuq_helpers.chapters.pruning_meets_uncertainty import measures as grid_measures
from pruneuq_helpers.chapters.pruning_meets_uncertainty import study as grid


def claims_of(part, table, network="convnet"):
    """The verdicts of the claims that read one part, of a run on this network."""
    parts = {"answer": pd.DataFrame({"network": [network]}), part: table}
    whole = grid_claims.table(lambda name: parts.get(name, pd.DataFrame()))
    return claims.check([claim for claim in grid_claims.CLAIMS if claim.part == part], whole).set_index("id")


GENERAL = [
    *(f"S1.{name}.{method}" for name in ("accuracy-falls", "ause-worsens", "ause-follows-error")
      for method in ("msp", "ensemble", "mc_dropout")),
    *(f"S1.{name}.{method}" for method in ("ensemble", "mc_dropout") for name in ("ece-worsens", "msp-suffers-less")),
    "book.msp-suffers-less-by-probs.ensemble", "book.worse-than-chance.mc_dropout",
    "book.errors-at-equal-accuracy.ensemble",
    *(f"S1.step-by-step.{name}" for name in ("accuracy", "ause")),
    *(f"S1.criteria-alike.{name}" for name in ("accuracy", "ause", "ece")), "S1.ensemble-most-accurate",
]  # fmt: skip
RESNETS = [
    "S1.msp-ece-rises", "S1.msp-ece-recovers", "S1.resrep-collapses.msp", "S1.resrep-collapses.mc_dropout",
    "S1.little-resrep-helps",
]  # fmt: skip
VGGS = ["S1.msp-ece-improves", "S1.small-levels-help", "S1.resrep-drops", "S1.resrep-flat"]


def otherwise(found, word, ids=GENERAL):
    """The verdicts of these claims that are not this word."""
    return {name: told for name, told in found.loc[ids, "verdict"].items() if told != word}


def of_resnet(table):
    """What S1 says of ResNet18: ECE rises until level 0.8, and a little ResRep helps an ensemble."""
    ece = table["ece"].where(table["level"] < 0.8, 0.1)
    helped = (table["criterion"] == "resrep") & (table["level"] == 0.2)
    return table.assign(ece=ece, accuracy=table["accuracy"] + 0.1 * helped)


def of_vgg(table):
    """What S1 says of VGG19: ECE falls, so does AUSE below level 0.8, and ResRep loses at 0.2 what it loses."""
    pruned, resrep = table["level"] > 0, table["criterion"] == "resrep"
    ause = table["ause"].where(~pruned | (table["level"] == 0.8), table["ause"] - 0.5)
    flat = 0.6 + 0.001 * table["seed"] + 0.0001 * table["level"] * table["seed"]
    return table.assign(ece=1 - table["ece"], ause=ause, accuracy=table["accuracy"].where(~(resrep & pruned), flat))


def test_every_claim_of_the_grid_is_about_one_kind_of_network_or_all(table):
    found = claims_of("grid", table)
    assert sorted(found.index) == sorted([*GENERAL, *RESNETS, *VGGS])
    assert (found.loc[GENERAL, "seeds"] == 4).all()
    assert found.loc[RESNETS, "reason"].str.startswith("it is about ResNet-8, ResNet-10").all()
    assert found.loc["S1.resrep-flat", "reason"] == "it is about VGG-like, VGG19, and the run has convnet"
    assert claims_of("grid", table, "resnet8").loc[VGGS, "verdict"].eq("not decidable here").all()


def test_claims_hold_where_the_table_says_so(table):
    assert otherwise(claims_of("grid", table), "holds") == {}
    assert otherwise(claims_of("grid", of_resnet(table), "resnet10"), "holds", RESNETS) == {}
    assert otherwise(claims_of("grid", of_vgg(table), "vgg_small"), "holds", VGGS) == {}


def turned_over(table):
    """Pruning helps in every way, most of all the softmax, and the criteria differ."""
    better = 0.9 * table["level"] * (1 + (table["method"] == "msp"))
    by_criterion = table["criterion"].map({"l1": 0.2, "bn": 0.1}).fillna(0.0)
    dense = {"accuracy": 0.6, "error": 0.4, "ause": 0.9, "ece": 0.9, "ause_mean": 0.9}
    values = {name: value - better + by_criterion for name, value in dense.items()}
    values |= {"accuracy": dense["accuracy"] + 0.4 * table["level"] + by_criterion, "error": table["level"]}
    noise = 0.001 * np.random.default_rng(1).normal(size=len(table))
    values = {name: one + noise for name, one in values.items()}
    values["accuracy"] -= 0.1 * (table["method"] == "ensemble")
    auroc = 0.5 + 0.3 * (table["level"] > 0) + noise
    return table.assign(**values, aurg=table["ause"], auroc_mean=auroc)


def test_claims_fail_where_it_says_otherwise(table):
    turned = turned_over(table)
    suffers = [name for name in GENERAL if "suffers-less" in name]
    found = claims_of("grid", turned)
    assert otherwise(found, "fails", [name for name in GENERAL if name not in suffers]) == {}
    assert otherwise(found, "holds", suffers) == {}  # what makes the softmax gain most makes it suffer least
    still = {name: turned[name].where(turned["method"] != "msp", 0.9) for name in ("ause", "ause_mean")}
    assert otherwise(claims_of("grid", turned.assign(**still)), "fails", suffers) == {}
    resrep = turned["criterion"] == "resrep"
    rises = turned["accuracy"].where(~resrep, 1.2 - 0.8 * (turned["level"] == 0.2))
    ece = -of_resnet(table)["ece"]
    assert otherwise(claims_of("grid", turned.assign(accuracy=rises, ece=ece), "resnet8"), "fails", RESNETS) == {}
    rises = turned["accuracy"].where(~resrep, 0.7 + 0.2 * turned["level"])
    worse = turned.assign(accuracy=rises, ause=table["ause"] + table["level"], ece=table["ece"])
    assert otherwise(claims_of("grid", worse, "vgg19"), "fails", VGGS) == {}


def test_criteria_that_differ_by_chance_alone_are_alike(table):
    """The best of a seed is always better than its worst: which ones these are, other seeds must say."""
    noise = np.random.default_rng(2).normal(0.7, 0.02, len(table))
    many = pd.concat([table.assign(seed=table["seed"] + 4 * k) for k in range(15)])
    noisy = many.assign(accuracy=np.resize(np.random.default_rng(3).permutation(np.tile(noise, 15)), len(many)))
    apart = grid_measures.apart("accuracy")(noisy)
    assert len(apart) == 60
    assert claims_of("grid", noisy)["verdict"]["S1.criteria-alike.accuracy"] == "holds"
    better = noisy["accuracy"] + 0.03 * (noisy["criterion"] == "l1")
    assert claims_of("grid", noisy.assign(accuracy=better))["verdict"]["S1.criteria-alike.accuracy"] == "fails"


def test_a_network_that_learnt_nothing_decides_nothing_and_breaks_nothing(table):
    same = table.assign(accuracy=0.1, error=0.9, ause=0.0, ece=0.3)
    found = claims_of("grid", same)
    assert (found["verdict"] == "not decidable here").all()
    assert found.loc[GENERAL, "reason"].str.endswith("10 % of the images: too near to chance").all()


def test_a_run_of_other_parameters_breaks_no_rule(table):
    cut = {
        "one level": table[table["level"].isin([0.0, 0.5])], "level 0.8 is missing": table[table["level"] < 0.8],
        "one criterion": table[~table["criterion"].isin(["random", "bn", "hrank", "resrep"])],
        "one method": table[table["method"] == "msp"], "no control": table[table["criterion"].isin(grid.CRITERIA)],
        "no AUSE": table.assign(ause=None, ause_mean=None, auroc_mean=None),
    }  # fmt: skip
    for network in ("convnet", "resnet8", "vgg19"):
        found = {name: claims_of("grid", one, network) for name, one in cut.items()}
        assert found["one level"].loc["S1.msp-ece-recovers", "verdict"] == "not decidable here"
        assert found["one criterion"].loc["S1.criteria-alike.ause", "reason"].startswith("the run has nothing")
        assert found["one method"].loc["S1.ensemble-most-accurate", "reason"].startswith("the run has nothing")
        assert found["no AUSE"].loc["S1.step-by-step.ause", "reason"].startswith("the run has nothing")
        assert (found["no control"].drop(index=RESNETS + VGGS)["verdict"].isin(["holds", "not decidable here"])).all()
    nothing = grid_claims.table(lambda part: pd.DataFrame())
    assert claims.check(grid_claims.CLAIMS, nothing)["reason"].unique().tolist() == ["no such run is kept"]


def test_the_claims_table_names_parts_and_the_grid_s_network(study):
    whole = grid_claims.table(study.run)
    assert whole["part"].unique().tolist() == ["answer", "grid", "skips"]
    assert "curve" not in whole
    assert (whole.loc[whole["part"] == "grid", "network"] == "convnet").all()
    counts = whole.groupby("part").size()
    assert counts.to_dict() == {part: len(study.run(part)) for part in ("answer", "grid", "skips")}
    assert len(claims.check(grid_claims.CLAIMS, whole)) == len(grid_claims.CLAIMS)


def skips_where(aligned, misaligned):
    """Accuracies of L1 and batch norm in a residual network, pruned both ways."""
    dense = [
        {"seed": seed, "level": 0.0, "criterion": "dense", "alignment": "dense", "accuracy": 0.95} for seed in range(3)
    ]
    rows = [
        {"seed": seed, "level": level, "criterion": name, "alignment": alignment, "accuracy": accuracy - level / 10}
        | {"accuracy_before": 0.3 + accuracy / 2}
        for seed in range(3)
        for level in (0.4, 0.8)
        for alignment, values in (("aligned", aligned), ("misaligned", misaligned))
        for name, accuracy in zip(("l1", "bn"), values, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(dense + rows)


def test_the_claim_on_skips_follows_its_table():
    found = claims_of("skips", skips_where((0.9, 0.8), (0.71, 0.7)))
    assert found["verdict"].tolist() == ["holds"]
    np.testing.assert_allclose(found["value"], [0.145])
    before = grid_measures.aligned_gain("accuracy_before")(skips_where((0.9, 0.8), (0.71, 0.7)))
    np.testing.assert_allclose(before, [0.0725] * 3)
    assert claims_of("skips", skips_where((0.71, 0.7), (0.9, 0.8)))["verdict"].tolist() == ["fails"]
    alone = claims_of("skips", skips_where((0.9, 0.8), (0.71, 0.7)).query("alignment != 'misaligned'"))
    assert alone["verdict"].tolist() == ["not decidable here"]
    dense = claims_of("skips", skips_where((0.9, 0.8), (0.71, 0.7)).query("level == 0"))
    assert dense["reason"].str.startswith("the run has nothing").all()


def test_claims_leave_out_seeds_whose_rows_come_from_two_trainings(table):
    """As when half of a grid was kept from another machine: its dense networks are not these."""
    named = table.assign(cut_from=table["seed"].astype(str) + table["method"])
    pd.testing.assert_frame_equal(claims_of("grid", named), claims_of("grid", table))
    of_other = (named["seed"] == 2) & (named["method"] == "ensemble") & (named["criterion"] == "l1")
    mixed = named.assign(cut_from=named["cut_from"].where(~of_other, "other"))
    found = claims_of("grid", mixed)
    assert (found.loc[GENERAL, "seeds"] == 3).all()
    pd.testing.assert_frame_equal(found, claims_of("grid", table[table["seed"] != 2]))
    everywhere = named.assign(cut_from=named["cut_from"].where(named["level"] > 0, "other"))
    reasons = claims_of("grid", everywhere).loc[GENERAL, "reason"].unique().tolist()
    assert reasons == ["in no seed are all networks cut from the same trained ones"]


def test_skips_pair_only_rows_of_one_network(study):
    skips = study.run("skips")
    gain = grid_measures.aligned_gain("accuracy")
    assert len(gain(grid_measures.pairs(skips))) == 2
    one = (skips["seed"] == 1) & (skips["alignment"] == "aligned") & (skips["criterion"] == "l1")
    mixed = skips.assign(cut_from=skips["cut_from"].where(~one, "other"))
    assert gain(grid_measures.pairs(mixed)).index.tolist() == [0]


def test_claims_of_s1_carry_its_own_numbers():
    printed = {claim.id: claim.printed for claim in grid_claims.CLAIMS if claim.source == "S1"}
    random, l1, bn, hrank = (66.77, 66.86, 66.29, 66.56)
    fell = np.mean([random, l1, bn, hrank]) - 77.97
    vgg = np.mean([58.51, 55.36, 58.16, 60.47]) - 72.61
    assert printed["S1.accuracy-falls.msp"] == pytest.approx((fell + vgg) / 200)
    assert printed["S1.resrep-collapses.mc_dropout"] == pytest.approx(
        0.0154 - np.mean([65.85, 67.15, 66.92, 67.26]) / 100
    )
    assert printed["S1.resrep-flat"] == pytest.approx(0.6710 - 0.6656)
    assert printed["S1.little-resrep-helps"] == pytest.approx(0.7392 - 0.7324)
    at_08, at_06 = np.mean([0.949, 1.007, 0.992, 0.906]), np.mean([1.146, 1.192, 1.208, 1.167])
    assert printed["S1.msp-ece-recovers"] == pytest.approx((at_08 - at_06) / 10)
    # S1 calls its criteria similar; on VGG19 they are five points apart at level 0.8.
    assert printed["S1.criteria-alike.accuracy"] > 0.01 > printed["S1.criteria-alike.ause"]
    assert np.isfinite(list(printed.values())).all()
