"""How one network is trained: optimiser, schedule, early stopping."""

import math
from dataclasses import dataclass, fields

import torch
from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError, suggestion

_CHOICES = {"optimiser": ("adam", "sgd"), "schedule": ("constant", "cosine", "step", "one-cycle")}
_WHOLE = {"epochs": 1, "batch": 1, "warmup": 0, "patience": 1}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: epochs, optimiser, rates, early stopping; epochs are counted from 1.

    Attributes
    ----------
    epochs : int
        At most this many passes over the training part.
    batch : int
        Images a step; more than there are makes one batch of all.
    optimiser : {"adam", "sgd"}
        `weight_decay` adds to the gradient in both (L2).
    learning_rate : float
        The schedule's largest: its first (after the warm-up, if any), or the peak of `one-cycle`.
    momentum : float
        Of `sgd` only.
    nesterov : bool
        Of `sgd` with momentum only.
    weight_decay : float
        L2 on all parameters.
    schedule : {"constant", "cosine", "step", "one-cycle"}
        `cosine` falls to 0 along a half cosine and `one-cycle` rises and falls in two straight lines, both at every
        step and to the end, whatever the number of epochs; `step` drops by `factor` after each of `milestones`.
    milestones : tuple of int
        The last epochs before each drop of `step`.
    factor : float
        What `step` multiplies the rate by.
    warmup : int
        Epochs over which the rate first rises in equal steps; 0 with `one-cycle`, which rises by itself.
    rise : float
        Share of the steps over which `one-cycle` rises.
    patience : int or None
        Stop after this many epochs without a strictly smaller validation loss, and take the best epoch's weights;
        with None train to the end and keep the last.

    Examples
    --------
    >>> from pruneuq_helpers.training import Recipe
    >>> recipe = Recipe(epochs=1, learning_rate=0.1, schedule="cosine")
    >>> [round(recipe.rate(step, epoch_steps=4), 3) for step in (1, 2, 3, 4)]
    [0.1, 0.085, 0.05, 0.015]
    """

    epochs: int = 50
    batch: int = 64
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: str = "constant"
    milestones: tuple[int, ...] = ()
    factor: float = 0.1
    warmup: int = 0
    rise: float = 0.25
    patience: int | None = None

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            checks.choice(name, getattr(self, name), choices)
        for name, least in _WHOLE.items():
            if not (name == "patience" and self.patience is None):
                checks.settle(self, **{name: checks.whole(name, getattr(self, name), least)})
        for name in ("momentum", "weight_decay", "factor"):
            value = checks.number(name, getattr(self, name), "a finite number of at least 0", low=0)
            checks.settle(self, **{name: value})
        checks.settle(self, learning_rate=checks.positive("learning_rate", self.learning_rate))
        checks.settle(self, rise=checks.share("rise", self.rise), nesterov=checks.flag("nesterov", self.nesterov))
        checks.settle(self, milestones=tuple(checks.each("milestones", self.milestones, checks.whole, least=0)))
        if self.schedule == "one-cycle" and self.warmup:
            raise checks.refused("warmup", self.warmup, "0 with `one-cycle`, which rises by itself")
        if self.schedule == "step" and not self.milestones:
            raise checks.refused("milestones", (), 'the epochs after which the rate drops, with `schedule` "step"')

    def rate(self, step: int, epoch_steps: int) -> float:
        """The learning rate of a step, counted from 1 over all epochs."""
        return self.rate_at(checks.whole("step", step), checks.whole("epoch_steps", epoch_steps))

    def rate_at(self, step: int, epoch_steps: int) -> float:
        """The same, of what is checked."""
        steps = self.epochs * epoch_steps
        share = min(1.0, step / (self.warmup * epoch_steps)) if self.warmup else 1.0
        if self.schedule == "cosine":
            share *= (1 + math.cos(math.pi * (step - 1) / steps)) / 2
        elif self.schedule == "step":
            share *= self.factor ** sum(milestone * epoch_steps < step for milestone in self.milestones)
        elif self.schedule == "one-cycle":
            done = (step - 0.5) / steps  # the middle of the step: no step has rate 0, not even an only one
            share = min(done / self.rise, (1 - done) / (1 - self.rise))
        return self.learning_rate * share

    def make_optimiser(self, model: nn.Module) -> torch.optim.Optimizer:
        """The optimiser of this recipe over all parameters of `model` (torch's fused kernels, on any device)."""
        common = {"lr": self.learning_rate, "weight_decay": self.weight_decay, "fused": True}
        if self.optimiser == "adam":
            return torch.optim.Adam(model.parameters(), **common)
        nesterov = self.nesterov and self.momentum > 0
        return torch.optim.SGD(model.parameters(), momentum=self.momentum, nesterov=nesterov, **common)


def recipe_of(settings: dict) -> Recipe:
    """A recipe from keyword arguments; an unknown one is refused with the nearest known name."""
    known = [field.name for field in fields(Recipe)]
    for name in settings:
        if name not in known:
            near = suggestion(name, known)
            raise ParameterError(f"unknown training parameter `{name}`; it takes {', '.join(known)}{near}")
    return Recipe(**settings)
