"""Words, flags, functions and lists; and how a sentence shows what a parameter got."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pruneuq_helpers.errors import ParameterError, suggestion

_LONGEST = 80  # letters of a value in a sentence


def shown(value) -> str:
    """A value in a sentence: short, and on one line."""
    array = all(hasattr(value, name) for name in ("shape", "dtype", "ndim")) and not isinstance(value, type)
    if array and value.ndim:
        return f"{value.dtype} of shape {tuple(value.shape)}"
    said = " ".join(repr(value).split())
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def refused(name: str, value, takes: str) -> ParameterError:
    """The sentence that names the parameter, what it got and what it takes."""
    return ParameterError(f"parameter `{name}` got {shown(value)}; it takes {takes}")


def choice(name: str, value, allowed: Iterable[str]) -> str:
    """Check one word out of a few."""
    allowed = tuple(allowed)
    if not isinstance(value, str) or value not in allowed:
        near = suggestion(value, allowed) if isinstance(value, str) else ""
        raise refused(name, value, f"one of {', '.join(allowed)}{near}")
    return value


def text(name: str, value, takes: str = "text") -> str:
    """Check text that is not empty."""
    if not isinstance(value, str) or not value:
        raise refused(name, value, takes)
    return value


def flag(name: str, value) -> bool:
    """Check True or False: a word such as "no" would count as true."""
    if not isinstance(value, bool | np.bool_):
        raise refused(name, value, "True or False")
    return bool(value)


def function(name: str, value, takes: str = "a function"):
    """Check something that can be called."""
    if not callable(value):
        raise refused(name, value, takes)
    return value


def instance(name: str, value, kind: type | tuple[type, ...], takes: str):
    """Check what something is."""
    if not isinstance(value, kind):
        raise refused(name, value, takes)
    return value


def sequence(name: str, value, takes: str, least: int = 0) -> list:
    """Check a list, a tuple or a row of an array, and return it as a list."""
    row = hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1
    if not row and (not isinstance(value, Sequence | range) or isinstance(value, str | bytes | Mapping)):
        raise refused(name, value, takes)
    if len(value) < least:
        raise refused(name, value, takes)
    return value.tolist() if row else list(value)


def settle(record, **values) -> None:
    """Give the fields of a frozen record their checked values."""
    for name, value in values.items():
        object.__setattr__(record, name, value)
