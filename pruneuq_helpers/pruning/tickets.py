"""Structured tickets: pruned networks with the values that their surviving units started from (S0, section 3).

The steps of every strategy, for K networks of one shape at a time: `whole` networks are trained by `train`, cut by
`prune`, given initial values by `rewind`; `iterate` does it in rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from pruneuq_helpers import checks, population
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population import Network
from pruneuq_helpers.pruning.cutting import cut, fitted, repeated, round_level, strongest, weighted, widths

_SCOPES = ("all", "fc")


@dataclass(frozen=True, eq=False, repr=False)
class Tickets:
    """K networks of one shape, each a part of a larger one.

    Parameters
    ----------
    network : Network
        What one of them looks like.
    weights : dict
        Name to ``[K, ...]``.
    units : dict
        Name of each layer with weights to ``[K, width]``: which units of the dense network these are, ascending.
    best_epoch, stop_epoch : numpy.ndarray, optional
        ``[K]``: epochs of the last training, None before the first.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> whole(mlp(2, 4, 2), [mlp(2, 4, 2).initial(seed) for seed in range(3)])
    3 networks of widths 4
    """

    network: Network
    weights: dict[str, torch.Tensor]
    units: dict[str, torch.Tensor]
    best_epoch: np.ndarray | None = None
    stop_epoch: np.ndarray | None = None

    def __len__(self) -> int:
        return len(next(iter(self.weights.values())))

    def __repr__(self) -> str:
        return f"{len(self)} networks of widths {', '.join(map(str, widths(self.network)[:-1]))}"

    def predict(self, images: torch.Tensor, **options) -> torch.Tensor:
        """Logits ``[K, N, C]``; see `pruneuq_helpers.population.predict`."""
        return population.predict(self.network, self.weights, images, **options)


def whole(network: Network, weights) -> Tickets:
    """Begin with K dense networks, from which tickets are cut.

    Parameters
    ----------
    network : Network
        What one of them looks like.
    weights : dict or sequence of dict
        Name to ``[K, ...]``, or K state dicts.

    Returns
    -------
    Tickets

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> whole(mlp(2, 4, 2), [mlp(2, 4, 2).initial(seed=0)]).units["fc1"]
    tensor([[0, 1, 2, 3]])
    """
    checks.instance("network", network, Network, "a Network, such as `population.mlp` makes")
    if not isinstance(weights, dict):
        weights = population.stack(checks.sequence("weights", weights, "a dict, or a list of K state dicts", least=1))
    stacked = tensors.stack("weights", weights)
    shapes = network.parameters() | network.buffers()
    if {name: tuple(value.shape[1:]) for name, value in stacked.items()} != shapes:
        raise ParameterError(f"parameter `weights` got {', '.join(stacked)}; it takes those of the network, {shapes}")
    members = len(next(iter(stacked.values())))
    units = {layer.name: torch.arange(layer.outputs).repeat(members, 1) for layer in weighted(network)}
    return Tickets(network, stacked, units)


def prune(tickets: Tickets, level: float, scope: str = "all") -> Tickets:
    r"""Remove the weakest units of every layer and keep the weights of the others (S0, Algorithm 1).

    A unit's score is the sum of the absolute weights that enter it from units still there. Of a layer with :math:`C`
    units the :math:`\lfloor pC \rfloor` with the lowest score go, of equal ones the lower index first.
    The outputs of the network all stay.

    Parameters
    ----------
    tickets : Tickets
        Trained networks.
    level : float
        Fraction of the units of each layer to remove, in [0, 1).
    scope : str
        "all" layers, or "fc": the hidden fully connected ones only.

    Returns
    -------
    Tickets
        Smaller networks.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> dense = whole(mlp(2, 4, 2), [mlp(2, 4, 2).initial(seed) for seed in range(3)])
    >>> prune(dense, level=0.5)
    3 networks of widths 2
    """
    return _pruned(_tickets("tickets", tickets), checks.level("level", level), checks.choice("scope", scope, _SCOPES))


def _tickets(name: str, value) -> Tickets:
    return checks.instance(name, value, Tickets, "Tickets, such as `whole` makes of networks")


def _pruned(tickets: Tickets, level: float, scope: str) -> Tickets:
    chosen = strongest(tickets.network, tickets.weights, level, scope)
    network, weights = cut(tickets.network, tickets.weights, chosen)
    units = {name: tickets.units[name].gather(1, stay.cpu()) for name, stay in chosen.items()}
    return Tickets(network, weights, units)


def rewind(tickets: Tickets, dense: Tickets) -> Tickets:
    """Give what was left by pruning the weights of the same units in other networks, such as their first ones.

    With the dense networks' own initial weights this makes tickets of S0 and of the lottery ticket hypothesis; with
    another draw of initial weights it is the random re-initialisation.

    Parameters
    ----------
    tickets : Tickets
        K pruned networks; their structure is kept.
    dense : Tickets
        K dense networks with the values.

    Returns
    -------
    Tickets

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> dense = whole(mlp(2, 4, 2), [mlp(2, 4, 2).initial(seed=0)])
    >>> other = whole(mlp(2, 4, 2), [mlp(2, 4, 2).initial(seed=1)])
    >>> ticket = rewind(prune(dense, 0.5), other)
    >>> bool((ticket.weights["fc1.bias"] == other.weights["fc1.bias"][:, ticket.units["fc1"][0]]).all())
    True
    """
    _fitting(_tickets("tickets", tickets), _tickets("dense", dense), "dense")
    return _rewound(tickets, dense)


def _fitting(tickets: Tickets, dense: Tickets, name: str) -> None:
    """Dense networks must be as many as there are tickets, and have the units that these kept."""
    if len(tickets) != len(dense):
        raise ParameterError(f"parameter `{name}` got {len(dense)} networks; it takes as many as there are tickets")
    known = dict(zip([layer.name for layer in weighted(dense.network)], widths(dense.network), strict=True))
    if any(name not in known or int(units.max()) >= known[name] for name, units in tickets.units.items()):
        raise ParameterError(f"parameter `{name}` got {dense}; it takes networks with all units of the tickets")


def _rewound(tickets: Tickets, dense: Tickets) -> Tickets:
    network, weights = cut(dense.network, dense.weights, tickets.units)
    return Tickets(network, weights, tickets.units)


def train(tickets: Sequence[Tickets], images, labels, seeds, validation=None, **options) -> list[Tickets]:
    """Train tickets, several sets of them together.

    Parameters
    ----------
    tickets : sequence of Tickets
        Sets of K networks; a set may have other widths than the next.
    images, labels : torch.Tensor
        ``[N, ...]`` and ``[N]`` shared by all, or ``[K, N, ...]`` and ``[K, N]``, one data set a seed.
    seeds : sequence of int
        K seeds: the k-th network of every set has the same order of batches.
    validation : tuple, optional
        Images and labels, in the forms of ``images`` and ``labels``.
    **options
        As for `pruneuq_helpers.population.train`.

    Returns
    -------
    list of Tickets
        The same sets with trained weights, and their best and last epochs.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> dense = whole(mlp(2, 4, 2), [mlp(2, 4, 2).initial(seed) for seed in range(3)])
    >>> images = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    >>> trained = train([dense, prune(dense, 0.5)], images, (images[:, 0] > 0).long(), range(3), epochs=5)
    >>> trained[1], trained[1].stop_epoch.tolist()
    (3 networks of widths 2, [5, 5, 5])
    """
    tickets = [_tickets("tickets", one) for one in checks.sequence("tickets", tickets, "a list of Tickets", least=1)]
    seeds, sets = checks.sequence("seeds", seeds, "a list with one seed each", least=1), len(tickets)
    if len(seeds) != len(tickets[0]):
        raise checks.refused("seeds", seeds, f"one value each for {len(tickets[0])}")
    if any(len(one) != len(seeds) for one in tickets):
        raise ParameterError(f"parameter `tickets` got sets of {[len(one) for one in tickets]}; it takes equal ones")
    tensors.dense("images", images), tensors.dense("labels", labels)
    if validation is not None:
        options["validation"] = tuple(repeated(part, validation[1], sets) for part in validation)
    trained = population.train(
        [one.network for one in tickets for _ in seeds],
        repeated(images, labels, sets),
        repeated(labels, labels, sets),
        seeds * sets,
        weights=[{name: value[k] for name, value in one.weights.items()} for one in tickets for k in range(len(one))],
        **options,
    )
    places = [slice(first, first + len(seeds)) for first in range(0, sets * len(seeds), len(seeds))]
    return [
        replace(
            one,
            weights=population.stack(trained.states[place]),
            best_epoch=trained.best_epoch[place],
            stop_epoch=trained.stop_epoch[place],
        )
        for one, place in zip(tickets, places, strict=True)
    ]


def iterate(dense: Tickets, levels: Sequence[float], fit, rounds: int = 5, initial=None, scope="all") -> list[Tickets]:
    r"""Prune in rounds, with a training after each: iterative pruning (S0, section 3.2).

    A round removes :math:`1 - (1 - p)^{1/n}` of what is left, so that n rounds reach the level p; each of them rounds
    down, so that a few more units stay than in one shot.

    Parameters
    ----------
    dense : Tickets
        Dense networks, trained from the initial weights by `fit`.
    levels : sequence of float
        Final levels; all of them go through their rounds together.
    fit : callable
        From a list of Tickets to the trained list, such as `train` with its data filled in.
    rounds : int
        How often it is pruned.
    initial : Tickets, or sequence of Tickets or None, optional
        Dense networks to which the survivors are reset after every pruning, or None to train on from the weights they
        have; a sequence has one entry a level.
    scope : str
        As for `prune`.

    Returns
    -------
    list of Tickets
        Trained, one entry a level.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> dense = whole(mlp(2, 30, 2), [mlp(2, 30, 2).initial(seed) for seed in range(3)])
    >>> iterate(dense, [0.5], fit=lambda tickets: tickets)
    [3 networks of widths 17]
    """
    levels, rounds = checks.each("levels", levels, checks.level), checks.whole("rounds", rounds)
    _tickets("dense", dense), checks.choice("scope", scope, _SCOPES), checks.function("fit", fit)
    starts = _starts(dense, initial, len(levels))
    tickets = [dense] * len(levels)
    for _ in range(rounds):
        pruned = [_pruned(one, round_level(level, rounds), scope) for one, level in zip(tickets, levels, strict=True)]
        begun = [_rewound(one, start) if start else one for one, start in zip(pruned, starts, strict=True)]
        # What lost no unit and is reset would become what it is: its training is not repeated.
        busy = [
            place
            for place, (one, before) in enumerate(zip(begun, tickets, strict=True))
            if starts[place] is None or one.network != before.network
        ]
        for place, one in zip(busy, fitted(fit, [begun[place] for place in busy]), strict=True):
            tickets[place] = one
    return tickets


def _starts(dense: Tickets, initial, count: int) -> list[Tickets | None]:
    """Dense networks to go back to, one entry a level."""
    if initial is None or isinstance(initial, Tickets):
        initial = [initial] * count
    starts = checks.sequence("initial", initial, f"Tickets or None, or {count} of them")
    if len(starts) != count:
        raise ParameterError(f"parameter `initial` got {len(starts)} entries; it takes one a level, {count}")
    for start in starts:
        if start is not None:
            _fitting(dense, _tickets("initial", start), "initial")
    return starts
