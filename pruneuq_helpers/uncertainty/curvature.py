"""How the logits move when the kept weights do: Jacobians and the generalised Gauss–Newton matrix made of them."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError

ASKED = 512  # images that a network is asked about at a time
BLOCK = 2**24  # numbers in a block of Jacobians: 64 MiB


class Curve:
    """A network in eval mode as a function of its kept weights."""

    def __init__(self, model: nn.Module, kept: dict[str, Tensor]):
        self.model, parameters = model, dict(model.named_parameters())
        device = next(model.parameters()).device
        self.places = {
            name: mask.flatten().nonzero().squeeze(1).to(device)
            for name, mask in checked(parameters, kept).items()
            if bool(mask.any())
        }
        self.moving = {name: parameters[name].detach() for name in self.places}
        fixed = {name: value.detach() for name, value in parameters.items() if name not in self.places}
        self.fixed = fixed | dict(model.named_buffers())
        self.device = device

    @property
    def weights(self) -> Tensor:
        """The kept weights, one after the other."""
        return torch.cat([self.moving[name].flatten()[place] for name, place in self.places.items()])

    def classes(self, images: Tensor) -> int:
        """How many logits it gives."""
        one = functional_call(self.model, (self.moving, self.fixed), (images[:1].to(self.device),))
        return networks.logits(one, 1).shape[1]

    def blocks(self, images: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Logits ``[B, C]`` and Jacobians ``[B, C, n]`` of a few images at a time, on the device."""
        numbers = self.classes(images) * sum(value.numel() for value in self.moving.values())
        for block in images.split(max(1, BLOCK // numbers)):
            yield self._block(block.to(self.device))

    def logits_at(self, weights: Tensor, images: Tensor) -> Tensor:
        """Logits ``[N, C]`` of the network itself with other kept weights, one after the other."""
        moving, parts = {}, weights.split([len(place) for place in self.places.values()])
        for (name, place), part in zip(self.places.items(), parts, strict=True):
            value = self.moving[name]
            moving[name] = value.flatten().index_put((place,), part.to(value)).view_as(value)
        with torch.no_grad():
            found = [functional_call(self.model, (moving, self.fixed), (few.to(self.device),))
                     for few in images.split(ASKED)]  # fmt: skip
        return networks.logits(torch.cat(found), len(images))

    def _block(self, images: Tensor) -> tuple[Tensor, Tensor]:
        def logits(moving: dict, image: Tensor):
            found = functional_call(self.model, (moving, self.fixed), (image[None],))[0]
            return found, found

        slopes, found = vmap(jacrev(logits, has_aux=True), (None, 0))(self.moving, images)
        parts = [slopes[name].flatten(2)[:, :, place] for name, place in self.places.items()]
        return found.detach(), torch.cat(parts, dim=2).detach()


def checked(parameters: dict[str, Tensor], kept: dict[str, Tensor]) -> dict[str, Tensor]:
    """The masks in the order of the parameters, when there is one weight to keep and every shape fits."""
    if not isinstance(kept, dict):
        raise checks.refused("kept", kept, "a dict of parameter names to booleans")
    for name, mask in kept.items():
        if name not in parameters:
            raise ParameterError(f"parameter `kept` got {name!r}; it takes parameters of the network")
        if not isinstance(mask, Tensor):
            raise checks.refused(f"kept[{name!r}]", mask, f"booleans of shape {tuple(parameters[name].shape)}")
        if mask.shape != parameters[name].shape or mask.dtype != torch.bool:
            takes = f"it takes booleans of shape {tuple(parameters[name].shape)}"
            raise ParameterError(f"parameter `kept` got {mask.dtype} {tuple(mask.shape)} for {name!r}; {takes}")
    if not any(bool(mask.any()) for mask in kept.values()):
        raise ParameterError("parameter `kept` got no weight to keep; it takes at least one")
    return {name: kept[name] for name in parameters if name in kept}


def roots(logits: Tensor, slopes: Tensor) -> Tensor:
    """Matrices ``[B * C, n]`` whose squares add up to the generalised Gauss–Newton matrix."""
    probs = logits.double().softmax(dim=1)
    root = probs.sqrt()
    wide = slopes.double()
    # The curvature in the logits is Λ = diag(p) - p pᵀ = R Rᵀ with R = diag(√p) - p √pᵀ, so that Σ Jᵀ Λ J is the square
    # of the stacked Rᵀ J.
    mean = torch.einsum("bc,bcn->bn", probs, wide)
    return (root[:, :, None] * (wide - mean[:, None, :])).flatten(0, 1)
