"""The page of kept results: what is kept of each part, and whether it still counts.

It is made when the book is rendered, not when a chapter is executed: what makes a result count no more shows at once.
"""

from functools import cache

import pandas as pd
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import CHAPTERS, find
from pruneuq_helpers.study import results
from pruneuq_helpers.study.profiles import parameters
from pruneuq_helpers.text import duration

TITLES = {chapter.name: f"{chapter.number} {chapter.title}" for chapter in CHAPTERS}
LARGEST = 1_000_000  # bytes that a reader may take from the site, which is to stay small
HEAD = ("| run | what is kept, and the time of one worker | until, by which code | state |", "|---|---|---|---|")


@cache
def kept() -> pd.DataFrame:
    """Every part of which cells are kept, and its state: asked once a build."""
    return results.check(lambda chapter: find(chapter).study)


def _begin(app):
    kept.cache_clear()
    kept()  # before pages are read and written in several processes


def _what(chapter: str, profile: str) -> str:
    return f"[{TITLES.get(chapter, chapter)}](/notebooks/{chapter}.md), `{profile}`"


def _part_row(row) -> str:
    path = f"book/results/{row.profile}/{row.chapter}/{row.part}.jsonl.xz"
    data = ledger.data_of(parameters(row.chapter, row.profile), find(row.chapter))
    seeds = f", {row.seeds} seeds" if row.seeds else ""  # no seed is whole yet, or its cells have none
    seconds = 3600 * row.hours
    took = duration(seconds) if seconds >= 1 else "under 1 s"
    count = f"{row.cells} cell{'s' * (row.cells != 1)}"
    cells = f"{{download}}`{count} </{path}>`" if row.bytes <= LARGEST else f"{count} (in the repository)"
    made = f"{row.date}, {row.commits}".replace("-", "\N{NON-BREAKING HYPHEN}")
    what = f"{_what(row.chapter, row.profile)}, `{row.part}`"
    return f"| {what} | {data}: {cells}{seeds}, {took} | {made} | {row.state} |"


class StoredResults(SphinxDirective):
    """A table of all that is kept in ``book/results``."""

    def run(self) -> list[nodes.Node]:
        rows = [_part_row(row) for row in kept().itertuples()]
        page = nodes.Element()
        lines = [*HEAD, *rows] if rows else ["None so far."]
        self.state.nested_parse(StringList(lines, source=self.env.docname), 0, page)
        return page.children


def setup(app):
    app.add_directive("stored-results", StoredResults)
    app.connect("builder-inited", _begin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
