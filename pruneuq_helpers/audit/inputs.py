"""The data of an audit: a folder of images or arrays, how they are normalised, and images from elsewhere."""

import math
from dataclasses import replace
from pathlib import Path

import torch

from pruneuq_helpers.audit.arrays import arrays, images_of
from pruneuq_helpers.data import Data
from pruneuq_helpers.data.decode import SUFFIXES, decode
from pruneuq_helpers.data.folders import imagefolder
from pruneuq_helpers.errors import ParameterError

_IMAGENET = "0.485,0.456,0.406/0.229,0.224,0.225"
_TESTS = ("test", "val", "valid", "validation")


def load_data(path: str | Path, normalise: str = "data", size: int | None = None, channels: int | None = None) -> Data:
    """Read the images that a network is judged on, and those it was trained on."""
    path = Path(path)
    if not path.exists():
        raise ParameterError(f"parameter `data` got {str(path)!r}; there is no such folder or file")
    if path.is_file() or (path / "train.npz").is_file() or not (path / "train").is_dir() and any(path.glob("*.npz")):
        for name, value in (("size", size), ("channels", channels)):
            if value is not None:
                raise ParameterError(f"parameter `{name}` got {value}; it is for image files, not arrays")
        data = arrays(path)
    else:
        _check_folder(path)
        data = _in_memory(path, size, channels)
    return _normalised(data, normalise)


def _in_memory(path: Path, size: int | None, channels: int | None) -> Data:
    try:
        return imagefolder(str(path), size=size, channels=channels, validation=0.0)
    except ParameterError as error:
        # The audit holds its images in memory: what a study can do about too many of them, it cannot.
        cannot = ", or `stream: true` to read them as they are needed"
        raise ParameterError(str(error).replace(cannot, ", or use fewer of them")) from error


def _check_folder(path: Path) -> None:
    if not any(path.iterdir()):
        raise ParameterError(f"parameter `data` got the folder {path}, which is empty")
    if not (path / "train").is_dir():
        raise ParameterError(
            f"parameter `data` got the folder {path}, which has no `train` in it; it takes one with `train` and `test` "
            "or `validation`, each with a folder of images a class"
        )
    if not any((path / name).is_dir() for name in _TESTS):
        raise ParameterError(
            f"parameter `data` got the folder {path}, which has neither `test` nor `validation` in it; it takes one "
            "with either, for a network is not judged on the images that it was trained on"
        )


def _normalised(data: Data, normalise: str) -> Data:
    numbers = {"scale": "0/1", "imagenet": _IMAGENET}.get(normalise, normalise)
    if numbers == "data":
        return data
    if normalise in ("scale", "imagenet") and data.train.images.dtype != torch.uint8:
        raise ParameterError(
            f"parameter `normalise` got {normalise!r}, but the arrays hold floating numbers, which are taken as they "
            "are; it takes `data` (leave them) or means and deviations of your own"
        )
    mean, std = _numbers(normalise, numbers)
    channels = 1 if data.train.images.ndim == 2 else data.train.images.shape[1]
    if len(mean) != len(std) or len(mean) not in (1, channels):
        got, takes = f"{len(mean)} means and {len(std)} deviations", "1" if channels == 1 else f"1 or {channels}"
        raise ParameterError(f"parameter `normalise` got {got}; for these images it takes {takes} of each")
    return replace(data, mean=mean.expand(channels).clone(), std=std.expand(channels).clone())


def _numbers(normalise: str, numbers: str) -> list[torch.Tensor]:
    try:
        parts = [[float(number) for number in part.split(",")] for part in numbers.split("/")]
    except ValueError:
        parts = []
    right = len(parts) == 2 and all(math.isfinite(number) for part in parts for number in part)
    if not right or min(parts[1]) <= 0:
        raise ParameterError(
            f"parameter `normalise` got {normalise!r}; it takes data, scale, imagenet, or numbers such as 0.5/0.25"
        )
    return [torch.tensor(part) for part in parts]


def load_outsiders(path: str | Path, data: Data) -> torch.Tensor:
    """Read images that belong to none of the classes, in the shape of those the network knows."""
    path = Path(path)
    if not path.exists():
        raise ParameterError(f"parameter `ood` got {str(path)!r}; there is no such folder or file")
    if path.is_file():
        images = images_of(path)
        if images.shape[1:] != data.input_shape or images.dtype != data.train.images.dtype:
            got, wanted = (f"{tuple(x.shape[1:])} ({x.dtype})" for x in (images, data.train.images))
            raise ParameterError(f"parameter `ood` got images of {got}; it takes what the data are, {wanted}")
        return images
    if len(data.input_shape) != 3 or data.train.images.dtype != torch.uint8:
        raise ParameterError(f"parameter `ood` got the folder {path}; for data of arrays it takes an .npz file")
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        raise ParameterError(f"parameter `ood` got the folder {path}, which holds no image ({', '.join(SUFFIXES)})")
    channels, height, width = data.input_shape
    return torch.from_numpy(decode(files, (height, width), channels=channels, resize=True))
