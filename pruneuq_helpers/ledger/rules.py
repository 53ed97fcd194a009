"""The rule of every claim as a fingerprint, and the history of its changes."""

import ast
import hashlib
import inspect
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pandas as pd

from pruneuq_helpers.chapters import register
from pruneuq_helpers.claims import Claim
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.parameters import repository

COLUMNS = ("date", "id", "rule", "measure", "change")
REMOVED = "removed"
_ROOMS = "pruneuq_helpers.chapters"
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def fingerprint(measure: Callable) -> str:
    """What a measure computes, as twelve digits: comments, layout and docstrings do not count.

    It covers the function, the values it was made with, and the functions and constants of the studies that it uses.
    """
    texts: set[str] = set()
    todo, seen = [measure], set()
    while todo:
        value = todo.pop()
        if id(value) not in seen:
            seen.add(id(value))
            text, used = _described(value)
            texts.add(text)
            todo += used
    return hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()[:12]


def _described(function: Callable) -> tuple[str, list[Callable]]:
    """A function's text with the plain values that it uses, and the functions of the studies that it uses."""
    values, used = [], []
    for name, value in sorted(_uses(function).items()):
        if isinstance(value, FunctionType) and _follows(value, function):
            used.append(value)
            values.append(f"{name} = {value.__qualname__}")
        else:
            values.append(f"{name} = {_words(value)}")
    return "\n".join([_text(function), *values]), used


def _follows(value: FunctionType, user: Callable) -> bool:
    return value.__module__.startswith(_ROOMS) or value.__module__ == user.__module__


def _uses(function: Callable) -> dict[str, Any]:
    """Names that a function reads from outside itself, with what they stand for."""
    names = _names(function.__code__)
    found = {name: function.__globals__[name] for name in names if name in function.__globals__}
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    found |= {name: cell.cell_contents for name, cell in cells}
    found |= {f"default {place}": value for place, value in enumerate(function.__defaults__ or ())}
    found |= {f"default {name}": value for name, value in (function.__kwdefaults__ or {}).items()}
    for name, module in list(found.items()):
        if isinstance(module, ModuleType) and module.__name__.startswith(_ROOMS):
            found |= {f"{name}.{part}": getattr(module, part) for part in names if hasattr(module, part)}
    return found


def _names(code: CodeType) -> set[str]:
    inner = [_names(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


def _words(value: Any) -> str:
    """A value as text that is the same in every process."""
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_words(key)}: {_words(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_words, value)) + "]"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(_words, value))) + "}"
    if isinstance(value, ModuleType):
        return value.__name__
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def _text(function: Callable) -> str:
    path = inspect.getsourcefile(function)
    lines, _ = inspect.findsource(function)
    line = function.__code__.co_firstlineno
    found = _functions("".join(lines), path).get((line, function.__name__))
    if not found:
        raise ParameterError(f"`measure` got {function.__qualname__}, whose source was not found in line {line}")
    return found


@cache
def _functions(source: str, path: str | None) -> dict[tuple[int, str], str]:
    """Every function of a file by line and name, as text without comments, docstrings and layout."""
    found: dict[tuple[int, str], str] = {}
    for node in ast.walk(ast.parse(source, path or "<text>")):
        if isinstance(node, ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
            first = min([node.lineno, *(part.lineno for part in node.decorator_list)])
            found[first, node.name] = ast.unparse(node)
        elif isinstance(node, ast.Lambda):  # several on one line stand for each other
            key = (node.lineno, "<lambda>")
            found[key] = found.get(key, "") + ast.unparse(node)
    return found


def rules(claims: Sequence[Claim] | None = None) -> pd.DataFrame:
    """The rule of every claim of the register as it stands now.

    >>> len(rules()) >= 40
    True
    """
    rows = [(claim.id, claim.rule, fingerprint(claim.measure)) for claim in (register() if claims is None else claims)]
    return pd.DataFrame(rows, columns=["id", "rule", "measure"])


def history(path: Path | None = None) -> pd.DataFrame:
    """When each rule was registered, changed or removed: ``book/ledger_history.csv``."""
    path = path or repository() / "book" / "ledger_history.csv"
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.read_csv(path, keep_default_na=False, dtype=str)


def unrecorded(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Rules that are new, changed or gone since the history was last written."""
    last = before.drop_duplicates("id", keep="last").set_index("id")
    last = last[last["change"] != REMOVED]
    rows = []
    for row in now.itertuples():
        if row.id not in last.index:
            rows.append((row.id, row.rule, row.measure, "registered"))
        elif row.rule != last.loc[row.id, "rule"]:
            rows.append((row.id, row.rule, row.measure, "rule changed"))
        elif row.measure != last.loc[row.id, "measure"]:
            rows.append((row.id, row.rule, row.measure, "measure rewritten"))
    gone = last[~last.index.isin(now["id"])]
    rows += [(row.Index, row.rule, row.measure, REMOVED) for row in gone.itertuples()]
    return pd.DataFrame(rows, columns=["id", "rule", "measure", "change"])


def record(why: str = "", path: Path | None = None) -> pd.DataFrame:
    """Write what `unrecorded` finds into the history, with today's date."""
    path = path or repository() / "book" / "ledger_history.csv"
    before = history(path)
    new = unrecorded(rules(), before)
    if not why.strip() and (new["change"] != "registered").any():
        changed = ", ".join(new.loc[new["change"] != "registered", "id"])
        raise ParameterError(f"`why` got {why!r}; it takes the reason why these rules changed: {changed}")
    said = new["change"] + (f": {why.strip()}" if why.strip() else "")
    new["change"] = said.where(~new["change"].isin(["registered", REMOVED]), new["change"])
    new.insert(0, "date", datetime.now(UTC).date().isoformat())
    pd.concat([before, new])[list(COLUMNS)].to_csv(path, index=False, lineterminator="\n")
    return new
