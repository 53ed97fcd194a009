"""Chapter 3's study: its cells, a small run, what its claims read, and its words."""

import numpy as np
import pandas as pd
import pytest
import torch

from pruneuq_helpers import claims, ledger
from pruneuq_helpers.chapters import find
from pruneuq_helpers.chapters.lottery_tickets import claims as tickets_claims
from pruneuq_helpers.chapters.lottery_tickets import draw as tickets_figures
from pruneuq_helpers.chapters.lottery_tickets import facts, tables
from pruneuq_helpers.chapters.lottery_tickets import measures as tickets_measures
from pruneuq_helpers.chapters.lottery_tickets import study as study_module
from pruneuq_helpers.chapters.lottery_tickets.runs import ITERATIVE, ONE_SHOT, OTHER, one_shot, parts
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population import mlp
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.training import caps

SMALL = {
    "seeds": 3, "data": "moons", "networks": [[8, 6], [7]], "levels": [0.5, 0.8], "rounds": 2, "epochs": 15,
    "patience": 4, "batch": 0, "rate": 0.02, "fresh_points": 60, "together": 2, "depths": [2, 3], "patiences": [2, 6],
    "moons_epochs": 15,
}  # fmt: skip


def make(tmp_path, **change):
    return study_module.TicketStudy(**SMALL | change, out=str(tmp_path))


def whole(study):
    return tickets_claims.table(study.run)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return whole(make(tmp_path_factory.mktemp("study"), workers=1))


def test_every_network_strategy_level_and_seed_is_there_once(table):
    rows = table[table["part"] == "tickets"]
    assert not rows.duplicated(["network", "strategy", "level", "seed"]).any()
    counts = rows.groupby(["network", "strategy"])["level"].nunique().unstack()
    assert set(counts.index) == {"2-8-6-2", "2-7-2"}
    assert counts.loc["2-7-2"].to_dict() == dict.fromkeys([*ONE_SHOT, *ITERATIVE], 2) | {"dense": 1}
    assert len(rows) == 2 * 3 * (1 + 6 * 2)
    depth = table[table["part"] == "depth"]
    assert len(depth) == 2 * 2 * 3
    assert set(depth["strategy"]) == {"dense"}


def test_what_is_removed_is_what_rounding_leaves(table):
    rows = table.query("part == 'tickets' and network == '2-7-2' and level == 0.8")
    shares = rows.groupby("strategy")["removed"].first()
    # One shot: 7 - floor(5.6) = 2 are left. Two rounds of 0.553: 7 - 3 = 4, 4 - 2 = 2 are left as well.
    np.testing.assert_allclose(shares["one-shot"], 5 / 7)
    np.testing.assert_allclose(shares["iterative"], 5 / 7)
    np.testing.assert_allclose(rows["parameter_fraction"], (2 * 3 + 2 * 3) / (7 * 3 + 2 * 8))


def test_a_result_does_not_depend_on_who_shares_its_cell(tmp_path, table):
    alone = whole(make(tmp_path, together=1, workers=1, networks=[[8, 6]]))
    both = table[table["network"].isin(alone["network"])]
    keys = ["part", "network", "patience", "strategy", "level", "seed"]
    alone, both = (frame.sort_values(keys, ignore_index=True) for frame in (alone, both))
    pd.testing.assert_frame_equal(alone, both)


def test_dense_and_tickets_share_their_beginning():
    found, classes = parts("moons", [4], 50)
    dense, initial, fit = study_module.start([6], [4], found, classes, 3, epochs=4, batch=0, rate=0.01, device="cpu")
    expected = mlp(2, 6, 2).initial(4)
    for name, value in expected.items():
        torch.testing.assert_close(initial.weights[name][0], value)
    ticket = tickets.rewind(tickets.prune(dense, 0.5), initial)
    units = ticket.units["fc1"][0]
    torch.testing.assert_close(ticket.weights["fc1.weight"][0], expected["fc1.weight"][units])
    # Nothing is removed at such a level: pruned, reset and trained again it is the dense network.
    (again,) = fit([tickets.rewind(tickets.prune(dense, 0.01), initial)])
    torch.testing.assert_close(again.weights["fc1.weight"], dense.weights["fc1.weight"], rtol=0, atol=0)


