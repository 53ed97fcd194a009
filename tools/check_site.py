"""Check a built book without a browser: pages, size, links, texts of pictures, headers of tables, other hosts."""

import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent
LOADS = (
    *((name, "src") for name in ("img", "script", "iframe", "source", "video", "audio", "embed")),
    ("link", "href"),
    ("object", "data"),
)
STYLES = re.compile(r"@import\s+(?:url\()?[\"']?((?:https?:)?//[^\"')\s]+)|url\(\s*[\"']?((?:https?:)?//[^\"')\s]+)")
MAX_PAGE, MAX_SITE = 1_000_000, 25_000_000
MIN_WORDS = 40


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
        article = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").find("article")
        if article is None or len(article.get_text().split()) < MIN_WORDS:
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


def _reference(site: Path, page: Path, tag, attribute: str, ids: dict) -> str | None:
    """What is wrong with one link or loaded file, if anything."""
    url = urlsplit(tag[attribute])
    if url.scheme in ("data", "mailto", "javascript"):
        return None
    if url.scheme in ("http", "https") or url.netloc:
        only_named = tag.name == "a" or tag.get("rel") == ["canonical"]
        return None if only_named else f"loads from another host: {tag[attribute]}"
    target = (page.parent / unquote(url.path)).resolve() if url.path else page
    if target.is_dir():
        target /= "index.html"
    if url.scheme or not target.is_relative_to(site):
        return f"leads out of the site: {tag[attribute]}"
    if not target.exists():
        return f"missing target {tag[attribute]}"
    if url.fragment and target in ids and unquote(url.fragment) not in ids[target]:
        return f"missing fragment {tag[attribute]}"
    return None


def _without_text(image) -> bool:
    """Whether an image says nothing to a reader who does not see it: no text, or a file's name."""
    alt = image.get("alt", "").strip()
    return not alt or Path(alt).suffix in (".png", ".svg", ".jpg", ".jpeg", ".gif")


def page_problems(site: Path) -> list[str]:
    """Broken links, missing text alternatives and foreign hosts on every page."""
    site = site.resolve()
    paths = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    soups = {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in paths}
    ids = {
        path: {tag["id"] for tag in soup.find_all(id=True)}
        | {tag["name"] for tag in soup.find_all("a", attrs={"name": True})}
        for path, soup in soups.items()
    }
    found = []
    for path, soup in soups.items():
        name = path.relative_to(site)
        for kind, attribute in (("a", "href"), *LOADS):
            for tag in soup.find_all(kind, attrs={attribute: True}):
                problem = _reference(site, path, tag, attribute, ids)
                if problem:
                    found.append(f"{name}: {problem}")
        images = filter(_without_text, soup.find_all("img"))
        tables = [table for table in soup.select("article table") if table.get("role") != "presentation"]
        headless = [table for table in tables if not table.find("th")]
        found += [f"{name}: table without a header: {table.get_text(' ', strip=True)[:60]}" for table in headless]
        found += [f"{name}: image without a text alternative: {image.get('src', '')[:60]}" for image in images]
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "_build" / "html")
    sys.exit("\n".join(missing_pages(folder) + site_problems(folder) + page_problems(folder)) or None)
