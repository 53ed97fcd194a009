"""Chapter 8's claims."""

import pandas as pd
import pytest
from forgetting_small import SMALL, classes, where

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.forgotten_examples import claims as forgetting_claims
from pruneuq_helpers.chapters.forgotten_examples import study as forgetting
from pruneuq_helpers.chapters.forgotten_examples import tables as forgetting_tables


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


TOP = {"population": "pruned", "level": 0.9}
PLAIN = TOP | {"experiment": "plain"}
LEVEL, SAMPLE = PLAIN | {"part": "level"}, PLAIN | {"part": "sample"}
MINORITY = TOP | {"experiment": "minority", "group": "another's"}
SPOILT = TOP | {"experiment": "planted", "set": "test", "group": "corrupted"}
TAUGHT = TOP | {"experiment": "planted", "set": "train", "group": "wrong label"}


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


def test_the_paper_s_own_numbers_stand_beside_its_sentences():
    printed = {name: claim_of(name).printed for name in (
        "S4.abstract.top1-comparable", "S4.table3.pies-grow", "S4.table1.minority-over-indexed", "S4.s3.4.corrupted"
    )}  # fmt: skip
    lost = ((94.14 - 94.53) + (72.60 - 76.68)) / 200
    grown = ((216 - 114) / 10_000 + (5136 - 1819) / 50_000) / 2
    assert list(printed.values()) == pytest.approx([lost, grown, 5 / 76 - 57 / 19_886, -0.02])
