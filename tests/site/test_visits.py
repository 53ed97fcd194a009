"""The checks of the pages go red: each on a small page with one fault, and stay green on the page without it."""

import pytest
from visits import (
    DESKTOP,
    PHONE,
    barriers,
    faint,
    formulas_left,
    images_without_text,
    too_wide,
    unseen_tab_stops,
    visit,
)

DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
GOOD = f'<main><h1>A page</h1><p>with <a href="#x">a link</a> and <img src="{DOT}" alt="a dot"></p></main>'


@pytest.fixture
def write(tmp_path):
    """Write a small page and return its path."""

    def written(body: str):
        path = tmp_path / "page.html"
        head = '<!doctype html><html lang="en"><title>A page</title><meta name="viewport" content="width=device-width">'
        path.write_text(f"{head}<body>{body}", encoding="utf-8")
        return path

    return written


def test_good_page_passes(browser, axe, write):
    with visit(browser, write(GOOD), **PHONE) as page:
        assert images_without_text(page) == formulas_left(page) == too_wide(page) == []
        assert barriers(page, axe) == faint(page, axe) == []
        assert unseen_tab_stops(page, 1) == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ('<script src="https://example.org/x.js"></script>', "external request: https://example.org/x.js"),
        ('<img alt="" src="https://example.org/x.png">', "external request: https://example.org/x.png"),
        ("<script>fetch('https://example.org/x').catch(() => 0)</script>", "external request: https://example.org/x"),
        ("<script>console.error('oh')</script>", "console: oh"),
        ("<script>nothing()</script>", "script error: .*nothing is not defined"),
        ('<link rel="stylesheet" href="missing.css">', "failed to load: file:.*missing.css"),
    ],
)
def test_requests_and_complaints_fail(browser, write, fault, message):
    path = write(GOOD + fault)
    with pytest.raises(AssertionError, match=message), visit(browser, path):
        pass


def test_missing_page_fails(browser, tmp_path):
    with pytest.raises(AssertionError, match="gone.html was not built"), visit(browser, tmp_path / "gone.html"):
        pass


@pytest.mark.parametrize("fault", [f'<img src="{DOT}">', f'<img src="{DOT}" alt=" ">'])
def test_image_without_text_is_found(browser, write, fault):
    with visit(browser, write(GOOD + fault)) as page:
        assert len(images_without_text(page)) == 1


@pytest.mark.parametrize(("fault", "rule"), [('<input type="range">', "label"), ("<button></button>", "button-name")])
def test_barrier_is_found(browser, axe, write, fault, rule):
    with visit(browser, write(GOOD.replace("</main>", fault + "</main>"))) as page:
        assert [finding[0] for finding in barriers(page, axe)] == [rule]


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ('<p style="color:#bbb;background:#fff">pale words</p>', "color-contrast"),
        ('<p>words <a href="#x" style="color:#222;text-decoration:none">link</a> words</p>', "link-in-text-block"),
    ],
)
def test_faint_colours_are_found(browser, axe, write, fault, rule):
    with visit(browser, write(GOOD.replace("</main>", fault + "</main>"))) as page:
        assert [finding[0] for finding in faint(page, axe)] == [rule]


def test_wide_page_is_found(browser, write):
    with visit(browser, write(GOOD + '<div style="width:700px">wide</div>'), **PHONE) as page:
        assert "wide" in too_wide(page)[-1]


def test_wide_block_that_scrolls_by_itself_is_not(browser, write):
    block = '<div style="overflow-x:auto"><div style="width:700px">wide</div></div>'
    with visit(browser, write(GOOD + block), **PHONE) as page:
        assert too_wide(page) == []


def test_formula_that_was_not_set_is_found(browser, write):
    with visit(browser, write(GOOD + r'<span class="math">\(x\)</span>')) as page:
        assert formulas_left(page) == [r"\(x\)"]


def test_focus_that_is_not_seen_is_found(browser, write):
    with visit(browser, write("<style>a:focus{outline:none}</style>" + GOOD), **DESKTOP) as page:
        assert "tab stop 1" in unseen_tab_stops(page, 1)[0]
