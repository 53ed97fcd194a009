"""Which parameters a notebook has set: read from its executed cells, so that re-running a few of them works too."""

import ast
import types
from dataclasses import dataclass, field
from typing import Any


@dataclass
class _Cell:
    """What an executed cell says about parameters."""

    assigned: dict[str, ast.expr | None] = field(default_factory=dict)
    calls: bool = False
    plain: bool = True


def parameters_set(namespace: dict[str, Any], known: set[str], required: set[str]) -> dict[str, Any]:
    """Every parameter that a notebook or a script has set."""
    # In a notebook all names count that were assigned before the study was first made. Later cells (a live notebook,
    # where dozens of other names exist by now) count when they hold literals only and set a known parameter; one that
    # sets all required parameters is the parameters cell run again: unknown names of before, such as a misspelling that
    # is mended now, are forgotten. A literal is read from the cell: a loop variable of the same name further down does
    # not disturb it.
    history = namespace.get("In")
    if not isinstance(history, list):
        return {name: value for name, value in namespace.items() if _could_be_parameter(name, value)}
    found: dict[str, ast.expr | None] = {}
    made_before = False
    for cell in map(_read_cell, history):
        if made_before and not cell.calls and not (cell.plain and known & cell.assigned.keys()):
            continue
        if made_before and required <= cell.assigned.keys():
            found = {name: node for name, node in found.items() if name in known}
        found.update(cell.assigned)
        made_before |= cell.calls
    return {
        name: _value(node, namespace[name])
        for name, node in found.items()
        if name in namespace and not name.startswith("_")
    }


def _could_be_parameter(name: str, value: Any) -> bool:
    return not name.startswith("_") and not isinstance(value, types.ModuleType) and not callable(value)


def _read_cell(source: str) -> _Cell:
    cell = _Cell()
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # such a cell set nothing
        return cell
    for statement in statements:
        if any(isinstance(node, ast.Attribute) and node.attr == "from_notebook" for node in ast.walk(statement)):
            # The cell that makes the study: only literals before the call can be meant as parameters.
            cell.assigned = {name: node for name, node in cell.assigned.items() if _is_literal(node)}
            cell.calls = True
            return cell
        names, node = _assignment(statement)
        cell.assigned.update(dict.fromkeys(names, node))
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        cell.plain &= is_text or _is_literal(node)
    return cell


def _assignment(statement: ast.stmt) -> tuple[list[str], ast.expr | None]:
    if isinstance(statement, ast.Assign):
        names = [node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        simple = all(isinstance(target, ast.Name) for target in statement.targets)
        return names, statement.value if simple else None
    if isinstance(statement, ast.AnnAssign | ast.AugAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id], statement.value if isinstance(statement, ast.AnnAssign) else None
    return [], None


def _is_literal(node: ast.expr | None) -> bool:
    if node is None:
        return False
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


def _value(node: ast.expr | None, now: Any) -> Any:
    return ast.literal_eval(node) if _is_literal(node) else now
