"""Below a cell that runs parts of a study or shows a figure: a link to the source of what it calls."""

import inspect
import re
from importlib import import_module
from pathlib import Path

from docutils import nodes

from pruneuq_helpers.chapters import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
RUNS = r'\bstudy\.(?:run|measured)\b(?:\(\s*"(?P<part>\w+)")?'  # without a name: all parts
CALLS = re.compile(RUNS + r"|\bshow\(\s*(?P<module>draw(?:_\w+)?)\.(?P<figure>\w+)\(")


def places(code: str, chapter) -> list[tuple[str, str, int]]:
    """What the calls in a cell lead to: a name, a file and a line each."""
    found = []
    for call in CALLS.finditer(code):
        if call["figure"]:
            module = import_module(f"pruneuq_helpers.chapters.{chapter.room}.{call['module']}")
            found.append(_place(f"`{call['figure']}`", getattr(module, call["figure"])))
        else:
            parts = [call["part"]] if call["part"] else chapter.study.parts
            found += [_place(f"the work of `{part}`", chapter.study.parts[part].work) for part in parts]
    return found


def _place(name: str, function) -> tuple[str, str, int]:
    file = Path(inspect.getsourcefile(function)).resolve().relative_to(ROOT)
    return name, file.as_posix(), inspect.getsourcelines(function)[1]


def add_links(app, doctree) -> None:
    """Add a line of links below each such cell of a chapter."""
    page = app.env.docname
    chapter = next((one for one in CHAPTERS if page == f"notebooks/{one.name}"), None)
    if chapter is None:
        return
    for cell in doctree.findall(lambda node: isinstance(node, nodes.container) and "cell_input" in node["classes"]):
        links = places(cell.astext(), chapter)
        if links:
            cell.parent.insert(cell.parent.index(cell) + 1, _line(app.config.html_theme_options, links))


def _line(options: dict, links: list[tuple[str, str, int]]) -> nodes.paragraph:
    line = nodes.paragraph(classes=["pruneuq-source"])
    for place, (name, file, number) in enumerate(links):
        line += nodes.Text(", " if place else "Source: ")
        address = f"{options['repository_url']}/blob/{options.get('repository_branch') or 'main'}/{file}#L{number}"
        link = nodes.reference(refuri=address)
        for part, text in enumerate(name.split("`")):
            link += nodes.literal(text=text) if part % 2 else nodes.Text(text)
        line += link
    return line


def setup(app):
    app.connect("doctree-read", add_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
