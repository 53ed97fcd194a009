"""Each chapter's slides open offline, without complaints, and say in words what they show."""

from pathlib import Path

import pytest
from visits import DESKTOP, PHONE, barriers, formulas_left, images_without_text, visit

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.study.profiles import checkout

_TOO_TALL = """async () => {
    const found = []
    for (const slide of Reveal.getSlides()) {
        const {h, v} = Reveal.getIndices(slide)
        Reveal.slide(h, v)
        await new Promise(done => setTimeout(done, 10))
        if (slide.scrollHeight > slide.clientHeight + 2 || slide.scrollWidth > slide.clientWidth + 2)
            found.push(`${h}.${v} ${slide.innerText.slice(0, 60)}`)
    }
    Reveal.slide(0, 0)
    return found
}"""


SLIDES = checkout() / "book" / "slides"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.number)
def test_slides_of_a_chapter(browser, site: Path, axe: str, chapter):
    with visit(browser, site / "slides" / f"{chapter.name}.html", **DESKTOP) as page:
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        assert formulas_left(page) == []
        assert 15 < page.evaluate("Reveal.getTotalSlides()") <= 30
        assert page.locator(".before").count() > 5
        assert page.locator(".slides h1").inner_text() == chapter.title
        assert images_without_text(page) == []
        assert page.locator(".solution, .tag_solution").count() == 0
        assert page.evaluate(_TOO_TALL) == []
        assert barriers(page, axe) == []
        page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == 1


@pytest.mark.parametrize("path", sorted(SLIDES.glob("*.md")), ids=lambda path: path.stem)
def test_deck_of_a_course(browser, site: Path, axe: str, path: Path):
    with visit(browser, site / "slides" / f"{path.stem}.html", **DESKTOP) as page:
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        assert formulas_left(page) == []
        assert page.locator(".slides h1").first.inner_text() == path.read_text().partition("\n")[0].removeprefix("# ")
        assert images_without_text(page) == []
        assert page.locator(".solution, .tag_solution").count() == 0
        assert page.evaluate(_TOO_TALL) == []
        assert barriers(page, axe) == []


def test_picture_waits_for_the_prediction(browser, site: Path):
    with visit(browser, site / "slides" / "02_structured_pruning.html", **DESKTOP) as page:
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        slide = page.locator("#slide-fig-by-hand")
        place = slide.evaluate("slide => { const {h, v} = Reveal.getIndices(slide); return [h, v] }")
        page.evaluate("([h, v]) => Reveal.slide(h, v, -1)", place)
        assert slide.locator(".before").is_visible()
        assert not slide.locator("h2").is_visible()
        page.evaluate("Reveal.next()")
        slide.locator("h2").wait_for(state="visible")
        slide.locator("img").first.wait_for(state="visible")
        assert slide.locator(".before").is_visible()


def test_letters_on_a_phone_are_as_large_as_a_page_s(browser, site: Path):
    with visit(browser, site / "slides" / "05_tickets_and_calibration.html", **PHONE) as page:
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        assert page.evaluate("28 * Reveal.getScale()") > 16
        assert page.evaluate(_TOO_TALL) == []
