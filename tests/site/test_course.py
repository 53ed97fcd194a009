"""What the site has for teachers and students: the course's tables, and questions whose answers open."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from visits import DESKTOP, visit

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.exercises.form import exercises
from pruneuq_helpers.study.profiles import checkout


def asked(name: str):
    return exercises(checkout() / "notebooks" / f"{name}.md")


TABLES = {
    "teaching": ["chapter", "minutes", "exercises", "slides"],
    "teaching_exercises": ["chapter", "exercise", "minutes", "kind"],
}


def rows(site: Path, page: str) -> list[list]:
    """The cells of the generated table of a page for teachers."""
    soup = BeautifulSoup((site / "book" / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    (table,) = (
        table for table in soup.select("table") if [th.get_text() for th in table.select("thead th")] == TABLES[page]
    )
    return [row.find_all(["th", "td"]) for row in table.select("tbody tr")]


def test_every_chapter_has_minutes_exercises_and_slides(site):
    found = rows(site, "teaching")
    for cells, chapter in zip(found, CHAPTERS, strict=True):
        assert cells[0].get_text().endswith(chapter.title)
        assert cells[1].get_text() == str(chapter.minutes)
        whole = sum(one.minutes for one in asked(chapter.name))
        assert cells[2].get_text() == f"{len(asked(chapter.name))}, {whole} minutes"
        assert (site / "book" / cells[3].a["href"]).resolve() == (site / "slides" / f"{chapter.name}.html").resolve()


def test_every_exercise_is_listed_with_its_minutes_and_a_link(site):
    found = [[cell.get_text() for cell in cells[1:]] for cells in rows(site, "teaching_exercises")]
    every = [one for chapter in CHAPTERS for one in asked(chapter.name)]
    assert found == [[one.title, str(one.minutes), "open" if one.is_open else ""] for one in every]
    for cells, one in zip(rows(site, "teaching_exercises"), every, strict=True):
        assert cells[1].a["href"].endswith(f"#{one.label}")


@pytest.mark.parametrize("name", ["teaching", "teaching_tools"])
def test_every_deck_of_a_course_is_listed_and_opens(site, name):
    soup = BeautifulSoup((site / "book" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    addresses = [link["href"].partition("#")[0] for link in soup.select("article tr a[href*='slides/']")]
    links = {(site / "book" / address).resolve() for address in addresses}
    decks = {path.stem for path in (checkout() / "book" / "slides").glob("*.md")}
    assert {link.stem for link in links if not link.stem[0].isdigit()} == decks
    assert all(link.exists() for link in links)


def test_capstone_says_how_it_is_marked_and_no_page_holds_the_key(site):
    soup = BeautifulSoup((site / "book" / "capstone.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in soup.select("article tbody tr")]
    assert rows[-1] == ["30", "in all"]
    whole = "".join(path.read_text(encoding="utf-8") for path in sorted(site.glob("book/*.html")))
    assert "swapped labels" not in whole
    assert "Calibrated and useless" not in whole  # a question of the exam


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.number)
def test_answers_to_self_check_questions_open_with_the_keyboard(browser, site, chapter):
    with visit(browser, site / "notebooks" / f"{chapter.name}.html", **DESKTOP) as page:
        boxes = page.locator("details.check-yourself")
        assert boxes.count() >= 2
        names = boxes.locator("summary").all_inner_texts()
        assert len(set(names)) == len(names)
        for box in boxes.all():
            answer = box.locator("p").first
            assert not answer.is_visible()
            box.locator("summary").press("Enter")
            assert answer.is_visible()
            assert len(box.inner_text().split()) > 12
