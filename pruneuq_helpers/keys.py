"""The key of a cell: a hash of everything its result depends on."""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.source import source_hash


def cell_key(cell: dict, code: str, data_identity: Mapping[str, str] | None = None) -> str:
    """Key of a cell: the same parameters, code, data and libraries give the same key.

    Parameters
    ----------
    cell : dict
        JSON values.
    code : str
        What :func:`code_identity` says of the function that works on it.
    data_identity : mapping, optional
        Name of a data set to what identifies its content; read for the cell's entry ``data``.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> cell_key({"seed": 0, "level": 0.5}, "v1") == cell_key({"level": 0.5, "seed": 0}, "v1")
    True
    >>> cell_key({"seed": 0}, "v1") == cell_key({"seed": 0}, "v2")
    False
    """
    data = (data_identity or {}).get(cell.get("data"), "")
    libraries = [version("torch"), version("numpy")]
    return _digest(json.dumps([cell, code, data, libraries], sort_keys=True))


def code_identity(work: Callable[[dict], Any]) -> str:
    """Hash of the code that a cell's result depends on.

    For a function of the package that is its module and all that this imports (:mod:`pruneuq_helpers.source`). For
    one of a notebook or a script it is the whole package, its own source, that of the functions beside it that
    it calls, and the plain values it reads there.

    Parameters
    ----------
    work : callable
        A function of one cell.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> from inspect import cleandoc
    >>> len(code_identity(cleandoc))
    64
    """
    if not inspect.isfunction(work):
        raise ParameterError(f"`work` got {work!r}; it takes a function of one cell, whose source can be read")
    name = f"{work.__module__}.{work.__qualname__}"
    if work.__module__.startswith(f"{__package__}."):
        return _digest(json.dumps([name, source_hash(work.__module__)]))
    return _digest(json.dumps([name, source_hash(), sorted(_sources(work, set()))]))


def _sources(function: Callable, seen: set[str]) -> list[str]:
    if function.__qualname__ in seen:
        return []
    seen.add(function.__qualname__)
    try:
        texts = [inspect.getsource(function)]
    except (OSError, TypeError):
        raise ParameterError(
            f"`work` got {function.__qualname__}, whose source cannot be read; it takes a function of a file or a cell"
        ) from None
    names = inspect.getclosurevars(function)
    for name, value in {**names.globals, **names.nonlocals}.items():
        if inspect.isfunction(value) and value.__module__ == function.__module__:
            texts += _sources(value, seen)
        elif _is_plain(value):
            texts.append(f"{name} = {value!r}")
    return texts


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, [*value, *value.values()]))
    return value is None or isinstance(value, bool | int | float | str)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
