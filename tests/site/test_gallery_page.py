"""The gallery in a browser, offline and without a kernel: its filters, by keyboard and in the dark."""

import numpy as np
import pandas as pd
import pytest
from visits import DESKTOP, PHONE, barriers, faint, images_without_text, too_wide, visit

from pruneuq_helpers import figures


@pytest.fixture(scope="module")
def gallery_page(tmp_path_factory):
    rows = [
        (image, image % 10, image % 10, level, (image + pie) % 10, bool(pie), kind)
        for image, kind in enumerate(["plain", "corrupted", "wrong label"] * 7)
        for level, pie in ((0.5, image % 2), (0.9, 1 if image < 12 else 0))
    ]
    table = pd.DataFrame(rows, columns=["image", "truth", "dense", "level", "pruned", "pie", "kind"])
    images = np.random.default_rng(0).integers(0, 256, (21, 1, 8, 8), dtype=np.uint8)
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pruneuq_helpers.figures.galleries.display_in_page", shown.append)
        figures.gallery(table, images, name="fig-g", caption="Some images.")
    body = shown[0]._repr_mimebundle_()["text/html"]
    path = tmp_path_factory.mktemp("page") / "page.html"
    head = '<!doctype html><html lang="en"><title>A page</title><meta name="viewport" content="width=device-width">'
    path.write_text(f"{head}<body><main><h1>A page</h1>{body}</main>", encoding="utf-8")
    return path


def seen(page):
    """How many cards are visible, and what the page says of it."""
    visible = page.locator(".pruneuq-gallery li:visible").count()
    return visible, page.locator(".pruneuq-gallery output").inner_text()


def test_filters_work_and_say_how_many_are_shown(browser, gallery_page):
    with visit(browser, gallery_page, **DESKTOP) as page:
        assert seen(page) == (12, "12 of 21 images")
        page.get_by_label("kind").select_option("corrupted")
        assert seen(page) == (4, "4 of 21 images")
        page.get_by_label("PIE").select_option("0")
        assert seen(page) == (3, "3 of 21 images")
        page.get_by_label("PIE").select_option("")
        page.get_by_label("class").select_option("4")
        assert seen(page) == (1, "1 of 21 images")


def test_a_level_changes_what_the_pruned_networks_say(browser, gallery_page):
    with visit(browser, gallery_page, **DESKTOP) as page:
        page.get_by_label("PIE").select_option("")
        card = page.locator(".pruneuq-gallery li").nth(2)
        assert (card.locator(".pruned").inner_text(), card.locator(".mark").is_visible()) == ("3", True)
        page.get_by_label("level").select_option("0.5")
        assert (card.locator(".pruned").inner_text(), card.locator(".mark").is_visible()) == ("2", False)


def test_the_keyboard_is_enough(browser, gallery_page):
    with visit(browser, gallery_page, **DESKTOP) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowUp")
        assert page.get_by_label("level").input_value() == "0"
        assert seen(page)[0] == 10
        for _ in range(4):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "UL"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_in_light_and_dark_and_has_no_barriers(browser, axe, gallery_page, scheme):
    with visit(browser, gallery_page, color_scheme=scheme, **DESKTOP) as page:
        assert images_without_text(page) == []
        assert barriers(page, axe) == faint(page, axe) == []


def test_it_fits_a_phone(browser, gallery_page):
    with visit(browser, gallery_page, **PHONE) as page:
        assert too_wide(page) == []
