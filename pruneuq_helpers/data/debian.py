"""Fashion-MNIST where Debian's package `dataset-fashion-mnist` lays it: four compressed IDX files."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from pruneuq_helpers.errors import ParameterError

FOLDER = Path("/usr/share/datasets/fashion-mnist")
PACKAGE = "dataset-fashion-mnist"
_KINDS = {"train": "train", "test": "t10k"}


def images_and_labels(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The images ``[N, 28, 28]`` and labels ``[N]`` of "train" or "test"."""
    images = _idx(folder / f"{_KINDS[part]}-images-idx3-ubyte.gz")
    labels = _idx(folder / f"{_KINDS[part]}-labels-idx1-ubyte.gz")
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ParameterError(f"{folder}: images {images.shape} and labels {labels.shape} do not belong together")
    return images, labels


def _idx(file: Path) -> np.ndarray:
    """Two zero bytes, 8 for unsigned bytes, the number of axes; their lengths, four bytes each; then the bytes."""
    try:
        content = gzip.decompress(file.read_bytes())
        axes = content[3]
        lengths = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
        return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(lengths).copy()
    except (OSError, EOFError, IndexError, struct.error, ValueError, zlib.error) as error:
        raise ParameterError(f"{file} cannot be read as a compressed IDX file ({error})") from error
