"""The pages of the built book, reduced to what can be printed: what the PDF and the ePub are made from.

No code that only draws, no buttons, no script; of a slider the picture that it starts with, and its value.
"""

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from check_site import toc_pages

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "downloads"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
TITLE, AUTHOR, ADDRESS = CONFIG["title"], CONFIG["author"], CONFIG["html"]["baseurl"]
QUESTION = "What happens to a neural network's uncertainty when you prune it?"
# Only the screen needs these: anchors of headings, controls, code that only draws.
FOR_THE_SCREEN = (
    "a.headerlink, script, style, button, details.hide, div.toctree-wrapper, .sd-stretched-link, "
    ".pruneuq-forest details, .forest-head, .pruneuq-onward, img.only-dark, img.only-phone, "
    "picture > source"
)
# To look things up in, not to read: they stay on the site.
REFERENCE = ("book/api", "book/api_networks", "book/api_studies", "book/parameters")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@dataclass
class Page:
    """One page: its name in the book, its title, and its article."""

    name: str
    title: str
    article: Tag


def read(site: Path = SITE) -> list[Page]:
    """All pages in the order of the table of contents."""
    found = []
    names = [page.removesuffix(".md") for page in toc_pages(ROOT)]
    for name in [name for name in names if name not in REFERENCE]:
        path = site / f"{name}.html"
        if not path.exists():
            sys.exit(f"{path} was not built: run `make book` first")
        article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find("article")
        reduce(article)
        found.append(Page(name, article.find("h1").get_text(), article))
    return found


def styles(fonts: str) -> str:
    """The printed book's style sheet, with the site's typefaces, which lie at `fonts`, and its verdicts."""
    static = ROOT / "book" / "_static"
    parts = (static / "fonts.css", Path(__file__).with_name("print.css"), static / "ledger.css")
    return "\n".join(path.read_text(encoding="utf-8") for path in parts).replace('url("fonts/', f'url("{fonts}/')


def reduce(article: Tag) -> None:
    """Take out what only a screen needs, open what is folded, and let every id stand once."""
    for tag in article.select(FOR_THE_SCREEN):
        tag.decompose()
    for control in article.select(".figure-slider-control"):
        value = control.find("output")
        control.name, control["class"] = "p", "frame"
        control.string = f"{control.find('label').get_text()}: {value.get_text()}"
        del control["style"]
    for control in article.select("input, select, textarea, form"):
        control.decompose()
    for details in article.find_all("details"):
        details["open"] = "open"
    for tag in article.find_all(True):
        for name in [name for name in tag.attrs if name.startswith("on")]:
            del tag[name]
    seen: set[str] = set()
    for tag in article.find_all(id=True):
        if tag["id"] in seen:
            del tag["id"]
        else:
            seen.add(tag["id"])


def link(pages: list[Page], address) -> None:
    """Let links between pages lead through the document; those to anything else, to the published book.

    `address(name, fragment)` gives the new place of a page.
    """
    names = {page.name for page in pages}
    for page in pages:
        for tag in page.article.find_all("a", href=True):
            url = urlsplit(tag["href"])
            if url.scheme or url.netloc:
                continue
            target = (SITE / page.name).parent / unquote(url.path) if url.path else SITE / f"{page.name}.html"
            name = target.resolve().relative_to(SITE.resolve()).as_posix().removesuffix(".html")
            fragment = f"#{url.fragment}" if url.fragment else ""
            tag["href"] = address(name, url.fragment) if name in names else f"{ADDRESS}{name}.html{fragment}"


@contextmanager
def printer():
    """A page of a Chromium, without a network."""
    from playwright.sync_api import Error, sync_playwright

    from pruneuq_helpers.commands.doctor import find_chromium

    with sync_playwright() as playwright:
        path = find_chromium() or playwright.chromium.executable_path
        try:
            browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        except Error:
            sys.exit("no Chromium was found: install Debian's package `chromium` (or any Chrome), and repeat")
        try:
            yield browser.new_context(offline=True).new_page()
        finally:
            browser.close()


def version() -> str:
    """The version of the book."""
    return str(CONFIG["sphinx"]["config"]["version"])
