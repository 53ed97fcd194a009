"""Which channels of somebody else's network can be removed, proved before anything is measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from pruneuq_helpers.audit.blocks import behind_screens
from pruneuq_helpers.audit.failures import is_out_of_memory, one_sentence
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.pruning.choice import choose
from pruneuq_helpers.pruning.groups import Group, find_groups
from pruneuq_helpers.pruning.surgery import Gone, delete, indices, take_out, zero

_TOLERANCE = 1e-3  # of the largest logit: float32 sums taken in another order


@dataclass(frozen=True, eq=False)
class Removal:
    """A network, and those of its groups of channels that can go."""

    model: nn.Module
    groups: tuple[Group, ...]
    whole: tuple[str, ...]
    proved: bool

    def gone(self, level: float, criterion: str, images: torch.Tensor | None = None, seed: int = 0) -> Gone:
        """What goes at a level: of each side of each layer the indices of the channels that rank lowest."""
        groups = list(self.groups)
        with one_sentence(f"ranking channels by `{criterion}` at level {level} failed", "try another criterion"):
            return indices(groups, choose(self.model, groups, level, criterion, images, seed, "all", "sequential"))

    def smaller(self, gone: Gone) -> nn.Module:
        """The network without them; where no layer stays whole, that of `pruning.remove_channels`."""
        with one_sentence("removing channels failed", "try another criterion"):
            return take_out(self.model, gone)


def find_removal(model: nn.Module, images: torch.Tensor) -> Removal:
    """Trace a network and find the groups of channels that can go.

    All groups are tried together first: half of each is removed, and masked, and both networks must say the same of
    the images. Where they do not, each group is tried by itself, and those that fail stay whole. So do layers that
    tie channels in blocks, such as attention, and what feeds them.
    """
    twin, screened = behind_screens(model, images[:1])
    groups = find_groups(twin, images[:1])
    proved = _agrees(model, groups, images)
    if proved:
        return Removal(model, tuple(groups), screened, proved)
    alone = [(group, _agrees(model, [group], images)) for group in groups]
    good = [group for group, agrees in alone if agrees is not None]
    whole = (*screened, *(name for group, agrees in alone if agrees is None for name in group.makers))
    together = _agrees(model, good, images) if good else None
    if together is None:
        tied = f" (these tie channels in blocks: {listed(screened)})" if screened else ""
        raise ParameterError(
            f"parameter `model` got a network none of whose channels can be removed without breaking it{tied}; it "
            "takes one whose layers depend on each other in a way that torch-pruning can trace"
        )
    return Removal(model, tuple(good), whole, together)


def notes_on(removal: Removal) -> list[str]:
    """What a reader should know of a removal: layers that stay whole, and what could not be proved.

    >>> model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))
    >>> notes_on(find_removal(model, torch.rand(5, 2)))
    []
    """
    notes = []
    if removal.whole:
        whole = listed(removal.whole)
        notes.append(
            "Layers that stay whole, because without some of their channels the network breaks or computes something "
            f"else: {whole}."
        )
    if not removal.proved:
        notes.append(
            "A LayerNorm averages over channels, so that removal could not be held against masking; the smaller "
            "networks were only seen to run."
        )
    return notes


def listed(names: Sequence[str]) -> str:
    """The first six, and how many more there are."""
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _agrees(model: nn.Module, groups: list[Group], images: torch.Tensor) -> bool | None:
    """True where removing half computes what masking half does, False where no mask exists, None where it fails."""
    gone = [list(range(group.width // 2)) for group in groups]
    try:
        removed = _logits(delete(model, groups, gone), images)
    except Exception as error:  # a cut that does not fit may fail anywhere in another's code
        if is_out_of_memory(error):
            raise
        return None
    try:
        masked = _logits(zero(model, groups, gone), images)
    except ParameterError:  # a LayerNorm averages over channels: nothing to compare with
        return False
    same = torch.allclose(removed, masked, rtol=_TOLERANCE, atol=_TOLERANCE * float(masked.abs().max()))
    return True if same else None


def _logits(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    with evaluating(model), torch.no_grad():
        return model(images)
