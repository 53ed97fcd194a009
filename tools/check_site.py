"""Check a built book without a browser: pages, size, links, texts of pictures, headers of tables, other hosts."""

import argparse
import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parent.parent
REFERENCES = {"a": "href", "link": "href", "object": "data"} | dict.fromkeys(
    ("img", "script", "iframe", "source", "video", "audio", "embed"), "src"
)
STYLES = re.compile(r"@import\s+(?:url\()?[\"']?((?:https?:)?//[^\"')\s]+)|url\(\s*[\"']?((?:https?:)?//[^\"')\s]+)")
MAX_PAGE, MAX_SITE = 1_000_000, 25_000_000
MIN_WORDS = 40


class Page(HTMLParser):
    """What a page refers to and can be referred to by; its words, pictures and tables. No tree is built of it."""

    def __init__(self, path: Path):
        super().__init__()
        self.references: list[tuple[str, str, str | None]] = []  # tag, address, relation
        self.ids: set[str] = set()
        self.images: list[dict] = []
        self.tables: list[dict] = []  # of the article: whether it has a header, what it says
        self.words = 0
        self._open: list[dict | None] = []  # tables, the innermost last; nothing for one that is laid out as such
        self._depth, self._silent = 0, False
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if told.get(REFERENCES.get(tag)):
            self.references.append((tag, told[REFERENCES[tag]], told.get("rel")))
        self.ids |= {told[name] for name in ("id", "name") if told.get(name) and (name == "id" or tag == "a")}
        if tag == "article":
            self._depth += 1
        elif tag == "img":
            self.images.append(told)
        elif tag == "table" and self._depth:
            self._open.append(None if told.get("role") == "presentation" else {"header": False, "says": []})
            self.tables += filter(None, self._open[-1:])
        elif tag == "th":
            for table in filter(None, self._open):
                table["header"] = True
        self._silent = tag in self.CDATA_CONTENT_ELEMENTS

    def handle_endtag(self, tag):
        if tag == "article":
            self._depth -= 1
        elif tag == "table" and self._open:
            self._open.pop()
        self._silent = False

    def handle_data(self, data):
        if self._depth and not self._silent:
            self.words += len(data.split())
            for table in filter(None, self._open):
                table["says"] += data.split()


@cache
def read(path: Path) -> Page:
    """A page, parsed once."""
    return Page(path)


def toc_pages(root: Path = ROOT) -> list[str]:
    """Every page named in _toc.yml."""

    def walk(node):
        if isinstance(node, dict):
            if "root" in node or "file" in node:
                yield node.get("root") or node["file"]
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    return list(walk(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))))


def missing_pages(site: Path) -> list[str]:
    """Pages of the table of contents that were not built, hold almost no words, or are too heavy."""
    found = []
    for name in toc_pages():
        page = site / f"{name.removesuffix('.md')}.html"
        if not page.exists():
            found.append(f"{name}: in _toc.yml, but not built")
            continue
        if read(page.resolve()).words < MIN_WORDS:
            found.append(f"{name}: the page is empty")
        if page.stat().st_size > MAX_PAGE:
            found.append(f"{name}: the page has {page.stat().st_size / 1e6:.1f} MB, at most 1 MB is wanted")
    return found


def site_problems(site: Path) -> list[str]:
    """A site that is too heavy, and styles that load from another host."""
    files = [path for path in site.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    heavy = [f"the site has {size / 1e6:.1f} MB, at most 25 MB are wanted"] if size > MAX_SITE else []
    return heavy + [
        f"{path.relative_to(site)}: loads from another host: {found[1] or found[2]}"
        for path in files
        if path.suffix in (".css", ".html")
        for found in STYLES.finditer(path.read_text(encoding="utf-8"))
    ]


def _reference(site: Path, page: Path, tag: str, address: str, relation: str | None, ids: dict) -> str | None:
    """What is wrong with one link or loaded file, if anything."""
    url = urlsplit(address)
    if url.scheme in ("data", "mailto", "javascript"):
        return None
    if url.scheme in ("http", "https") or url.netloc:
        only_named = tag == "a" or relation == "canonical"
        return None if only_named else f"loads from another host: {address}"
    target = (page.parent / unquote(url.path)).resolve() if url.path else page
    if target.is_dir():
        target /= "index.html"
    if url.scheme or not target.is_relative_to(site):
        return f"leads out of the site: {address}"
    if not target.exists():
        return f"missing target {address}"
    if url.fragment and target in ids and unquote(url.fragment) not in ids[target]:
        return f"missing fragment {address}"
    return None


def _without_text(image: dict) -> bool:
    """Whether an image says nothing to a reader who does not see it: no text, or a file's name."""
    alt = (image.get("alt") or "").strip()
    return not alt or Path(alt).suffix in (".png", ".svg", ".jpg", ".jpeg", ".gif")


def page_problems(site: Path) -> list[str]:
    """Broken links, missing text alternatives and foreign hosts on every page."""
    site = site.resolve()
    pages = {path: read(path) for path in site.rglob("*.html") if "_static" not in path.parts}
    ids = {path: page.ids for path, page in pages.items()}
    found = []
    for path, page in pages.items():
        problems = [_reference(site, path, *reference, ids) for reference in page.references]
        problems += [f"table without a header: {_start(table)}" for table in page.tables if not table["header"]]
        images = filter(_without_text, page.images)
        problems += [f"image without a text alternative: {(image.get('src') or '')[:60]}" for image in images]
        found += [f"{path.relative_to(site)}: {problem}" for problem in problems if problem]
    return found


def _start(table: dict) -> str:
    return " ".join(table["says"])[:60]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "_build" / "html", help="of the built site")
    folder = parser.parse_args().folder
    sys.exit("\n".join(missing_pages(folder) + site_problems(folder) + page_problems(folder)) or None)
