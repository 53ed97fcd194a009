"""The report of an audit in a browser, offline: light, dark, on a phone, and by keyboard."""

import pytest
import torch
from visits import DESKTOP, PHONE, barriers, faint, images_without_text, too_wide, visit

from pruneuq_helpers import audit, data
from pruneuq_helpers.chapters.audit_your_model.networks import small_network
from pruneuq_helpers.figures import phone
from pruneuq_helpers.figures.picture import CSS_DPI, DPI

DESK = 7.4  # inches of a picture


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    torch.manual_seed(0)
    digits = data.load("digits")
    found = audit.examine(
        small_network([6, 8], 1, 10), digits, ood=data.photographs((1, 8, 8), count=40), levels=[0.3, 0.6],
        criteria=["l1", "random"], fine_tune=1, repeats=3, resamples=100,
    )  # fmt: skip
    return audit.write_report(found, tmp_path_factory.mktemp("audit") / "report")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_report_reads_in_light_and_dark_and_has_no_barriers(browser, axe, report, scheme):
    with visit(browser, report, color_scheme=scheme, **DESKTOP) as page:
        for details in page.locator("summary").all():
            details.click()
        assert images_without_text(page) == []
        assert barriers(page, axe) == faint(page, axe) == []


def test_every_table_is_whole_at_the_desk(browser, report):
    with visit(browser, report, **DESKTOP) as page:
        for details in page.locator("summary").all():
            details.click()
        cut = "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth).map(node => node.ariaLabel)"
        assert page.locator(".wide").evaluate_all(cut) == []


@pytest.mark.parametrize(("window", "inches"), [(DESKTOP, DESK), (PHONE, phone.WIDTH)])
def test_pictures_are_whole_and_drawn_for_the_width_of_the_page(browser, report, window, inches):
    sizes = "nodes => nodes.map(node => [node.naturalWidth, node.clientWidth, node.getBoundingClientRect().right])"
    with visit(browser, report, **window) as page:
        found = page.locator("picture img").evaluate_all(sizes)
    assert len(found) >= 3
    for drawn, wide, right in found:
        assert drawn == int(inches * DPI)
        assert wide > 0.9 * inches * CSS_DPI  # letters are not made smaller by more than a tenth
        assert right <= window["viewport"]["width"]


def test_captions_are_whole_on_a_phone(browser, report):
    with visit(browser, report, **PHONE) as page:
        cut = "nodes => nodes.filter(node => node.getBoundingClientRect().right > 390).map(node => node.textContent)"
        assert page.locator("caption span").evaluate_all(cut) == []


def test_report_fits_a_phone(browser, report):
    with visit(browser, report, **PHONE) as page:
        assert too_wide(page) == []


def test_tables_scroll_by_keyboard(browser, report):
    with visit(browser, report, **PHONE) as page:
        region = page.get_by_role("region", name="Change from the dense network")
        region.focus()
        page.keyboard.press("ArrowRight")
        for _ in range(100):  # the page allows no script, so none may wait in it
            if page.evaluate("document.activeElement.scrollLeft") > 0:
                return
            page.wait_for_timeout(50)
        pytest.fail("the table did not scroll")
