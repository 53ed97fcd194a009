"""A page opened in the browser from its folder, and what can be found wrong with it."""

from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
TWICE = {"width": 640, "height": 450}  # what a desktop's window holds at a zoom of 200 %
LOCAL = ("file:", "data:", "blob:", "about:")
# Findings of axe-core in what themes and docutils write that may stand, by rule, each with its reason.
KNOWN: dict[str, str] = {}
THEME = "document.documentElement.dataset.theme"

_MATH_READY = "() => window.MathJax === undefined || MathJax.startup.promise.then(() => true)"
_MATH_LEFT = """() => [...document.querySelectorAll('.math')]
    .filter(node => !node.querySelector('mjx-container') || node.querySelector('mjx-merror, [data-mjx-error]'))
    .map(node => node.textContent.slice(0, 80))"""
_NO_ALT = "() => [...document.images].filter(image => !image.alt.trim()).map(image => image.outerHTML.slice(0, 120))"
_TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth, whole = document.scrollingElement.scrollWidth
    const inside = node => node && node !== document.body
        && (getComputedStyle(node).overflowX !== 'visible' || inside(node.parentElement))
    const wide = [...document.body.querySelectorAll('*')]
        .filter(node => node.getBoundingClientRect().right > width + 1 && !inside(node.parentElement))
        .map(node => node.outerHTML.slice(0, 120))
    return whole <= width ? [] : [`the page is ${whole} px wide`, ...wide.slice(0, 5)]
}"""
_AXE = """options => axe.run(document, {resultTypes: ['violations'], preload: false, ...options})
    .then(found => found.violations
    .filter(finding => ['serious', 'critical'].includes(finding.impact))
    .map(finding => [finding.id, finding.nodes.map(node => node.html.slice(0, 160))]))"""
_COLOURS = ("color-contrast", "link-in-text-block")
# Colours take axe minutes on a page of hundreds of definitions, rows or words of code, many of them coloured alike:
# thirty of a kind are kept, and three words of code of a kind.
_FEWER = """() => {
    const thin = (nodes, kept) => [...nodes].slice(kept).forEach(node => node.remove())
    for (const kind of ['article dl.py', 'article .parameter-table tbody tr', 'article .pruneuq-gallery li'])
        thin(document.querySelectorAll(kind), 30)
    const words = Map.groupBy(document.querySelectorAll('.highlight pre > span[class]'), word => word.className)
    words.forEach(alike => thin(alike, 3))
}"""
# The element with the focus: what it is, its size, and how it looks with and without the focus.
_FOCUS = """() => {
    const node = document.activeElement, box = node.getBoundingClientRect()
    const look = () => ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'backgroundColor', 'borderColor',
        'textDecorationLine', 'textDecorationThickness'].map(name => getComputedStyle(node)[name]).join(' ')
    const focused = look()
    node.blur()
    const rest = look()
    node.focus({focusVisible: true, preventScroll: true})
    return [node.outerHTML.slice(0, 120), box.width, box.height, focused, rest]
}"""


@contextmanager
def visit(browser, path: Path, query: str = "", **settings):
    """Open a page in a fresh, offline context; whatever it asked of the network or complained of fails the test."""
    assert path.exists(), f"{path.name} was not built"
    faults: list[str] = []
    context = browser.new_context(offline=True, reduced_motion="reduce", **settings)
    context.on("request", lambda r: r.url.startswith(LOCAL) or faults.append(f"external request: {r.url}"))
    context.on("requestfailed", lambda r: faults.append(f"failed to load: {r.url}"))
    context.on("console", lambda m: m.type == "error" and faults.append(f"console: {m.text}"))
    context.on("weberror", lambda e: faults.append(f"script error: {e.error}"))
    page = context.new_page()
    try:
        page.goto(path.as_uri() + query)
        yield page
    finally:
        context.close()
    assert not faults, "; ".join(faults)


def formulas_left(page: Page) -> list[str]:
    """Formulas that MathJax has not set when it says that it is done, or has set as an error."""
    page.evaluate(_MATH_READY)
    return page.evaluate(_MATH_LEFT)


def images_without_text(page: Page) -> list[str]:
    """Images that say nothing to a reader who does not see them."""
    return page.evaluate(_NO_ALT)


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways, if it does."""
    return page.evaluate(_TOO_WIDE)


def barriers(page: Page, axe: str) -> list:
    """Serious and critical findings of axe-core, colours aside, that are not known ones of a theme."""
    page.evaluate(axe)
    rules = {name: {"enabled": False} for name in (*_COLOURS, *KNOWN)}
    return page.evaluate(_AXE, {"rules": rules})


def faint(page: Page, axe: str) -> list:
    """Text that is hard to tell from its background, or links from the text; shortens a very long page."""
    page.evaluate(_FEWER)
    page.evaluate(axe)
    return page.evaluate(_AXE, {"runOnly": list(_COLOURS)})


def unseen_tab_stops(page: Page, stops: int = 6) -> list[str]:
    """Those of the first tab stops that have no place on the page, or look the same with and without the focus."""
    found = []
    for stop in range(1, stops + 1):
        page.keyboard.press("Tab")
        what, width, height, focused, rest = page.evaluate(_FOCUS)
        if min(width, height) <= 1 or focused == rest:
            found.append(f"tab stop {stop}: {what}")
    return found
