"""Pages made of the chapters: the map, what to remember, parameters, runs, the answer."""

import importlib
import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from visits import DESKTOP, PHONE, visit

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.study.parameters import DataName
from pruneuq_helpers.study.sentences import describe

ROOT = Path(__file__).resolve().parents[2]
NAMES = [chapter.name for chapter in CHAPTERS]
REMEMBER = "What to remember"
PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "..."})  # what typesetting makes of marks


def loaded(name: str):
    """One of the extensions, without Sphinx."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "sphinx_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


SOURCE = loaded("chapter_source")
TEXTS = {name: (ROOT / "notebooks" / f"{name}.md").read_text(encoding="utf-8") for name in NAMES}


@pytest.fixture(scope="module")
def article(site):
    """A function that gives a page's article."""

    def read(name: str):
        return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser").article

    return read


def section(article, title: str):
    """The section with this title."""
    heading = next(h for h in article.find_all(["h2", "h3"]) if h.get_text().rstrip("#").endswith(title))
    return heading.find_parent("section")


def cells(row) -> list[str]:
    return [" ".join(cell.get_text().split()) for cell in row.find_all(["th", "td"])]


@pytest.mark.parametrize(
    ("said", "must", "helps"),
    [
        ("**You need** chapter 2, and more.", {2}, set()),
        ("**You need** chapters 2, 4 and 7. Chapter 3 helps.", {2, 4, 7}, {3}),
        (
            "**You need** {doc}`02_a` and {doc}`the fourth <04_b>`.\nNext line, chapter 5.\n\nchapter 6",
            {2, 4, 5},
            set(),
        ),
        ("**You need** patience. No chapter comes before.\n\n**Minutes** 9 after chapter 8", set(), set()),
    ],
)
def test_what_a_chapter_needs_is_read_from_its_words(said, must, helps):
    assert SOURCE.needs(f"# T\n\n{said}\n") == (must, helps)


def test_chapter_that_does_not_say_is_an_error():
    with pytest.raises(ValueError, match="`Title` does not say what"):
        SOURCE.needs("# Title\n")


def test_parameters_are_read_with_their_comments():
    cell = (
        'a = 1  # one\n# two\nb = [\n    1,\n    2,\n]\nc = ["#", 2]  # has # in it\nd = [  # four\n 1]\ne = 5 # five'
    )
    read = SOURCE.parameters(f"```{{code-cell}} ipython3\n:tags: [parameters]\n\n{cell}\n```\n")
    assert [(p.name, p.meaning) for p in read] == [
        ("a", "one"), ("b", "two"), ("c", "has # in it"), ("d", "four"), ("e", "five"),
    ]  # fmt: skip
    assert read[2].value == ["#", 2]


def test_map_draws_every_chapter_and_every_need(article):
    page = article("book/chapter_map")
    links = [(a["aria-label"], a["href"]) for a in page.select("svg.chapter-map a")]
    assert links == [(f"Chapter {int(c.number)}: {c.title}", f"../notebooks/{c.name}.html") for c in CHAPTERS]
    needs = {name: SOURCE.needs(text) for name, text in TEXTS.items()}
    arrows = page.select("svg.chapter-map > path")
    assert len(arrows) == sum(len(must) + len(helps) for must, helps in needs.values())
    assert len([a for a in arrows if "helps" in a.get("class", [])]) == sum(len(helps) for _, helps in needs.values())
    rows = [cells(row) for row in page.select("table tbody tr")]
    assert [row[0] for row in rows] == [f"{int(c.number)}. {c.title}" for c in CHAPTERS]
    assert [row[2] for row in rows] == [str(c.minutes) for c in CHAPTERS]
    for (must, helps), row in zip(needs.values(), rows, strict=True):
        assert {int(n) for n in re.findall(r"\d+", row[1])} == must | helps


