"""Chapter 6's claims: what they read, and what a made-up run says of them."""

import pandas as pd
import pytest
from bayesian_small import claim_of, made_up

from pruneuq_helpers import claims
from pruneuq_helpers.chapters.bayesian_pruning import claims as bayesian_claims
from pruneuq_helpers.chapters.bayesian_pruning import tables as bayesian_tables


def test_paired_differences_pair(result):
    found = bayesian_tables.paired(result, ("magnitude", "before"), ("unpruned", "dense"))
    assert len(found) == 2 * 2 * 2
    one = result.query("network == 'cnn' and seed == 1")
    pruned = one.query("method == 'magnitude' and state == 'before' and level == 0.9")["accuracy"].item()
    dense = one.query("method == 'unpruned'")["accuracy"].item()
    assert found["digits", "cnn", 0.9, 1] == pytest.approx(pruned - dense)


def test_the_claims_read_the_result_of_what_was_run(result, table, tmp_path):
    pd.testing.assert_frame_equal(bayesian_claims.table({"methods": table}.get), result)
    assert bayesian_claims.table(lambda part: pd.DataFrame()).empty
    result.to_csv(tmp_path / "table.csv", index=False)
    ours, theirs = (claims.check(bayesian_claims.CLAIMS, one) for one in (result, pd.read_csv(tmp_path / "table.csv")))
    pd.testing.assert_frame_equal(ours, theirs)
    assert "root" not in result.columns
    assert "source" not in result.columns


def test_a_claim_has_a_short_name_and_a_short_quote():
    ids = [claim.id for claim in bayesian_claims.CLAIMS]
    assert len(set(ids)) == len(ids)
    assert all(claim.id.startswith(f"{claim.source}.") for claim in bayesian_claims.CLAIMS)
    assert max(len(claim.short) for claim in bayesian_claims.CLAIMS) <= 40
    assert max(len(claim.quote.split()) for claim in bayesian_claims.CLAIMS) < 15


def test_digits_decide_nothing_about_the_paper_s_accuracies(result):
    found = claims.check(bayesian_claims.CLAIMS, result).set_index("id")
    of_accuracy = [claim.id for claim in bayesian_claims.CLAIMS if ".table1." in claim.id]
    reason = "S3's numbers are of MNIST, Fashion-MNIST and CIFAR-10, and the run has digits"
    assert set(found.loc[of_accuracy, "reason"]) == {reason}
    assert found.loc["book.bayes.zeros-grow-back", "verdict"] == "holds"


def course(name, random, magnitude):
    """The course of both gated methods, one column of each different."""
    rows = made_up(0.9, "before", "Bayes random", **{name: random})
    return pd.DataFrame(rows + made_up(0.9, "before", **{name: magnitude}) + made_up(0.98, "dense", "unpruned", 0.0))


def two_levels(method, small, large):
    rows = made_up(0.9, "delivered", method, 0.25, validation_loss=small)
    rows += made_up(0.9, "delivered", method, 0.99, validation_loss=large)
    return pd.DataFrame(rows + made_up(0.98, "dense", "unpruned", 0.0))


def scored(accuracy, level=0.9, network="fcn", method="Bayes magnitude", **more):
    rows = made_up(0.98, "dense", "unpruned", 0.0, network=network)
    rows += made_up(accuracy, "delivered", method, level, network=network, **more)
    return pd.DataFrame([row | {"accuracy": row["accuracy"] + 1e-5 * (row["seed"] % 2)} for row in rows])


@pytest.mark.parametrize("name", ["S3.fig4.random-wavers", "S3.fig4.random-loss-oscillates"])
def test_what_a_network_at_chance_does_says_nothing_of_pruning(name):
    column = "wavering" if "wavers" in name else "oscillation"
    rows = course(column, 0.0, 0.3)
    assert (claim_of(name).measure(rows) == -0.3).all()
    dead = rows["method"].eq("Bayes random")
    assert len(claim_of(name).measure(rows.assign(accuracy=rows["accuracy"].where(~dead, 0.1)))) == 0


def gate_worth(gain, how):
    rows = made_up(0.98, "dense", "unpruned", 0.0) + made_up(0.9, "delivered", how)
    rows += made_up(0.9 + gain, "delivered", f"Bayes {how}")
    return pd.DataFrame(rows)


