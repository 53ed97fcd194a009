"""The images that a study shows its networks: what they learn from, and what they have never seen the like of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from pruneuq_helpers import data
from pruneuq_helpers.data import Data, Part
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.places import load

FAR = {"inverted": data.invert, "rotated": data.rotate}
# Why numbers of studies that use these images changed once.
SIZES = "every seed has the same number of images, whatever seeds are trained beside it"
PHOTOGRAPHS = ("photograph of a temple", "photograph of a flower")


@dataclass(frozen=True, eq=False)
class Outside:
    """Images from outside the training distribution."""

    name: str
    near: bool
    images: Tensor
    groups: tuple[str, ...]
    group: Tensor


@dataclass(frozen=True, eq=False)
class Shown:
    """What the networks of some seeds are shown: parts ``(images, labels)``, stacked where there are several seeds."""

    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]
    outside: list[Outside]
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]


def show(where: dict, seeds: Sequence[int]) -> Shown:
    """Load the images of some seeds: a seed decides which are for training, which for validation."""
    loaded = [_inside(where, seed) for seed in seeds]
    parts = {name: [getattr(own, name) for own in loaded] for name in ("train", "validation", "test")}
    count = where["training_images"]
    if count:
        parts["train"] = [_some(part, count, seed) for part, seed in zip(parts["train"], seeds, strict=True)]
    # Parts of several seeds are cut to one length, because a stack has one; it costs an image or two.
    stacked = {name: _stacked(some, loaded) for name, some in parts.items()}
    outside = [_normalised(one, loaded) for one in strangers(where, loaded)]
    return Shown(**stacked, outside=outside, classes=loaded[0].classes, input_shape=loaded[0].input_shape)


def strangers(where: dict, loaded: Sequence[Data]) -> list[Outside]:
    """The images from outside: held-out classes, other data sets, photographs, and the test images changed."""
    # No set is larger than the test part, so that precision and recall compare.
    size, shape = min(len(own.test) for own in loaded), loaded[0].input_shape
    found = []
    if where["held_out"]:
        whole = _load(where["data"], where["root"], where["download"], 0)
        held = data.hold_out(whole, where["held_out"])[1]
        found.append(_outside("held-out classes", True, held, whole.classes, size))
    for name in where["outside"]:
        found += _other(where, name, size, shape)
    if "photographs" in where["far"]:
        labels = torch.arange(size) % len(PHOTOGRAPHS)
        found.append(Outside("photographs", False, data.photographs(shape, count=size), PHOTOGRAPHS, labels))
    for name in (name for name in FAR if name in where["far"]):
        images = torch.stack([FAR[name](own.test.images[:size]) for own in loaded])
        group = torch.stack([own.test.labels[:size] for own in loaded])
        names = tuple(f"{name} {label}" for label in loaded[0].classes)
        found.append(Outside(name, False, _single(images), names, _single(group)))
    return found


def check_panel(names: Sequence[str], outside: Sequence[Outside]) -> None:
    """Refuse to follow a kind of images that there is none of."""
    kinds = [kind for one in outside if one.group.ndim == 1 for kind in one.groups]
    for name in names:
        if name not in kinds:
            there = ", ".join(kinds[:20]) + (", …" if len(kinds) > 20 else "") if kinds else "here there are none"
            raise ParameterError(f"parameter `panel` got {name!r}; it takes kinds of images from outside: {there}")


def label_of(name: str) -> str:
    """A data set's name without a folder of this machine."""
    return name.rstrip("/").rpartition("/" if ":" in name else ":")[2]


def _inside(where: dict, seed: int) -> Data:
    whole = _load(where["data"], where["root"], where["download"], seed)
    return _without(whole, where["held_out"]) if where["held_out"] else whole


