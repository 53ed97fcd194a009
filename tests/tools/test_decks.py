"""The decks of the book: what slides say is of figures that there are, and backed by what the chapter expects."""

import re
from pathlib import Path

import pytest
import yaml

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.exercises.form import exercises

ROOT = Path(__file__).resolve().parents[2]
SLIDES = ROOT / "book" / "slides"
ALWAYS = {"start", "goals", "claims", "exercises", "remember", *(f"question-{number}" for number in range(1, 5))}
DECKS = sorted(SLIDES.glob("*.md"))


def slug(heading: str) -> str:
    """The id that the page gives to a heading."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def source(chapter) -> str:
    return (ROOT / "notebooks" / f"{chapter.name}.md").read_text(encoding="utf-8")


def names(chapter) -> set[str]:
    """What a deck may ask a chapter for: labels of figures and exercises, sections, and what every chapter has."""
    room = ROOT / "pruneuq_helpers" / "chapters" / chapter.room
    code = source(chapter) + "".join(path.read_text(encoding="utf-8") for path in sorted(room.glob("*.py")))
    figures = set(re.findall(r'"(fig-[a-z0-9-]+)"', code))
    figures |= set(re.findall(r"^:name: (fig-[a-z0-9-]+)$", source(chapter), re.M))
    sections = {slug(heading) for heading in re.findall(r"^##+ (.+)$", source(chapter), re.M)}
    labels = {one.label for one in exercises(ROOT / "notebooks" / f"{chapter.name}.md")}
    return ALWAYS | figures | sections | labels


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.number)
def test_slides_speak_of_what_the_chapter_has(chapter):
    said = yaml.safe_load((SLIDES / f"{chapter.name}.yml").read_text(encoding="utf-8"))
    assert set(said) <= names(chapter), sorted(set(said) - names(chapter))
    for name, entry in said.items():
        assert set(entry) <= {"before", "message", "checked"}, name
        assert name == "start" or "message" in entry or not name.startswith("fig-"), name
        assert len(entry.get("message", "")) < 90, f"{name}: too long for a title"
        assert not entry.get("message", "").endswith("."), f"{name}: a title ends without a full stop"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.number)
def test_a_message_about_a_run_is_an_expectation_of_the_chapter(chapter):
    expected = set(re.findall(r'expect\(\s*"([^"]+)"', source(chapter)))
    said = yaml.safe_load((SLIDES / f"{chapter.name}.yml").read_text(encoding="utf-8"))
    missing = {name: set(entry.get("checked", ())) - expected for name, entry in said.items()}
    assert not any(missing.values()), {name: lost for name, lost in missing.items() if lost}


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_decks_take_what_there_is(deck):
    chapters = {chapter.name: chapter for chapter in CHAPTERS}
    blocks = re.findall(r"^```\{slides\} (\w+)\n(.*?)^```$", deck.read_text(encoding="utf-8"), re.S | re.M)
    assert blocks
    lost = {name: sorted(set(asked.split()) - names(chapters[name])) for name, asked in blocks}
    assert not any(lost.values()), {name: gone for name, gone in lost.items() if gone}
    assert max(len(asked.split()) for _, asked in blocks) <= 30


@pytest.mark.parametrize(("deck", "sessions"), [("lecture", 1), ("workshop_day_1", 4), ("workshop_day_2", 4)])
def test_the_minutes_of_a_deck_fill_its_sessions_of_ninety(deck, sessions):
    text = (SLIDES / f"{deck}.md").read_text(encoding="utf-8")
    assert sum(map(int, re.findall(r"^Notes: (\d+) minutes", text, re.M))) == 90 * sessions


def test_every_week_of_the_seminar_has_its_slides_and_the_plan_leads_to_them():
    seminar = (SLIDES / "seminar.md").read_text(encoding="utf-8")
    weeks = re.findall(r"^## (?:Week (\d+))?", seminar, re.M)
    assert weeks == [str(week) for week in range(1, 13)]  # so the slide `own-3` begins week 3
    plan = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    assert re.findall(r"seminar\.html#slide-own-(\d+)", plan) == weeks
    for week, section in zip(weeks, re.split(r"^## ", seminar, flags=re.M)[1:], strict=True):
        (line,) = re.findall(rf"^\| {week} \| (.+)$", plan.partition("### A seminar")[2], re.M)
        in_session = set(re.findall(r"\{ref\}`(ex-[\w-]+)`", line.split(" | ")[0]))
        assert in_session <= set(section.split()), f"week {week}: {in_session}"


def test_there_is_a_deck_for_every_plan():
    assert {path.stem for path in DECKS} == {"lecture", "workshop_day_1", "workshop_day_2", "seminar"}
    lecture = (SLIDES / "lecture.md").read_text(encoding="utf-8")
    slides = lecture.count("\n## ") + 1
    slides += sum(len(asked.split()) for asked in re.findall(r"^```\{slides\} \w+\n(.*?)^```$", lecture, re.S | re.M))
    assert slides <= 30
