"""Gradual magnitude pruning (Zhu and Gupta 2017, as used by S4): the level rises while the network trains."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning import cubic_level, masks


@dataclass(frozen=True)
class Gradual:
    r"""When to prune, and how far.

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
        if not 0 <= self.begin < self.end:
            raise ParameterError(
                f"parameters `begin` and `end` got {self.begin} and {self.end}; they take steps with 0 <= begin < end"
            )
        if self.every < 1:
            raise ParameterError(f"parameter `every` got {self.every}; it takes a whole number of 1 or more")
        if self.grad not in ("masked", "dense"):
            raise ParameterError(f'parameter `grad` got {self.grad!r}; it takes "masked" or "dense"')

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
        return cubic_level(step, self.begin, self.end, final)

    def names(self, network) -> list[str]:
        """The weights that are pruned."""
        names = network.prunable()[:-1] if self.layers is None else list(self.layers)
        unknown = [name for name in names if name not in network.prunable()]
        if unknown or not names:
            raise ParameterError(f"parameter `layers` got {names}; it takes some of {network.prunable()}")
        return names

    def masks(self, parameters, step: int, finals: Sequence[float], layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """The masks of a stack after a step: the largest weights of each layer stay."""
        levels = [self.level(step, final) for final in finals]
        return masks.per_layer({name: parameters[name].abs() for name in layers}, levels, rounding="nearest")


class Pruner:
    """A schedule at work on a live stack.

    Parameters
    ----------
    schedule : Gradual
        When and how far.
    stack : Stack
        Which remembers, from now on, what its removed weights would be.
    levels : sequence of float
        Final level of every member of the population.
    """

    def __init__(self, schedule: Gradual, stack, levels: Sequence[float]):
        self.schedule, self.stack, self.levels, self.step = schedule, stack, levels, 0
        self.updates, self.layers = set(schedule.steps()), schedule.names(stack.network)
        stack.keep_dense()

    def before_step(self) -> None:
        """Keep the loss from moving what is removed, if the schedule says so."""
        if self.schedule.grad == "masked" and self.stack.mask is not None:
            self.stack.gradients.vector.mul_(self.stack.mask.vector)

    def after_step(self) -> None:
        """Draw the masks anew where an update is due."""
        self.step += 1
        if self.step in self.updates:
            finals = [self.levels[member] for member in self.stack.members]
            self.stack.set_masks(self.schedule.masks(self.stack.parameters, self.step, finals, self.layers))
