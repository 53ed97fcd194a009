"""Make slides from the built book: reveal.js decks in the site's folder, which need no network and no server.

One deck a chapter, made from its page (`slide.py`), and one for each Markdown file in `book/slides` (`deck.py`).
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag
from check_site import toc_pages
from deck import columns as columns_of
from jinja2 import Template
from slide import ENDINGS, Slide, chapter_slides, name_of

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
SAID = ROOT / "book" / "slides"  # what the slides of chapters ask and say, and the decks of courses
PAGE = Template(Path(__file__).with_name("slides.html").read_text(encoding="utf-8"), autoescape=False)


def article(text: str, chapter: str) -> tuple[Tag, str]:
    """The chapter's outermost section, its links made to lead back to the book; and the scripts of its formulas."""
    soup = BeautifulSoup(text, "html.parser")
    whole = soup.select_one("article section")
    for anchor in whole.select("a.headerlink"):
        anchor.decompose()
    for link in whole.select("a[href]"):
        if re.match(r"[^/:.#]+\.html", link["href"]):
            link["href"] = f"../notebooks/{link['href']}"
        elif link["href"].startswith("#"):
            link["href"] = f"../notebooks/{chapter}.html{link['href']}"
    # A deck holds many pictures: those for a phone would double it.
    for source in whole.select(".figure-slider source, img.only-phone"):
        source.decompose()
    for control in whole.select("[data-phone]"):
        del control["data-phone"]
    math = "\n".join(str(script) for script in soup.select("script") if "mathjax" in str(script).lower())
    return whole, math


def plain(title: str) -> str:
    """A title without its tags, as HTML text."""
    return str(BeautifulSoup(title, "html.parser").get_text()).replace("&", "&amp;").replace("<", "&lt;")


def in_columns(slides: list[Slide]) -> list[list[Slide]]:
    """Slides of one section stand below each other; a title, and what ends a chapter, begins a column."""
    made: list[list[Slide]] = []
    for slide in slides:
        if not made or slide.title in ENDINGS or slide.name == "claims" or (slide.title and not slide.above):
            made.append([])
        made[-1].append(slide)
    return made


def numbered(columns: list[list[Slide]]) -> list[list[dict]]:
    """The slides as the page takes them, each with an address of its own."""
    seen: set[str] = set()
    made = []
    for place, column in enumerate(columns, 1):
        made.append([])
        for below, slide in enumerate(column, 1):
            anchor = slide.anchor if slide.name and slide.anchor not in seen else f"slide-{place}-{below}"
            seen.add(anchor)
            made[-1].append({"anchor": anchor, "html": slide.html})
    return made


def written(title: str, columns: list[list[Slide]], math: str) -> str:
    """The page of a deck."""
    return PAGE.render(title=plain(title), math=math, columns=numbered(columns))


def said_of(chapter: str) -> dict:
    """What was written for the slides of a chapter, by figure and section."""
    path = SAID / f"{chapter}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.exists() else {}


def deck(text: str, chapter: str, said: dict) -> str:
    """The slides of a chapter, from the text of its page."""
    whole, math = article(text, chapter)
    title = name_of(whole)
    return written(title, in_columns(chapter_slides(whole, f"../notebooks/{chapter}.html", said)[0]), math)


def main(site: Path = SITE) -> None:
    """Write a deck for each chapter of the built book, and those of the courses."""
    if not site.is_dir():
        sys.exit("the book was not built, so it has no slides: run `make book`")
    folder = site / "slides"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("slides.css"), folder)
    chapters, formulas = {}, ""
    for page in toc_pages(ROOT):
        if page.startswith("notebooks/"):
            path = site / f"{page}.html"
            if not path.exists():
                sys.exit(f"{page} was not built, so it has no slides: run `make book`")
            whole, math = article(path.read_text(encoding="utf-8"), path.stem)
            title, formulas = name_of(whole), formulas or math
            chapters[path.stem] = chapter_slides(whole, f"../notebooks/{path.stem}.html", said_of(path.stem))
            shown = in_columns(chapters[path.stem][0])
            (folder / path.name).write_text(written(title, shown, math), encoding="utf-8")
    for path in sorted(SAID.glob("*.md")):
        title, columns = columns_of(path, chapters)
        (folder / f"{path.stem}.html").write_text(written(title, columns, formulas), encoding="utf-8")
    print(f"The slides are in {folder}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
