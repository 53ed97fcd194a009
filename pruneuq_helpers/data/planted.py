"""Faults planted in a data set, with the truth kept: wrong labels and spoilt images."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.data.parts import Part, checked_part
from pruneuq_helpers.errors import ParameterError


def plant(
    part: Part, classes: int, wrong: float = 0.05, corrupted: float = 0.05, seed: int = 0
) -> tuple[Part, pd.DataFrame]:
    """Give some images of a part a wrong label, spoil others, and say which.

    No image gets both, so that what is found of one does not come from the other. Labels that are wrong at random in a
    *test* part cannot make an image hard for networks that never saw them; to ask what wrong labels do, plant them in
    a training part and look at its own images.

    Parameters
    ----------
    part : Part
        Of ``uint8`` images; itself left as it is.
    classes : int
        How many there are.
    wrong, corrupted : float
        Shares of the part.
    seed : int
        The same seed plants the same faults.

    Returns
    -------
    Part
        With the faults.
    pandas.DataFrame
        One row an image: ``true_label``, ``wrong_label`` (whether its label was changed), ``corrupted``, and
        ``corruption`` (its name, or nothing).

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> faulty, truth = data.plant(data.load("digits").train, classes=10, wrong=0.1, corrupted=0.05)
    >>> truth[["wrong_label", "corrupted"]].sum().tolist()
    [108, 54]
    """
    part = checked_part("part", part, checks.whole("classes", classes, least=2))
    tensors.pixels("part.images", part.images)
    wrong, corrupted = checks.share("wrong", wrong, ends=True), checks.share("corrupted", corrupted, ends=True)
    seed = checks.seed("seed", seed)
    if wrong + corrupted > 1:
        raise ParameterError(
            f"parameters `wrong` and `corrupted` got {wrong} and {corrupted}; they take at most 1 in all"
        )
    order = np.random.default_rng([seed, 0]).permutation(len(part))
    first, second = round(wrong * len(part)), round(corrupted * len(part))
    labels = _relabelled(part.labels, classes, order[:first], seed)
    images, names = _spoilt(part.images, order[first : first + second], seed)
    truth = pd.DataFrame(
        {
            "true_label": part.labels.cpu().numpy(),
            "wrong_label": (labels != part.labels).cpu().numpy(),
            "corrupted": names != "",
            "corruption": names,
        }
    )
    return Part(images, labels, part.groups, part.attributes), truth


def wrong_labels(labels: Tensor, classes: int, which, seed: int = 0) -> Tensor:
    """Change the labels of the images at `which`, each to another class, any with the same chance.

    Parameters
    ----------
    labels : Tensor
        ``int64 [N]``.
    classes : int
        How many there are, at least 2.
    which : array_like of int
        Places, each once.
    seed : int
        Of the draws.

    Returns
    -------
    Tensor
        A new one.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data
    >>> data.wrong_labels(torch.tensor([0, 1, 1]), classes=2, which=[0, 2])
    tensor([1, 1, 0])
    """
    classes, seed = checks.whole("classes", classes, least=2), checks.seed("seed", seed)
    labels = tensors.targets("labels", labels, classes=classes)
    return _relabelled(labels, classes, _places(which, len(labels)), seed)


def _relabelled(labels: Tensor, classes: int, which: np.ndarray, seed: int) -> Tensor:  # of what is checked
    which = torch.from_numpy(which)
    shift = torch.from_numpy(np.random.default_rng([seed, 1]).integers(1, classes, len(which)))
    found = labels.clone()
    found[which] = (found[which] + shift.to(labels)) % classes
    return found


def corrupt(images: Tensor, which, seed: int = 0) -> tuple[Tensor, np.ndarray]:
    """Spoil the images at `which`, each in one of five ways that S4's people were asked about.

    "noise" (grey, of a quarter of the full scale), "blur" (means of 3 × 3 pixels), "contrast" (a quarter of it stays),
    "pixelate" (blocks of an eighth of the side, at least 2 pixels) and "frame" (white, half as wide).

    Parameters
    ----------
    images : Tensor
        ``uint8 [N, C, H, W]``.
    which : array_like of int
        Places, each once.
    seed : int
        Of the ways and of the noise.

    Returns
    -------
    Tensor
        New images.
    numpy.ndarray
        The way of each image ``[N]``, as a word; empty where it was left alone.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data
    >>> images, ways = data.corrupt(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), which=[1], seed=0)
    >>> [way != "" for way in ways]
    [False, True, False, False]
    """
    images, seed = tensors.pixels("images", images), checks.seed("seed", seed)
    return _spoilt(images, _places(which, len(images)), seed)


def _spoilt(images: Tensor, which: np.ndarray, seed: int) -> tuple[Tensor, np.ndarray]:  # of what is checked
    generator = np.random.default_rng([seed, 2])
    drawn = np.array(list(_WAYS))[generator.integers(len(_WAYS), size=len(which))]
    ways = np.full(len(images), "", dtype=object)
    ways[which] = drawn
    found = images.clone()
    for way, change in _WAYS.items():
        places = torch.from_numpy(which[drawn == way])
        if len(places):
            changed = change(images[places].float(), generator)
            found[places] = changed.round().clamp(0, 255).to(torch.uint8)
    return found, ways


def _noise(images: Tensor, generator: np.random.Generator) -> Tensor:
    draws = generator.standard_normal((len(images), 1, *images.shape[2:]), dtype=np.float32)
    return images + 64 * torch.from_numpy(draws).to(images)


def _blur(images: Tensor, _) -> Tensor:
    return functional.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)


def _contrast(images: Tensor, _) -> Tensor:
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return mean + 0.25 * (images - mean)


def _pixelate(images: Tensor, _) -> Tensor:
    block = _eighth(images)
    # Blocks at the far edges may be narrower: only pixels of the image enter their means.
    small = functional.avg_pool2d(images, block, ceil_mode=True, count_include_pad=False)
    large = small.repeat_interleave(block, 2).repeat_interleave(block, 3)
    return large[..., : images.shape[2], : images.shape[3]]


def _frame(images: Tensor, _) -> Tensor:
    width = _eighth(images) // 2 or 1
    inside = images[..., width:-width, width:-width]
    return functional.pad(inside, (width,) * 4, value=255.0)


def _eighth(images: Tensor) -> int:
    return max(2, min(images.shape[2:]) // 8)


_WAYS = {"noise": _noise, "blur": _blur, "contrast": _contrast, "pixelate": _pixelate, "frame": _frame}


def _places(which, count: int) -> np.ndarray:
    found = checks.places("which", which, count)
    if len(np.unique(found)) < len(found):
        raise checks.refused("which", which, f"places from 0 to {count - 1}, each once")
    return found
