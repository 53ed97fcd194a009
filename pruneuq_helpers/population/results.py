"""What training a population gives."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.checks.networks import device as device_of
from pruneuq_helpers.checks.networks import floating
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population.architecture import Network
from pruneuq_helpers.population.chunks import chunks, default_size, groups
from pruneuq_helpers.population.kernels import Scratch
from pruneuq_helpers.population.stack import BLOCK, Stack, stacked, unstack
from pruneuq_helpers.population.threads import one_thread


def stack(models) -> dict[str, torch.Tensor]:
    """Stack the weights of plain modules of one shape.

    Parameters
    ----------
    models : sequence of torch.nn.Module or of state dicts
        K of them, with the same names and shapes.

    Returns
    -------
    dict
        Name to ``[K, ...]``.

    Examples
    --------
    >>> first, second = nn.Linear(2, 3), nn.Linear(2, 3)
    >>> torch.equal(stack([first, second])["weight"][1], second.weight)
    True
    """
    takes = "a list of networks or of state dicts, at least one"
    models = checks.sequence("models", models, takes, least=1)
    states = [model.state_dict() if isinstance(model, nn.Module) else model for model in models]
    if not all(isinstance(state, Mapping) and state and all(map(_is_tensor, state.values())) for state in states):
        raise checks.refused("models", [type(state) for state in states], takes)
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    if any(shape != shapes[0] for shape in shapes):
        raise ParameterError("parameter `models` got networks of different shapes; it takes one shape (else a list)")
    return {name: torch.stack([state[name].detach() for state in states]) for name in states[0]}


def _is_tensor(value) -> bool:
    return isinstance(value, torch.Tensor)


def predict(network, weights, images, dropout: int | None = None, dtype=None, device="cpu") -> torch.Tensor:
    """Logits of every member.

    Parameters
    ----------
    network : Network or torch.nn.Module, or a sequence with one per member
        Of the members; class counts must agree.
    weights : dict or sequence of dict
        Name to ``[K, ...]``, or K state dicts.
    images : torch.Tensor
        ``[N, ...]`` shared, or ``[K, N, ...]``.
    dropout : int, optional
        A seed: dropout stays on (one pass of Monte Carlo dropout), member k drawing with ``dropout + k``.
    dtype, device
        Where and in what it is computed; by default torch's default type.

    Returns
    -------
    torch.Tensor
        ``[K, N, C]`` on the CPU.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> models = [mlp(2, 3, 2).module(seed=seed) for seed in (0, 1)]
    >>> logits = predict(models, stack(models), torch.ones(4, 2))
    >>> torch.allclose(logits[1], models[1](torch.ones(4, 2)))
    True
    """
    states, networks = _members(network, weights)
    images, dropout = _shown(images, dropout)
    dtype = torch.get_default_dtype() if dtype is None else floating("dtype", dtype)
    return logits_of(networks, states, images, dropout, dtype, device_of("device", device))


def _shown(images, dropout) -> tuple[torch.Tensor, int | None]:
    return tensors.floats("images", images).detach(), None if dropout is None else checks.seed("dropout", dropout)


def _members(network, weights) -> tuple[list[dict], list[Network]]:
    if isinstance(weights, Mapping):
        weights = tensors.stack("weights", weights, finite=False)
        states = unstack(weights, len(next(iter(weights.values()))))
    else:
        takes = "a dict of name to [K, ...], or a list of K state dicts"
        states = checks.sequence("weights", weights, takes, least=1)
        if not all(isinstance(state, Mapping | nn.Module) for state in states):
            raise checks.refused("weights", states, takes)
        states = unstack(states, len(states))
    networks = [as_network(one) for one in (network if isinstance(network, list | tuple) else [network])]
    if len(networks) not in (1, len(states)):
        raise ParameterError(
            f"parameter `network` got {len(networks)} entries; it takes one, or one each, {len(states)}"
        )
    networks = networks * len(states) if len(networks) == 1 else networks
    for state, described in zip(states, networks, strict=True):
        shapes = described.parameters() | described.buffers()
        wrong = next((name for name in shapes if tuple(getattr(state.get(name), "shape", ())) != shapes[name]), None)
        if wrong is not None:
            raise ParameterError(
                f"parameter `weights` got others than the network at `{wrong}`; it takes {shapes[wrong]}"
            )
    return states, networks


def logits_of(networks: list[Network], states: list[dict], images, dropout, dtype, device) -> torch.Tensor:
    """What `predict` gives, of what is checked."""
    logits: list = [None] * len(states)
    scratch = Scratch(dtype, device)
    with one_thread():
        for group in groups(networks):
            wide = stacked(images, networks[group[0]].input_shape, len(states))
            size = default_size(networks[group[0]], BLOCK, dtype.itemsize, torch.device(device).type)
            for members in chunks(group, size):
                own = [states[member] for member in members]
                live = Stack.begun(networks[group[0]], own, dtype, device, members, scratch)
                for generator, member in zip(live.generators, members, strict=True):
                    generator.manual_seed((dropout or 0) + member)
                shared = len(states) == 1 or wide.stride(0) == 0
                own = wide[:1].to(device, dtype).expand(len(members), *wide.shape[1:]) if shared else wide[members]
                for member, one in zip(members, live.logits(own.to(device, dtype), dropout is not None), strict=True):
                    logits[member] = one.cpu()
    return torch.stack(logits)


def as_network(network) -> Network:
    """A network description from either form."""
    return network if isinstance(network, Network) else Network.of(network)


class Trained:
    """A trained population.

    Attributes
    ----------
    networks, states, masks : list
        One entry per member: its description, its weights (and buffers), its masks (empty: nothing removed).
    history : pandas.DataFrame
        member, epoch, train_loss, validation_loss: one row per member and epoch.
    best_epoch, stop_epoch : numpy.ndarray
        ``[K]``: the epoch of the lowest validation loss (the last one without validation), and the last one trained.
    failed : dict
        Member to a sentence, for those whose loss stopped being finite.
    """

    def __init__(self, networks: list[Network], watches: list, dtype, device):
        self.networks, self.dtype, self.device = networks, dtype, device
        members = range(len(networks))

        def gathered(name: str) -> list:
            found = {member: value for watch in watches for member, value in getattr(watch, name).items()}
            return [found[member] for member in members]

        self.states, self.masks = gathered("states"), gathered("masks")
        self.best_epoch, self.stop_epoch = np.array(gathered("best_epoch")), np.array(gathered("stop_epoch"))
        self.failed = {member: why for watch in watches for member, why in sorted(watch.failed.items())}
        self.history = _tidy([row for watch in watches for row in watch.history])

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        shortest, longest = self.stop_epoch.min(), self.stop_epoch.max()
        return f"{len(self.states)} members trained for {shortest} to {longest} epochs{failed}"

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """Name to ``[K, ...]``; for members of one shape."""
        return stack(self.states)

    def member(self, k: int) -> nn.Sequential:
        """Member k as a plain module."""
        k = checks.whole("k", k, 0, len(self.networks) - 1)
        module = self.networks[k].built().to(self.dtype)
        module.load_state_dict({**module.state_dict(), **self.states[k]})
        return module.eval()

    def predict(self, images: torch.Tensor, dropout: int | None = None) -> torch.Tensor:
        """Logits ``[K, N, C]``; see `pruneuq_helpers.population.predict`."""
        images, dropout = _shown(images, dropout)
        return logits_of(self.networks, self.states, images, dropout, self.dtype, self.device)


def _tidy(rows: list) -> pd.DataFrame:
    """One row per member and epoch, by member."""
    absent = float("nan")
    table = {
        "member": [member for members, *_ in rows for member in members],
        "epoch": [epoch for members, epoch, *_ in rows for _ in members],
        "train_loss": [loss for *_, train, _ in rows for loss in train],
        "validation_loss": [loss for members, _, _, val in rows for loss in val or [absent] * len(members)],
    }
    return pd.DataFrame(table).sort_values(["member", "epoch"], ignore_index=True)
