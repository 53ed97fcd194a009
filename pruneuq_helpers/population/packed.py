"""Named tensors of a whole stack in one vector."""

from math import prod

import torch

LANE = 16


class Packed:
    """``name -> [K, ...]``, one after the other in a single vector: one call for the optimiser, masks and copies."""

    def __init__(self, shapes: dict, members: int, dtype: torch.dtype, device):
        self.shapes, self.members = shapes, members
        sizes = {name: members * prod(shape) for name, shape in shapes.items()}
        # Each starts at a multiple of 16 numbers and the vector ends at one: vectorised loops then never reach their
        # scalar remainder, whose rounding differs, and a member's numbers cannot depend on where in the stack it lies.
        slots = {name: -(-size // LANE) * LANE for name, size in sizes.items()}
        self.vector = torch.zeros(sum(slots.values()), dtype=dtype, device=device)
        self.tensors, start = {}, 0
        for name, shape in shapes.items():
            self.tensors[name] = self.vector[start : start + sizes[name]].view(members, *shape)
            start += slots[name]

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.tensors[name]

    def like(self, members: int | None = None, fill: float = 0.0) -> "Packed":
        """A new one with the same names, filled with one number."""
        members = self.members if members is None else members
        other = Packed(self.shapes, members, self.vector.dtype, self.vector.device)
        other.vector.fill_(fill)
        return other

    def select(self, places: torch.Tensor) -> "Packed":
        """A new one with only the members at these places."""
        other = self.like(len(places))
        for name, tensor in other.tensors.items():
            torch.index_select(self[name], 0, places, out=tensor)
        return other

    def copy_members(self, places: torch.Tensor, source: "Packed", from_places: torch.Tensor) -> None:
        """Write members of another one over the members at these places."""
        for name, tensor in self.tensors.items():
            tensor.index_copy_(0, places, source[name].index_select(0, from_places))

    def member(self, place: int) -> dict[str, torch.Tensor]:
        """A copy of one member's tensors."""
        return {name: tensor[place].clone() for name, tensor in self.tensors.items()}
