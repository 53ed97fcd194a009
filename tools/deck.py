"""A deck written by hand: a Markdown file in `book/slides`, of its own slides and of slides that chapters have.

`#` is the deck's title, `##` begins a slide; what follows a line `Notes:` is for the speaker. A block

    ```{slides} 02_structured_pruning
    start
    fig-by-hand
    ```

takes slides of a chapter by their names: the label of a figure or an exercise, the id of a section, `start`, `goals`,
`claims`, `question-1`, `exercises`, `remember`; without a name, all that the chapter's own deck shows.
"""

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from markdown_it import MarkdownIt
from slide import Slide

TAKEN = re.compile(r"^```\{slides\} (\w+)\n(.*?)```$", re.S | re.M)
MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Taken:
    """Slides that a deck takes from a chapter: their names, or none for the whole of its deck."""

    chapter: str
    names: tuple[str, ...]


def own_slide(name: str, title: str, text: str, above: str = "") -> Slide:
    """A slide of Markdown; what follows `Notes:` is for the speaker."""
    said, _, notes = text.partition("\nNotes:")
    spoken = MARKDOWN.render(notes)
    return Slide(name, "", title, shown=[above, MARKDOWN.render(said)], notes=[spoken] if spoken else [])


def read(text: str) -> tuple[str, list[Slide | Taken]]:
    """The title of a deck, and its slides and what it takes, in order."""
    title = re.match(r"# (.+)\n", text)
    if title is None:
        raise ValueError("a deck begins with its title: `# …`")
    found: list[Slide | Taken] = []
    lead, *sections = re.split(r"^## ", text[title.end() :], flags=re.M)
    found.append(own_slide("deck", "", lead, f"<h1>{title[1]}</h1>"))
    for number, section in enumerate(sections, 1):
        heading, _, body = section.partition("\n")
        own, *taken = re.split(r"(?=^```\{slides\})", body, flags=re.M)
        found.append(own_slide(f"own-{number}", heading, own))
        for block in taken:
            match = TAKEN.match(block)
            if match is None or block[match.end() :].strip():
                raise ValueError(f"the slide `{heading}` has text behind, or a fault in, its block of slides")
            found.append(Taken(match[1], tuple(match[2].split())))
    return title[1], found


def columns(path: Path, chapters: dict[str, tuple[list[Slide], list[Slide]]]) -> tuple[str, list[list[Slide]]]:
    """The title and the slides of a deck, a column for each slide of its own with what it takes."""
    title, parts = read(path.read_text(encoding="utf-8"))
    made: list[list[Slide]] = []
    for part in parts:
        if isinstance(part, Slide):
            made.append([part])
            continue
        if part.chapter not in chapters:
            sys.exit(f"{path.name} takes slides of `{part.chapter}`; it takes {', '.join(chapters)}")
        shown, every = chapters[part.chapter]
        known = {slide.name: slide for slide in every if slide.name}
        missing = ", ".join(f"`{name}`" for name in part.names if name not in known)
        if missing:
            sys.exit(f"{path.name} takes {missing} of {part.chapter}, which has {', '.join(sorted(known))}")
        taken = [known[name] for name in part.names] or shown
        made[-1] += [replace(slide, name=f"{part.chapter[:2]}-{slide.name}" if slide.name else "") for slide in taken]
    return title, made
