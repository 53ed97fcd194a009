"""Which channels of somebody else's network can be removed, proved before anything is measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from pruneuq_helpers.audit.blocks import behind_screens
from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.audit.heads import COUNTS, heads_of, without_heads
from pruneuq_helpers.audit.proof import agrees
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.choice import choose
from pruneuq_helpers.pruning.groups import Group, find_groups
from pruneuq_helpers.pruning.surgery import Gone, indices, take_out


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
    """Trace a network and find the groups of channels that can go, and the heads of attention."""
    twin, screened = behind_screens(model, images[:1])
    heads = heads_of(model, images)
    groups = [*without_heads(find_groups(twin, images[:1]), heads), *heads]
    # All together first; where that fails, each by itself, and those that fail stay whole.
    proved = agrees(model, groups, images)
    if proved:
        return Removal(model, tuple(groups), screened, proved)
    alone = [(group, agrees(model, [group], images)) for group in groups]
    good = [group for group, proof in alone if proof is not None]
    whole = (*screened, *(name for group, proof in alone if proof is None for name in group.makers))
    together = agrees(model, good, images) if good else None
    if together is None:
        tied = f" (these tie channels in blocks: {listed(screened)})" if screened else ""
        raise ParameterError(
            f"parameter `model` got a network none of whose channels can be removed without breaking it{tied}; it "
            "takes one whose layers depend on each other in a way that torch-pruning can trace"
        )
    return Removal(model, tuple(good), whole, together)


def notes_on(removal: Removal) -> list[str]:
    """What a reader should know of a removal: layers that stay whole, and what could not be proved."""
    heads = [cut.layer for group in removal.groups for cut in group.cuts if cut.side in COUNTS]
    notes = [f"Of attention heads go as a whole: {listed(heads)}."] if heads else []
    if removal.whole:
        whole = listed(removal.whole)
        notes.append(
            "Layers that stay whole, because without some of their channels the network breaks or computes something "
            f"else: {whole}."
        )
    if not removal.proved:
        notes.append(
            "A norm of its own kind averages over channels, so that their removal could not be held against masking; "
            "the smaller networks were only seen to run."
        )
    return notes


def listed(names: Sequence[str]) -> str:
    """The first six, and how many more there are."""
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
