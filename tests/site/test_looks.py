"""How the pages look: their own typefaces, the width of a line, code that fits, figures in the dark, notes, tables."""

import io
from pathlib import Path

import pytest
from PIL import Image
from visits import DESKTOP, PHONE, THEME, visit

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / "book" / "_static" / "fonts"
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.md"))
FACES = {
    "section > p": "Source Serif 4",
    "h2": "Source Sans 3",
    "figcaption": "Source Sans 3",
    "pre": "Source Code Pro",
}
_FACES = """kinds => document.fonts.ready.then(() => kinds.map(kind =>
    getComputedStyle(document.querySelector('article ' + kind)).fontFamily.split(',')[0].replaceAll('"', '')))"""
_LOADED = "() => [...document.fonts].filter(face => face.status === 'loaded').map(face => face.family)"
# Letters to a line: of paragraphs of three lines or more, their letters over their height in lines.
_LETTERS = """() => [...document.querySelectorAll('article section > p')].map(node => {
    const lines = Math.round(node.getBoundingClientRect().height / parseFloat(getComputedStyle(node).lineHeight))
    return [lines, node.innerText.length / (lines - 0.5)]
}).filter(([lines]) => lines > 2).map(([, letters]) => letters)"""
_OPEN = """() => { document.querySelectorAll('.toggle-hidden').forEach(node => node.classList.remove('toggle-hidden'))
    document.querySelectorAll('details').forEach(node => node.open = true)}"""
_CUT = """() => [...document.querySelectorAll('.cell_input pre')].filter(node => node.offsetParent
    && node.scrollWidth > node.clientWidth + 1
    && node.textContent.split('\\n').every(line => line.length <= 80)).map(node => node.textContent.slice(0, 80))"""
_NOTES = """() => { const text = document.querySelector('article section > p').getBoundingClientRect()
    return [...document.querySelectorAll('aside.margin')].map(node => node.getBoundingClientRect())
        .map(box => [box.left - text.right, box.right - text.right, innerWidth - box.right])}"""
_FIGURES = """() => [...document.querySelectorAll('figure > img, .figure-slider img')]
    .filter(node => node.offsetParent).map(node => node.getBoundingClientRect())
    .map(box => [box.left, box.top + scrollY, box.width, box.height])"""


_TURNED = """() => [...document.querySelectorAll('article figure img, article .figure-slider img')].map(node =>
    [Boolean(node.closest('.pruneuq-gallery')), getComputedStyle(node).filter])"""


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(request, site):
    return site / "notebooks" / f"{request.param}.html"


@pytest.fixture(scope="module")
def measured(browser, chapter) -> dict:
    """What a chapter shows, by kind: measured in one visit at a desk and one on a phone, for a visit takes a second."""
    with visit(browser, chapter, color_scheme="light", **DESKTOP) as page:
        found = {"letters": sorted(page.evaluate(_LETTERS)), "notes": page.evaluate(_NOTES)}
        page.evaluate(_OPEN)
        found["cut"] = page.evaluate(_CUT)
    with visit(browser, chapter, **PHONE) as page:
        return found | {"notes on a phone": page.evaluate(_NOTES)}


def test_typefaces_are_small_and_have_their_licences_beside_them():
    files = list(FONTS.glob("*.woff2"))
    assert files
    assert sum(path.stat().st_size for path in files) < 250_000
    for family in {path.name.partition("-")[0] for path in files}:
        assert "SIL Open Font License" in (FONTS / f"{family}-OFL.txt").read_text(encoding="utf-8")


def test_every_kind_of_text_is_set_in_its_face_without_a_network(browser, site):
    with visit(browser, site / "notebooks" / f"{CHAPTERS[0]}.html", **DESKTOP) as page:
        assert page.evaluate(_FACES, list(FACES)) == list(FACES.values())
        assert set(FACES.values()) <= set(page.evaluate(_LOADED))


def test_a_line_has_65_to_75_letters(measured):
    letters = measured["letters"]
    assert 63 < letters[len(letters) // 2] < 77, letters


def test_code_of_80_columns_fits(measured):
    assert measured["cut"] == []


def test_notes_stand_in_the_margin_and_on_a_phone_in_the_text(measured):
    wide, narrow = measured["notes"], measured["notes on a phone"]
    assert len(wide) == len(narrow) > 0
    assert all(left > 0 and room >= 0 for left, _, room in wide)
    assert all(right <= 1 for _, right, _ in narrow)


@pytest.mark.parametrize("name", [f"notebooks/{name}" for name in CHAPTERS] + ["book/intro", "book/papers/S3"])
def test_a_dark_page_turns_the_colours_of_figures_and_of_no_photograph(browser, site, name):
    with visit(browser, site / f"{name}.html", color_scheme="dark", **DESKTOP) as page:
        found = page.evaluate(_TURNED)
    assert found
    assert {(gallery, style) for gallery, style in found} <= {(False, "invert(1) hue-rotate(180deg)"), (True, "none")}


def test_a_figure_lies_on_the_page_itself(browser, chapter):
    with visit(browser, chapter, color_scheme="light", **DESKTOP) as page:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(f"{THEME} === '{scheme}' && [...document.images].every(image => image.complete)")
            for left, top, _, high in places_of_figures(page):
                outside, inside = pixels_at_the_edge(page, left, top)
                assert inside == outside, f"in {scheme}, the figure at {top:.0f}, {high:.0f} high"


def places_of_figures(page) -> list:
    """Where the figures of a page stand."""
    places = page.evaluate(_FIGURES)
    assert places
    return places


def pixels_at_the_edge(page, left: float, top: float) -> tuple:
    """Left and right of a figure's left edge, as it comes into the window: a picture of a whole page takes seconds."""
    seen_from = page.evaluate("top => { scrollTo({top: top - 200, behavior: 'instant'}); return scrollY }", top)
    edge = {"x": int(left) - 4, "y": int(top - seen_from) + 2, "width": 6, "height": 1}
    taken = Image.open(io.BytesIO(page.screenshot(clip=edge))).convert("RGB")
    return taken.getpixel((0, 0)), taken.getpixel((5, 0))
