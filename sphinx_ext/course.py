"""Tables for teachers, made from the chapters: minutes, exercises, slides, decks, and how a task is marked."""

from functools import cache

from chapter_source import ROOT, chapters, title
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx import addnodes
from tables import page_link, table


@cache
def _exercises(path) -> list:
    from pruneuq_helpers.exercises.form import exercises

    return exercises(path)


def exercise_link(label: str, text: str):
    """A link to an exercise by its label, resolved when pages are written."""
    link = addnodes.pending_xref("", refdomain="std", reftype="ref", reftarget=label, refexplicit=True, refwarn=True)
    link += nodes.inline(text, text)
    return link


def chapter_link(path):
    """A link to a chapter, with its number and title."""
    name = title(path.read_text(encoding="utf-8"))
    return page_link(f"notebooks/{path.stem}", f"{path.name[:2].lstrip('0')}. {name}")


class CourseTable(Directive):
    """One row a chapter: minutes to read and run it, its exercises, its slides."""

    def run(self):
        from pruneuq_helpers.chapters import find

        rows = []
        for path in chapters():
            asked = _exercises(path)
            minutes = sum(one.minutes for one in asked)
            slides = nodes.reference("", "slides", refuri=f"../slides/{path.stem}.html")
            rows.append((chapter_link(path), str(find(path.stem).minutes), f"{len(asked)}, {minutes} minutes", slides))
        return [table(("chapter", "minutes", "exercises", "slides"), rows)]


class ExerciseTable(Directive):
    """One row an exercise: its chapter, a link to it, its minutes, and whether it is open."""

    def run(self):
        rows = [
            (chapter_link(path), exercise_link(one.label, one.title), str(one.minutes), "open" if one.is_open else "")
            for path in chapters()
            for one in _exercises(path)
        ]
        return [table(("chapter", "exercise", "minutes", "kind"), rows)]


class DeckTable(Directive):
    """One row a deck of a course: its title, which opens it, and how many chapters it takes slides from."""

    def run(self):
        rows = []
        for path in sorted((ROOT / "book" / "slides").glob("*.md")):
            text = path.read_text(encoding="utf-8")
            taken = {line.split()[1][:2].lstrip("0") for line in text.splitlines() if line.startswith("```{slides}")}
            name = text.partition("\n")[0].removeprefix("# ")
            link = nodes.reference("", name, refuri=f"../slides/{path.stem}.html")
            rows.append((link, ", ".join(sorted(taken, key=int)), nodes.literal("", f"book/slides/{path.name}")))
        return [table(("deck", "chapters", "written in"), rows)]


class Marking(Directive):
    """The rubric of an exercise or a task as a table: points, and what for."""

    required_arguments = 1

    def run(self):
        from pruneuq_helpers.exercises.rubrics import rubrics

        rubric = rubrics(chapters()[0])[self.arguments[0]]
        rows = [(str(points), said) for points, said in rubric]
        return [table(("points", "for"), [*rows, (str(sum(points for points, _ in rubric)), "in all")])]


def setup(app):
    app.add_directive("course-table", CourseTable)
    app.add_directive("deck-table", DeckTable)
    app.add_directive("marking", Marking)
    app.add_directive("exercise-table", ExerciseTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
