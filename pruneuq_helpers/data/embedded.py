"""The sets a reader has without a download: generated points, and scikit-learn's real 8×8 digits."""

import torch
from sklearn.datasets import load_digits, make_moons
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.data.coloured import group_names, in_colours
from pruneuq_helpers.data.parts import Data, Part, divided, make

_POINT_SHARES = (0.70, 0.15)
# A quarter for the test: with 1797 images, 15 % would leave 27 of a class, too few for an effect on one class.
_DIGIT_SHARES = (0.60, 0.15)
_DIGITS = tuple(str(digit) for digit in range(10))


def line(seed: int = 0, noise: str = "homoskedastic", points: int | None = None) -> Data:
    """The straight line of S0 §2: y = 3x + 2 and Gaussian noise, x evenly spaced on [0, 1]."""
    usual = {"homoskedastic": 100, "heteroskedastic": 500}
    checks.choice("noise", noise, usual)
    x = torch.linspace(0, 1, _count(usual[noise] if points is None else points))
    deviation = torch.full_like(x, 0.5) if noise == "homoskedastic" else 0.2 + 0.5 * x
    y = 3 * x + 2 + deviation * torch.randn(len(x), generator=torch.Generator().manual_seed(seed))
    return _divide("line", Part(x[:, None], y), torch.zeros(len(x)), _POINT_SHARES, seed)


def moons(seed: int = 0, points: int = 1000, noise: float = 0.2) -> Data:
    """Two interleaved half circles (S0 §3): 70 % train, 15 % validation, 15 % test."""
    noise = checks.number("noise", noise, "a number of at least 0", low=0)
    x, y = make_moons(_count(points), noise=noise, random_state=seed)
    part = Part(torch.from_numpy(x).to(torch.get_default_dtype()), torch.from_numpy(y))
    return _divide("moons", part, part.labels, _POINT_SHARES, seed, classes=("upper", "lower"))


def digits(seed: int = 0) -> Data:
    """scikit-learn's 1797 handwritten digits, 8×8 grey: 60 % train, 15 % validation, 25 % test."""
    images, labels = _digits()
    return _divide("digits", Part(images, labels), labels, _DIGIT_SHARES, seed, classes=_DIGITS)


def coloured_digits(seed: int = 0, minority: float = 0.1) -> Data:
    """The digits in ten colours, each digit in its own, but for a minority in a colour of another digit."""
    images, labels, groups = in_colours(*_digits(), 10, minority, seed)
    # Split by digit and group together, so that each part holds the stated share of the minority.
    part = Part(images, labels, groups)
    names = {"classes": _DIGITS, "group_names": group_names("digit")}
    return _divide("coloured_digits", part, labels * 2 + groups, _DIGIT_SHARES, seed, **names)


def _digits() -> tuple[Tensor, Tensor]:
    pixels, labels = load_digits(return_X_y=True)
    images = torch.from_numpy(pixels).reshape(-1, 1, 8, 8) * (255 / 16)
    return images.round().to(torch.uint8), torch.from_numpy(labels)


def _divide(name: str, part: Part, mix: Tensor, shares: tuple[float, float], seed: int, **names) -> Data:
    train, validation, test = (part.take(index) for index in divided(mix, shares, seed))
    return make(name, train, validation, test, **names)


def _count(points: int) -> int:
    return checks.whole("points", points, least=10)  # so that no part is empty
