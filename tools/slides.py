"""Make slides from the built chapters: reveal.js decks in the site's folder, which need no network and no server.

A heading begins a column of slides: the heading with the first paragraph below it, then, one below the other, its
boxes, formulas, short code cells, figures, sliders and tables. The other paragraphs are the speaker's notes (key S).
Solutions are left out.
"""

import copy
import html
import re
import shutil
import sys
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from check_site import toc_pages

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
MOST_LINES = 10  # of code on a slide
SHOWN = "figure, .figure-slider, table:not(.pruneuq-provenance, .pruneuq-provenance *)"  # outputs that a slide shows
CLAIM_ROWS, MOST_ROWS = 6, 12  # of a table on a slide; claims take several lines each
LEFT_OUT = {"solution", "toggle"}
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: slides</title>
<link rel="stylesheet" href="../_static/vendor/reveal/reset.css">
<link rel="stylesheet" href="../_static/vendor/reveal/reveal.css">
<link rel="stylesheet" href="../_static/pygments.css">
<link rel="stylesheet" href="slides.css">
{math}
</head>
<body>
<main class="reveal"><div class="slides">
{slides}
</div></main>
<script src="../_static/vendor/reveal/reveal.js"></script>
<script src="../_static/vendor/reveal/notes.js"></script>
<script>
const still = matchMedia("(prefers-reduced-motion: reduce)").matches
// What is too tall for a slide shrinks when it is shown: first its picture, then its text.
function fit({{currentSlide: slide}}) {{
  const full = () => slide.scrollHeight > slide.clientHeight + 1
  for (let size = 500; full() && size > 240; size -= 20) slide.style.setProperty("--picture", `${{size}}px`)
  for (let size = 27; full() && size > 13; size--) slide.style.fontSize = `${{size}}px`
}}
Reveal.on("slidechanged", fit)
Reveal.initialize({{hash: true, slideNumber: "c/t", width: 1280, height: 720, margin: 0.03,
  transition: still ? "none" : "slide", plugins: [RevealNotes]}})
  .then(() => window.MathJax?.startup?.promise)
  .then(() => {{ Reveal.layout(); fit({{currentSlide: Reveal.getCurrentSlide()}}) }})
