"""Adam and SGD on the packed parameters of a stack.

They call the fused kernels under ``torch.optim`` directly: one call a step instead of a Python loop, and no import of
the compiler, which ``torch.optim`` drags in (over two seconds in every worker process).
"""

from dataclasses import dataclass

import torch

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population.packed import Packed


@dataclass(frozen=True)
class Recipe:
    """How one member is optimised; members that share it can share a stack."""

    name: str = "adam"
    rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self):
        checks.choice("optimiser", self.name, OPTIMISERS)
        if self.name == "adam" and self.momentum:
            raise ParameterError(f'parameter `momentum` got {self.momentum}; it belongs to `optimiser` "sgd"')

    def start(self, parameters: Packed):
        """A fresh optimiser for these parameters."""
        return OPTIMISERS[self.name](self, parameters)


class Adam:
    """Adam with torch's defaults for the two decay rates and epsilon; weight decay is added to the gradient."""

    def __init__(self, recipe: Recipe, parameters: Packed):
        self.recipe = recipe
        self.mean, self.square = parameters.like(), parameters.like()
        self.steps = torch.zeros((), device=parameters.vector.device)

    def step(self, parameters: Packed, gradients: Packed) -> None:
        """Move the parameters once."""
        self.steps += 1
        torch._fused_adam_(
            [parameters.vector],
            [gradients.vector],
            [self.mean.vector],
            [self.square.vector],
            [],
            [self.steps],
            lr=self.recipe.rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=self.recipe.weight_decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )

    def select(self, places: torch.Tensor) -> None:
        """Keep only the members at these places."""
        self.mean, self.square = self.mean.select(places), self.square.select(places)


class SGD:
    """Stochastic gradient descent with momentum; weight decay is added to the gradient."""

    def __init__(self, recipe: Recipe, parameters: Packed):
        self.recipe, self.first = recipe, True
        self.velocity = parameters.like() if recipe.momentum else None

    def step(self, parameters: Packed, gradients: Packed) -> None:
        """Move the parameters once."""
        torch._fused_sgd_(
            [parameters.vector],
            [gradients.vector],
            [self.velocity.vector] if self.velocity else [],
            weight_decay=self.recipe.weight_decay,
            momentum=self.recipe.momentum,
            lr=self.recipe.rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
            is_first_step=self.first,
        )
        self.first = False

    def select(self, places: torch.Tensor) -> None:
        """Keep only the members at these places."""
        self.velocity = self.velocity.select(places) if self.velocity else None


OPTIMISERS = {"adam": Adam, "sgd": SGD}
