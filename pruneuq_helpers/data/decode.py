"""Image files into one array."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from pruneuq_helpers.errors import ParameterError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
_BLOCK = 256
_MOST_BYTES = 16 * 2**30
# Measured: two threads decode 178×218 JPEGs (6 kB) 1.6 × as fast as one, but 32×32 ones (1 kB) half as fast,
# for there the interpreter's lock changes hands more often than a decoder runs.
_THREADS_PAY_FROM = 4096


def decode(files: Sequence[Path], size: tuple[int, int], channels: int, resize: bool = False) -> np.ndarray:
    """Decode image files in order."""
    need = len(files) * size[0] * size[1] * channels
    if need > _MOST_BYTES:
        raise ParameterError(
            f"{len(files)} images of {size[0]}×{size[1]} take {need / 2**30:.0f} GiB of memory; set a smaller `size`, "
            "or `stream: true` to read them as they are needed"
        )
    images = np.empty((len(files), channels, *size), np.uint8)

    def fill(start: int) -> None:
        for place in range(start, min(start + _BLOCK, len(files))):
            images[place] = _one(files[place], size, channels, resize)

    sample = files[:: max(1, len(files) // 100)]
    large = sum(_bytes(file) for file in sample) / len(sample) >= _THREADS_PAY_FROM
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1) if large else 1) as pool:
        for _ in pool.map(fill, range(0, len(files), _BLOCK)):
            pass  # taking each result raises what went wrong in its block
    return images


def pixel_size(file: Path) -> tuple[int, int]:
    """Height and width of an image file."""
    with _open(file) as image:
        return image.height, image.width


def is_grey(file: Path) -> bool:
    """Whether an image file has no colour channels."""
    with _open(file) as image:
        return image.mode in ("1", "L", "LA")


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise ParameterError(f"{file} cannot be read ({error.strerror})") from error


def _open(file: Path) -> Image.Image:
    try:
        return Image.open(file)
    except (UnidentifiedImageError, OSError) as error:
        raise ParameterError(f"{file} is not an image that can be read ({error})") from error


def _one(file: Path, size: tuple[int, int], channels: int, resize: bool) -> np.ndarray:
    height, width = size
    with _open(file) as image:
        if image.mode[0] in "IF":  # converting would clip nearly every pixel to white
            raise ParameterError(f"{file} has more than 8 bits a channel; it takes images of 8 bits")
        try:
            image = image.convert("RGBA") if image.mode == "P" else image  # a palette may hold transparency
            pixels = image.convert("L" if channels == 1 else "RGB")
        except OSError as error:
            raise ParameterError(f"{file} is damaged and cannot be decoded ({error})") from error
    if resize:
        pixels = ImageOps.fit(pixels, (width, height), Image.Resampling.BILINEAR)
    elif (pixels.height, pixels.width) != size:
        found = f"{pixels.height}×{pixels.width}"
        raise ParameterError(f"{file} is {found} and others are {height}×{width}; set `size` to bring them to one size")
    return np.asarray(pixels).reshape(height, width, channels).transpose(2, 0, 1)
