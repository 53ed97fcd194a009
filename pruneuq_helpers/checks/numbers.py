"""Numbers: whole ones, finite ones, seeds, levels, and one a member."""

import math
from numbers import Integral, Real

import numpy as np

from pruneuq_helpers.checks.words import refused, sequence

_MOST = 2**31 - 1  # more of anything is a mistake, and would run for days or out of memory
_MANY = 100_000  # a bound beyond it is said to those only who pass it
_LARGEST_SEED = 2**63 - 1
_LARGEST = 1e30  # a number of the caller's beyond it overflows in float32, the type that networks have


def _is_number(value, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_)


def whole(name: str, value, least: int = 1, most: int = _MOST) -> int:
    if not _is_number(value, Integral) or not least <= value <= most:
        high = most < _MANY or (_is_number(value, Integral) and value > most)
        raise refused(name, value, f"a whole number {f'from {least} to {most}' if high else f'of at least {least}'}")
    return int(value)


def seed(name: str, value, most: int = _LARGEST_SEED) -> int:
    """Check a seed: the same range for NumPy's and for torch's random numbers."""
    if not _is_number(value, Integral) or not 0 <= value <= most:
        power = f"2**{(most + 1).bit_length() - 1} - 1"
        raise refused(name, value, f"a whole number from 0 to {power}")
    return int(value)


def number(name: str, value, takes: str = "a finite number", low: float = -_LARGEST, high: float = _LARGEST) -> float:
    """Check a finite number, ends included."""
    if not _is_number(value, Real) or not low <= value <= high:
        raise refused(name, value, takes)
    return float(value)


def positive(name: str, value) -> float:
    """Check a finite number above 0."""
    return number(name, value, "a finite number above 0", low=math.ulp(0.0))


def share(name: str, value, ends: bool = False) -> float:
    """Check a number between 0 and 1; with the ends, or without."""
    if ends:
        return number(name, value, "a share from 0 to 1", 0, 1)
    return number(name, value, "a number between 0 and 1", math.ulp(0.0), math.nextafter(1, 0))


def level(name: str, value) -> float:
    """Check a fraction to remove."""
    return number(name, value, "a number in [0, 1)", 0, math.nextafter(1, 0))


def each(name: str, values, check, members: int | None = None, least: int = 1) -> list:
    """Check a list of one value a member with the check of a single one."""
    found = sequence(name, values, "a list with one value each", least)
    if members is not None and len(found) != members:
        raise refused(name, values, f"one value each for {members}")
    return [check(name, value) for value in found]
