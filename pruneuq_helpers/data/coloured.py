"""Grey sets in colours that go with the label for most images: the stand-ins for CelebA and its minority."""

import colorsys

import torch
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.data.downloads import from_torchvision
from pruneuq_helpers.data.parts import Data, Part, divided, make

BASES = {"coloured_mnist": "mnist", "coloured_fashion_mnist": "fashion_mnist"}


def coloured(name: str, root: str, download: bool, seed: int, minority: float = 0.1, validation: float = 0.1) -> Data:
    """MNIST or Fashion-MNIST with a colour for each class, but for a minority in the colour of another class."""
    grey = from_torchvision(BASES[name], root, download, seed, validation)
    parts = {}
    for place, part in enumerate(("train", "validation", "test")):
        images, labels = getattr(grey, part).images, getattr(grey, part).labels
        # Three seeds that no other seed of the set shares.
        parts[part] = Part(*in_colours(images, labels, len(grey.classes), minority, 3 * seed + place))
    # Groups: 0 where the colour goes with the label and 1 for the minority, of which each part has its share.
    return make(name, **parts, classes=grey.classes, group_names=group_names("class"))


def group_names(kind: str) -> tuple[str, str]:
    """What the two groups are called: `kind` is what has a colour of its own."""
    return "its own colour", f"another {kind}'s colour"


def in_colours(grey: Tensor, labels: Tensor, classes: int, minority: float, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Images ``uint8 [N, 3, H, W]``, their labels, and the group of each, 1 where the colour is another class's."""
    minority = checks.share("minority", minority, ends=True)
    groups = torch.zeros_like(labels)
    groups[divided(labels, [minority], seed)[0]] = 1
    shift = torch.randint(1, classes, labels.shape, generator=torch.Generator().manual_seed(seed))
    colour = (labels + groups * shift) % classes
    palette = torch.tensor([colorsys.hsv_to_rgb(hue / classes, 0.8, 1.0) for hue in range(classes)])
    images = torch.empty((len(grey), 3, *grey.shape[2:]), dtype=torch.uint8)
    for hue in range(classes):  # class by class: as decimals all of them would take four times the memory
        mine = colour == hue
        images[mine] = (grey[mine] * palette[hue][None, :, None, None]).round().to(torch.uint8)
    return images, labels, groups
