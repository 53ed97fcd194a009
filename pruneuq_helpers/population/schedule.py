"""Gradual magnitude pruning at work on a population."""

from collections.abc import Sequence

from pruneuq_helpers.pruning.gradual import Gradual


class Pruner:
    """A schedule at work on a live stack."""

    def __init__(self, schedule: Gradual, stack, levels: Sequence[float]):
        self.schedule, self.stack, self.levels, self.step = schedule, stack, levels, 0
        self.updates, self.layers = set(schedule.steps()), schedule.names(stack.network.prunable())
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
