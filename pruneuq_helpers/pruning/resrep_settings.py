"""How ResRep forgets: its settings, and how strongly it must pull for a row to vanish in the steps there are."""

import math
from dataclasses import dataclass

from pruneuq_helpers import checks

TARGETS = ("channels", "flops")
AUTO = "auto"


@dataclass(frozen=True)
class Settings:
    """How ResRep forgets; the defaults are those of its authors' code.

    Parameters
    ----------
    target : {"channels", "flops"}
        What the level is a fraction of: the channels that compactors stand behind (S1), or all multiply-adds (the
        authors' code).
    strength : float or "auto"
        Pull towards zero on every row of a compactor; 0 and "auto" take it from the steps there are (`pull`).
    compactor_momentum : float
        Of the compactors' own gradient descent.
    compactor_rate : float, optional
        Their learning rate; that of the network, unless given. It follows half a cosine to zero, step by step.
    mask_after : float
        Epochs before the first mask.
    mask_every, mask_more : int
        Steps between masks, and rows by which a mask may grow over the one before.
    threshold : float
        Rows with a smaller norm are cut in the end.

    Examples
    --------
    >>> Settings(mask_every=0)
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `mask_every` got 0; it takes a whole number of at least 1
    """

    target: str = "channels"
    strength: float | str = 1e-4
    compactor_momentum: float = 0.99
    compactor_rate: float | None = None
    mask_after: float = 5
    mask_every: int = 200
    mask_more: int = 4
    threshold: float = 1e-5

    def __post_init__(self):
        checks.choice("target", self.target, TARGETS)
        for name in ("mask_every", "mask_more"):
            checks.settle(self, **{name: checks.whole(name, getattr(self, name))})
        for name in ("strength", "compactor_momentum", "compactor_rate", "mask_after", "threshold"):
            value, auto = getattr(self, name), ", or auto" if name == "strength" else ""
            usual = value is None if name == "compactor_rate" else isinstance(value, str) and auto and value == AUTO
            if not usual:
                checks.settle(self, **{name: checks.number(name, value, f"a number of at least 0{auto}", low=0)})

    def pull(self, rows: int, steps: int, epoch_steps: int, rate: float) -> tuple[float, str | None]:
        """The strength that lets `rows` vanish in the steps there are, or the given one; and what stands against it."""
        # A row that the loss has let go loses strength × Σ rate / (1 - momentum) of its norm, which was 1. The rows of
        # the last mask have the fewest steps left, so the sum is over these; momentum needs some steps to gather.
        lost = shrinkages(steps, rate, self.compactor_momentum)
        times = range(math.ceil(self.mask_after * epoch_steps), steps, self.mask_every)  # steps with a mask, from 0
        needed, half = -(-rows // self.mask_more), sum(time < steps / 2 for time in times)
        if self.strength in (0, AUTO):
            # Masks of the second half, when the rate falls away, would ask for a pull that spares no row.
            last = times[min(needed, half) - 1] if min(needed, half) else 0
            strength, in_time = 1 / lost[last], half
        else:
            strength, in_time = self.strength, sum(self.strength * lost[time] >= 1 for time in times)
        if in_time >= needed:
            return strength, None
        if not in_time and strength * lost[0] < 1:
            why = f"shortens a row by {strength * lost[0]:.2g} in {steps} steps, and rows are 1 long"
            return strength, f"parameter `strength` got {self.strength}, which {why}; it takes more, or auto"
        why = f"masks {min(rows, in_time * self.mask_more)} of {rows} rows in time to vanish in {steps} steps"
        return strength, f"ResRep {why}; it takes a larger `mask_more` or a smaller `mask_every`"


def shrinkages(steps: int, rate: float, momentum: float) -> list[float]:
    """By how much a pull of strength 1 shortens a row that the loss lets go at each step, until the end."""
    found, rates, moved = [], 0.0, 0.0
    for step in range(steps, 0, -1):
        rates += annealed(rate, step, steps)
        moved = rates + momentum * moved
        found.append(moved)
    return found[::-1]


def annealed(rate: float, step: int, steps: int) -> float:
    """The compactors' rate at a step, counted from 1: half a cosine."""
    return rate * (1 + math.cos(math.pi * (step - 1) / steps)) / 2
