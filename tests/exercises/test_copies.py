"""Copies of every chapter: nothing of a solution for students, all of it for teachers, from one source."""

import ast
import hashlib
import subprocess
import sys
from functools import cache

import nbformat
import pytest

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.exercises import Exercise, instructor, parts, student
from pruneuq_helpers.exercises.checks import bound, used, without_check
from pruneuq_helpers.study.profiles import checkout

SOURCES = {chapter.name: checkout() / "notebooks" / f"{chapter.name}.md" for chapter in CHAPTERS}


@cache
def asked(name: str) -> list[Exercise]:
    return [part for part in parts(SOURCES[name]) if isinstance(part, Exercise)]


def lines(text: str) -> set[str]:
    """Lines that say something: not a bracket, not a bare name."""
    return {line.strip() for line in text.splitlines() if len(line.strip()) > 12}


def test_every_chapter_has_two_exercises_or_more_and_the_book_thirty():
    counts = {name: len(asked(name)) for name in SOURCES}
    assert min(counts.values()) >= 2, counts
    assert len(SOURCES) < 10 or sum(counts.values()) >= 30, counts


def test_labels_are_unique_and_most_chapters_have_an_open_exercise():
    labels = [one.label for name in SOURCES for one in asked(name)]
    assert len(labels) == len(set(labels))
    assert sum(any(one.is_open for one in asked(name)) for name in SOURCES) >= 8


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_a_solution_is_in_the_student_copy(name):
    copy = student(SOURCES[name])
    there = "\n".join(cell.source for cell in copy.cells)
    given = set()
    for part in parts(SOURCES[name]):
        texts = [part.statement, part.stub, part.check] if isinstance(part, Exercise) else [part.source]
        given |= set().union(*map(lines, texts))
    for one in asked(name):
        hidden = lines(one.explanation) | lines(without_check(one.solution)) - lines(one.check)
        assert not (hidden - given) & lines(there), one.label
        assert hidden - given, f"{one.label}: there is nothing to find out"
    assert "{solution" not in there
    assert "{exercise-" not in there
    assert all("solution" not in cell.metadata.get("tags", []) for cell in copy.cells)


@pytest.mark.parametrize("name", SOURCES)
def test_stubs_and_checks_are_kept_in_the_student_copy(name):
    code = {}
    for cell in student(SOURCES[name]).cells:
        for kind in ("exercise", "check"):
            if cell.cell_type == "code" and kind in cell.metadata["pruneuq"]:
                code[kind, cell.metadata["pruneuq"][kind]] = cell.source
    for one in asked(name):
        assert code["exercise", one.label] == one.stub
        assert code["check", one.label].endswith(one.check)
    assert len(code) == 2 * len(asked(name))


@pytest.mark.parametrize("name", SOURCES)
def test_both_copies_come_from_the_same_source(name):
    copies = [make(SOURCES[name]) for make in (student, instructor)]
    digest = hashlib.sha256(SOURCES[name].read_bytes()).hexdigest()
    of_the_book = []
    for copy in copies:
        nbformat.validate(copy)
        assert copy.metadata["pruneuq"] == {"chapter": name, "source": digest}
        book = [cell for cell in copy.cells if cell.metadata["pruneuq"].get("book")]
        of_the_book.append([(cell.cell_type, cell.source) for cell in book[:1] + book[2:]])  # but the banner
    assert of_the_book[0] == of_the_book[1]
    solved = [cell.source for cell in copies[1].cells if "solution" in cell.metadata.get("tags", [])]
    assert solved == [without_check(one.solution) for one in asked(name)]


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_after_an_exercise_needs_its_solution(name):
    known, private = set(), set()
    for part in parts(SOURCES[name]):
        if isinstance(part, Exercise):
            private |= bound(part.solution) - known
        elif part.cell_type == "code":
            assert not used(part.source) & (private - known), part.source
            known |= bound(part.source)


@pytest.mark.parametrize("name", SOURCES)
def test_check_is_plain_python_with_a_word_of_help(name):
    for one in asked(name):
        asserts = [node for node in ast.walk(ast.parse(one.check)) if isinstance(node, ast.Assert)]
        assert asserts, one.label
        assert any(node.msg for node in asserts), f"{one.label}: no assertion says what is wrong"


def answers(one: Exercise) -> list[ast.expr]:
    """What the solution sets the names of the stub to, and what its functions compute; not what is hardly a line."""
    wanted, found = bound(one.stub), []
    for node in ast.parse(without_check(one.solution)).body:
        if isinstance(node, ast.Assign):
            names = {part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            found += [node.value] if names & wanted else []
        elif isinstance(node, ast.FunctionDef) and node.name in wanted:
            found += [part.value for part in ast.walk(node) if isinstance(part, ast.Return | ast.Assign) and part.value]
    return [value for value in found if sum(1 for _ in ast.walk(value)) >= 8]


@pytest.mark.parametrize("name", SOURCES)
def test_check_that_students_see_does_not_compute_the_answer(name):
    for one in asked(name):
        own = {node.name for node in ast.parse(one.stub).body if isinstance(node, ast.FunctionDef)}
        shown = {ast.unparse(node) for node in ast.walk(ast.parse(one.check)) if isinstance(node, ast.expr)}
        given = {ast.unparse(node) for node in ast.walk(ast.parse(one.stub)) if isinstance(node, ast.expr)}
        for value in answers(one):
            text = ast.unparse(value)
            assert text not in shown - given or used(text) & own, f"{one.label}: the check holds {text}"


@pytest.mark.parametrize("kind", ["student", "instructor"])
def test_tool_writes_one_notebook_a_chapter(tool_tree, kind):
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "tools/copies.py", kind], cwd=tool_tree, check=True, capture_output=True, text=True
        )
    assert done.stdout == f"The notebooks are in {tool_tree / '_build' / kind}\n"
    (path,) = (tool_tree / "_build" / kind).iterdir()
    text = path.read_text()
    assert ("private + seeds" in text) == (kind == "instructor")
    assert '"twice = ...  # YOUR CODE HERE"' in text or kind == "instructor"