def test_moons_are_drawn_anew_for_training_and_for_testing():
    found, _ = parts("moons", [0, 1], 50)
    (points, _), (fresh, _) = found["train"], found["test"]
    assert not torch.equal(points[0], points[1])
    assert not torch.equal(parts("moons", [OTHER], 50)[0]["train"][0][0, :50], fresh[0])
    shared, classes = parts("digits", [0, 1], 50)
    assert (shared["train"][1].ndim, classes) == (1, 10)


def test_collapse_is_told_by_the_commonest_class():
    network = mlp(2, 3, 2)
    weights = {name: torch.zeros(1, *shape) for name, shape in network.parameters().items()}
    weights["fc2.bias"][0, 0] = 1.0  # always says class 0
    some = tickets.Tickets(network, weights, {}, np.array([1]), np.array([2]))
    images, labels = torch.zeros(10, 2), torch.tensor([0] * 7 + [1] * 3)
    (row,) = study_module.measure(some, network, images, labels)
    assert (row["accuracy"], row["collapsed"]) == (0.7, True)
    weights["fc1.weight"][0, 0, 0], weights["fc2.weight"][0, 1, 0] = 1.0, 5.0
    images[7:, 0] = 1.0
    (row,) = study_module.measure(some, network, images, labels)
    assert (row["accuracy"], row["collapsed"]) == (1.0, False)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0 at position 0"),
        ({"levels": [1.0]}, "`levels` got 1.0"),
        ({"networks": []}, "`networks` got"),
        ({"networks": [[]]}, "`networks` got"),
        ({"rounds": 0}, "`rounds` got 0"),
        ({"patience": 0}, "`patience` got 0"),
        ({"batch": -1}, "`batch` got -1"),
        ({"rate": 0.0}, "`rate` got 0.0"),
        ({"data": "line"}, "`data` got 'line'; it takes a data set with classes"),
        ({"data": "mnits"}, "did you mean `mnist`"),
        ({"patiense": 3}, "did you mean `patience`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        make(tmp_path, **change)


def invented(accuracy: dict, seeds=4, **columns):
    """A table in which a strategy reaches the same at every level, up to a little noise of the seed."""
    rows = [
        {"part": "tickets", "data": "moons", "network": "2-9-2", "seed": seed, "strategy": strategy, "level": level,
         "removed": level, "accuracy": value + 0.001 * seed, "best_epoch": 100.0 + seed, "ece": 0.05 + 0.001 * seed,
         "collapsed": False, "capped": False} | columns
        for strategy, value in accuracy.items()
        for level in ([0.0] if strategy == "dense" else [0.5, 0.8, 0.9])
        for seed in range(seeds)
    ]  # fmt: skip
    deep = [
        {"part": "depth", "network": "2-20-20-2", "seed": seed, "hidden_layers": 2, "patience": patience,
         "collapsed": patience == 3}
        for patience in (3, 20) for seed in range(seeds)
    ]  # fmt: skip
    return pd.DataFrame(rows + deep)


KINDS = dict.fromkeys(["dense", *ONE_SHOT, *ITERATIVE], 0.9)


def decided(table, claim=None):
    found = claims.check(tickets_claims.CLAIMS, table).set_index("id")
    return found["verdict"] if claim is None else found.loc[claim, "verdict"]


def reason(table, claim):
    return claims.check(tickets_claims.CLAIMS, table).set_index("id").loc[claim, "reason"]


@pytest.mark.parametrize(
    ("claim", "true", "false"),
    [
        ("S0.s312.one-shot-at-half", {}, {"one-shot": 0.8}),
        ("S0.s312.one-shot-poor-at-high", {"one-shot": 0.8}, {"one-shot": 0.95}),
        ("S0.s313.reinitialised-at-half", {}, {"re-initialised": 0.8}),
        ("S0.fig5.low-levels-hold", {}, {"random": 0.6}),
        ("S0.fig5.random-falls-behind", {"random": 0.7}, {"random": 0.95}),
        ("S0.fig5.iterative-above-base", {"iterative": 0.95}, {"iterative": 0.8}),
        ("S0.s32.iterative-beats-one-shot", {"iterative": 0.95}, {"iterative": 0.8}),
        ("S0.fig8.two-points-of-accuracy", {}, {"iterative": 0.8}),
        ("book.iterative-beats-one-shot-at-equal-size", {"iterative": 0.95}, {"iterative": 0.8}),
    ],
)
def test_claims_on_accuracy_hold_and_fail(claim, true, false):
    assert decided(invented(KINDS | true), claim) == "holds"
    assert decided(invented(KINDS | false), claim) == "fails"
    near_chance = invented(dict.fromkeys(KINDS, 0.6))
    assert reason(near_chance, claim).endswith("60 % of the images: too near to chance")


def test_the_claim_on_speed_holds_and_fails_where_no_limit_decides():
    table, claim = invented(KINDS), "S0.fig4.tickets-learn-fast"
    own = table["strategy"] == "re-initialised"
    for epochs, word in ((80, "holds"), (150, "fails")):
        assert decided(table.assign(best_epoch=table["best_epoch"].where(~own, epochs)), claim) == word
    capped = table.assign(capped=own)
    assert reason(capped, claim).startswith("a limit of epochs ended ")
    assert decided(capped, "S0.fig5.low-levels-hold") == "holds"  # which compares no epochs


def test_claims_on_calibration_hold_and_fail():
    table = invented(KINDS)
    own, level = table["strategy"] == "iterative", table["level"]
    better, worse = (table.assign(ece=table["ece"].where(~own, 0.2 + sign * 0.1 * level)) for sign in (-1, 1))
    dense = table["strategy"] == "dense"
    better["ece"] = better["ece"].where(~dense, 0.3 + 0.001 * better["seed"])
    names = ["fig8.ece-falls", "fig8.five-points", "fig8.ece-falls-with-level"]
    assert decided(better)[[f"S0.{name}" for name in names]].tolist() == ["holds"] * 3
    assert decided(worse)[[f"S0.{name}" for name in names]].tolist() == ["fails"] * 3


def test_the_claim_on_patience_holds_and_fails():
    table = invented(KINDS)
    assert decided(table, "book.patience-three-collapses") == "holds"
    other = table.assign(patience=table["patience"].replace({3: 20, 20: 3}))
    assert decided(other, "book.patience-three-collapses") == "undecided"  # none of so few seeds may be one in twenty
    many = pd.concat([other.assign(seed=other["seed"] + 100 * more) for more in range(20)])
    assert decided(many, "book.patience-three-collapses") == "no relevant change"  # none of eighty
    assert reason(table[table["patience"] != 3], "book.patience-three-collapses").startswith("the run has nothing")


def test_findings_on_moons_are_decided_on_moons_alone():
    here, there = (decided(invented(KINDS, data=data)) for data in ("moons", "mnist"))
    on_mnist = here.index.str.startswith("book.mnist.")
    assert set(here[on_mnist]) == {"not decidable here"}
    others = there[~on_mnist].drop("book.patience-three-collapses")
    assert set(others) == {"not decidable here"}
    assert there["book.mnist.iterative-above-base"] == "no relevant change"
    assert reason(invented(KINDS, data="digits"), "S0.fig8.ece-falls") == "it is about moons, and the run has digits"
    on_both = pd.concat([invented(KINDS), invented(KINDS | {"iterative": 0.97}, data="mnist")])
    assert decided(on_both)[["S0.fig5.iterative-above-base", "book.mnist.iterative-above-base"]].tolist() == [
        "no relevant change", "holds",
    ]  # fmt: skip


def test_on_mnist_a_limit_decides_nothing():
    capped = invented(KINDS, data="mnist", capped=True)
    found = claims.check(tickets_claims.CLAIMS, capped).set_index("id")["reason"]
    found = found[found.index.str.startswith("book.mnist.")]
    assert set(found) == {"a limit of epochs ended 100 % of the trainings"}


@pytest.mark.parametrize(
    "rows",
    [
        lambda table: table["strategy"] == "dense",
        lambda table: (table["level"] == 0) | (table["level"] == 0.9),
        lambda table: table["part"] == "depth",
        lambda table: table["part"] == "tickets",
    ],
)
def test_a_table_of_other_parameters_raises_nothing(rows):
    table = invented(KINDS)
    found = claims.check(tickets_claims.CLAIMS, table[rows(table)])
    lacking = found[found["verdict"] == "not decidable here"]
    assert len(lacking) > 3
    assert (lacking["reason"] != "").all()


def test_parts_of_which_nothing_is_kept_are_left_out():
    parts = {"tickets": pd.DataFrame({"seed": [0]}), "depth": pd.DataFrame()}
    assert tickets_claims.table(parts.get)["part"].tolist() == ["tickets"]
    assert not len(tickets_claims.table(lambda part: pd.DataFrame()))


def test_the_rows_of_the_tests_are_read_without_the_line_of_their_version():
    table = ledger.golden(find("03"))
    assert set(table["part"]) == {"tickets", "depth"}
    assert {"moons", "digits"} == set(table["data"])
    assert table["accuracy"].between(0, 1).all()


def test_a_random_start_draws_on_the_scale_of_its_own_widths():
    dense_net = mlp(2, 400, 2)
    dense = initial = tickets.whole(dense_net, [dense_net.initial(seed) for seed in (0, 1)])
    found = one_shot(dense, initial, [0.9], [0, 1], fit=list)
    largest = {name: found[name, 0.9].weights["fc2.weight"].abs().max() for name in ("random", "random, dense scale")}
    # Weights into the outputs are drawn from ± 1 / sqrt(inputs): 40 units are left of 400.
    assert 0.9 < largest["random"] * 40**0.5 <= 1
    assert largest["random, dense scale"] * 400**0.5 <= 1
    assert found["random", 0.9].network == found["random, dense scale", 0.9].network


def test_every_row_says_whether_the_limit_ended_its_training(tmp_path, table):
    rows = table[table["part"] == "tickets"]
    np.testing.assert_array_equal(rows["capped"], rows["stop_epoch"] - rows["best_epoch"] < 4)
    assert (rows.loc[rows["capped"].astype(bool), "stop_epoch"] == 15).all()
    assert 0 < rows["capped"].mean() < 1
    patient = make(tmp_path, epochs=3, networks=[[7]], levels=[0.5], workers=1).run("tickets")
    assert patient["capped"].astype(bool).all()
    assert caps.ended_by_limit(patient) == "21 of 21"


def test_at_equal_size_the_comparison_goes_to_what_was_removed():
    kinds = dict.fromkeys(["dense", *ONE_SHOT, *ITERATIVE], 0.9)
    table = invented(kinds)
    once = table["strategy"] == "re-initialised"
    table.loc[once, "accuracy"] = 1 - table.loc[once, "removed"] ** 2
    rounds = table["strategy"] == "iterative"
    table.loc[rounds, "removed"] = table.loc[rounds, "level"] - 0.1
    table.loc[rounds, "accuracy"] = 0.5
    # 0.8 and 0.9 became 0.7 and 0.8; at 0.7 the straight line from 0.5 to 0.8 gives 0.75 + (0.36 - 0.75) * 2 / 3.
    expected = 0.5 - np.mean([0.49, 0.36])
    np.testing.assert_allclose(tickets_measures.at_equal_size()(table), expected)


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
