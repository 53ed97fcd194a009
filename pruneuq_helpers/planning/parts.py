"""The parts of a chapter's study, read from its notebook: which cells, and which function works on them."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pruneuq_helpers.declared import code_cells
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.parameters import Study


@dataclass(frozen=True)
class Part:
    """One call of ``study.run``.

    Parameters
    ----------
    name : str
        What the notebook calls its cells.
    cells : list of dict
        All of them.
    work : callable
        From a cell to its rows.

    Examples
    --------
    >>> Part("cells(study)", [{"seed": 0}], len).name
    'cells(study)'
    """

    name: str
    cells: list[dict]
    work: Callable[[dict], Any]


def study_of(notebook: Path, values: dict[str, Any]) -> Study:
    """Make a chapter's study without its notebook.

    Parameters
    ----------
    notebook : pathlib.Path
        The chapter's ``.ipynb``.
    values : dict
        Its parameters.

    Returns
    -------
    Study

    Examples
    --------
    >>> from pruneuq_helpers.declared import notebook_parameters
    >>> from pruneuq_helpers.parameters import repository
    >>> from tempfile import mkdtemp
    >>> chapter = repository() / "notebooks" / "03_lottery_tickets.ipynb"
    >>> study_of(chapter, notebook_parameters(chapter) | {"out": mkdtemp()}).chapter
    '03_lottery_tickets'
    """
    statements = _statements(notebook)
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Attribute) and node.attr == "from_notebook":
            return eval(ast.unparse(node.value), _names(statements))(**values)
    raise ParameterError(f"chapter got {notebook.stem}, which has no study to plan; it takes one that has")


def read(notebook: Path, study: Study) -> tuple[list[Part], list[str]]:
    """The parts of a study that are known before it runs.

    Parameters
    ----------
    notebook : pathlib.Path
        The chapter's ``.ipynb``.
    study : Study
        Its parameters.

    Returns
    -------
    list of Part, list of str
        The parts, and what the notebook calls the cells of those that follow from an earlier part's results.

    Examples
    --------
    >>> from pruneuq_helpers.declared import notebook_parameters
    >>> from pruneuq_helpers.parameters import repository
    >>> from tempfile import mkdtemp
    >>> chapter = repository() / "notebooks" / "03_lottery_tickets.ipynb"
    >>> study = study_of(chapter, notebook_parameters(chapter) | {"out": mkdtemp()})
    >>> parts, later = read(chapter, study)
    >>> [(part.name, len(part.cells)) for part in parts], later
    ([('cells(study)', 12)], [])
    """
    statements = _statements(notebook)
    names = _names(statements) | {"study": study}
    found, later = [], []
    for statement in statements:
        if isinstance(statement, ast.Assign) and _only_lists_cells(statement.value):
            exec(ast.unparse(statement), names)
        for cells, work in _runs(statement):
            try:
                found.append(Part(cells, list(eval(cells, names)), eval(work, names)))
            except NameError:  # cells that are made of what an earlier part found
                later.append(cells)
    return found, later


def _statements(notebook: Path) -> list[ast.stmt]:
    found = []
    for source in code_cells(notebook):
        try:
            found += ast.parse(source).body
        except SyntaxError:  # a cell with magics, or an exercise with a gap
            continue
    return found


def _names(statements: list[ast.stmt]) -> dict[str, Any]:
    """What the notebook imports from the package."""
    names: dict[str, Any] = {}
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] == "pruneuq_helpers":
            exec(ast.unparse(statement), names)
    return names


def _only_lists_cells(value: ast.expr) -> bool:
    calls = value.elts if isinstance(value, ast.Tuple) else [value]
    return all(isinstance(call, ast.Call) and ast.unparse(call.func).endswith("cells") for call in calls)


def _runs(statement: ast.stmt) -> list[tuple[str, str]]:
    """The first two arguments of every ``study.run(cells, work)`` in a statement."""
    return [
        (ast.unparse(node.args[0]), ast.unparse(node.args[1]))
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "study.run" and len(node.args) >= 2
    ]
