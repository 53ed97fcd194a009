"""What became of a call with one odd argument: the right value, one sentence, or something else."""

import dataclasses
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from numbers import Number

import numpy as np
import pandas as pd
import torch
from torch import nn

from pruneuq_helpers.errors import ParameterError

OUTCOMES = ("value", "sentence", "traceback", "silent", "unclear")


class Refused:
    """Stands for the value of an argument that has none: the call must be refused."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One odd argument, and a plain one that means the same (`Refused` where nothing does)."""

    label: str
    odd: object
    plain: object = Refused


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a parameter usually gets, and the odd things that it may get instead."""

    usual: object
    cases: tuple[Case, ...]

    def but(self, *labels: str) -> "Kind":
        """The same without some cases, which are good here."""
        unknown = set(labels) - {case.label for case in self.cases}
        assert not unknown, unknown
        return Kind(self.usual, tuple(case for case in self.cases if case.label not in labels))

    def also(self, *cases: Case) -> "Kind":
        """The same with more cases."""
        return Kind(self.usual, self.cases + cases)


class Made:
    """An argument that is made anew for every call, such as a network that a call may change."""

    def __init__(self, make: Callable):
        self.make = make


class Call:
    """A public function with its usual arguments, each of a kind; others are fixed."""

    def __init__(
        self, name: str, function: Callable, fixed: dict | None = None, /, *, also: dict | None = None, **kinds
    ):
        self.name, self.function, self.fixed, self.kinds = name, function, fixed or {}, kinds
        self.also = also or {}  # under which other names a parameter may be refused

    def __repr__(self) -> str:
        return self.name

    def run(self, **changed):
        """Call with the usual arguments but for some."""
        given = {name: kind.usual for name, kind in self.kinds.items()} | self.fixed | changed
        given = {name: value.make() if isinstance(value, Made) else value for name, value in given.items()}
        first = [given.pop(name) for name in self._by_position(given)]
        spread = given.pop("*", ())
        return self.function(*first, *spread, **given)

    def _by_position(self, given: dict) -> list[str]:
        try:
            known = inspect.signature(self.function).parameters.values()
        except ValueError:
            return []
        return [one.name for one in known if one.kind is one.POSITIONAL_ONLY and one.name in given]


@dataclasses.dataclass
class Finding:
    """A call that was neither right nor refused in one sentence."""

    call: str
    parameter: str
    label: str
    outcome: str
    what: str

    def __str__(self) -> str:
        return f"{self.outcome}: {self.call}({self.parameter}={self.label}): {self.what}"


def judged(call: Call) -> tuple[Counter, list[Finding]]:
    """Make every odd call of a function."""
    counts, findings, usual = Counter(), [], call.run()
    for parameter, kind in call.kinds.items():
        for case in kind.cases:
            outcome, what = _outcome(call, parameter, kind, case, usual)
            counts[outcome] += 1
            if outcome not in ("value", "sentence"):
                findings.append(Finding(call.name, parameter, case.label, outcome, what))
    return counts, findings


def _outcome(call: Call, parameter: str, kind: Kind, case: Case, usual) -> tuple[str, str]:
    try:
        result = call.run(**{parameter: case.odd})
    except ParameterError as error:
        return _sentence(str(error), (parameter, *call.also.get(parameter, ())))
    except Exception as error:  # noqa: BLE001 (whatever else comes is what this test looks for)
        return "traceback", f"{type(error).__name__}: {str(error)[:160]}"
    if case.plain is Refused:
        return "silent", f"gave {str(result)[:120]!r}"
    reference = usual if case.plain is kind.usual else call.run(**{parameter: case.plain})
    return ("value", "") if same(result, reference) else ("silent", f"gave {result!r} for {reference!r}"[:300])


def _sentence(said: str, names: Sequence[str]) -> tuple[str, str]:
    named = any(f"`{name}" in said for name in names)
    if said.startswith("unknown parameter `") and "\n" not in said:
        return "sentence", ""
    if "\n" not in said and named and " got " in said and " take" in said:
        return "sentence", ""
    return "unclear", said[:300]


def same(one, other) -> bool:
    """Whether two results are equal but for rounding."""
    if isinstance(one, Number) and isinstance(other, Number):
        return one == other or bool(np.isclose(float(one), float(other), rtol=1e-3, atol=2e-3, equal_nan=True))
    if type(one) is not type(other):
        return False
    if isinstance(one, pd.DataFrame | pd.Series):
        return list(one.index) == list(other.index) and same(one.to_dict(), other.to_dict())
    if isinstance(one, torch.Tensor):
        return same(one.detach().numpy(), other.detach().numpy())
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and (
            bool(np.allclose(one, other, rtol=1e-3, atol=2e-3, equal_nan=True))
            if one.dtype.kind in "fiub"
            else one.tolist() == other.tolist()
        )
    if isinstance(one, nn.Module):
        return same(dict(one.state_dict()), dict(other.state_dict()))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one))
    if hasattr(one, "__dict__") and type(one).__eq__ is object.__eq__:
        return same(vars(one), vars(other))
    return one == other or callable(one)
