"""The table of every parameter of every chapter: what it is, what it takes, its value in each profile, and the cost.

Generated from the notebooks (values, meanings), the classes that check them (types, ranges), the profiles' files, and
the provenance of stored runs. Nothing is typed twice.
"""

import json
from importlib import import_module

from chapter_source import ROOT, Parameter, chapters, parameters, study, title
from docutils import nodes
from docutils.parsers.rst import Directive
from tables import page_link, table

PROFILES = ("real", "full")
SAME = "same"


def takes(text: str) -> dict[str, str]:
    """What each parameter of a chapter takes, in the words of its error messages."""
    from pruneuq_helpers.sentences import describe

    module, name = study(text)
    fields = getattr(import_module(module), name).model_fields
    return {key: describe(field.annotation, field.metadata) for key, field in fields.items()}


def rows(name: str, text: str) -> list[tuple]:
    """One row a parameter."""
    from pruneuq_helpers.chapters import find
    from pruneuq_helpers.chapters import parameters as of_profile

    profiles = {profile: of_profile(find(name), profile) for profile in PROFILES}
    allowed = takes(text)

    def cells(parameter: Parameter) -> tuple:
        values = [
            nodes.literal("", repr(values[parameter.name])) if parameter.name in values else SAME
            for values in profiles.values()
        ]
        quick = nodes.literal("", repr(parameter.value))
        meaning = [nodes.Text(f"{parameter.meaning}; "), nodes.emphasis("", f"takes {allowed[parameter.name]}")]
        return nodes.literal("", parameter.name), meaning, quick, *values

    return [cells(parameter) for parameter in parameters(text)]


def stored_runs(name: str) -> list[dict]:
    """Provenance of the runs of a chapter that are kept with the book."""
    files = sorted((ROOT / "book" / "results").glob(f"*/{name}/provenance.json"))
    return [{"kept": path.parts[-3], **json.loads(path.read_text(encoding="utf-8"))} for path in files]


def spent(seconds: float) -> str:
    """A duration in words that fit its size."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"


def _cost(run: dict) -> str:
    """What the cells took, if it was written down; else from the start of the notebook to its end."""
    return f"{spent(run['worked'])} of one worker" if run.get("worked") else spent(run["seconds"])


def costs(name: str) -> list[nodes.Node]:
    """A sentence for every stored run: what it took, on what."""
    items = [
        f"{run['kept']}: {_cost(run)} on {run['device']} ({run['platform']}), "
        f"{run['computed']} cells computed and {run['read']} read, {run['started'][:10]}."
        for run in stored_runs(name)
    ]
    missing = [profile for profile in PROFILES if not any(item.startswith(f"{profile}:") for item in items)]
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
            section += table(header, rows(path.stem, text), classes=["parameter-table"])
            section += costs(path.stem)
            made.append(section)
        return made


def setup(app):
    app.add_directive("parameter-tables", ParameterTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
