"""Images from outside the training distribution: near (classes held out) and far."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch
from sklearn.datasets import load_sample_images
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
from pruneuq_helpers.data.parts import Data, Part, made
from pruneuq_helpers.errors import ParameterError


def hold_out(source: Data, classes: Sequence[str]) -> tuple[Data, Part]:
    """Take whole classes out of a data set: what is left to train on, and near out-of-distribution images.

    Parameters
    ----------
    source : Data
        A classification set.
    classes : sequence of str
        Names of the classes to take out; at least two must stay.

    Returns
    -------
    kept : Data
        The other classes, renumbered from 0, with statistics of their own training images.
    held_out : Part
        All images of the classes taken out, from all three parts (no network has seen any of them), with the
        labels they had.

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> kept, held_out = data.hold_out(data.load("digits"), ["8", "9"])
    >>> len(kept.classes), sorted(set(held_out.labels.tolist()))
    (8, [8, 9])
    """
    checks.instance("source", source, Data, "a data set, such as `load` gives")
    takes = f"some of {', '.join(source.classes)}"
    names = list(dict.fromkeys(map(str, checks.sequence("classes", classes, takes))))
    unknown = sorted(set(names) - set(source.classes))
    if unknown:
        takes = ", ".join(source.classes)
        raise ParameterError(f"parameter `classes` got {', '.join(unknown)}; of `{source.name}` it takes {takes}")
    kept_names = [name for name in source.classes if name not in names]
    if not names or len(kept_names) < 2:
        got = f"{len(names)} of {len(source.classes)} classes"
        raise ParameterError(f"parameter `classes` got {got}; it takes at least one, and two must stay")
    number = torch.full((len(source.classes),), -1)
    number[[source.classes.index(name) for name in kept_names]] = torch.arange(len(kept_names))
    parts = (source.train, source.validation, source.test)
    kept = [_renumbered(part, number) for part in parts]
    held = [part.take((number[part.labels] < 0).nonzero().squeeze(1)) for part in parts]
    extra = {"group_names": source.group_names, "attribute_names": source.attribute_names}
    return made(f"{source.name} without {', '.join(names)}", *kept, kept_names, **extra), _joined(held)


def photographs(shape: tuple[int, int, int], count: int = 500, seed: int = 0, zoom: int = 4) -> Tensor:
    """Patches of scikit-learn's two sample photographs: far out-of-distribution images of a given shape.

    Parameters
    ----------
    shape : tuple of int
        Channels (1 or 3), height, width.
    count : int
        How many patches, half from each photograph.
    seed : int
        Where they are cut.
    zoom : int
        A patch is cut this many times larger and averaged down, so that small ones show more than one colour.

    Returns
    -------
    Tensor
        ``uint8`` ``[count, C, H, W]``.

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> data.photographs((1, 2, 2), count=1)[0, 0].tolist()
    [[55, 42], [63, 32]]
    """
    shape, count, zoom = networks.shape("shape", shape), checks.whole("count", count), checks.whole("zoom", zoom)
    if len(shape) != 3:
        raise checks.refused("shape", shape, "channels, height and width")
    channels, height, width = shape
    pictures = load_sample_images().images
    tall, wide = (min(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    if channels not in (1, 3) or height * zoom > tall or width * zoom > wide:
        most = f"{tall // zoom}×{wide // zoom}"
        raise ParameterError(f"parameter `shape` got {shape}; it takes 1 or 3 channels, height and width up to {most}")
    random = np.random.default_rng(checks.seed("seed", seed))
    patches = np.empty((count, height, width, channels), np.uint8)
    for place in range(count):
        picture = pictures[place % len(pictures)]
        top = random.integers(picture.shape[0] - height * zoom + 1)
        left = random.integers(picture.shape[1] - width * zoom + 1)
        patch = picture[top : top + height * zoom, left : left + width * zoom].astype(float)
        small = patch.reshape(height, zoom, width, zoom, 3).mean(axis=(1, 3))
        patches[place] = np.rint(small if channels == 3 else small.mean(axis=2, keepdims=True))
    return torch.from_numpy(patches).permute(0, 3, 1, 2).contiguous()


def invert(images: Tensor) -> Tensor:
    """Images in negative: light where they were dark.

    Parameters
    ----------
    images : Tensor
        ``uint8``.

    Returns
    -------
    Tensor
        ``255 - images``.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data
    >>> data.invert(torch.tensor([0, 200], dtype=torch.uint8)).tolist()
    [255, 55]
    """
    if tensors.dense("images", images).dtype != torch.uint8 or not images.numel():
        raise checks.refused("images", images, "images of uint8")
    return 255 - images


def rotate(images: Tensor, quarters: int = 1) -> Tensor:
    """Images turned left by quarter turns: one is far from any digit, but after two a 0, 1 or 8 is still itself.

    Parameters
    ----------
    images : Tensor
        ``[N, C, H, W]``.
    quarters : int
        Quarter turns to the left.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data
    >>> data.rotate(torch.tensor([[[[1, 2], [3, 4]]]])).tolist()
    [[[[2, 4], [1, 3]]]]
    """
    if tensors.dense("images", images).ndim != 4:
        raise checks.refused("images", images, "[N, C, H, W]")
    return torch.rot90(images, checks.whole("quarters", quarters, least=-(2**31)), (2, 3))


def _renumbered(part: Part, number: Tensor) -> Part:
    kept = part.take((number[part.labels] >= 0).nonzero().squeeze(1))
    return Part(kept.images, number[kept.labels], kept.groups, kept.attributes)


def _joined(parts: Sequence[Part]) -> Part:
    columns = {field.name: [getattr(part, field.name) for part in parts] for field in fields(Part)}
    return Part(**{name: None if values[0] is None else torch.cat(values) for name, values in columns.items()})
