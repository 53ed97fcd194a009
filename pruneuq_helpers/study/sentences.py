"""What is wrong with a parameter, said in one sentence: the parameter, what it got, what it takes."""

import reprlib
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pruneuq_helpers.errors import suggestion

_NOUNS = {int: "a whole number", float: "a number", str: "text", bool: "true or false", type(None): "none"}


@dataclass(frozen=True)
class Takes:
    """Part of an annotated type: says in words what the parameter takes."""

    words: str


def describe(annotation: Any, extras: Iterable[Any] = ()) -> str:
    """What a parameter of this type takes, in words."""
    extras = [part for extra in extras for part in getattr(extra, "metadata", [extra])]
    words = next((extra.words for extra in extras if isinstance(extra, Takes)), None)
    if words:
        return words
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return describe(inner[0], [*inner[1:], *extras])
    if origin is Literal:
        return "one of " + ", ".join(map(str, inner))
    if origin in (Union, types.UnionType):
        return " or ".join(describe(part) for part in inner)
    if annotation in (list, tuple) or origin in (list, tuple):
        least = next((extra.min_length for extra in extras if hasattr(extra, "min_length")), 0)
        size = f" of at least {least} {'entry' if least == 1 else 'entries'}" if least else ""
        return f"a list{size}" + (f", each {'' if least else 'entry '}{describe(inner[0])}" if inner else "")
    return _NOUNS.get(annotation, f"a {getattr(annotation, '__name__', annotation)}") + _range(extras)


def _range(extras: list[Any]) -> str:
    names = ("ge", "gt", "le", "lt")
    limit = {name: getattr(extra, name) for extra in extras for name in names if hasattr(extra, name)}
    low = next((name for name in ("ge", "gt") if name in limit), None)
    high = next((name for name in ("le", "lt") if name in limit), None)
    if low and high:
        return f" in {'[' if low == 'ge' else '('}{limit[low]}, {limit[high]}{']' if high == 'le' else ')'}"
    words = {"ge": "of at least", "gt": "above", "le": "of at most", "lt": "below", None: ""}
    return "".join(f" {words[name]} {limit[name]}" for name in (low, high) if name)


def sentences(model: type[BaseModel], error: ValidationError) -> str:
    """One sentence a wrong parameter, a line each."""
    lines: dict[str, str] = {}
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        lines.setdefault(name, _sentence(model, name, problem))
    return "\n".join(lines.values())


def _sentence(model: type[BaseModel], name: str, problem: dict[str, Any]) -> str:
    own_words = str(problem["ctx"]["error"]) if problem["type"] in ("value_error", "assertion_error") else ""
    if not name:
        return own_words or problem["msg"]
    if problem["type"] == "extra_forbidden":
        known = list(model.model_fields)
        return f"unknown parameter `{name}`" + (suggestion(name, known) or f"; known are {', '.join(known)}")
    field = model.model_fields[name]
    takes = own_words or f"it takes {describe(field.annotation, field.metadata)}"
    if problem["type"] == "missing":
        return f"parameter `{name}` is missing; {takes}"
    place = "".join(f" at position {part}" for part in problem["loc"][1:] if isinstance(part, int))
    return f"parameter `{name}` got {reprlib.repr(problem['input'])}{place}; {takes}"
