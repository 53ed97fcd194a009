"""Errors that a user meets: one sentence each, shown in a notebook without the frames that lead to it."""

import difflib
from collections.abc import Iterable
from importlib import import_module


class _OneSentence:
    def _render_traceback_(self) -> list[str]:  # IPython's hook
        return [f"{type(self).__name__}: {self}"]


class ParameterError(_OneSentence, ValueError):
    """A parameter that cannot be used: the sentence names it, what it got and what it takes.

    Examples
    --------
    >>> raise ParameterError("parameter `level` got 1.0; it takes a number in [0, 1)")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `level` got 1.0; it takes a number in [0, 1)
    """


class StudyError(_OneSentence, RuntimeError):
    """A study that could not be finished: the message says what is stored and how to go on."""


def bring(module: str):
    """A module that comes with the extra ``[book]`` alone, imported; without it a sentence says so."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or module).partition(".")[0]
        raise ParameterError(f"this needs the package {package}: pip install 'pruneuq[book]' brings it") from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """End of a sentence that offers the nearest known name, empty where none is near."""
    if not isinstance(name, str):
        raise ParameterError(f"parameter `name` got {name!r}; it takes a word")
    words = list(known) if isinstance(known, Iterable) else [None]
    if not all(isinstance(word, str) for word in words):
        raise ParameterError(f"parameter `known` got {known!r}; it takes words")
    near = difflib.get_close_matches(name, words, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
