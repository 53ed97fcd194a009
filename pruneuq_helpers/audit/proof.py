"""Removal held against masking: both networks must say the same of the same images."""

import copy

import torch
from torch import Tensor, nn

from pruneuq_helpers.audit.failures import is_out_of_memory
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.pruning.groups import Group
from pruneuq_helpers.pruning.surgery import Gone, delete, indices, zero

_TOLERANCE = 1e-3  # of the largest logit: float32 sums taken in another order


def agrees(model: nn.Module, groups: list[Group], images: Tensor) -> bool | None:
    """True where removing half computes what masking half does, False where no mask exists, None where it fails."""
    draws = torch.Generator().manual_seed(0)
    # Drawn: the first half of a layer may be whole heads or whole windows, and pass where others do not.
    gone = [torch.randperm(group.width, generator=draws)[: group.width // 2].sort().values.tolist() for group in groups]
    try:
        removed = _logits(delete(model, groups, gone), images)
        masked = _logits(zero(_over_kept(model, indices(groups, gone)), groups, gone), images)
    except _NotKnown:
        return False
    except Exception as error:  # a cut that does not fit may fail anywhere in another's code
        if is_out_of_memory(error):
            raise
        return None
    same = torch.allclose(removed, masked, rtol=_TOLERANCE, atol=_TOLERANCE * float(masked.abs().max()))
    return True if same else None


def _over_kept(model: nn.Module, gone: Gone) -> nn.Module:
    """A copy in which a LayerNorm averages over the channels that stay: over zeros it would compute something else."""
    twin = copy.deepcopy(model)
    modules = dict(twin.named_modules())
    for (name, _), places in gone.items():
        layer = modules.get(name)
        if isinstance(layer, nn.LayerNorm) and len(layer.normalized_shape) == 1:
            twin.set_submodule(name, _NormOfKept(layer, places))
    return twin


class _NotKnown(Exception):
    """There is no mask: where the channels of a norm lie is not known."""


class _NormOfKept(nn.Module):
    """A LayerNorm of some channels; the others are zero."""

    def __init__(self, layer: nn.LayerNorm, gone: set[int]):
        super().__init__()
        self.layer = layer
        self.stay = torch.tensor([place for place in range(*layer.normalized_shape) if place not in gone])

    def forward(self, inputs: Tensor) -> Tensor:
        """Channels are the last dimension, or where a class of its own takes maps, perhaps another."""
        if type(self.layer).forward is not nn.LayerNorm.forward and inputs.ndim > 3:
            raise _NotKnown
        stay, (weight, bias) = self.stay.to(inputs.device), (self.layer.weight, self.layer.bias)
        weight, bias = (None if part is None else part[stay] for part in (weight, bias))
        kept = nn.functional.layer_norm(inputs[..., stay], (len(stay),), weight, bias, self.layer.eps)
        return torch.zeros_like(inputs).index_copy(-1, stay, kept)


def _logits(model: nn.Module, images: Tensor) -> Tensor:
    with evaluating(model), torch.no_grad():
        return model(images)
