"""CelebA: faces with forty attributes."""

from pathlib import Path

import pandas as pd
import torch

from pruneuq_helpers.data.decode import decode
from pruneuq_helpers.data.downloads import found
from pruneuq_helpers.data.parts import Data, Part, make
from pruneuq_helpers.errors import ParameterError

_PARTS = (0, 1, 2)  # train, validation, test in the official partition file


def celeba(root: str, download: bool, seed: int = 0, target: str = "Blond_Hair", size: int = 64) -> Data:
    """CelebA in its official partition, one attribute as the label (S4's CelebA task is hair colour)."""
    folder = Path(root) / "celeba"
    attributes, parts = found("celeba", folder, download, lambda: _tables(root, folder, download))
    if target not in attributes.columns:
        known = ", ".join(attributes.columns)
        raise ParameterError(f"parameter `target` got {target!r}; for `celeba` it takes one of {known}")
    chosen = [_part(folder, attributes[parts == part], target, size) for part in _PARTS]
    classes = (f"not {target}", target)
    return make("celeba", *chosen, classes, attribute_names=tuple(attributes.columns))


def _tables(root: str, folder: Path, download: bool) -> tuple[pd.DataFrame, pd.Series]:
    if download and not (folder / "img_align_celeba").is_dir():
        from pruneuq_helpers.data.vision import torchvision

        torchvision.datasets.CelebA(root, download=True)
    if (folder / "list_attr_celeba.csv").is_file():
        attributes = pd.read_csv(folder / "list_attr_celeba.csv", index_col=0)
        parts = pd.read_csv(folder / "list_eval_partition.csv", index_col=0)
    else:  # the authors' own: a count, the names, then one line an image
        attributes = pd.read_csv(folder / "list_attr_celeba.txt", sep=r"\s+", skiprows=1)
        parts = pd.read_csv(folder / "list_eval_partition.txt", sep=r"\s+", header=None, index_col=0)
    return attributes, parts.iloc[:, 0].reindex(attributes.index)


def _part(folder: Path, attributes: pd.DataFrame, target: str, size: int) -> Part:
    inner = folder / "img_align_celeba" / "img_align_celeba"  # how some archives unpack
    images = inner if inner.is_dir() else folder / "img_align_celeba"
    if attributes.empty:
        raise ParameterError(f"data set `celeba`: a part of the partition in {folder.resolve()} is empty")
    pixels = decode([images / name for name in attributes.index], (size, size), channels=3, resize=True)
    held = torch.from_numpy(attributes.to_numpy() > 0)
    labels = held[:, attributes.columns.get_loc(target)].long()
    return Part(torch.from_numpy(pixels), labels, attributes=held)
