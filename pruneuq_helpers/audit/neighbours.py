"""How far an image lies from the training images, in what the last layer of a network sees of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from pruneuq_helpers import training
from pruneuq_helpers.data import Data
from pruneuq_helpers.models.state import evaluating

NEIGHBOUR = 10  # the distance to which of the nearest counts
MOST = 10_000  # training images, drawn once for all networks


class Neighbours:
    """Training images, to which the distances of other images are taken."""

    def __init__(self, data: Data, batch: int, seed: int):
        drawn = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(seed))[:MOST]
        self.images, self.normalise, self.batch = data.train.images[drawn.sort().values], data.normalise, batch

    def distances(self, network: nn.Module, *others: Tensor) -> list[np.ndarray]:
        """For each of these images the distance to its tenth neighbour, the farthest where there are fewer."""
        near = NearestNeighbors(n_neighbors=min(NEIGHBOUR, len(self.images)), algorithm="brute")
        near.fit(self._features(network, self.images))
        return [near.kneighbors(self._features(network, images))[0][:, -1] for images in others]

    def _features(self, network: nn.Module, images: Tensor) -> np.ndarray:
        seen = training.predict(_Seen(network), images, batch=self.batch, normalise=self.normalise)
        return nn.functional.normalize(seen.double(), dim=1).numpy()


def missing_neighbours(model: nn.Module, image: Tensor) -> str:
    """Why no distances can be taken, or nothing."""
    with torch.no_grad(), evaluating(model):
        seen = _seen_by_the_last(model, image)
    return "" if seen is not None else "the network has no last layer of weights that sees one image at a time"


class _Seen(nn.Module):
    """A network that gives what its last layer sees, in place of its logits."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return _seen_by_the_last(self.network, images)


def _seen_by_the_last(network: nn.Module, images: Tensor) -> Tensor | None:
    """The input of the linear layer or convolution that is called last, a row an image: positions are averaged over."""
    with _watched(network) as calls:
        network(images)
    if not calls or len(calls[0][1]) != len(images):
        return None
    layer, seen = calls[0]
    places = tuple(range(2, seen.ndim)) if isinstance(layer, _ConvNd) else tuple(range(1, seen.ndim - 1))
    return seen.mean(places) if places else seen


@contextmanager
def _watched(network: nn.Module) -> Iterator[list]:
    """A list that holds the layer called last, and its input."""
    calls: list = []

    def note(layer: nn.Module, given: tuple) -> None:
        calls[:] = [(layer, given[0])]

    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear | _ConvNd)]
    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()
