"""The source of a reader's own function: what its results depend on, where no part has a version."""

import hashlib
import inspect
import json
import textwrap
from collections.abc import Callable
from typing import Any

from pruneuq_helpers.errors import ParameterError


def source_of(work: Callable) -> str:
    """Hash of a function's source, of functions and classes beside it that it uses, and of plain values it reads."""
    if not inspect.isfunction(work):
        raise ParameterError(f"`work` got {work!r}; it takes a function of one cell, whose source can be read")
    # Arrays and models that it reads there are not seen: what decides a result belongs into its cell.
    text = json.dumps([f"{work.__module__}.{work.__qualname__}", *_read(work)])
    return hashlib.sha256(text.encode()).hexdigest()


def _read(work: Callable) -> list[str]:
    texts: set[str] = set()
    todo, seen = [work], {work}
    while todo:
        function = todo.pop()
        texts.add(_source(function))
        names = inspect.getclosurevars(function)
        for name, value in {**names.globals, **names.nonlocals}.items():
            if name.startswith("__"):  # of the module, such as its name and file
                continue
            if getattr(value, "__module__", None) == work.__module__:
                beside = list(vars(value).values()) if inspect.isclass(value) else [value]
                todo += [part for part in beside if inspect.isfunction(part) and part not in seen]
                seen.update(todo)
            elif _is_plain(value):
                texts.add(f"{name} = {value!r}")
    return sorted(texts)


def _source(function: Callable) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        takes = "it takes a function of a file or a cell"
        raise ParameterError(f"`work` got {function.__qualname__}, whose source cannot be read; {takes}") from None


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, [*value, *value.values()]))
    return value is None or isinstance(value, bool | int | float | str)
