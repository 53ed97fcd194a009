"""Networks that the package does not define, and a small data set, for the tests of the audit."""

import numpy as np
import torch
from torch import nn

from pruneuq_helpers import data
from pruneuq_helpers.data.vision import torchvision

SIDE, CLASSES = 8, 3


def mobile() -> nn.Module:
    """torchvision's MobileNetV2, narrow: inverted residuals with depthwise convolutions."""
    return torchvision.models.mobilenet_v2(num_classes=CLASSES, width_mult=0.1)


class Concatenated(nn.Module):
    """Two branches side by side, and a batch norm over both."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(1, 4, 1)
        self.norm, self.mix = nn.BatchNorm2d(10), nn.Conv2d(10, 8, 3, padding=1)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, images):
        both = torch.cat([self.left(images).relu(), self.right(images).relu()], 1)
        return self.head(self.mix(self.norm(both)).relu().mean((2, 3)))


class Mixing(nn.Module):
    """One block of an MLP-mixer: patches are mixed with patches, then channels with channels; no attention."""

    def __init__(self, patches: int = 16, channels: int = 12):
        super().__init__()
        self.patch = nn.Conv2d(1, channels, 2, 2)
        self.norms = nn.ModuleList([nn.LayerNorm(channels), nn.LayerNorm(channels)])
        self.patches = nn.Sequential(nn.Linear(patches, 10), nn.GELU(), nn.Linear(10, patches))
        self.channels = nn.Sequential(nn.Linear(channels, 20), nn.GELU(), nn.Linear(20, channels))
        self.head = nn.Linear(channels, CLASSES)

    def forward(self, images):
        tokens = self.patch(images).flatten(2).transpose(1, 2)
        tokens = tokens + self.patches(self.norms[0](tokens).transpose(1, 2)).transpose(1, 2)
        tokens = tokens + self.channels(self.norms[1](tokens))
        return self.head(tokens.mean(1))


class Attending(nn.Module):
    """Patches, one of PyTorch's own encoder layers with attention in four heads, and their mean."""

    def __init__(self, channels: int = 16):
        super().__init__()
        self.patch = nn.Conv2d(1, channels, 2, 2)
        layer = nn.TransformerEncoderLayer(channels, 4, 4 * channels, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1)
        self.head = nn.Linear(channels, CLASSES)

    def forward(self, images):
        return self.head(self.encoder(self.patch(images).flatten(2).transpose(1, 2)).mean(1))


class Recurrent(nn.Module):
    """Rows of an image one after the other, into gates; a hidden layer behind them."""

    def __init__(self):
        super().__init__()
        self.gates, self.hidden, self.head = nn.LSTM(SIDE, 10, batch_first=True), nn.Linear(10, 20), nn.Linear(20, 3)

    def forward(self, images):
        return self.head(self.hidden(self.gates(images[:, 0])[0][:, -1]).relu())


def resnext() -> nn.Module:
    """torchvision's ResNet with grouped convolutions, one block a stage."""
    resnet = torchvision.models.resnet
    return resnet.ResNet(resnet.Bottleneck, [1, 1, 1, 1], num_classes=CLASSES, groups=4, width_per_group=4)


def windowed() -> nn.Module:
    """torchvision's Swin transformer, small: its attention multiplies by weights of layers that it never calls."""
    sizes = {"patch_size": [2, 2], "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": [2, 2]}
    return torchvision.models.SwinTransformer(**sizes, num_classes=CLASSES)


def group_normed() -> nn.Module:
    """A layer in front of a convolution, and one in front of a group norm."""
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, CLASSES))
    return nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.GroupNorm(2, 8), *head)


class Shuffled(nn.Module):
    """A shuffle of channels that tracing does not see: removal runs, and would compute something else."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 6, 3), nn.Linear(6, CLASSES)

    def forward(self, images):
        maps = self.first(images).relu()
        count, channels, height, width = maps.shape
        maps = maps.view(count, 2, channels // 2, height, width).transpose(1, 2).reshape(maps.shape)
        return self.head(self.second(maps).relu().mean((2, 3)))


def stripes(count: int = 60, channels: int = 1, seed: int = 0):
    """Rows, columns or checks, with noise: three classes that a small network learns in a few steps."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    row, column = np.indices((SIDE, SIDE)) % 2
    patterns = np.stack([row, column, (row + column) % 2])
    images = 160 * patterns[labels] + rng.integers(0, 90, (count, SIDE, SIDE))
    return np.repeat(images[:, None], channels, axis=1).astype(np.uint8), labels


def stripes_data(channels: int = 1) -> data.Data:
    """The same as a loaded data set."""
    parts = [
        data.Part(*(torch.from_numpy(array) for array in stripes(count, channels, seed)))
        for seed, count in enumerate((60, 0, 45))
    ]
    return data.make("stripes", *parts, classes=("rows", "columns", "checks"))