</script>
</body>
</html>
"""


def name_of(section: Tag) -> str:
    """The heading of a section, without its link sign and its number."""
    heading = section.find(["h1", "h2", "h3"], recursive=False)
    for link in heading.select(".headerlink, .section-number"):
        link.decompose()
    return re.sub(r"^[\d.]+\s+", "", heading.decode_contents()).strip()


def classes(node: Tag) -> set[str]:
    """The classes of an element."""
    return set(node.get("class", []))


def code_slide(cell: Tag) -> list[Tag]:
    """A short cell that the chapter shows and that computes something by hand, with what it printed."""
    source = cell.select_one(".cell_input pre")
    if {"tag_hide-input", "tag_parameters", "tag_skip-execution", "tag_solution"} & classes(cell) or source is None:
        return []
    lines = source.get_text().strip().splitlines()
    if len(lines) > MOST_LINES or any(line.startswith(("import ", "from ")) for line in lines):
        return []
    return [*cell.select(".cell_input .highlight"), *cell.select(".cell_output > .output.text_plain")]


def in_parts(node: Tag) -> list[Tag]:
    """A figure as it is; a long table as several, each with the head."""
    rows = node.select("tbody > tr") if node.name == "table" else []
    most = CLAIM_ROWS if node.find_parent(class_="pruneuq-claims") or "pruneuq-claims" in classes(node) else MOST_ROWS
    if len(rows) <= most:
        return [node]
    found = []
    for begin in range(0, len(rows), most):
        part = copy.copy(node)
        for place, row in enumerate(part.select("tbody > tr")):
            if not begin <= place < begin + most:
                row.decompose()
        found.append(part)
    return found


def picks(section: Tag):
    """What the slides of a section show beside its first paragraph, each a list of elements, in their order."""
    before = None
    for node in section.find_all(recursive=False):
        kind = classes(node)
        if node.name == "section" or kind & LEFT_OUT:
            continue
        if "cell" in kind:
            code = code_slide(node)
            if code:
                yield [before, *code] if before is not None else code
            shown = [one for one in node.select(SHOWN) if not one.find_parent(["figure", "table"])]
            for one in shown:
                yield from ([part] for part in in_parts(one))
        elif "exercise" in kind:
            for hidden in node.select(".cell"):
                hidden.decompose()
            for inner in node.select("section"):
                inner.name = "div"  # a section is a slide
            yield [node]
        elif node.name in ("ul", "ol", "table") or {"admonition", "proof"} & kind:
            yield [node]
        elif node.name == "details" or "math" in kind:
            yield [before, node] if before is not None else [node]
        before = node if node.name == "p" else None


def section_slides(section: Tag) -> list[str]:
    """The slides of a section and of the sections in it."""
    name = name_of(section)
    paragraphs = section.find_all("p", recursive=False)
    shown = [slide for slide in picks(section) if any(node.get_text(strip=True) or node.find("img") for node in slide)]
    used = {id(node) for slide in shown for node in slide}
    spoken = [node for node in paragraphs if id(node) not in used]
    notes = "".join(map(str, spoken[1:]))
    lead = str(spoken[0]) if spoken else ""
    first = lead or "".join(map(str, shown.pop(0) if shown else []))
    found = [f"<h2>{name}</h2>{first}" + (f'<aside class="notes">{notes}</aside>' if notes else "")]
    found += [f'<p class="above">{name}</p>' + "".join(map(str, slide)) for slide in shown]
    for inner in section.find_all("section", recursive=False):
        found += section_slides(inner)
    return found


def deck(text: str, chapter: str) -> str:
    """The slides of a chapter, from the text of its page."""
    soup = BeautifulSoup(text, "html.parser")
    whole = soup.select_one("article section")
    for anchor in whole.select("a.headerlink"):
        anchor.decompose()
    for link in whole.select("a[href]"):
        if re.match(r"[^/:.#]+\.html", link["href"]):
            link["href"] = f"../notebooks/{link['href']}"
        elif link["href"].startswith("#"):
            link["href"] = f"../notebooks/{chapter}.html{link['href']}"
    title = name_of(whole)
    glance = whole.select_one(".admonition-at-a-glance")
    columns = [[f"<h1>{title}</h1>{question(glance)}<p><a href='../notebooks/{chapter}.html'>The chapter</a></p>"]]
    if glance:
        columns[0].append(str(glance))
    columns += [section_slides(section) for section in whole.find_all("section", recursive=False)]
    slides = "\n".join(
        "<section>\n" + "\n".join(f"<section>{slide}</section>" for slide in column) + "\n</section>"
        for column in columns
    )
    math = [str(script) for script in soup.select("script") if "mathjax" in str(script).lower()]
    plain = html.escape(BeautifulSoup(title, "html.parser").get_text())
    return PAGE.format(title=plain, math="\n".join(math), slides=slides)


def question(glance: Tag | None) -> str:
    """The paragraph of the first box that asks the chapter's question."""
    asked = [p for p in glance.select("p") if p.get_text().startswith("The question")] if glance else []
    return str(asked[0]) if asked else ""


def main(site: Path = SITE) -> None:
    """Write a deck for each chapter of the built book."""
    if not site.is_dir():
        sys.exit("the book was not built, so it has no slides: run `make book`")
    folder = site / "slides"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("slides.css"), folder)
    for page in toc_pages(ROOT):
        if page.startswith("notebooks/"):
            path = site / f"{page}.html"
            if not path.exists():
                sys.exit(f"{page} was not built, so it has no slides: run `make book`")
            (folder / path.name).write_text(deck(path.read_text(encoding="utf-8"), path.stem), encoding="utf-8")
    print(f"The slides are in {folder}")


if __name__ == "__main__":
    main()
