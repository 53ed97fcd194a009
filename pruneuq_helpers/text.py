"""How the book writes numbers, and what it calls data and networks."""

import math
import statistics

_CALLED = {
    "mnist": "MNIST", "fashion_mnist": "Fashion-MNIST", "cifar10": "CIFAR-10", "cifar10-jpeg": "CIFAR-10 (JPEG)",
    "lenet": "LeNet", "cnn": "CNN", "fcn": "FCN", "resnet8": "ResNet-8", "resnet10": "ResNet-10",
    "resnet18": "ResNet18", "resnet18_224": "ResNet18 for 224 pixels", "vgg_small": "VGG-like", "vgg19": "VGG19",
}  # fmt: skip


def called(name: object) -> str:
    """Data or a network as a reader knows it; any other word as it is.

    >>> called("fashion_mnist"), called("moons")
    ('Fashion-MNIST', 'moons')
    """
    return _CALLED.get(str(name), str(name))


def duration(seconds: float) -> str:
    """A duration in words, at least 0."""
    minutes, hours, days = round(seconds / 60), round(seconds / 60) // 60, round(seconds / 3600) // 24
    if seconds < 100:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {round(seconds / 3600) % 24} h"


def plus_minus(values, digits: int = 3) -> str:
    """Mean ± sample standard deviation; the mean alone where nothing spreads."""
    values = [float(value) for value in values if not math.isnan(value)]
    if not values:
        return "–"
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    said = f"{statistics.fmean(values):.{digits}f}" + (f" ± {spread:.{digits}f}" if spread else "")
    return said.replace("-", "−")


def in_the_middle(values, digits: int = 1) -> str:
    """Median and range: one run that the machine disturbed would carry a mean away.

    >>> in_the_middle([8.0, 8.2, 60.0]), in_the_middle([0.5, 0.5], 2)
    ('8.2 (8.0 to 60.0)', '0.50')
    """
    low, middle, high = (number(value, digits) for value in (min(values), statistics.median(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"


def interval(mean: float, low: float, high: float, digits: int = 3, signed: bool = False) -> str:
    """A mean with its interval; the mean alone where there is none."""
    middle, *ends = (number(value, digits, signed) for value in (mean, low, high))
    return middle if math.isnan(low) else f"{middle} ({' to '.join(ends)})"


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent.

    >>> percent(0.95), percent(-0.012, 1)
    ('95 %', '−1.2 %')
    """
    return f"{number(100 * share, digits)} %"


def count(whole: int) -> str:
    """How many, its thousands apart.

    >>> count(10_000), count(1000)
    ('10\\xa0000', '1000')
    """
    return f"{whole:,}".replace(",", "\u00a0") if whole >= 10_000 else str(whole)


def number(value: float, digits: int = 4, signed: bool = False) -> str:
    """A number with so many decimals; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "−")
