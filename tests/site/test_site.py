"""Every page of the built book in a browser, opened from its folder: what it loads, says, shows and lets one do."""

import runpy
from pathlib import Path

import pytest
from visits import (
    DESKTOP,
    PHONE,
    THEME,
    TWICE,
    barriers,
    faint,
    formulas_left,
    images_without_text,
    too_wide,
    unseen_tab_stops,
    visit,
)

ROOT = Path(__file__).resolve().parents[2]
CONTENTS = runpy.run_path(str(ROOT / "tools" / "check_site.py"))["toc_pages"]()
CHAPTERS = [name for name in CONTENTS if name.startswith("notebooks/")]
PAGES = [*CONTENTS, "search", "genindex", "py-modindex", "prf-prf"]  # the last: the index of algorithms
SLIDER = "figure-slider"
SLIDING = {"01", "02", "04", "06", "09", "10"}  # chapters with a slider


def nothing(found: list, where: str = "") -> None:
    """Fail with all that was found, a line each."""
    assert not found, "\n".join([where, *map(str, found)])


def test_site_holds_these_pages_and_no_others(site):
    built = {page.relative_to(site).with_suffix("").as_posix() for page in site.rglob("*.html")}
    pages = {name for name in built if not name.startswith(("_static/", "slides/"))}  # slides have tests of their own
    reports = {f"gallery/{folder.parent.name}" for folder in (ROOT / "book" / "gallery").glob("*/report.html")}
    # Reports of audits: what writes them has tests of its own.
    assert pages == {*PAGES, "index", "404", "example_report", *reports}


def test_index_opens_the_first_page(browser, site):
    with visit(browser, site / "index.html") as page:
        page.wait_for_url((site / f"{CONTENTS[0]}.html").as_uri())


@pytest.mark.parametrize("name", PAGES)
def test_light_and_dark(browser, site, axe, name):
    with visit(browser, site / f"{name}.html", color_scheme="light", **DESKTOP) as page:
        assert page.evaluate(THEME) == "light"
        nothing(images_without_text(page))
        nothing(formulas_left(page))
        nothing(barriers(page, axe))
        nothing(unseen_tab_stops(page))
        page.set_viewport_size(TWICE)
        nothing(too_wide(page), "at 200 %")
        page.set_viewport_size(DESKTOP["viewport"])
        nothing(faint(page, axe), "in light")
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(f"{THEME} === 'dark'")
        nothing(faint(page, axe), "in dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_for_lost_readers(browser, site, axe, scheme):
    with visit(browser, site / "404.html", color_scheme=scheme, **PHONE) as page:  # it stands alone, without the theme
        nothing([*barriers(page, axe), *faint(page, axe), *too_wide(page), *unseen_tab_stops(page, 3)])


@pytest.mark.parametrize("name", PAGES)
def test_phone(browser, site, name):
    with visit(browser, site / f"{name}.html", **PHONE) as page:
        nothing(formulas_left(page))
        nothing(too_wide(page))


def test_phone_breaks_a_value_without_spaces(browser, site):
    with visit(browser, site / f"{CHAPTERS[0]}.html", **PHONE) as page:
        page.evaluate("document.querySelectorAll('.pruneuq-provenance td').forEach(td => td.append('a'.repeat(200)))")
        nothing(too_wide(page))


def test_chapters_answer_what_if(site):
    with_slider = [name for name in CHAPTERS if SLIDER in (site / f"{name}.html").read_text(encoding="utf-8")]
    assert {name.removeprefix("notebooks/")[:2] for name in with_slider} == SLIDING


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name.split("/")[1][:2] in SLIDING])
def test_sliders_move_their_picture_by_keyboard(browser, site, name):
    with visit(browser, site / f"{name}.html", **DESKTOP) as page:
        for slider in page.locator(f".{SLIDER}").all():
            control, picture = slider.locator("input[type=range]"), slider.locator("img")

            def pressed(key, control=control, picture=picture, slider=slider):
                control.press(key)
                spoken = control.get_attribute("aria-valuetext")
                shown = slider.locator("output").inner_text()
                return picture.get_attribute("src"), picture.get_attribute("alt"), spoken, shown

            first, second, last = pressed("Home"), pressed("ArrowRight"), pressed("End")
            assert all(a != b for a, b in zip(first, second, strict=True)), f"one step changed {first} to {second}"
            assert control.input_value() == control.get_attribute("max")
            assert pressed("ArrowLeft") != last
            assert pressed("Home") == first
            assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_search_finds_a_chapter(browser, site):
    with visit(browser, site / "search.html", "?q=pruning", **DESKTOP) as page:
        page.locator("#search-results .search-summary", has_text="matching the search query").wait_for()
        page.locator("#search-results a[href^='notebooks/02_structured_pruning.html']").first.click()
        page.wait_for_url("**/notebooks/02_structured_pruning.html*")
        assert "Structured pruning" in page.title()
