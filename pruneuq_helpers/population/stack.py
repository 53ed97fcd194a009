"""The live stack: the members that are still training, and what can be done to them."""

import torch
from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks.networks import device as device_of
from pruneuq_helpers.checks.networks import floating
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population import kernels
from pruneuq_helpers.population.architecture import Network
from pruneuq_helpers.population.packed import LANE, Packed

BLOCK = 128  # images evaluated at a time: whole test sets stacked would leave the cache


class Stack:
    """K members of one shape, stacked along the first axis.

    The hook of `train` receives it at the end of every epoch.

    Attributes
    ----------
    members : list of int
        Which members of the population are still here, by their place in ``seeds``.
    epoch : int
        Epochs done; 1 after the first.
    weights : dict
        Name to ``[K, ...]``: the weights the network computes with; change them in place.
    masks : dict or None
        Name to ``[K, ...]`` of zeros and ones.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> network = mlp(2, 3, 2)
    >>> stack = Stack(network, [network.initial(0), network.initial(1)])
    >>> torch.allclose(stack.predict(torch.ones(5, 2))[1], network.module(seed=1)(torch.ones(5, 2)))
    True
    """

    def __init__(self, network: Network, states: list, dtype=None, device="cpu"):
        checks.instance("network", network, Network, "a Network, such as `mlp` makes")
        dtype = torch.get_default_dtype() if dtype is None else floating("dtype", dtype)
        device = device_of("device", device)
        _check_states(states, network)
        self._begin(network, states, dtype, device, range(len(states)), None)

    @classmethod
    def begun(cls, network: Network, states: list, dtype, device, members, scratch) -> "Stack":
        """A stack of some members of a population, of what is checked."""
        stack = cls.__new__(cls)
        stack._begin(network, states, dtype, device, members, scratch)
        return stack

    def _begin(self, network: Network, states: list, dtype, device, members, scratch) -> None:
        self.network, self.epoch, self.members = network, 0, list(members)
        self.parameters = Packed(network.parameters(), len(states), dtype, device)
        self.buffers = Packed(network.buffers(), len(states), dtype, device)
        for packed in (self.parameters, self.buffers):
            for name, tensor in packed.tensors.items():
                tensor.copy_(torch.stack([state[name].detach() for state in states]))
        self.gradients = self.parameters.like()
        self.generators = [torch.Generator(device=device) for _ in states]
        # Handed from one stack to the next, memory need not be fetched from the system again.
        self.scratch = scratch or kernels.Scratch(dtype, device)
        # What the network computes with. A mask schedule keeps the dense parameters apart, so that they can come back.
        self.effective, self.mask = self.parameters, None
        self._build()

    def __len__(self) -> int:
        return len(self.members)

    @property
    def device(self) -> torch.device:
        """Where it lives."""
        return self.parameters.vector.device

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """Name to ``[K, ...]``."""
        return self.effective.tensors

    @property
    def masks(self) -> dict[str, torch.Tensor] | None:
        """Name to ``[K, ...]``, for the parameters that have one; change them with `set_masks`."""
        return None if self.mask is None else {name: self.mask[name] for name in self.masked}

    def set_masks(self, masks) -> None:
        """Hold the weights at zero where the mask is, from now on.

        Parameters
        ----------
        masks : dict or list of dict
            Name to ``[K, ...]``, or one dict per member; a name left out keeps the mask it had.
        """
        dicts = unstack(masks, len(self))
        names = {name for one in dicts for name in one}
        if names and self.mask is None:
            self.mask, self.masked = self.parameters.like(fill=1.0), []
        for name in (name for name in self.weights if name in names):
            for row, one in zip(self.mask[name], dicts, strict=True):
                if name in one:
                    row.copy_(one[name])
            self.masked += [name] if name not in self.masked else []
        self.apply_masks()

    def keep_dense(self) -> None:
        """From now on removed weights are remembered underneath the mask, as gradual pruning needs."""
        if self.effective is self.parameters:
            self.effective = self.parameters.select(torch.arange(len(self), device=self.device))
            self._build()

    def apply_masks(self) -> None:
        """Multiply by the masks; floats, because a boolean fill is 30 times slower on a CPU."""
        if self.mask is not None:
            torch.mul(self.parameters.vector, self.mask.vector, out=self.effective.vector)
        elif self.effective is not self.parameters:
            self.effective.vector.copy_(self.parameters.vector)

    def forward(self, images: torch.Tensor, training: bool = False, dropout: bool = False) -> torch.Tensor:
        """Logits ``[K, C, B]`` of images ``[K, B, ...]``, in memory that the next call uses again."""
        batch, x = images.shape[1], self._columns("images", images)
        for kernel in self.kernels:
            x = kernel.forward(x, batch, training or (dropout and isinstance(kernel, kernels.Dropout)))
        return x[..., :batch]

    def backward(self, gradient: torch.Tensor) -> None:
        """Fill the gradients, given the one at the logits of the last training `forward`."""
        gradient = self._columns("gradient", gradient.transpose(1, 2))
        for kernel in reversed(self.kernels):
            gradient = kernel.backward(gradient)
            if gradient is None:
                return

    def _columns(self, name: str, rows: torch.Tensor) -> torch.Tensor:
        """``[K, B, ...]`` to ``[K, ..., B]``, with columns of zeros up to a multiple of 16 (see `kernels`)."""
        batch = rows.shape[1]
        padded = -(-batch // LANE) * LANE
        x = self.scratch(name, (len(rows), *rows.shape[2:], padded))
        x[..., batch:].zero_()
        x[..., :batch].copy_(rows.movedim(1, -1))
        return x

    def predict(self, images: torch.Tensor, dropout: bool = False) -> torch.Tensor:
        """Logits of every member.

        Parameters
        ----------
        images : torch.Tensor
            ``[N, ...]`` shared, or ``[K, N, ...]``.
        dropout : bool
            Keep dropout on (Monte Carlo dropout), each member by its own generator.

        Returns
        -------
        torch.Tensor
            ``[K, N, C]``.
        """
        images = stacked(images, self.network.input_shape, len(self))
        return self.logits(images.to(self.parameters.vector), dropout)

    def logits(self, images: torch.Tensor, dropout: bool = False) -> torch.Tensor:
        """`predict` for images that are stacked already, ``[K, N, ...]``."""
        blocks = [self.forward(block, dropout=dropout).transpose(1, 2).clone() for block in images.split(BLOCK, dim=1)]
        return torch.cat(blocks, dim=1)

    def select(self, index: torch.Tensor) -> None:
        """Keep only the members at these places: a stack without the finished ones is faster than a masked one."""
        dense = self.effective is self.parameters
        self.parameters, self.buffers = self.parameters.select(index), self.buffers.select(index)
        self.effective = self.parameters if dense else self.effective.select(index)
        self.gradients = self.parameters.like()
        self.mask = None if self.mask is None else self.mask.select(index)
        self.members = [self.members[place] for place in index.tolist()]
        self.generators = [self.generators[place] for place in index.tolist()]
        self._build()

    def packed(self) -> tuple[Packed, Packed]:
        """What a member's state is made of: weights and buffers."""
        return self.effective, self.buffers

    def _build(self) -> None:
        tensors = {**self.effective.tensors, **self.buffers.tensors}
        self.kernels = kernels.build(
            self.network.layers, tensors, self.gradients.tensors, self.scratch, self.generators
        )


def _check_states(states, network: Network) -> None:
    takes = "a list of state dicts of the network, one a member"
    shapes = network.parameters() | network.buffers()
    for state in checks.sequence("states", states, takes, least=1):
        if not isinstance(state, dict):
            raise checks.refused("states", states, takes)
        wrong = next((name for name in shapes if tuple(getattr(state.get(name), "shape", ())) != shapes[name]), None)
        if wrong is not None:
            raise ParameterError(f"parameter `states` got others than the network at `{wrong}`; it takes {takes}")


def stacked(images: torch.Tensor, input_shape: tuple, members: int, name: str = "images") -> torch.Tensor:
    """Images as ``[K, N, *input_shape]``: shared ones are seen K times without a copy."""
    shape, input_shape = images.shape, torch.Size(input_shape)
    # The exact shapes first: [K, 1, F] must not be taken for one image of K channels.
    for fits in (lambda part: part == input_shape, lambda part: part.numel() == input_shape.numel()):
        if len(shape) > 1 and fits(shape[1:]):
            return images.reshape(1, shape[0], *input_shape).expand(members, -1, *input_shape)
        if len(shape) > 2 and fits(shape[2:]) and shape[0] == members:
            return images.reshape(*shape[:2], *input_shape)
    raise ParameterError(
        f"parameter `{name}` got shape {tuple(shape)}; it takes [N, ...] or [{members}, N, ...] "
        f"where one image has {input_shape.numel()} numbers, {tuple(input_shape)}"
    )


def unstack(weights, members: int) -> list[dict]:
    """K state dicts of either form of weights or masks."""
    if not isinstance(weights, dict):
        return [dict(one.state_dict() if isinstance(one, nn.Module) else one or {}) for one in weights]
    return [{name: value[k] for name, value in weights.items()} for k in range(members)]
