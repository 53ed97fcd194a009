"""Cells that run a part of a study, or show a figure, lead to the source of what they call."""

import inspect
import re

import pytest
from docutils import nodes

from pruneuq_helpers.chapters import CHAPTERS, find
from pruneuq_helpers.chapters.lottery_tickets import draw
from pruneuq_helpers.study import Part


@pytest.fixture
def links(monkeypatch):
    monkeypatch.syspath_prepend("sphinx_ext")
    return __import__("source_links")


def test_a_part_leads_to_its_work_and_a_figure_to_what_draws_it(links, monkeypatch):
    monkeypatch.setattr(draw, "epochs", lambda table: None, raising=False)
    code = 'table = study.run("tickets")\nshow(draw.epochs(table))\nshow(other.thing())'
    (work, part, line), (figure, own, _) = links.places(code, find("03"))
    function = find("03").study.parts["tickets"].work
    assert (work, line) == ("the work of `tickets`", inspect.getsourcelines(function)[1])
    assert part.startswith("pruneuq_helpers/chapters/lottery_tickets/")
    assert (figure, own) == ("`epochs`", "tests/tools/test_source_links.py")


def test_the_line_below_a_cell_names_file_and_line(links):
    line = links._line({"repository_url": "https://x.org/y"}, [("the work of `tickets`", "a/b.py", 7)])
    (link,) = line.findall(nodes.reference)
    assert link["refuri"] == "https://x.org/y/blob/main/a/b.py#L7"
    assert line.astext() == "Source: the work of tickets"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_every_call_in_the_book_leads_somewhere(links, chapter):
    text = (links.ROOT / "notebooks" / f"{chapter.name}.md").read_text(encoding="utf-8")
    cells = re.findall(r"```\{code-cell\} ipython3\n(?!:tags: \[(?:remove|hide)-input\])(.*?)```", text, re.DOTALL)
    found = [place for cell in cells for place in links.places(cell, chapter)]
    assert all((links.ROOT / file).is_file() for _, file, _ in found)
    run = {f"the work of `{name}`" for name, part in chapter.study.parts.items() if isinstance(part, Part)}
    assert run <= {name for name, _, _ in found}
