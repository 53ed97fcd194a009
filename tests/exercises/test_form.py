"""Exercises are read from a chapter's source, and what lacks a part is named."""

import pytest

from pruneuq_helpers.exercises.checks import check_of, given
from pruneuq_helpers.exercises.form import exercises


def test_parts_of_an_exercise(chapter):
    first, second = exercises(chapter)
    assert (first.label, first.title, first.minutes, first.is_open) == ("ex-twice", "Twice as much", 5, False)
    assert (second.minutes, second.is_open) == (20, True)
    assert first.statement.startswith("*5 minutes.* Double the seeds.")
    assert first.stub == "twice = ...  # YOUR CODE HERE"
    assert first.explanation == "The sum of two equal numbers."
    assert first.check.splitlines() == [
        'assert twice % 2 == 0, "an even number"',
        'assert twice == 2 * seeds, "add the seeds to themselves"',
    ]
    assert second.check.startswith("for value in (-3, 4):")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("*5 minutes.* ", "", "exercise ex-twice lacks minutes"),
        ("*Hint.* Add.", "Add.", "exercise ex-twice lacks a hint"),
        ("[skip-execution]", "[hide-input]", "exercise ex-twice lacks one code cell tagged skip-execution"),
        ("[solution]", "[hide-input]", "exercise ex-twice lacks one code cell tagged solution"),
        ("twice = ...", "double = ...", "exercise ex-twice lacks a check"),
        ("```{solution-start} ex-twice", "```{solution-start} ex-other", "ex-twice is not followed by its solution"),
        ("```{exercise-end}\n```", "", "exercise ex-twice lacks its exercise-end"),
        (":label: ex-twice\n", "", "stands where no exercise has begun with a label"),
    ],
)
def test_what_an_exercise_lacks_is_named(chapter, old, new, message):
    text = chapter.read_text()
    assert old in text
    chapter.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        exercises(chapter)


def test_check_below_the_mark_may_not_use_what_only_the_solution_sets():
    with pytest.raises(ValueError, match="the check uses `half`, which only the solution sets"):
        check_of("whole = ...", "half = 2\nwhole = 2 * half\n# Check\nassert all(whole > part for part in (half,))")


@pytest.mark.parametrize(
    ("solution", "check"),
    [
        ("a = 1\nassert a == 1\na + 1", "assert a == 1"),
        ("b = 1\na = b\nassert a == b\nassert a == 1", "assert a == 1"),
        ("a = 1\nnp.testing.assert_allclose(a, 1)", "np.testing.assert_allclose(a, 1)"),
        ("import math\na = 1\nassert math.isfinite(a)\nassert a", "assert a"),
        ("a = [1]\nassert all(\n    one for one in a\n)", "assert all(\n    one for one in a\n)"),
        ("a = 1\nif a:\n    assert a", ""),
    ],
)
def test_assertions_that_a_student_can_meet_are_the_check(solution, check):
    assert check_of("a = ...", solution) == check


def test_what_a_stub_gives_is_what_leaves_nothing_open():
    assert given("n = 3\nhalf = ...\nrest = n - half") == "n = 3"
