"""Chapter 8's images: what is learnt, what is asked about, and what is known of each image."""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from pruneuq_helpers import data
from pruneuq_helpers.data import Data, Part
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.places import load

PLANTED = ("plain", "wrong label", "corrupted")


@dataclass(frozen=True, eq=False)
class Asked:
    """Images that networks are asked about, and what is known of them."""

    images: Tensor
    labels: Tensor
    truth: Tensor
    group: Tensor
    raw: Tensor


@dataclass(frozen=True, eq=False)
class Shown:
    """What the networks of one repetition learn and are asked about."""

    train: tuple[Tensor, Tensor]
    asked: dict[str, Asked]
    groups: tuple[str, ...]
    classes: tuple[str, ...]
    data: Data


def show(where: dict, name: str, experiment: str, seed: int) -> Shown:
    """Load the images of one repetition of an experiment: a seed decides which are learnt from."""
    whole = _load(where, name, seed)
    parts = dict(zip(("train", "test"), _parts(whole, where, seed), strict=True))
    truth = {key: part.labels for key, part in parts.items()}
    groups, names = {key: torch.zeros_like(labels) for key, labels in truth.items()}, ("all",)
    if experiment == "planted":
        for place, key in enumerate(parts):
            parts[key], groups[key] = _planted(parts[key], where, len(whole.classes), 2 * seed + place)
        names = PLANTED
    elif experiment == "minority":
        groups["test"], names = _groups(parts["test"], whole, where["attributes"])
    used = data.make(whole.name, parts["train"], parts["test"].take(torch.arange(0)), parts["test"], whole.classes)
    # Of what was learnt only planted images are asked about: elsewhere hardly one of them is answered wrongly.
    chosen = ["test", "train"] if experiment == "planted" else ["test"]
    asked = {}
    for key in chosen:
        some = _some(len(parts[key]), where["learnt"], seed) if key == "train" else slice(None)
        raw, labels = parts[key].images[some], parts[key].labels[some]
        asked[key] = Asked(used.normalise(raw), labels, truth[key][some], groups[key][some], raw)
    train = (used.normalise(parts["train"].images), parts["train"].labels)
    return Shown(train, asked, names, whole.classes, used)


def _some(images: int, most: int, seed: int) -> Tensor:
    """Places of at most so many of the images learnt from, drawn at random, in their order."""
    order = torch.randperm(images, generator=torch.Generator().manual_seed(seed))
    return order[:most].sort().values


def _load(where: dict, name: str, seed: int) -> Data:
    options = {"minority": where["minority"]} if name.startswith("coloured_") and "minority" in where else {}
    return load(name, where["root"], where["download"], seed=seed, **options)


def _parts(whole: Data, where: dict, seed: int) -> tuple[Part, Part]:
    """What is learnt, and what is asked about; no training here stops early, so nothing is kept for validation."""
    count, part = where["training_images"], whole.train
    if count > len(part):
        raise ParameterError(f"parameter `training_images` got {count}; it takes at most {len(part)}, or 0 for all")
    mix = part.labels if part.groups is None else part.labels * (int(part.groups.max()) + 1) + part.groups
    index, rest = data.split(mix, [count / len(part) if count else 1.0], seed)
    if where["asked"] == "test":
        return part.take(index), whole.test
    return part.take(index), _joined([whole.test, whole.validation, part.take(rest)])


def _joined(parts: list[Part]) -> Part:
    values = {}
    for field in fields(Part):
        each = [getattr(part, field.name) for part in parts]
        values[field.name] = None if each[0] is None else torch.cat(each)
    return Part(**values)


def _groups(part: Part, whole: Data, attributes: list[str]) -> tuple[Tensor, tuple[str, ...]]:
    """The group of each image: the set's own, or all combinations of its label and some attributes."""
    if not attributes:
        if part.groups is None:
            takes = "it takes attributes of the set, which has no groups of its own"
            raise ParameterError(f"parameter `attributes` got none; {takes}")
        return part.groups, whole.group_names
    unknown = [name for name in attributes if name not in whole.attribute_names]
    if unknown:
        known = ", ".join(whole.attribute_names) or "none: the set has no attributes"
        raise ParameterError(f"parameter `attributes` got {unknown[0]!r}; it takes some of {known}")
    columns = part.attributes[:, [whole.attribute_names.index(name) for name in attributes]].long()
    code, names = part.labels, list(whole.classes)
    for column, name in zip(columns.T, attributes, strict=True):
        code, names = 2 * code + column, [f"{one}, {sign}{name}" for one in names for sign in ("not ", "")]
    return code, tuple(names)


def _planted(part: Part, where: dict, classes: int, seed: int) -> tuple[Part, Tensor]:
    """The part with its faults, and the place of each image in `PLANTED`."""
    faulty, truth = data.plant(part, classes, where["wrong_labels"], where["corrupted"], seed)
    group = truth["wrong_label"].to_numpy() + 2 * truth["corrupted"].to_numpy()
    return faulty, torch.from_numpy(group)
