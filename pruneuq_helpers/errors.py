"""Errors that a user meets: one sentence each, shown in a notebook without the frames that lead to it."""

import difflib
from collections.abc import Iterable


class ParameterError(ValueError):
    """A parameter that cannot be used: the sentence names it, what it got and what it takes.

    Examples
    --------
    >>> raise ParameterError("parameter `level` got 1.0; it takes a number in [0, 1)")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `level` got 1.0; it takes a number in [0, 1)
    """

    def _render_traceback_(self) -> list[str]:  # IPython's hook
        return [f"{type(self).__name__}: {self}"]


class StudyError(RuntimeError):
    """A study that could not be finished: the message says what is stored and how to go on."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def suggestion(name: str, known: Iterable[str]) -> str:
    """End of a sentence that offers the nearest known name, empty where none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
