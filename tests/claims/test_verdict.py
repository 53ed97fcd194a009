"""The order of the tests that decide, their error over simulated seeds, and what sentences may expect."""

import math

import numpy as np
import pytest
from scipy import stats

from pruneuq_helpers.claims import contrast, decide, expect
from pruneuq_helpers.claims.expect import BUILD
from pruneuq_helpers.claims.verdict import seeds_needed
from pruneuq_helpers.errors import ParameterError

RUNS, SEEDS, MARGIN = 2000, 8, 1.0


@pytest.mark.parametrize(
    ("values", "direction", "word"),
    [
        # 2 ± 2.484: from -0.484 to 4.484
        ([1, 2, 3], ">", "undecided"),
        # 0.2 ± 0.2484: inside ± 1, though the mean lies above 0
        ([0.1, 0.2, 0.3], ">", "no relevant change"),
        # 2 ± 0.2484: beyond 0 and not inside ± 1
        ([1.9, 2.0, 2.1], ">", "holds"),
        ([1.9, 2.0, 2.1], "<", "fails"),
        # 0.9 ± 0.2484: beyond 0, and not wholly inside ± 1
        ([0.8, 0.9, 1.0], ">", "holds"),
        ([0.1, 0.2, 0.3], "=", "holds"),
        ([1.9, 2.0, 2.1], "=", "fails"),
        ([0.8, 0.9, 1.0], "=", "undecided"),
        # the same in every seed: no interval, judged as what it is
        ([0.5, 0.5], ">", "no relevant change"),
        ([2.0, 2.0], ">", "holds"),
        ([2.0], ">", "undecided"),
    ],
)
def test_one_interval_decides_in_this_order(values, direction, word):
    assert decide(values, 0, direction, MARGIN).verdict == word


@pytest.mark.parametrize(
    ("values", "boundary", "direction", "word"),
    [
        # "comparable or better": 0.2 ± 0.2484 below what is there already loses less than the margin
        ([-0.1, -0.2, -0.3], -MARGIN, ">", "holds"),
        ([-1.9, -2.0, -2.1], -MARGIN, ">", "fails"),
        # "lower by five": nothing changed, and nothing is not five
        ([-0.1, -0.2, -0.3], -5.0, "<", "no relevant change"),
        ([-5.9, -6.0, -6.1], -5.0, "<", "holds"),
        ([-3.9, -4.0, -4.1], -5.0, "<", "fails"),
    ],
)
def test_a_boundary_apart_from_nothing(values, boundary, direction, word):
    assert decide(values, boundary, direction, MARGIN).verdict == word


@pytest.mark.parametrize("true", [0.0, 0.5, 1.0, 3.0])
def test_error_over_simulated_seeds_is_within_its_bounds(true):
    draws = np.random.default_rng(0).normal(true, 1.0, (RUNS, SEEDS))
    words = [decide(values, 0, ">", MARGIN).verdict for values in draws]
    share = {word: words.count(word) / RUNS for word in ("holds", "fails", "no relevant change", "undecided")}
    above = stats.binom.isf(1e-4, RUNS, 0.025) / RUNS  # more wrong verdicts than a rate of 2.5 % gives by chance
    if true == 0:
        assert share["holds"] <= above
        assert share["fails"] <= above
    else:
        assert share["fails"] <= above
    if true >= MARGIN:
        assert share["no relevant change"] <= above
    if true == 3.0:
        assert share["holds"] > 0.99


def test_equality_is_claimed_wrongly_no_more_often_than_it_may():
    draws = np.random.default_rng(1).normal(MARGIN, 1.0, (RUNS, 60))  # as far apart as just matters
    wrong = sum(decide(values, 0, "=", MARGIN).verdict == "holds" for values in draws)
    assert wrong <= stats.binom.isf(1e-4, RUNS, 0.025)


def test_p_values_are_those_of_scipy():
    values = [0.2, 0.5, 0.1, 0.4]
    assert decide(values, 0.1).p == pytest.approx(stats.ttest_1samp(values, 0.1).pvalue)
    above = stats.ttest_1samp(values, -1, alternative="greater").pvalue
    below = stats.ttest_1samp(values, 1, alternative="less").pvalue
    assert decide(values, 0, "=", 1.0).p == pytest.approx(2 * max(above, below))
    assert math.isnan(decide([1.0]).p)


