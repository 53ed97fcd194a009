"""What a data set is once loaded: three disjoint parts of tensors, and the numbers that normalise them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial

import torch
from torch import Tensor
from torch.utils.data import Dataset

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.data.statistics import statistics
from pruneuq_helpers.errors import ParameterError


@dataclass(frozen=True, eq=False, repr=False)
class Part:
    """One part of a data set: images (or points), their labels, and what else is known of each.

    Attributes
    ----------
    images : Tensor
        ``uint8`` images ``[N, C, H, W]``, or ``float32`` points ``[N, D]``.
    labels : Tensor
        ``int64`` class indices ``[N]``, or ``float32`` targets for regression.
    groups : Tensor or None
        ``int64`` group of each image ``[N]``, where the set has groups.
    attributes : Tensor or None
        ``bool`` attributes ``[N, A]``, where the set has attributes.

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> data.load("moons").test
    Part(150 of 2, float32)
    """

    images: Tensor
    labels: Tensor
    groups: Tensor | None = None
    attributes: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        shape = "×".join(map(str, self.images.shape[1:]))
        return f"Part({len(self)} of {shape}, {str(self.images.dtype).removeprefix('torch.')})"

    def __getitem__(self, place: int) -> tuple[Tensor, Tensor]:
        return self.images[place], self.labels[place]

    def take(self, index: Tensor) -> "Part":
        """The part's items at `index`, in that order."""
        return self._each(lambda tensor: tensor[index])

    def to(self, device: str | torch.device) -> "Part":
        """The same part on `device`."""
        return self._each(lambda tensor: tensor.to(device))

    def _each(self, change) -> "Part":
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Part(**{name: value if value is None else change(value) for name, value in values.items()})


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """A loaded data set: images to train on, to decide by and to test on.

    Attributes
    ----------
    name : str
        The name it was loaded by.
    train, validation, test : Part
        Three disjoint parts (torch Datasets of files where a folder is streamed). Validation is for early
        stopping, temperatures and thresholds; test for nothing but the final numbers.
    classes : tuple of str
        Class names; empty for regression.
    mean, std : Tensor
        Per channel, from the training part only; images are scaled to [0, 1] first.
    identity : str
        The name and a hash of everything in the three parts: it changes when the content or the split does.
    group_names, attribute_names : tuple of str
        What the columns of `groups` and `attributes` mean.

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> digits = data.load("digits")
    >>> digits.input_shape, len(digits.classes)
    ((1, 8, 8), 10)
    """

    name: str
    train: Part
    validation: Part
    test: Part
    classes: tuple[str, ...]
    mean: Tensor
    std: Tensor
    identity: str
    group_names: tuple[str, ...] = ()
    attribute_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shape = "×".join(map(str, self.input_shape))
        return (
            f"Data({self.name}: {len(self.train)} train, {len(self.validation)} validation, {len(self.test)} test"
            f" of {shape}, {len(self.classes)} classes, {self.identity})"
        )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one image or point."""
        return tuple(self.train[0][0].shape)

    def normalise(self, images: Tensor) -> Tensor:
        """Images as the network sees them: torch's default type, mean 0 and deviation 1 per channel, on their device.

        Parameters
        ----------
        images : Tensor
            ``uint8`` images ``[N, C, H, W]`` of this or another set, or ``float32`` points ``[N, D]``.

        Returns
        -------
        Tensor
            ``(images / 255 - mean) / std`` for images, ``(points - mean) / std`` for points.

        Examples
        --------
        >>> from pruneuq_helpers import data
        >>> digits = data.load("digits")
        >>> round(float(digits.normalise(digits.train.images).std()), 2)
        1.0
        """
        tensors.dense("images", images)
        fits = images.shape[1:2] == self.mean.shape if images.dtype == torch.uint8 else images.is_floating_point()
        if images.ndim < 2 or not fits:
            raise checks.refused("images", images, f"images or points like the set's, of shape {self.input_shape}")
        return self.scaled(images)

    def scaled(self, images: Tensor) -> Tensor:  # of what is checked
        shape = (1, -1) + (1,) * (images.ndim - 2)
        mean, std = (value.to(images.device).view(shape) for value in (self.mean, self.std))
        scale = 255 if images.dtype == torch.uint8 else 1
        # One multiplication and one addition over the images: they are read once, not three times.
        return images.to(torch.get_default_dtype()) * (1 / (scale * std)) - mean / std

    def to(self, device: str | torch.device) -> "Data":
        """The same data with its tensors on `device`; files stay where they are."""
        values = {name: getattr(self, name) for name in ("train", "validation", "test", "mean", "std")}
        return replace(self, **{name: value.to(device) for name, value in values.items() if hasattr(value, "to")})


def make(
    name: str,
    train: Part,
    validation: Part,
    test: Part,
    classes: Sequence[str] = (),
    group_names: Sequence[str] = (),
    attribute_names: Sequence[str] = (),
) -> Data:
    """A data set from three parts of your own: its statistics come from the training part only.

    Parameters
    ----------
    name : str
        What to call it.
    train, validation, test : Part
        Three disjoint parts; validation and test may be empty.
    classes, group_names, attribute_names : sequence of str
        Names; no classes means regression.

    Returns
    -------
    Data
        Points (``float32``) are left as they are: mean 0 and deviation 1 stand for 'do nothing'.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data
    >>> part = data.Part(torch.zeros(4, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1, 0, 1]))
    >>> data.make("blank", part, part, part, classes=("a", "b")).input_shape
    (1, 2, 2)
    """
    checks.text("name", name, "the name of a data set")
    names = {"classes": classes, "group_names": group_names, "attribute_names": attribute_names}
    classes, group_names, attribute_names = (_names(parameter, value) for parameter, value in names.items())
    given = {"train": train, "validation": validation, "test": test}
    parts = {part: checked_part(part, value, len(classes)) for part, value in given.items()}
    if len(train) == 0:
        raise ParameterError(f"parameter `train` got an empty part for `{name}`; it takes at least one image")
    return made(name, *parts.values(), classes, group_names, attribute_names)


def made(
    name: str, train, validation, test, classes=(), group_names=(), attribute_names=()
) -> Data:  # of what is checked
    parts = {"train": train, "validation": validation, "test": test}
    mean, std = statistics(train.images)
    identity = f"{name.split(':')[0]}-{_fingerprint(parts, tuple(classes))}"
    names = (tuple(classes), mean, std, identity, tuple(group_names), tuple(attribute_names))
    return Data(name, train, validation, test, *names)


def _names(parameter: str, value) -> tuple[str, ...]:
    takes = "a list of names, each once"
    found = tuple(map(str, checks.sequence(parameter, value, takes)))
    if len(set(found)) < len(found) or any(name is None for name in value):
        raise checks.refused(parameter, value, takes)
    return found


def checked_part(name: str, part: Part, classes: int = 0) -> Part:
    """The same part with labels that a loss takes; refused where a label names no class or an image is no number."""
    if not isinstance(part, Part):
        # files that are read as they are needed
        return checks.instance(name, part, Dataset, "a Part of images and labels, or a Dataset of files")
    images = tensors.dense(f"{name}.images", part.images)
    if not (images.is_floating_point() and images.ndim > 1 or images.dtype == torch.uint8 and images.ndim == 4):
        raise checks.refused(f"{name}.images", images, "uint8 images [N, C, H, W] or points of floats [N, D]")
    if images.is_floating_point() and not images.isfinite().all():
        raise ParameterError(f"parameter `{name}.images` got a value that is not finite; it takes finite numbers")
    for field in ("groups", "attributes"):
        extra = getattr(part, field)
        if extra is not None and len(tensors.dense(f"{name}.{field}", extra)) != len(images):
            raise checks.refused(f"{name}.{field}", extra, f"one an image, {len(images)}")
    labels = tensors.dense(f"{name}.labels", part.labels)
    if labels.ndim != 1 or len(labels) != len(images):
        raise checks.refused(f"{name}.labels", labels, f"one an image, [{len(images)}]")
    if labels.is_floating_point() and not classes:  # of a regression
        tensors.floats(f"{name}.labels", labels, empty=True)
        return part
    labels = tensors.targets(f"{name}.labels", labels, classes=classes or None) if len(labels) else labels.long()
    return part if part.labels.dtype == torch.int64 else replace(part, labels=labels)


def split(labels: Tensor, shares: Sequence[float], seed: int = 0) -> list[Tensor]:
    """Disjoint sets of indices in the given shares, each with about the same mix of labels.

    Parameters
    ----------
    labels : Tensor
        ``[N]`` integers whose mix is kept; zeros where there is nothing to keep.
    shares : sequence of float
        Shares of all but the last set, which takes what is left.
    seed : int
        Which of the possible splits.

    Returns
    -------
    list of Tensor
        Ascending indices; one set more than there are shares, together 0 … N-1.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data
    >>> first, rest = data.split(torch.tensor([0, 0, 0, 0, 1, 1, 1, 1]), [0.5])
    >>> len(first), len(rest)
    (4, 4)
    """
    labels = tensors.dense("labels", labels)
    if labels.ndim != 1 or not len(labels) or labels.is_complex() or labels.isnan().any():
        raise checks.refused("labels", labels, "one class number an image, [N]")
    shares, seed = checks.each("shares", shares, partial(checks.share, ends=True)), checks.seed("seed", seed)
    if sum(shares) > 1 + 1e-9:
        raise checks.refused("shares", shares, "shares that sum to 1 at most")
    return divided(labels, shares, seed)


def divided(labels: Tensor, shares: Sequence[float], seed: int) -> list[Tensor]:  # of what is checked
    shuffled = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    place = torch.empty(len(labels), dtype=torch.float64)
    for label in labels.unique():
        members = (labels[shuffled] == label).nonzero().squeeze(1)
        place[members] = (torch.arange(len(members), dtype=torch.float64) + 0.5) / len(members)
    # Sorted by place within its class, any stretch of the order holds the classes in their own shares.
    order = shuffled[place.argsort(stable=True)]
    sizes = [round(share * len(labels)) for share in shares]
    sets = order.split([*sizes, len(labels) - sum(sizes)])
    return [chosen.sort().values for chosen in sets]


def _fingerprint(parts: dict[str, Part], classes: tuple[str, ...]) -> str:
    digest = hashlib.sha256(repr(classes).encode())
    for name, part in parts.items():
        for field in fields(part):
            value = getattr(part, field.name)
            if value is not None:
                digest.update(f"{name} {field.name} {value.dtype} {tuple(value.shape)}".encode())
                digest.update(value.cpu().contiguous().numpy())
    return digest.hexdigest()[:16]
