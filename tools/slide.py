"""The slides of one built chapter: what each asks before it shows, its message, what it shows, and the notes.

A slide asks first. Its message and its picture, or what a cell printed, come with the next key. Message and question
stand in `book/slides/<chapter>.yml`, by the label of the figure or the id of the section; without an entry the
question is the figure's caption and the title the section's heading.
"""

import re
from dataclasses import dataclass, field

from bs4 import Tag

MOST = 30  # slides of a chapter
MOST_LINES = 10  # of code on a slide
MOST_ROWS = 10  # of a table on a slide
FIRST, NEXT, LAST = 0, 1, 2  # ranks: of what does not fit, the last goes first
LEFT_OUT = {"solution", "toggle"}
ENDINGS = ("Check yourself", "Exercises", "What to remember")
PICTURES = "figure, .figure-slider"
MOST_LINES_OF_CLAIMS = 8  # runs of findings on a slide
TABLES = "table:not(.pruneuq-provenance, .pruneuq-claims)"
UNSHOWN = {"tag_hide-input", "tag_parameters", "tag_skip-execution", "tag_solution"}


@dataclass
class Slide:
    """One slide: the name by which a deck asks for it, its texts as HTML, and how readily it is left out."""

    name: str
    above: str
    title: str = ""
    before: str = ""
    shown: list = field(default_factory=list)
    later: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    rank: int = FIRST
    instead: bool = False  # what comes later takes the place of the question

    @property
    def anchor(self) -> str:
        """Its id: no figure's or section's own, which stands within."""
        return f"slide-{self.name}"

    @property
    def html(self) -> str:
        """What stands between the tags of its section."""
        step = ' class="fragment" data-fragment-index="0"'
        late = bool(self.before)
        parts = [f'<p class="above">{self.above}</p>'] if self.above else []
        parts += [f"<h2{step if late and self.later else ''}>{self.title}</h2>"] if self.title else []
        asked = [f'<div class="before">{self.before}</div>'] if late else []
        if self.instead:
            asked = ['<div class="r-stack"><div class="fragment fade-out" data-fragment-index="0">', *asked, "</div>"]
        parts += [*asked, *map(str, self.shown)]
        if self.later:
            parts += [f"<div{step if late else ''}>", *map(str, self.later), "</div>"]
        parts += ["</div>"] if self.instead else []
        if self.notes:
            parts += ['<aside class="notes">', *map(str, self.notes), "</aside>"]
        return "".join(parts)


def classes(node: Tag) -> set[str]:
    """The classes of an element."""
    return set(node.get("class", []))


def name_of(section: Tag) -> str:
    """The heading of a section, without its link sign and its number."""
    heading = section.find(["h1", "h2", "h3"], recursive=False)
    for link in heading.select(".headerlink, .section-number"):
        link.decompose()
    return re.sub(r"^[\d.]+\s+", "", heading.decode_contents()).strip()


def inside(node: Tag) -> str:
    """The HTML within an element; nothing for none."""
    return node.decode_contents() if node else ""


def picture_slide(picture: Tag, heading: str, said: dict) -> Slide:
    """A figure or a slider: its question first, then its message with the picture."""
    figure = picture if picture.name == "figure" else picture.find_parent("figure") or picture
    label = figure.get("id") or ""
    entry = said.get(label, {})
    caption = inside(figure.select_one(".caption-text") or figure.find("figcaption"))
    before = entry.get("before") or f"You will see: {caption} <strong>Say first what you expect.</strong>"
    return Slide(label, heading, entry.get("message", heading), f"<p>{before}</p>", later=[figure])


def code_slide(cell: Tag, heading: str) -> Slide | None:
    """A short cell that computes something by hand; what it printed comes with the next key."""
    source = cell.select_one(".cell_input pre")
    if UNSHOWN & classes(cell) or source is None:
        return None
    lines = source.get_text().strip().splitlines()
    if len(lines) > MOST_LINES or any(line.startswith(("import ", "from ", "show(", "claims.")) for line in lines):
        return None
    printed = cell.select(".cell_output > .output.text_plain")
    before = "<p>What will it print?</p>" if printed else ""
    return Slide("", heading, "", before, cell.select(".cell_input .highlight"), printed, rank=LAST)


def cell_slides(cell: Tag, heading: str, said: dict) -> list[Slide]:
    """The slides of a cell: its code, if short; its pictures; its claims; its tables, if short."""
    code = code_slide(cell, heading)
    found = [code] if code else []
    for picture in cell.select(PICTURES):
        if not picture.find_parent("figure"):
            found.append(picture_slide(picture, heading, said))
    found += [claims_slide(forest, heading) for forest in cell.select(".pruneuq-forest")]
    for table in cell.select(TABLES):
        if not table.find_parent(["figure", "table"]) and len(table.select("tbody > tr")) <= MOST_ROWS:
            before = "<p>Guess one number of the table first.</p>"
            found.append(Slide("", heading, "", before, later=[table], rank=NEXT))
    return found


def claims_slide(forest: Tag, heading: str) -> Slide:
    """The first findings of a chapter to vote on; their intervals and verdicts come with the next key."""
    rows, lines = [], 0
    for row in forest.select(".forest-claim:not(.forest-head)"):
        lines += max(2, len(row.select(".forest-line")))
        if not rows or lines <= MOST_LINES_OF_CLAIMS:
            rows.append(row)
    asked = "".join(f"<li>{inside(row.find('p'))}</li>" for row in rows)
    before = f"<p>Which of these findings hold here? Raise a hand for each.</p><ol>{asked}</ol>"
    for row in rows:
        del row["id"]
    shown = ['<div class="pruneuq-forest">', *forest.select(".forest-head"), *rows, "</div>"]
    return Slide("claims", "", heading, before, later=shown, instead=True)


