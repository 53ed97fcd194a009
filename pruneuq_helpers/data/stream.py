"""Folders too large to hold in memory: the files are read when a batch asks for them."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset

from pruneuq_helpers.data.parts import Data, divided
from pruneuq_helpers.data.statistics import statistics
from pruneuq_helpers.errors import ParameterError

_STATISTICS_FROM = 2000  # images; enough for a mean per channel to within about 0.005


class Files(Dataset):
    """Some images of a torchvision image folder, read when asked for."""

    def __init__(self, folder, index: Tensor) -> None:
        self.folder, self.index = folder, index
        self.labels = torch.tensor(folder.targets)[index]

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        return self.folder[int(self.index[place])]

    def paths(self) -> list[Path]:
        """The files, in order."""
        return [Path(self.folder.samples[place][0]) for place in self.index.tolist()]


def stream(name: str, train: Path, held: Path | None, test: Path, size: int, validation: float, seed: int) -> Data:
    """A data set whose parts are `Files`: ``uint8`` colour images of `size` × `size`."""
    from pruneuq_helpers.data.vision import torchvision  # here, for it takes seconds

    kinds = torchvision.transforms
    # Random crops and mirror images, as is usual for ImageNet; the others are scaled and cut in the middle.
    varied = kinds.Compose([kinds.RandomResizedCrop(size), kinds.RandomHorizontalFlip(), kinds.PILToTensor()])
    plain = kinds.Compose([kinds.Resize(round(size * 8 / 7)), kinds.CenterCrop(size), kinds.PILToTensor()])

    def folder(path: Path, transform):
        return torchvision.datasets.ImageFolder(path, transform)

    whole, tested = folder(train, plain), folder(test, plain)
    everything = torch.arange(len(whole))
    cut, rest = divided(torch.tensor(whole.targets), [validation], seed) if held is None else (None, everything)
    validated = Files(whole, cut) if held is None else _all(folder(held, plain))
    if tested.classes != whole.classes or validated.folder.classes != whole.classes:
        raise ParameterError(f"data set `{name}`: the class folders differ between its parts")
    parts = (Files(folder(train, varied), rest), validated, _all(tested))
    mean, std = _sampled_statistics(Files(whole, rest), seed)
    return Data(name, *parts, tuple(whole.classes), mean, std, f"imagefolder-{_fingerprint(parts, size)}")


def _all(folder) -> Files:
    return Files(folder, torch.arange(len(folder)))


def _sampled_statistics(files: Files, seed: int) -> tuple[Tensor, Tensor]:
    chosen = torch.randperm(len(files), generator=torch.Generator().manual_seed(seed))[:_STATISTICS_FROM]
    return statistics(torch.stack([files[place][0] for place in chosen.tolist()]))


def _fingerprint(parts: tuple[Files, ...], size: int) -> str:
    """Of names and sizes: reading every file of an ImageNet would take longer than a short study."""
    digest = hashlib.sha256(str(size).encode())
    for part in parts:
        for path in part.paths():
            digest.update(f"{path.parent.name}/{path.name} {path.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]
