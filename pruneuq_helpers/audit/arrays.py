"""Images and labels from ``.npz`` files: plain arrays, never pickled objects."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

from pruneuq_helpers.audit.failures import first_line
from pruneuq_helpers.data import Data, Part, make
from pruneuq_helpers.errors import ParameterError

_HELD = ("validation", "valid", "val")
_NO_TEST = "beside the training images there is neither a `test` nor a `validation` part to judge on"


def arrays(path: Path) -> Data:
    """Read a data set of arrays."""
    found = _together(path) if path.is_dir() else _entries(path)
    train = _part(found, "train", path)
    held = next((name for name in _HELD if f"{name}_images" in found), None)
    if "test_images" not in found and held is None:
        raise ParameterError(f"parameter `data` got {path}; {_NO_TEST}")
    test = _part(found, "test" if "test_images" in found else held, path)
    validation = _part(found, held, path) if held and "test_images" in found else _nothing(train)
    for part, name in ((test, "test"), (validation, "validation")):
        if part.images.shape[1:] != train.images.shape[1:] or part.images.dtype != train.images.dtype:
            raise ParameterError(
                f"parameter `data` got {path}, whose {name} images are {_of(part)} and its training images "
                f"{_of(train)}; it takes one shape and type"
            )
    names = _names(found, path, 1 + int(max(part.labels.max() for part in (train, validation, test) if len(part))))
    return make(f"arrays:{path.name}", train, validation, test, names)


def images_of(path: Path) -> torch.Tensor:
    """The entry ``images`` of a file."""
    return _images(_entries(path), "images", path)


def _together(folder: Path) -> dict[str, np.ndarray]:
    found = {}
    for part in ("train", "test", *_HELD):  # whatever else lies there, such as predictions, is not opened
        file = folder / f"{part}.npz"
        found |= {f"{part}_{name}": value for name, value in _entries(file).items()} if file.is_file() else {}
    return found


def _entries(path: Path) -> dict[str, np.ndarray]:
    if path.suffix != ".npz":
        raise ParameterError(f"{path} is neither a folder nor an .npz file; it takes one of them")
    if path.is_file() and not zipfile.is_zipfile(path):
        raise ParameterError(f"{path} is damaged or no .npz file; it takes one that numpy.savez wrote")
    try:
        with np.load(path, allow_pickle=False) as file:
            if not hasattr(file, "files"):
                raise ParameterError(f"{path} holds one array; it takes an .npz file with images and labels")
            return {name: file[name] for name in file.files}
    except ParameterError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        if "allow_pickle" in str(error):
            raise ParameterError(f"{path} holds pickled objects, and is not opened; it takes plain arrays") from error
        raise ParameterError(f"{path} is not an .npz file that can be read ({first_line(error)})") from error


def _part(found: dict, name: str, path: Path) -> Part:
    images, labels = _images(found, f"{name}_images", path), _labels(found, f"{name}_labels", path)
    if len(images) != len(labels):
        raise ParameterError(f"{path} holds {len(images)} `{name}_images` and {len(labels)} `{name}_labels`")
    return Part(images, labels)


def _images(found: dict, name: str, path: Path) -> torch.Tensor:
    images = _entry(found, name, path)
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim not in (2, 4) or images.dtype.kind not in "uif" or len(images) == 0:
        got = f"shape {images.shape} and type {images.dtype}"
        raise ParameterError(f"{path} holds `{name}` of {got}; it takes images [N, C, H, W] or points [N, D]")
    if images.ndim == 4 and images.shape[1] > 4 >= images.shape[3]:
        raise ParameterError(f"{path} holds `{name}` of shape {images.shape}, channels last; it takes [N, C, H, W]")
    if images.dtype == np.uint8:
        return torch.from_numpy(images)
    if images.dtype.kind in "ui":
        raise ParameterError(
            f"{path} holds `{name}` of type {images.dtype}; it takes uint8 (0 to 255), or floats, which are taken as "
            "they are or by `normalise`"
        )
    if not np.isfinite(images).all():
        raise ParameterError(f"{path} holds `{name}` with a value that is not finite; it takes numbers")
    return torch.from_numpy(images.astype(np.float32))


def _labels(found: dict, name: str, path: Path) -> torch.Tensor:
    labels = _entry(found, name, path)
    if labels.ndim != 1 or labels.dtype.kind not in "ui" or (len(labels) and labels.min() < 0):
        got = f"shape {labels.shape} and type {labels.dtype}" + (", some negative" if labels.dtype.kind == "i" else "")
        raise ParameterError(f"{path} holds `{name}` of {got}; it takes class numbers [N] from 0")
    return torch.from_numpy(labels.astype(np.int64))


def _entry(found: dict, name: str, path: Path) -> np.ndarray:
    if name not in found:
        has = ", ".join(sorted(found)[:6]) + (", …" if len(found) > 6 else "") or "nothing"
        raise ParameterError(f"{path} has no `{name}`; it has {has}")
    return found[name]


def _names(found: dict, path: Path, least: int) -> tuple[str, ...]:
    given = next((found[name] for name in ("classes", "train_classes") if name in found), None)
    if given is None:
        return tuple(str(number) for number in range(least))
    names = tuple(str(name) for name in given.ravel())
    if len(names) < least:
        raise ParameterError(f"{path} names {len(names)} `classes` and has labels up to {least - 1}; it takes all")
    return names


def _nothing(like: Part) -> Part:
    return like.take(torch.arange(0))


def _of(part: Part) -> str:
    return f"{'×'.join(map(str, part.images.shape[1:]))} ({str(part.images.dtype).removeprefix('torch.')})"