def test_seeds_needed_give_the_power_that_is_asked_for():
    values = contrast([0.0, 0.02, 0.01, 0.03, -0.01])
    needed = seeds_needed(values, margin=0.01)
    draws = np.random.default_rng(2).normal(0.01, np.std(values.values, ddof=1), (4000, needed))
    power = np.mean(stats.ttest_1samp(draws, 0, axis=1).pvalue < 0.05)
    assert power == pytest.approx(0.8, abs=0.03)
    assert decide([0.0, 0.02, 0.01, 0.03, -0.01], 0, ">", 0.001).needed == seeds_needed(values, 0.001)


def test_a_proportion_has_an_exact_interval():
    found = contrast([1] * 9 + [0], over="images", interval="exact")
    wanted = stats.binomtest(9, 10).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


def test_none_of_few_is_not_none():
    none = contrast([0.0] * 4, interval="exact")
    assert decide(none, 0.05, ">", 0.05).verdict == "undecided"  # up to 0.602
    assert decide(contrast([0.0] * 100, interval="exact"), 0.05, ">", 0.01).verdict == "fails"  # up to 0.036
    assert decide(none, 0.05).p == pytest.approx(stats.binomtest(0, 4, 0.05).pvalue)


def test_a_sentence_that_is_not_true_stops_the_build_and_is_noted_elsewhere(monkeypatch, capsys):
    falls = contrast([-0.10, -0.12, -0.09, -0.11])
    monkeypatch.setenv(BUILD, "1")
    with pytest.raises(
        ParameterError, match="expects otherwise: “ECE rises” rests on > 0, which reads .fails.: -0.105"
    ):
        expect("ECE rises", falls)
    expect("ECE falls", falls, "< 0")
    monkeypatch.delenv(BUILD)
    expect("ECE rises", falls)
    assert "Markdown" in capsys.readouterr().out


@pytest.fixture
def noted(monkeypatch):
    """What a build notes for the tests."""
    found = []
    monkeypatch.setenv(BUILD, "1")
    monkeypatch.setattr("myst_nb.glue", lambda name, text, display: found.append(text))
    return found


def test_what_a_build_cannot_decide_is_noted(noted, capsys):
    expect("ECE rises", contrast([-0.1, 0.3, 0.1]))
    assert "Markdown" in capsys.readouterr().out
    assert "reads *undecided*" in noted[0]
    assert noted[0].endswith("with 3 of 3 seeds")


def test_a_sentence_that_hangs_on_one_seed_is_noted(noted, capsys):
    near = contrast([0.1, 0.1, 0.11, -0.02, 0.1])
    assert decide(near).verdict == "holds"
    expect("ECE rises", near)
    assert capsys.readouterr().out == ""
    assert noted[0].endswith("with 4 of 5 seeds")
    expect("ECE rises", contrast([0.1, 0.1, 0.11, 0.1]))
    assert len(noted) == 1


@pytest.mark.parametrize("rule", ["undecided", "0.01", "> 0 by 0.01", ">", "> 0 ± -0.01", "! 0", "", None, 3])
def test_only_a_rule_can_be_expected(rule):
    with pytest.raises(ParameterError, match="`rule` got|`margin` got"):
        expect("ECE may rise", contrast([0.1, -0.1]), rule)


@pytest.mark.parametrize(
    ("rule", "direction", "boundary", "margin"),
    [("> 0", ">", 0, 0), ("< 0.02", "<", 0.02, 0), ("= 1 ± 1e-09", "=", 1, 1e-9), ("> -.5 ± 0.01", ">", -0.5, 0.01)],
)
def test_a_rule_is_read_as_it_is_written(monkeypatch, rule, direction, boundary, margin):
    asked, holds = [], decide([0.1, 0.1])
    monkeypatch.setitem(expect.__globals__, "judged", lambda found, **parts: asked.append(parts) or holds)
    expect("so it is", contrast([0.1, 0.2]), rule)
    assert asked == [{"direction": direction, "boundary": boundary, "margin": margin}]