def box_slides(node: Tag, heading: str) -> list[Slide]:
    """The slide of a list, a table, a box or a formula that stands in the text."""
    kind = classes(node)
    if node.name in ("ul", "ol", "table") or {"admonition", "proof", "math"} & kind:
        return [Slide("", heading, "", shown=[node], rank=NEXT)]
    return []


def section_slides(section: Tag, said: dict) -> list[Slide]:
    """The slides of a section and of those in it; its paragraphs are the notes of the slide that they stand beside."""
    own, name = said.get(section.get("id"), {}), name_of(section)
    found, waiting, last = [], [], None
    for node in section.find_all(recursive=False):
        if node.name in ("h1", "h2", "h3", "section") or classes(node) & LEFT_OUT:
            continue
        if node.name == "p":
            (found[-1].notes if found else waiting).append(node)
            last = node
            continue
        new = cell_slides(node, name, said) if "cell" in classes(node) else box_slides(node, name)
        if joined(found, new):
            last = None
            continue
        if new and last is not None:  # the sentence that leads to it goes with it
            if new[0].shown:
                (found[-1].notes if found else waiting).pop()
            (new[0].shown or new[0].notes).insert(0, last)
        if new and not found:
            new[0].notes = [*waiting, *new[0].notes]
        found += new
        last = None
    _begin(found, section, own.get("message", name), own)
    for inner in section.find_all("section", recursive=False):
        found += section_slides(inner, said)
    return found


def joined(found: list[Slide], new: list[Slide]) -> bool:
    """Whether a cell that printed nothing took the next cell in: together they fit on its slide."""
    if len(new) != 1 or not found or {found[-1].rank, new[0].rank} != {LAST} or found[-1].later:
        return False
    if sum(str(code).count("\n") for slide in (found[-1], *new) for code in slide.shown) > MOST_LINES + 4:
        return False
    found[-1].shown += new[0].shown
    found[-1].later, found[-1].before = new[0].later, new[0].before
    return True


def _begin(found: list[Slide], section: Tag, heading: str, own: dict) -> None:
    """Give the first slide of a section its title, its question, and the section's name for decks that ask for it."""
    if not found:
        return
    first = found[0]
    first.name = first.name or section.get("id", "")
    if not first.title:
        first.title, first.above = heading, "" if heading == first.above else first.above
    if own.get("before") and not first.later:
        first.before, first.later, first.shown = f"<p>{own['before']}</p>", first.shown, []


def question_slides(section: Tag) -> list[Slide]:
    """A slide a question; the answer opens with a click."""
    found, asked = [], []
    for node in section.find_all(recursive=False):
        if node.name == "details":
            number = len(found) + 1
            title = ENDINGS[0] if number == 1 else ""
            found.append(Slide(f"question-{number}", f"{ENDINGS[0]}, question {number}", title, shown=[*asked, node]))
            asked = []
        elif node.name in ("p", "ul", "ol"):
            begins = node.find("strong") and re.match(r"\d+\.$", node.find("strong").get_text())
            asked = [node] if begins else [*asked, node]
    return found


def exercise_slides(section: Tag, page: str) -> tuple[Slide, list[Slide]]:
    """One slide that lists the exercises, and one for each, which only a course's deck shows."""
    each, rows = [], []
    for node in section.select(".exercise"):
        for hidden in node.select(".cell"):
            hidden.decompose()
        for inner in node.select("section"):
            inner.name = "div"  # a section is a slide
        label = node.get("id", "")
        title = node.select_one(".admonition-title")
        rows.append(f"<li><a href='{page}#{label}'>{title.get_text()}</a></li>")
        each.append(Slide(label, "", "", shown=[node]))
    return Slide("exercises", "", "Exercises", shown=["<ul>", *rows, "</ul>"]), each


def start_slides(whole: Tag, page: str, said: dict) -> list[Slide]:
    """The title with the chapter's question, which everybody answers first; then what one will be able to do."""
    glance = whole.select_one(".admonition-at-a-glance")
    asked = [p for p in glance.select("p") if p.get_text().startswith("The question")] if glance else []
    question = re.sub(r"^<strong>The question\.</strong>\s*", "", inside(asked[0])) if asked else ""
    after = said.get("start", {}).get("before", "Write your answer down. You will need it at the end.")
    title = f"<h1>{name_of(whole)}</h1><p class='question'>{question}</p><p>{after}</p>"
    found = [Slide("start", "", shown=[title, f"<p><a href='{page}'>The chapter</a></p>"])]
    goals = glance.find("ul") if glance else None
    if goals:
        found.append(Slide("goals", "", "You will be able to", shown=[goals], rank=NEXT))
    return found


def chapter_slides(whole: Tag, page: str, said: dict) -> tuple[list[Slide], list[Slide]]:
    """The slides of a chapter, at most `MOST`; and all that it has, for the decks of courses."""
    found, more = start_slides(whole, page, said), []
    for section in whole.find_all("section", recursive=False):
        name = name_of(section)
        if name == ENDINGS[0]:
            found += question_slides(section)
        elif name == ENDINGS[1]:
            listed, more = exercise_slides(section, page)
            found.append(listed)
        elif name == ENDINGS[2]:
            before = "<p>Say it in your own words first. What did you predict?</p>"
            found.append(
                Slide("remember", "", name, before, later=section.find_all(["ul", "ol", "p"], recursive=False))
            )
        else:
            found += section_slides(section, said)
    return at_most(found), found + more


def at_most(slides: list[Slide], most: int = MOST) -> list[Slide]:
    """As many as fit: what ranks last goes first, and of one rank the later ones."""
    order = sorted(range(len(slides)), key=lambda place: (slides[place].rank, place))
    return [slides[place] for place in sorted(order[:most])]
