"""Real sets by name, read (and on request fetched) by torchvision."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.data import debian
from pruneuq_helpers.data.parts import Data, Part, divided, make
from pruneuq_helpers.errors import ParameterError

# name here: torchvision's class, and the folder under `root` that it keeps its files in
_SETS = {
    "mnist": ("MNIST", "MNIST/raw"),
    "fashion_mnist": ("FashionMNIST", "FashionMNIST/raw"),
    "cifar10": ("CIFAR10", "cifar-10-batches-py"),
    "cifar100": ("CIFAR100", "cifar-100-python"),
}


def from_torchvision(name: str, root: str, download: bool, seed: int, validation: float = 0.1) -> Data:
    """MNIST, Fashion-MNIST, CIFAR-10 or CIFAR-100; the official test images are the test part."""
    check_share(validation)
    # Imported here: it takes seconds, which the embedded sets should not cost.
    from pruneuq_helpers.data.vision import torchvision

    kind = _SETS[name][0]
    reader, folder, elsewhere = getattr(torchvision.datasets, kind), folder_of(name, root), ""
    if name == "fashion_mnist":
        if folder == debian.FOLDER:
            train, test = (_part(*debian.images_and_labels(debian.FOLDER, part)) for part in ("train", "test"))
            return with_validation(name, train, test, reader.classes, validation, seed)
        elsewhere = f", nor in {debian.FOLDER} (Debian's {debian.PACKAGE})"
    read = partial(reader, _home(name, root), download=download)
    train, test = (found(name, folder, download, partial(read, train=on), elsewhere) for on in (True, False))
    parts = (_part(part.data, part.targets) for part in (train, test))
    return with_validation(name, *parts, train.classes, validation, seed)


def folder_of(name: str, root: str | Path) -> Path:
    """Where a set that is known by name keeps its files."""
    folder = _home(name, root) / _SETS[name][1] if name in _SETS else Path(root) / name
    return debian.FOLDER if name == "fashion_mnist" and debian.FOLDER.is_dir() and not folder.is_dir() else folder


def _home(name: str, root: str | Path) -> Path:
    """`root`, or the folder of the set's name in it where the files lie there."""
    root, own = Path(root), Path(root) / name
    return own if (own / _SETS[name][1]).is_dir() and not (root / _SETS[name][1]).is_dir() else root


def found(name: str, folder: Path, download: bool, read: Callable, elsewhere: str = ""):
    """What `read` returns, or one sentence that says where `name` was looked for and what fetches it."""
    try:
        return read()
    except (OSError, RuntimeError) as error:
        where = f"data set `{name}`: nothing usable in {folder.resolve()}{elsewhere}"
        if download:
            raise ParameterError(f"{where}, and fetching it failed ({error})") from error
        hint = "`download: true` fetches it, and `root` names another folder"
        raise ParameterError(f"{where}; {hint}") from error


def with_validation(name: str, train: Part, test: Part, classes, validation: float, seed: int) -> Data:
    """A data set whose validation part is cut from its training images."""
    held, rest = divided(train.labels, [validation], seed)
    return make(name, train.take(rest), train.take(held), test, classes)


def check_share(validation: float) -> None:
    """Refuse a share of validation images that leaves none to train on."""
    checks.number("validation", validation, "a share, 0 <= validation < 1", 0, math.nextafter(1, 0))


def _part(images: Tensor | np.ndarray, labels) -> Part:
    return Part(_channels_first(images), torch.as_tensor(labels, dtype=torch.int64))


def _channels_first(images: Tensor | np.ndarray) -> Tensor:
    images = torch.as_tensor(images)
    return images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2).contiguous()
