"""What an answer must satisfy, derived from the solution's cell: one source, so that the two cannot part."""

import ast
import symtable

MARK = "# Check"
OPEN = "YOUR CODE HERE"


def check_of(stub: str, solution: str) -> str:
    """The check of an exercise: what follows a line ``# Check`` in its solution, else the assertions in it."""
    before, mark, after = _divided(solution)
    private = bound(before) - bound(stub)
    if mark:
        hidden = sorted(used(after) & private - bound(after))
        if hidden:
            raise ValueError(f"the check uses `{hidden[0]}`, which only the solution sets; name it in the stub")
        return after
    # Those at the top level that need no name which only the solution binds.
    kept = [
        ast.get_source_segment(solution, node)
        for node in ast.parse(solution).body
        if _asserts(node) and not used(ast.get_source_segment(solution, node)) & private
    ]
    return "\n".join(kept)


def without_check(solution: str) -> str:
    """The solution's code without what stands below ``# Check``."""
    return _divided(solution)[0]


def _divided(solution: str) -> tuple[str, str, str]:
    lines = solution.splitlines()
    if MARK not in lines:
        return solution, "", ""
    at = lines.index(MARK)
    return "\n".join(lines[:at]).rstrip(), MARK, "\n".join(lines[at + 1 :]).strip()


def given(stub: str) -> str:
    """The statements of a stub that leave nothing open: what every answer starts from."""
    lines, unknown, kept = stub.splitlines(), set(), []
    for node in ast.parse(stub).body:
        text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        blank = any(isinstance(part, ast.Constant) and part.value is ... for part in ast.walk(node))
        if blank or OPEN in text or used(text) & unknown:
            unknown |= bound(text)
        else:
            kept.append(text)
    return "\n".join(kept)


def _asserts(node: ast.stmt) -> bool:
    """Whether a statement is an assertion: ``assert …``, or a call such as ``np.testing.assert_allclose(…)``."""
    if isinstance(node, ast.Assert):
        return True
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    function = node.value.func
    return getattr(function, "attr", getattr(function, "id", "")).startswith("assert_")


def bound(code: str) -> set[str]:
    """Names that code sets at its top level."""
    return {symbol.get_name() for symbol in _table(code).get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def used(code: str) -> set[str]:
    """Names that code needs from outside, at any depth."""
    found, tables = set(), [_table(code)]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
        tables += table.get_children()
    return found


def _table(code: str) -> symtable.SymbolTable:
    return symtable.symtable(code, "exercise", "exec")