def _without(whole: Data, held_out: Sequence[str]) -> Data:
    """Without some classes, and with as many images in each part as every seed has."""
    kept = data.hold_out(whole, held_out)[0]
    parts = {name: getattr(whole, name) for name in ("train", "validation", "test")}
    own_test = _own_test(whole)
    pools = [("train", "validation"), ("test",)] if own_test else [("train", "validation", "test")]
    stay = torch.tensor([name not in held_out for name in whole.classes])
    # Which class loses an image to rounding depends on the seed, and a network must not depend on its neighbours'.
    sizes = {}
    for pool in pools:
        counts = sum(torch.bincount(parts[name].labels, minlength=len(whole.classes)) for name in pool)[stay].tolist()
        every = sum(len(parts[name]) for name in pool)
        sizes |= {name: sum(count * len(parts[name]) // every for count in counts) for name in pool}
    return replace(kept, **{name: getattr(kept, name).take(torch.arange(size)) for name, size in sizes.items()})


def _own_test(whole: Data) -> bool:
    """Whether the set came with its test part: one that a seed draws has each class in the share of the whole."""
    counts = [torch.bincount(part.labels, minlength=len(whole.classes)) for part in (whole.train, whole.validation)]
    test = torch.bincount(whole.test.labels, minlength=len(whole.classes))
    share = len(whole.test) / (len(whole.train) + len(whole.validation) + len(whole.test))
    return bool(((sum(counts) + test) * share - test).abs().max() > 1)


@lru_cache(maxsize=2)
def _load(name: str, root: str, download: bool, seed: int) -> Data:
    """A set that several cells need is read once a process; two at a time, for real ones are large."""
    return load(name, root, download, seed=seed)


def _other(where: dict, name: str, size: int, shape: tuple[int, ...]) -> list[Outside]:
    """Another data set without classes that show the trained ones; those that come close are a set of their own."""
    whole = _load(name, where["root"], where["download"], 0)
    if whole.input_shape != shape:
        takes = f"it takes images of shape {shape}, as `data` has"
        raise ParameterError(f"parameter `outside` got {label_of(name)!r} of shape {whole.input_shape}; {takes}")
    # Test images first: the larger set is cut, and its authors' own test part is what is left.
    labels, images = (
        torch.cat([getattr(part, field) for part in (whole.test, whole.validation, whole.train)])
        for field in ("labels", "images")
    )
    gone, near = (_among(whole.classes, kind, where[kind]) for kind in ("outside_without", "outside_near"))
    found = []
    for title, chosen in ((f"{label_of(name)}, near classes", near & ~gone), (label_of(name), ~near & ~gone)):
        index = chosen[labels].nonzero().squeeze(1)[:size]
        if len(index):
            part = Part(images[index], labels[index])
            found.append(_outside(title, title != label_of(name), part, whole.classes, size))
    return found


def _among(classes: Sequence[str], parameter: str, names: Sequence[str]) -> Tensor:
    """Which of the classes are named."""
    unknown = sorted(set(names) - set(classes))
    if unknown:
        raise ParameterError(f"parameter `{parameter}` got {unknown[0]!r}; it takes classes of the set in `outside`")
    return torch.tensor([name in names for name in classes])


def _outside(name: str, near: bool, part: Part, classes: Sequence[str], size: int) -> Outside:
    labels, group = part.labels[:size].unique(return_inverse=True)
    return Outside(name, near, part.images[:size], tuple(classes[label] for label in labels.tolist()), group)


def _normalised(one: Outside, loaded: Sequence[Data]) -> Outside:
    own = one.images if one.images.ndim == 5 else one.images.expand(len(loaded), *one.images.shape)
    images = torch.stack([source.normalise(images) for source, images in zip(loaded, own, strict=True)])
    return Outside(one.name, one.near, _single(images), one.groups, one.group)


def _some(part: Part, count: int, seed: int) -> Part:
    if count > len(part):
        raise ParameterError(f"parameter `training_images` got {count}; it takes at most {len(part)}, or 0 for all")
    return part.take(data.split(part.labels, [count / len(part)], seed)[0])


def _stacked(parts: Sequence[Part], loaded: Sequence[Data]) -> tuple[Tensor, Tensor]:
    size = min(len(part) for part in parts)
    images = [own.normalise(part.images[:size]) for part, own in zip(parts, loaded, strict=True)]
    return _single(torch.stack(images)), _single(torch.stack([part.labels[:size] for part in parts]))


def _single(stacked: Tensor) -> Tensor:
    """One seed needs no stack: its images are then shared by all networks instead of copied for each."""
    return stacked[0] if len(stacked) == 1 else stacked