def test_arrows_of_the_map_touch_no_box_on_their_way(browser, site):
    inside = """() => {
        const svg = document.querySelector('.chapter-map'), found = []
        const boxes = [...svg.querySelectorAll('rect')].map(box => box.getBBox())
        for (const arrow of svg.querySelectorAll(':scope > path'))
            for (let at = 4; at < arrow.getTotalLength() - 4; at += 3) {
                const {x, y} = arrow.getPointAtLength(at)
                if (boxes.some(b => x > b.x + 1 && x < b.x + b.width - 1 && y > b.y + 1 && y < b.y + b.height - 1))
                    found.push(arrow.getAttribute('d'))
            }
        return [...new Set(found)]
    }"""
    with visit(browser, site / "book" / "chapter_map.html", **DESKTOP) as page:
        assert page.evaluate(inside) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_to_remember_is_what_the_chapter_says(article, name):
    own = section(article(f"notebooks/{name}"), REMEMBER)
    words = [" ".join(item.get_text().split()) for item in own.select(":scope > ul > li")]
    assert len(words) >= 4
    collected = section(article("book/remember"), SOURCE.title(TEXTS[name]))
    assert [" ".join(item.get_text().split()) for item in collected.select(":scope > ul > li")] == words
    assert collected.select(f"a[href='../notebooks/{name}.html']")


def plain(value: object) -> str:
    """How the table writes a value: of a long list, the number of its entries."""
    return f"{len(value)} entries" if isinstance(value, list) and len(repr(value)) > 60 else repr(value)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_stands_in_the_table_with_its_values(article, name):
    page = article("book/parameters")
    everywhere = [cells(row)[0] for row in page.find("table").select("tbody tr")]
    part = section(page, SOURCE.title(TEXTS[name]))
    rows = {row[0]: row[1:] for row in (cells(row) for row in part.select("table tbody tr"))}
    parameters = [one for one in SOURCE.parameters(TEXTS[name]) if one.name not in everywhere]
    assert list(rows) == [parameter.name for parameter in parameters]
    profiles = [
        yaml.safe_load((ROOT / "notebooks" / "parameters" / profile / f"{name}.yaml").read_text(encoding="utf-8"))
        for profile in ("real", "full")
    ]
    for parameter in parameters:
        meaning, *values = rows[parameter.name]
        assert meaning.translate(PLAIN).startswith(f"{' '.join(parameter.meaning.split())}; takes ")
        own = [plain(profile[parameter.name]) if parameter.name in profile else "" for profile in profiles]
        assert [shown.replace("\N{NO-BREAK SPACE}", " ") for shown in values] == [plain(parameter.value), *own]
    assert "a whole number in [1, 100000]" in rows["seeds"][0]


def test_page_of_parameters_names_every_data_set(article):
    said = article("book/parameters").get_text()
    assert all(name in said for name in describe(DataName).removeprefix("one of ").replace(" or ", ", ").split(", "))


@pytest.mark.parametrize("name", NAMES)
def test_runs_say_when_how_long_and_with_what(article, name):
    page, title = article("book/results"), SOURCE.title(TEXTS[name])
    (row,) = [row for row in (cells(row) for row in page.find("table").select("tbody tr")) if row[0] == title]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", row[1])
    assert float(row[2]) >= 0
    assert len(row) == 3
    assert "On cpu; " in page.get_text()
    shown = article(f"notebooks/{name}").select("table.pruneuq-provenance tbody tr")
    provenance = dict(cells(row) for row in shown)
    assert provenance["chapter"] == name
    for parameter in SOURCE.parameters(TEXTS[name]):
        assert f"{parameter.name} = " in provenance["parameters"]
    assert "torch " in provenance["packages"]


def test_notation_names_functions_that_exist():
    text = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:metrics|pruning|uncertainty|claims))\.(\w+)", text)
    assert len(named) > 5
    for module, function in named:
        assert callable(getattr(importlib.import_module(f"pruneuq_helpers.{module}"), function))


@pytest.mark.parametrize("name", ["intro", "answer"])
def test_the_answer_s_panels_fit_a_phone_and_say_in_words_what_they_show(browser, site, name):
    with visit(browser, site / "book" / f"{name}.html", **PHONE) as page:
        panels = page.locator(".pruneuq-panels > div > div")
        boxes = [panels.nth(place).bounding_box() for place in range(panels.count())]
        assert len(boxes) == 6
        assert max(box["x"] + box["width"] for box in boxes) <= PHONE["viewport"]["width"]
        said = page.locator(".pruneuq-panels").get_attribute("aria-label")
        assert re.search(r"accuracy: dense trained as long 0\.8\d\d; at level 0\.8 L1 0\.7\d\d \(0\.7", said)


def test_the_answer_shows_its_chapter_s_figures(article):
    page = article("book/answer")
    figures = page.select("figure:not(.pruneuq-panels)")
    assert len(figures) == 4
    assert all(figure.img["alt"] and "In its chapter" in figure.figcaption.text for figure in figures)
    assert not page.select("figure:not(.pruneuq-panels) .caption-number")  # counted in its chapter alone
