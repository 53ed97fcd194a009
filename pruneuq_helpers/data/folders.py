"""Folders of images, one sub-folder a class: anyone's own, or ImageNet's."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from pruneuq_helpers import checks
from pruneuq_helpers.data.decode import SUFFIXES, decode, is_grey, pixel_size
from pruneuq_helpers.data.downloads import check_share, with_validation
from pruneuq_helpers.data.parts import Data, Part, divided, make
from pruneuq_helpers.data.stream import stream as stream_folder
from pruneuq_helpers.errors import ParameterError

_TRAIN, _VALIDATION, _TEST = ("train",), ("val", "valid", "validation"), ("test",)
_SHARES = (0.70, 0.15)


def imagefolder(
    path: str,
    seed: int = 0,
    size: int | None = None,
    channels: int | None = None,
    validation: float = 0.1,
    stream: bool = False,
) -> Data:
    """Images in folders named after their classes."""
    root, name = Path(path).expanduser(), f"imagefolder:{path}"
    _check(root, name, size, channels, validation)
    train, held, test = (_first_folder(root, names) for names in (_TRAIN, _VALIDATION, _TEST))
    if train is None and stream:
        raise ParameterError(f"parameter `stream` got True; it takes a folder with `train` in it, unlike {root}")
    classes = _classes(train or root)
    read = _reader(classes, size, channels)
    if train is None:
        whole = read(root)
        parts = [whole.take(index) for index in divided(whole.labels, _SHARES, seed)]
        return make(name, *parts, classes)
    if held is None and test is None:
        raise ParameterError(f"data set `{name}`: beside {train} there is neither `test` nor `val` to test on")
    if stream:
        apart = held if test is not None else None
        return stream_folder(name, train, apart, test or held, size or 224, validation, seed)
    if held is None or test is None:
        return with_validation(name, read(train), read(test or held), classes, validation, seed)
    return make(name, read(train), read(held), read(test), classes)


def _check(root: Path, name: str, size: int | None, channels: int | None, validation: float) -> None:
    if "\0" in str(root) or not root.is_dir():
        raise ParameterError(f"parameter `name` got {name!r}; it takes a folder that is there, unlike {str(root)!r}")
    if size is not None:
        checks.whole("size", size, most=100_000)
    if isinstance(channels, bool) or channels not in (None, 1, 3):
        raise ParameterError(f"parameter `channels` got {channels}; it takes 1 (grey) or 3 (colour)")
    check_share(validation)


def _first_folder(root: Path, names: Sequence[str]) -> Path | None:
    return next((root / name for name in names if (root / name).is_dir()), None)


def _classes(folder: Path) -> tuple[str, ...]:
    classes = tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."))
    if not classes:
        raise ParameterError(f"{folder.resolve()} holds no class folders; it takes one sub-folder of images a class")
    return classes


def _reader(classes: tuple[str, ...], size: int | None, channels: int | None) -> Callable[[Path], Part]:
    """Reads folders one after the other, all to the size and channels of the first."""
    settled = {"size": size and (size, size), "channels": channels}

    def read(folder: Path) -> Part:
        if _classes(folder) != classes:
            odd = sorted(set(_classes(folder)) ^ set(classes))
            raise ParameterError(f"{folder.resolve()} differs from the other parts in its classes: {', '.join(odd)}")
        files, labels = _files(folder, classes)
        settled["size"] = settled["size"] or pixel_size(files[0])
        settled["channels"] = settled["channels"] or (1 if is_grey(files[0]) else 3)
        images = decode(files, settled["size"], settled["channels"], resize=size is not None)
        return Part(torch.from_numpy(images), labels)

    return read


def _files(folder: Path, classes: tuple[str, ...]) -> tuple[list[Path], torch.Tensor]:
    files, labels = [], []
    for label, name in enumerate(classes):
        inside = sorted(entry for entry in (folder / name).rglob("*") if entry.suffix.lower() in SUFFIXES)
        if not inside:
            raise ParameterError(f"class folder {(folder / name).resolve()} holds no image ({', '.join(SUFFIXES)})")
        files += inside
        labels += [label] * len(inside)
    return files, torch.from_numpy(np.array(labels))
