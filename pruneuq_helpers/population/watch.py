"""The record of a stack while it trains: losses, best epochs, and who is done."""

import numpy as np
import torch

from pruneuq_helpers.population.stack import Stack


class Watch:
    """Keeps the history, the best weights and the results of the members of one stack."""

    def __init__(self, stack: Stack, patience: int | None):
        self.patience, self.members, self.rows = patience, list(stack.members), np.arange(len(stack))
        self.history, self.failed, self.states, self.masks = [], {}, {}, {}
        self.lowest = np.full(len(stack), np.inf)
        self.best, self.stop = np.zeros(len(stack), int), np.zeros(len(stack), int)
        everyone = torch.arange(len(stack), device=stack.device)
        self.best_weights = [packed.select(everyone) for packed in stack.packed()] if patience else None

    @property
    def best_epoch(self) -> dict[int, int]:
        """Member to its best epoch; 0 where no epoch had a finite loss."""
        return dict(zip(self.members, self.best.tolist(), strict=True))

    @property
    def stop_epoch(self) -> dict[int, int]:
        """Member to its last epoch."""
        return dict(zip(self.members, self.stop.tolist(), strict=True))

    def end_epoch(self, stack: Stack, train: torch.Tensor, validation: torch.Tensor | None) -> list[int]:
        """Note the losses ``[k]`` of an epoch, take the results of those that stop, and say which places go on."""
        rows, train = self.rows, train.cpu().numpy()
        validation = None if validation is None else validation.cpu().numpy()
        self.history.append((list(stack.members), stack.epoch, train.tolist(), _listed(validation)))
        self.stop[rows] = stack.epoch
        # Without validation data the last epoch is the best; with it, only a strictly lower loss is better.
        improved = np.full(len(rows), True) if validation is None else validation < self.lowest[rows]
        self.best[rows[improved]] = stack.epoch
        if validation is not None:
            self.lowest[rows[improved]] = validation[improved]
        losses = {"training": train} if validation is None else {"training": train, "validation": validation}
        going_on = self._finite(stack, losses)
        if self.patience is not None:
            going_on &= stack.epoch - self.best[rows] < self.patience
        if self.best_weights and improved.any():
            self._copy_best(stack, improved)
        self.take(stack, np.flatnonzero(~going_on).tolist())
        self.rows = rows[going_on]
        return np.flatnonzero(going_on).tolist()

    def take(self, stack: Stack, places) -> None:
        """Keep the weights (the best ones, where patience asks for them) of the members at these places."""
        for place in places:
            member, packed, row = stack.members[place], stack.packed(), place
            if self.best_weights and self.best[self.rows[place]]:
                packed, row = self.best_weights, int(self.rows[place])
            self.states[member] = {name: value for part in packed for name, value in part.member(row).items()}
            self.masks[member] = {name: mask[place].clone() for name, mask in (stack.masks or {}).items()}

    def _finite(self, stack: Stack, losses: dict[str, np.ndarray]) -> np.ndarray:
        """Whether all of a member's losses are; where one is not, the first is what failed."""
        finite = np.full(len(stack), True)
        for name, values in losses.items():
            for place in np.flatnonzero(finite & ~np.isfinite(values)):
                self.failed[stack.members[place]] = f"{name} loss became {values[place]} in epoch {stack.epoch}"
            finite &= np.isfinite(values)
        return finite

    def _copy_best(self, stack: Stack, improved: np.ndarray) -> None:
        """Copies, not references: weights that train on must not take their best with them (a slip in S0's code)."""
        rows, places = (
            torch.tensor(index, device=stack.device) for index in (self.rows[improved], np.flatnonzero(improved))
        )
        for best, live in zip(self.best_weights, stack.packed(), strict=True):
            best.copy_members(rows, live, places)


def _listed(values: np.ndarray | None) -> list[float] | None:
    return None if values is None else values.tolist()
