"""The table of a chapter's parameters: what each is, what it takes, its value in each profile.

Generated from the notebooks (values, meanings), the classes that check them (types, ranges) and the profiles' files.
Nothing is typed twice; what is the same in every chapter stands once, on the page.
"""

from chapter_source import Parameter, chapters, parameters, title
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from tables import page_link, table
from written_numbers import TYPED

from pruneuq_helpers.chapters import Chapter, find
from pruneuq_helpers.study.parameters import DataName
from pruneuq_helpers.study.profiles import changes
from pruneuq_helpers.study.sentences import describe

PROFILES = ("real", "full")
EVERYWHERE = ("profile", "device", "workers", "out", "root", "download")
LONG = 60  # characters of a value that is shown; a longer list is looked up in its file
DATA = describe(DataName)


def shown(value: object) -> nodes.Node:
    """A value, or of a long list the number of its entries."""
    if len(repr(value)) > LONG and isinstance(value, list):
        return nodes.emphasis("", f"{len(value)} entries")
    return nodes.literal("", repr(value))


def rows(chapter: Chapter, text: str) -> list[tuple]:
    """One row a parameter: what it is and takes, and its value in each profile; none where it is the quick one."""
    profiles = {profile: changes(chapter.name, profile) for profile in PROFILES}
    fields = chapter.study.model_fields

    def cells(parameter: Parameter) -> tuple:
        name = parameter.name
        values = [shown(values[name]) if name in values else "" for values in profiles.values()]
        taken = describe(fields[name].annotation, fields[name].metadata).replace(DATA, "a data set")
        meaning = [nodes.Text(f"{parameter.meaning}; "), nodes.emphasis("", f"takes {taken}", classes=[TYPED])]
        return nodes.literal("", name), meaning, shown(parameter.value), *values

    return [cells(parameter) for parameter in parameters(text) if parameter.name not in EVERYWHERE]


def _line(chapter: Chapter, options: dict) -> nodes.paragraph:
    """Where to read the chapter, how to rerun it, and the files of its profiles."""
    line = nodes.paragraph("", "", nodes.Text("Read "), page_link(f"notebooks/{chapter.name}", "the chapter"))
    line += [nodes.Text("; rerun it: "), nodes.literal("", f"pruneuq run {chapter.number} --profile real")]
    line += nodes.Text("; the files of its profiles: ")
    branch = options.get("repository_branch") or "main"
    for place, profile in enumerate(PROFILES):
        address = f"{options['repository_url']}/blob/{branch}/notebooks/parameters/{profile}/{chapter.name}.yaml"
        line += [nodes.Text(", " if place else ""), nodes.reference("", profile, refuri=address)]
    return line


class ParameterTables(SphinxDirective):
    """A section a chapter with its table of parameters."""

    def run(self):
        header = ("parameter", "what it is, what it takes", "quick", *PROFILES)
        made = []
        for path in chapters():
            text = path.read_text(encoding="utf-8")
            name = title(text)
            section = nodes.section("", nodes.title(name, name), names=[nodes.fully_normalize_name(name)])
            self.state.document.note_implicit_target(section)
            section += _line(find(path.stem), self.config.html_theme_options)
            section += table(header, rows(find(path.stem), text), classes=["parameter-table"])
            made.append(section)
        return made


def setup(app):
    app.add_directive("parameter-tables", ParameterTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
