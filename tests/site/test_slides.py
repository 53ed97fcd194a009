"""Each chapter's slides open offline, without complaints, and say in words what they show."""

from pathlib import Path

import pytest
from visits import DESKTOP, barriers, formulas_left, images_without_text, visit

from pruneuq_helpers.chapters import CHAPTERS

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


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.number)
def test_slides_of_a_chapter(browser, site: Path, axe: str, chapter):
    with visit(browser, site / "slides" / f"{chapter.name}.html", **DESKTOP) as page:
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        assert formulas_left(page) == []
        assert page.evaluate("Reveal.getTotalSlides()") > 15
        assert page.locator(".slides h1").inner_text() == chapter.title
        assert images_without_text(page) == []
        assert page.locator(".solution, .tag_solution").count() == 0
        assert page.evaluate(_TOO_TALL) == []
        assert barriers(page, axe) == []
        page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == 1
