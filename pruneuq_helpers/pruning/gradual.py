"""Gradual magnitude pruning (Zhu and Gupta 2017, as used by S4): the level rises while the network trains."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import torch
from torch import Tensor, nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning import exact
from pruneuq_helpers.pruning.weights import cubic


@dataclass(frozen=True)
class Gradual:
    r"""The schedule of a pruning that goes on while networks train: from when to when, and how far.

    At step s of an update the level is :math:`t (1 - (1 - p)^3)` with
    :math:`p = (s - \mathrm{begin}) / (\mathrm{end} - \mathrm{begin})`, clipped to [0, 1].
    Each layer keeps its ``round(n * (1 - level))`` largest weights; between updates and after ``end`` masks hold.

    Parameters
    ----------
    levels : float or sequence of float
        The final level t of all members, or one each.
    begin, end, every : int
        Steps: an update comes when ``begin <= step <= end`` and ``every`` steps have passed since the last one
        (since step 0 for the first).
    grad : str
        ``"masked"``: a removed weight gets no gradient from the loss (S4's code), only momentum and weight decay.
        ``"dense"``: it gets the gradient of the weight it would be (S4's text), and so can come back.
    layers : sequence of str, optional
        Names of the weights to prune; by default all but the last layer's.

    Examples
    --------
    >>> Gradual(levels=0.9, begin=1000, end=20000, every=2000).steps()[:3]
    [2000, 4000, 6000]
    """

    levels: float | Sequence[float]
    begin: int
    end: int
    every: int
    grad: str = "masked"
    layers: tuple[str, ...] | None = None

    def __post_init__(self):
        for name, least in {"begin": 0, "end": 1, "every": 1}.items():
            checks.settle(self, **{name: checks.whole(name, getattr(self, name), least)})
        if not self.begin < self.end:
            raise ParameterError(
                f"parameters `begin` and `end` got {self.begin} and {self.end}; they take steps with 0 <= begin < end"
            )
        checks.choice("grad", self.grad, ("masked", "dense"))
        if isinstance(self.levels, Real | str) or self.levels is None:
            checks.settle(self, levels=checks.level("levels", self.levels))
        else:
            checks.settle(self, levels=checks.each("levels", self.levels, checks.level))
        if self.layers is not None:
            checks.each("layers", self.layers, checks.text)

    def steps(self) -> list[int]:
        """The steps after which masks are drawn anew."""
        found, last = [], 0
        for step in range(self.begin, self.end + 1):
            if step >= last + self.every:
                found.append(step)
                last = step
        return found

    def level(self, step: int, final: float) -> float:
        """The level that a member with this final level has after a step."""
        return cubic(step, self.begin, self.end, final)

    def names(self, prunable: Sequence[str]) -> list[str]:
        """The weights that are pruned, of all weights of a network from first to last."""
        names = list(prunable[:-1] if self.layers is None else self.layers)
        if not names or not set(names) <= set(prunable):
            raise ParameterError(f"parameter `layers` got {names}; it takes some of {list(prunable)}")
        return names

    def masks(self, parameters, step: int, finals: Sequence[float], layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """The masks of a stack after a step: the largest weights of each layer stay."""
        levels = [self.level(step, final) for final in finals]
        return exact.by_layer({name: parameters[name].abs() for name in layers}, levels, rounding="nearest")


class GradualPruning:
    """Prunes one network of any size while it trains, by the same schedule as a population.

    Hand it to ``training.train(..., on_gradients=pruning.on_gradients, on_step=pruning.on_step, stateful=[pruning])``.
    Underneath the masks every weight is remembered, and it is this weight that the optimiser moves: momentum and weight
    decay act on what is removed, and what grows back large enough is there again at the next update. Between steps the
    network holds the masked weights, so whatever looks at it sees a pruned one. Early stopping does not go with a level
    that is still rising.

    Parameters
    ----------
    model : torch.nn.Module
        The network that will be trained.
    schedule : Gradual
        Of one level.

    Attributes
    ----------
    names : list of str
        The weights that are pruned.
    masks : dict
        Name to zeros and ones, since the first update; empty before.

    Examples
    --------
    >>> from pruneuq_helpers import data, models, training
    >>> model = models.build("mlp", 2, (2,), hidden=(10, 10))
    >>> pruning = GradualPruning(model, Gradual(0.75, begin=0, end=40, every=10))
    >>> hooks = {"on_gradients": pruning.on_gradients, "on_step": pruning.on_step}
    >>> _ = training.train(model, data.load("moons"), epochs=4, stateful=[pruning], **hooks)
    >>> [round(float((mask == 0).double().mean()), 2) for mask in pruning.masks.values()]
    [0.75, 0.75]
    """

    def __init__(self, model: nn.Module, schedule: Gradual):
        networks.finite("model", networks.network("model", model, least=1))
        checks.instance("schedule", schedule, Gradual, "a Gradual")
        if not isinstance(schedule.levels, Real):
            raise ParameterError(f"parameter `schedule` got levels {schedule.levels!r}; of one network it takes one")
        self.schedule, self.updates = schedule, set(schedule.steps())
        self.masks: dict[str, Tensor] = {}
        self.names = schedule.names(prunable(model))
        self._dense: dict[str, Tensor] = {}

    def on_gradients(self, model: nn.Module, step: int) -> None:
        """The hook before an update: the optimiser is to move what lies underneath the masks."""
        with torch.no_grad():
            for name, weight in self._pruned(model).items():
                weight.copy_(self._dense[name])
                if self.schedule.grad == "masked" and weight.grad is not None:
                    weight.grad.mul_(self.masks[name])

    def on_step(self, model: nn.Module, step: int) -> None:
        """The hook after an update: masks are drawn anew where that is due, and applied."""
        with torch.no_grad():
            if step in self.updates:
                self._draw(model, step)
            for name, weight in self._pruned(model).items():
                self._dense[name].copy_(weight)
                weight.mul_(self.masks[name])

    def state_dict(self) -> dict:
        """What a checkpoint needs to hold."""
        return {"schedule": repr(self.schedule), "masks": self.masks, "dense": self._dense}

    def load_state_dict(self, state: dict) -> None:
        """Go on from a checkpoint of the same schedule."""
        if state["schedule"] != repr(self.schedule):
            raise ParameterError(f"the checkpoint belongs to {state['schedule']}, and this is {self.schedule}")
        self.masks, self._dense = dict(state["masks"]), dict(state["dense"])

    def _draw(self, model: nn.Module, step: int) -> None:
        weights = {name: model.get_parameter(name).detach() for name in self.names}
        stack = {name: weight[None] for name, weight in weights.items()}
        drawn = self.schedule.masks(stack, step, [self.schedule.levels], self.names)
        # In the memory layout of the weights, which is not the plain one for convolutions on a GPU.
        self.masks = {name: torch.empty_like(weight).copy_(drawn[name][0]) for name, weight in weights.items()}
        self._dense = self._dense or {name: torch.empty_like(weight) for name, weight in weights.items()}

    def _pruned(self, model: nn.Module) -> dict[str, nn.Parameter]:
        """The weights under a mask; what a checkpoint brought follows them to their device."""
        weights = {name: model.get_parameter(name) for name in self.masks}
        for name, weight in weights.items():
            if self.masks[name].device != weight.device:
                self.masks[name], self._dense[name] = (each[name].to(weight) for each in (self.masks, self._dense))
        return weights


def prunable(model: nn.Module) -> list[str]:
    """Names of a network's weights from first to last, the last linear layer's at the end; no biases, no norms."""
    kinds = nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, kinds)}
    linear = [name for name, layer in layers.items() if isinstance(layer, nn.Linear)][-1:]
    return [f"{name}.weight" for name in (*(name for name in layers if name not in linear), *linear)]
