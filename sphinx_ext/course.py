"""Tables for teachers, made from the chapters: minutes, exercises, slides."""

from functools import cache

from chapter_source import chapters, title
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


def setup(app):
    app.add_directive("course-table", CourseTable)
    app.add_directive("exercise-table", ExerciseTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
