"""HRank: units whose feature maps have a low rank carry little, and go first."""

import logging
from collections.abc import Iterable, Sequence

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.state import evaluating

_LOG = logging.getLogger(__name__)
BATCHES, BATCH = 5, 128  # what the method's authors look at
_ACTIVATIONS = {
    functional.relu, torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_,
    functional.relu6, functional.hardtanh, functional.leaky_relu, functional.elu, functional.selu,
    functional.gelu, functional.silu, functional.mish, functional.softplus, functional.hardswish,
    functional.tanh, torch.tanh, torch.Tensor.tanh, functional.sigmoid, torch.sigmoid, torch.Tensor.sigmoid,
}  # fmt: skip


def map_ranks(maps: torch.Tensor) -> torch.Tensor:
    """Numerical rank of each map ``[..., h, w]``: singular values above the precision of float32, as HRank takes."""
    values = torch.linalg.svdvals(maps if maps.dtype == torch.float64 else maps.float())
    return (values > values[..., :1] * max(maps.shape[-2:]) * torch.finfo(torch.float32).eps).sum(-1)


def hrank_scores(model: nn.Module, layers: Iterable[str], images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Mean rank and mean activation of the feature maps of each unit (HRank; S1), on up to 5 x 128 images."""
    # A unit's map is what leaves the first ReLU (or other activation) behind its layer: for the second convolution of a
    # residual block that is the ReLU after the sum. A unit of a linear layer has a map of one pixel, so its mean rank
    # is the share of images that wake it; over a row of tokens it has none, and the layer is refused.
    watch = _FirstActivation({id(model.get_submodule(name).weight): name for name in layers})
    weight = next(model.parameters())
    looked_at = images[: BATCHES * BATCH].to(weight.device, weight.dtype)
    with evaluating(model), torch.no_grad(), networks.running(model, images.shape):
        for batch in looked_at.split(BATCH):
            with watch:
                model(batch)
            watch.close_batch()
    return {name: (total / len(looked_at)).cpu() for name, total in watch.totals.items()}


def drawn_for_hrank(labels: torch.Tensor, classes: Sequence[str], seed: int = 0) -> torch.Tensor:
    """Choose the images that HRank looks at, 5 x 128 at most: from every class in turn, so that none is missing."""
    shuffled = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    turn, absent = torch.empty(len(labels), dtype=torch.long), []
    for label, name in enumerate(classes):
        own = (labels[shuffled] == label).nonzero().squeeze(1)
        turn[own] = torch.arange(len(own))
        absent += [] if len(own) else [name]
    if absent:
        got = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
        raise ParameterError(f"parameter `images` got none of the class {got}; HRank takes some of every class")
    most = BATCHES * BATCH
    if len(classes) > most:
        _LOG.warning("HRank looks at %d images, so at none of %d classes", most, len(classes) - most)
    return shuffled[turn.argsort(stable=True)[:most]]


class _FirstActivation(TorchFunctionMode):
    """Follow what each layer makes through norms, sums and concatenations to the first activation."""

    def __init__(self, makers: dict[int, str]):
        super().__init__()
        self._makers = makers  # identity of a layer's weight to the layer's name
        self._waiting: dict[str, torch.Tensor] = {}
        # For each tensor on the way, which layers' channels it holds and from which place on.
        self._holds = WeakTensorKeyDictionary()
        self.totals: dict[str, torch.Tensor] = {}

    def __torch_function__(self, function, types, args=(), kwargs=None):
        # Functions are watched, not modules, because many networks call their ReLU as a function.
        result = function(*args, **(kwargs or {}))
        if not isinstance(result, torch.Tensor) or result.ndim < 2:
            return result
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        maker = next((self._makers[id(leaf)] for leaf in inputs if id(leaf) in self._makers), None)
        if maker is not None:
            _check_units(maker, function, result)
            self._holds[result], self._waiting[maker] = {maker: 0}, result
        elif function in _ACTIVATIONS:
            for name, start in self._holds.get(inputs[0], {}).items():
                self._record(name, result, start)
            self._holds[result] = {}
        else:
            self._holds[result] = self._passed_on(function, inputs, result)
        return result

    def _passed_on(self, function, inputs: list[torch.Tensor], result: torch.Tensor) -> dict[str, int]:
        """Which channels a result holds: those of its inputs, side by side where they were concatenated."""
        joined = function in (torch.cat, torch.concat, torch.concatenate)
        holds, start = {}, 0
        for tensor in inputs:
            if joined or tensor.shape[:2] == result.shape[:2]:
                holds |= {name: place + start for name, place in self._holds.get(tensor, {}).items()}
            start += tensor.shape[1] if joined else 0
        return holds

    def _record(self, name: str, maps: torch.Tensor, start: int) -> None:
        made = self._waiting.pop(name, None)
        if made is None:
            return  # an earlier activation had it
        maps = maps[:, start : start + made.shape[1]]
        maps = maps.reshape(*maps.shape[:2], -1, maps.shape[-1] if maps.ndim > 2 else 1)
        ranks, means = map_ranks(maps).double(), maps.double().mean((2, 3))
        self.totals[name] = self.totals.get(name, 0) + torch.stack([ranks.sum(0), means.sum(0)])

    def close_batch(self) -> None:
        """Take the layer's own output where no activation came."""
        for name, made in list(self._waiting.items()):
            self._record(name, made, 0)


def _check_units(name: str, function, made: torch.Tensor) -> None:
    """Behind a linear layer the units come last: with tokens before them, maps would be taken of the tokens."""
    if function is functional.linear and made.ndim > 2:
        raise ParameterError(
            f"parameter `criterion` got 'hrank', but `{name}` is a linear layer over tokens, whose units have no "
            "feature map; it takes random or l1 for such a network"
        )
