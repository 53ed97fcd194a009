"""Every open exercise has a rubric; teachers' copies show it and students' do not."""

import pytest

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.exercises import instructor, student
from pruneuq_helpers.exercises.form import exercises
from pruneuq_helpers.exercises.rubrics import rubrics, table
from pruneuq_helpers.study.profiles import checkout

SOURCES = {chapter.name: checkout() / "notebooks" / f"{chapter.name}.md" for chapter in CHAPTERS}
RUBRICS = rubrics(next(iter(SOURCES.values())))


def test_every_open_exercise_has_a_rubric_and_every_rubric_its_exercise():
    asked = [one for path in SOURCES.values() for one in exercises(path)]
    assert {one.label for one in asked if one.is_open} <= set(RUBRICS)
    assert set(RUBRICS) <= {*(one.label for one in asked), "capstone"}


def test_rubrics_give_ten_points_and_the_capstone_thirty():
    sums = {label: sum(points for points, _ in rubric) for label, rubric in RUBRICS.items()}
    assert sums.pop("capstone") == 30
    assert set(sums.values()) == {10}
    assert min(len(rubric) for rubric in RUBRICS.values()) >= 4


@pytest.mark.parametrize("name", SOURCES)
def test_only_teachers_see_them(name):
    texts = ["\n".join(cell.source for cell in make(SOURCES[name]).cells) for make in (instructor, student)]
    for one in exercises(SOURCES[name]):
        for _, said in RUBRICS.get(one.label, ()):
            assert said in texts[0]
            assert said not in texts[1]


def test_a_book_without_rubrics_has_none(chapter):
    assert rubrics(chapter) == {}


def test_a_rubric_is_a_table_with_its_sum():
    head = ["| points | for |", "|---|---|"]
    rows = ["| 3 | a fair control |", "| 2 | its interval |", "| **5** | **in all** |"]
    assert table([(3, "a fair control"), (2, "its interval")]).splitlines() == head + rows
