"""Small random networks of every wiring that removal must get right, in float64 with nothing left at its default."""

import torch
from hypothesis import strategies as st
from torch import nn

WIDTH = st.integers(1, 7)


def scrambled(model: nn.Module, seed: int) -> nn.Module:
    """Draw every weight, bias and running statistic, so that no error can hide behind a zero or a one."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
            tensor.copy_(drawn.abs() + 0.1 if name.endswith("running_var") else drawn)
    return model


class Residual(nn.Module):
    """A stem, blocks whose shortcut is the identity or a projection, and a linear layer on the averaged maps."""

    def __init__(self, stem: int, inner: list[int], projected: list[int | None], norm: bool):
        super().__init__()
        self.stem, self.blocks, self.shortcuts = nn.Conv2d(1, stem, 3, padding=1), nn.ModuleList(), nn.ModuleList()
        width = stem
        for between, outputs in zip(inner, projected, strict=True):
            after = width if outputs is None else outputs
            layers = [nn.Conv2d(width, between, 3, padding=1), nn.ReLU(), nn.Conv2d(between, after, 3, padding=1)]
            if norm:
                layers = [layers[0], nn.BatchNorm2d(between), nn.ReLU(), layers[2], nn.BatchNorm2d(after)]
            self.blocks.append(nn.Sequential(*layers))
            self.shortcuts.append(nn.Identity() if outputs is None else nn.Conv2d(width, after, 1))
            width = after
        self.head = nn.Linear(width, 3)

    def forward(self, images):
        maps = torch.relu(self.stem(images))
        for block, shortcut in zip(self.blocks, self.shortcuts, strict=True):
            maps = torch.relu(block(maps) + shortcut(maps))
        return self.head(maps.mean((2, 3)))


class Concatenating(nn.Module):
    """Two branches side by side; a layer beside them may be added to both, and a batch norm may follow."""

    def __init__(self, left: int, right: int, added: bool, norm: bool):
        super().__init__()
        self.left, self.right = nn.Conv2d(1, left, 3, padding=1), nn.Conv2d(1, right, 1)
        self.added = nn.Conv2d(1, left + right, 1) if added else None
        self.norm = nn.BatchNorm2d(left + right) if norm else nn.Identity()
        self.mix, self.head = nn.Conv2d(left + right, 4, 3), nn.Linear(4 * 16, 3)

    def forward(self, images):
        maps = torch.cat([self.left(images), self.right(images)], dim=1)
        if self.added is not None:
            maps = maps + self.added(images)
        maps = torch.relu(self.mix(torch.relu(self.norm(maps))))
        return self.head(maps.flatten(1))


@st.composite
def perceptrons(draw):
    activation = draw(st.sampled_from([nn.ReLU, nn.Tanh, nn.Sigmoid]))
    layers, width = [nn.Flatten()], 36
    for hidden in draw(st.lists(WIDTH, min_size=1, max_size=3)):
        layers += [nn.Linear(width, hidden, bias=draw(st.booleans())), activation()]
        width = hidden
    return nn.Sequential(*layers, nn.Linear(width, 3))


@st.composite
def convolutional(draw):
    norm, layers, width = draw(st.booleans()), [], 1
    for filters in draw(st.lists(WIDTH, min_size=1, max_size=3)):
        layers += [nn.Conv2d(width, filters, 3, padding=1), *([nn.BatchNorm2d(filters)] if norm else []), nn.ReLU()]
        width = filters
    if draw(st.booleans()):  # each filter sees one channel
        layers += [nn.Conv2d(width, width, 3, padding=1, groups=width), nn.ReLU()]
    if draw(st.booleans()):
        return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(width * 9, 3))
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(width, 4), nn.ReLU(), nn.Linear(4, 3))


@st.composite
def residual(draw):
    blocks = draw(st.integers(1, 3))
    inner = draw(st.lists(WIDTH, min_size=blocks, max_size=blocks))
    projected = draw(st.lists(st.none() | WIDTH, min_size=blocks, max_size=blocks))
    return Residual(draw(WIDTH), inner, projected, draw(st.booleans()))


concatenating = st.builds(Concatenating, WIDTH, WIDTH, st.booleans(), st.booleans())
networks = st.builds(
    scrambled,
    st.one_of(perceptrons(), convolutional(), residual(), concatenating).map(lambda model: model.double().eval()),
    st.integers(0, 10_000),
)
SHAPE = (1, 6, 6)
