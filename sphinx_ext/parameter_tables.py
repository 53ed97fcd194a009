"""The table of every parameter of every chapter: what it is, what it takes, its value in each profile, and the cost.

Generated from the notebooks (values, meanings), the classes that check them (types, ranges), the profiles' files, and
the provenance of stored runs. Nothing is typed twice.
"""

from chapter_source import Parameter, chapters, parameters, title
from docutils import nodes
from docutils.parsers.rst import Directive
from stored_results import kept
from tables import page_link, table

from pruneuq_helpers.chapters import Chapter, find
from pruneuq_helpers.study.profiles import changes
from pruneuq_helpers.study.sentences import describe
from pruneuq_helpers.text import duration

PROFILES = ("real", "full")
SAME = "same"


def rows(chapter: Chapter, text: str) -> list[tuple]:
    """One row a parameter: what it is and takes, and its value in each profile."""
    profiles = {profile: changes(chapter.name, profile) for profile in PROFILES}
    fields = chapter.study.model_fields

    def cells(parameter: Parameter) -> tuple:
        values = [
            nodes.literal("", repr(values[parameter.name])) if parameter.name in values else SAME
            for values in profiles.values()
        ]
        quick, field = nodes.literal("", repr(parameter.value)), fields[parameter.name]
        allowed = nodes.emphasis("", f"takes {describe(field.annotation, field.metadata)}")
        return nodes.literal("", parameter.name), [nodes.Text(f"{parameter.meaning}; "), allowed], quick, *values

    return [cells(parameter) for parameter in parameters(text)]


def costs(chapter: str) -> list[nodes.Node]:
    """A sentence for every run that is kept with the book: what it took."""
    found = kept()
    found = found[found["chapter"] == chapter]
    items = [
        f"{row.profile}, {row.part}: {row.seeds} seeds, {duration(3600 * row.hours)} of one worker."
        for row in found.itertuples()
    ]
    missing = [profile for profile in PROFILES if not any(item.startswith(profile) for item in items)]
    items += [f"{profile}: no run is kept with the book, so its cost is not known." for profile in missing]
    listed = nodes.bullet_list()
    listed += [nodes.list_item("", nodes.paragraph("", item)) for item in items]
    return [nodes.paragraph("", "Measured cost of larger runs:"), listed]


class ParameterTables(Directive):
    """A section a chapter: its table of parameters, and what larger runs of it have cost."""

    def run(self):
        header = ("parameter", "what it is, what it takes", "quick", *PROFILES)
        made = []
        for path in chapters():
            text = path.read_text(encoding="utf-8")
            name = title(text)
            section = nodes.section("", nodes.title(name, name), names=[nodes.fully_normalize_name(name)])
            self.state.document.note_implicit_target(section)
            link = page_link(f"notebooks/{path.stem}", "the chapter")
            number = path.name[:2]
            command = nodes.literal("", f"pruneuq run {number} --profile real")
            section += nodes.paragraph("", "", nodes.Text("Read "), link, nodes.Text("; rerun it: "), command)
            section += table(header, rows(find(path.stem), text), classes=["parameter-table"])
            section += costs(path.stem)
            made.append(section)
        return made


def setup(app):
    app.add_directive("parameter-tables", ParameterTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
