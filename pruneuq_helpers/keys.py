"""The key of a cell: a hash of everything its result depends on."""

import hashlib
import inspect
import json
import textwrap
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.source import imported, source_hash


def cell_key(cell: dict, code: str, data_identity: Mapping[str, str] | None = None) -> str:
    """Key of a cell: the same parameters, code and data give the same key.

    Parameters
    ----------
    cell : dict
        JSON values.
    code : str
        What ``code_identity`` says of the function that works on it.
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
    return _digest(json.dumps([cell, code, data], sort_keys=True))


def code_identity(work: Callable[[dict], Any]) -> str:
    """Hash of the code that a cell's result depends on, with the versions of torch and numpy.

    For a function of the package that is its module and all that this imports (``pruneuq_helpers.source``). For
    one of a notebook or a script it is its own source and that of the functions beside it that it calls, the
    plain values that they read there, and the modules of the package that they use. Arrays and models that they read
    there are not seen: what decides a result belongs into its cell.

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
    texts, modules = _read_work(work)
    name = f"{work.__module__}.{work.__qualname__}"
    libraries = [version("torch"), version("numpy")]
    return _digest(json.dumps([name, texts, [source_hash(module) for module in modules], libraries]))


def modules_behind(work: Callable[[dict], Any]) -> set[str]:
    """The modules of the package that a function uses; those that they import in turn are not listed.

    Parameters
    ----------
    work : callable
        A function of one cell.

    Returns
    -------
    set of str
        Full names.

    Examples
    --------
    >>> from pruneuq_helpers.sentences import suggestion
    >>> modules_behind(suggestion)
    {'pruneuq_helpers.sentences'}
    """
    return set(_read_work(work)[1])


def _read_work(work: Callable) -> tuple[list[str], list[str]]:
    if not inspect.isfunction(work):
        raise ParameterError(f"`work` got {work!r}; it takes a function of one cell, whose source can be read")
    if f"{work.__module__}".startswith(f"{__package__}."):
        return [], [work.__module__]
    return _read_function(work)


def _read_function(work: Callable) -> tuple[list[str], list[str]]:
    """What a function outside the package depends on: sources and values as text, and modules of the package."""
    texts: set[str] = set()
    modules: set[str] = set()
    todo, seen = [work], {work}
    while todo:
        function = todo.pop()
        source = _source(function)
        texts.add(source)
        modules |= _imported(source)
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
            else:
                modules.add(value.__name__ if inspect.ismodule(value) else _module_of(value))
    return sorted(texts), sorted(name for name in modules if name.partition(".")[0] == __package__)


def _source(function: Callable) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        takes = "it takes a function of a file or a cell"
        raise ParameterError(f"`work` got {function.__qualname__}, whose source cannot be read; {takes}") from None


def _imported(source: str) -> set[str]:
    try:
        return imported(source, __package__)
    except SyntaxError:  # the source of a lambda is the lines it stands on, which need not be whole statements
        return {__package__}


def _module_of(value: Any) -> str:
    return getattr(value, "__module__", None) or type(value).__module__


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, [*value, *value.values()]))
    return value is None or isinstance(value, bool | int | float | str)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