def of_table_one(before, pruned):
    rows = made_up(0.9782, "dense", "unpruned", 0.0) + made_up(before, "before") + made_up(pruned, "delivered")
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("S3.table1.keeps-accuracy-90", scored(0.985), scored(0.95)),
        ("S3.table1.keeps-accuracy-99", scored(0.985, 0.99), scored(0.95, 0.99)),
        ("S3.table1.better-than-unpruned", scored(0.995), scored(0.96)),
        ("S3.table1.gate-comparable-magnitude", gate_worth(0.005, "magnitude"), gate_worth(-0.03, "magnitude")),
        ("S3.table1.gate-comparable-random", gate_worth(0.005, "random"), gate_worth(-0.03, "random")),
        ("S3.fig9.cnn-99-unaffected", scored(0.979, 0.99, "cnn"), scored(0.96, 0.99, "cnn")),
        ("S3.fig5.random-99-is-worst", two_levels("Bayes random", 0.1, 0.3), two_levels("Bayes random", 0.3, 0.1)),
        ("S3.fig6.loss-falls-with-sparsity", two_levels("Bayes magnitude", 0.3, 0.1),
         two_levels("Bayes magnitude", 0.1, 0.3)),
        ("S3.fig6.relieves-over-fitting", course("overfit", 0.3, 0.1), course("overfit", 0.3, 0.9)),
        ("S3.fig4.random-wavers", course("wavering", 0.3, 0.1), course("wavering", 0.1, 0.3)),
        ("S3.fig4.random-loss-oscillates", course("oscillation", 0.3, 0.1), course("oscillation", 0.1, 0.3)),
        ("S3.fig4.factor-falls", course("delta_late", -3.0, -5.0), course("delta_late", -3.0, -1.0)),
        ("S3.fig4.random-factor-rises", course("delta_late", -1.0, -3.0), course("delta_late", -5.0, -3.0)),
        ("book.bayes.zeros-grow-back", pd.DataFrame(made_up(0.9, "before", "random", sparsity=0.1)), None),
        ("book.bayes.numbers-of-regrown", of_table_one(0.9772, 0.9), of_table_one(0.9, 0.9772)),
    ],
)  # fmt: skip
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_not(name, true, false):
    assert claims.check([claim_of(name)], true)["verdict"].tolist() == ["holds"]
    if false is not None:
        assert claims.check([claim_of(name)], false)["verdict"].tolist() == ["fails"]


@pytest.mark.parametrize(
    ("name", "table", "reason"),
    [
        ("S3.table1.keeps-accuracy-90", scored(0.975, sparsity=0.8),
         "at the level 0.9 only 80.0% of the weights are zero"),
        ("S3.table1.keeps-accuracy-90", scored(0.975, 0.85), "the run has nothing that this rule compares"),
        ("S3.fig9.cnn-99-unaffected", scored(0.979, 0.99), "it is about CNN, and the run has FCN"),
        ("S3.fig4.random-wavers", course("gate_open", 1.0, 0.5),
         "the gate of random pruning is open in 100% of the epochs: it decides nothing"),
        ("S3.fig4.factor-falls", course("delta_late", -3.0, -5.0).assign(data="cifar10"),
         "it is about MNIST, Fashion-MNIST, digits, and the run has CIFAR-10"),
    ],
)  # fmt: skip
def test_a_claim_that_a_run_cannot_decide_says_why(name, table, reason):
    assert claims.check([claim_of(name)], table)["reason"].tolist() == [reason]


def test_a_ruined_unpruned_network_decides_no_accuracy_and_one_that_does_not_over_fit_no_relief():
    low = scored(0.975).assign(accuracy=0.12)
    assert "too near to chance" in claims.check([claim_of("S3.table1.keeps-accuracy-90")], low)["reason"].item()
    flat = course("overfit", 0.0, 0.0).assign(overfit=0.01)
    assert claims.check([claim_of("S3.fig6.relieves-over-fitting")], flat)["reason"].tolist() == [
        "the unpruned networks hardly over-fit: their loss rises by 0.010 nats"
    ]


def test_data_sets_are_judged_by_themselves():
    both = pd.concat([scored(0.985), scored(0.95).assign(data="fashion_mnist"), scored(0.95).assign(data="digits")])
    found = claims.check([claim_of("S3.table1.keeps-accuracy-90")], both).set_index("data")["verdict"]
    assert found.to_dict() == {"mnist": "holds", "fashion_mnist": "fails", "digits": "not decidable here"}


def test_a_claim_on_one_network_reads_that_network_alone():
    both = pd.concat([scored(0.979, 0.99, "cnn"), scored(0.5, 0.99, "fcn")])
    assert claims.check([claim_of("S3.fig9.cnn-99-unaffected")], both)["verdict"].tolist() == ["holds"]
    rising = pd.concat([course("delta_late", -1.0, -3.0).assign(network=network) for network in ("fcn", "cnn")])
    rising.loc[(rising["network"] == "fcn") & (rising["method"] == "Bayes random"), "delta_late"] = -9.0
    found = claims.check([claim_of("S3.fig4.random-factor-rises")], rising.assign(data="fashion_mnist"))
    assert found["verdict"].tolist() == ["holds"], "S3 says it of the convolutional network alone"


def test_a_loss_that_moves_is_told_from_one_that_rests(table):
    moved = table.copy()
    random = (moved["method"] == "random") & (moved["state"] == "before")
    moved.loc[random, "loss"] = moved.loc[random, "epoch"] % 2  # 1, 0, 1, 0
    moved.loc[~random, "loss"] = 0.5
    found = bayesian_tables.outcome(moved).set_index(["method", "state"])["oscillation"]
    assert (found["random", "before"] == 1).all()
    assert (found["magnitude", "before"] == 0).all()
    assert found["random", "delivered"].isna().all()
