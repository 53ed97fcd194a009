"""Residual networks: ResNet with basic blocks, and the wide residual network."""

from collections.abc import Sequence

import torch
from torch import nn

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.shapes import exactly, image_shape


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """Make a 3x3 convolution without bias: a batch norm follows or precedes it."""
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with batch norm, added to a shortcut."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int, project: bool):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(inputs, inner, stride), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = conv3x3(inner, outputs), nn.BatchNorm2d(outputs)
        projection = (nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Sequential(*(projection if project else ()))
        self.relu = nn.ReLU()

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps of the block."""
        inner = self.relu(self.bn1(self.conv1(maps)))
        return self.relu(self.bn2(self.conv2(inner)) + self.shortcut(maps))


class PreActivationBlock(nn.Module):
    """The wide residual network's block: batch norm and ReLU stand before each convolution."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int, project: bool):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv3x3(inputs, inner, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(inner), conv3x3(inner, outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if project else None
        self.relu = nn.ReLU()

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps of the block."""
        active = self.relu(self.bn1(maps))
        inner = self.relu(self.bn2(self.conv1(active)))
        return self.conv2(inner) + (maps if self.shortcut is None else self.shortcut(active))


def _stages(block, stem: int, stages: Sequence[int], inner: Sequence[int], blocks: Sequence[int], first: bool):
    """Stack the blocks of every stage; each stage but the first halves the maps, and projects."""
    exactly("stages", stages, len(blocks))
    widths = iter(exactly("inner", inner, sum(blocks)))
    channels, rows = stem, []
    for stage, (outputs, count) in enumerate(zip(stages, blocks, strict=True)):
        row = []
        for position in range(count):
            opens = position == 0
            stride, project = (2 if opens and stage > 0 else 1), opens and (first or stage > 0)
            if not project and channels != outputs:
                raise ParameterError(
                    f"parameter `stem` got {channels}; where the first block adds its input unchanged, "
                    f"it takes the first entry of `stages`, {outputs}"
                )
            row.append(block(channels, next(widths), outputs, stride, project))
            channels = outputs
        rows.append(nn.Sequential(*row))
    return rows


class ResNet(nn.Module):
    """A residual network of basic blocks: ResNet-8, ResNet-18 for 32x32 or for 224x224 images."""

    def __init__(
        self,
        classes: int,
        input_shape: tuple[int, ...],
        blocks: Sequence[int],
        width: int,
        stages: Sequence[int] | None = None,
        inner: Sequence[int] | None = None,
        large: bool = False,
        pooled: bool = False,
    ):
        super().__init__()
        channels, _, _ = image_shape("resnet", input_shape, smallest=1)
        stages = [width * 2**i for i in range(len(blocks))] if stages is None else list(stages)
        inner = [width * 2**i for i, count in enumerate(blocks) for _ in range(count)] if inner is None else inner
        rows = _stages(BasicBlock, stages[0], stages, inner, blocks, first=False)
        self.conv1 = (
            nn.Conv2d(channels, stages[0], 7, 2, padding=3, bias=False) if large else conv3x3(channels, stages[0])
        )
        self.halved = nn.MaxPool2d(2) if pooled else nn.Identity()  # before the batch norm, which then has less to do
        self.bn1, self.relu = nn.BatchNorm2d(stages[0]), nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, padding=1) if large else nn.Identity()
        for number, row in enumerate(rows, start=1):
            self.add_module(f"layer{number}", row)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(stages[-1], classes)

    def rows(self) -> list[nn.Sequential]:
        """List the stages in order."""
        return [row for name, row in self.named_children() if name.startswith("layer")]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits ``[N, classes]``."""
        maps = self.maxpool(self.relu(self.bn1(self.halved(self.conv1(images)))))
        for row in self.rows():
            maps = row(maps)
        return self.linear(self.pool(maps).flatten(1))

    def widths(self) -> dict:
        """Read the widths of the stages and of the blocks' inside, which pruning may have changed."""
        return {
            "stages": [row[-1].conv2.out_channels for row in self.rows()],
            "inner": [block.conv1.out_channels for row in self.rows() for block in row],
        }


class WideResNet(nn.Module):
    """A wide residual network (WRN-depth-width): three stages of pre-activation blocks."""

    def __init__(
        self,
        classes: int,
        input_shape: tuple[int, ...],
        depth: int,
        width: int,
        stem: int = 16,
        stages: Sequence[int] | None = None,
        inner: Sequence[int] | None = None,
    ):
        super().__init__()
        if depth < 10 or depth % 6 != 4 or depth > 1000:
            raise ParameterError(f"parameter `depth` got {depth}; `wrn` takes 10, 16, 22, 28 and so on (6n + 4)")
        channels, _, _ = image_shape("wrn", input_shape, smallest=1)
        blocks = ((depth - 4) // 6,) * 3
        wide = [16 * width * 2**i for i in range(3)]
        stages = wide if stages is None else list(stages)
        inner = [w for w, count in zip(wide, blocks, strict=True) for _ in range(count)] if inner is None else inner
        self.depth, self.width = depth, width
        self.conv1 = conv3x3(channels, stem)
        rows = _stages(PreActivationBlock, stem, stages, inner, blocks, first=width > 1)
        self.layer1, self.layer2, self.layer3 = rows
        self.bn, self.relu = nn.BatchNorm2d(stages[-1]), nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(stages[-1], classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits ``[N, classes]``."""
        maps = self.layer3(self.layer2(self.layer1(self.conv1(images))))
        return self.linear(self.pool(self.relu(self.bn(maps))).flatten(1))

    def widths(self) -> dict:
        """Read depth, widening factor and the widths, which pruning may have changed."""
        rows = (self.layer1, self.layer2, self.layer3)
        return {
            "depth": self.depth,
            "width": self.width,
            "stem": self.conv1.out_channels,
            "stages": [row[-1].conv2.out_channels for row in rows],
            "inner": [block.conv1.out_channels for row in rows for block in row],
        }
