"""The record of a stack while it trains: losses, best epochs, and who is done."""

import math

import torch

from pruneuq_helpers.population.stack import Stack


class Watch:
    """Keeps the history, the best weights and the results of the members of one stack.

    Parameters
    ----------
    stack : Stack
        As it is before training.
    patience : int or None
        Epochs without a strictly lower validation loss before a member stops; it then gets its best weights back.
    """

    def __init__(self, stack: Stack, patience: int | None):
        self.patience, self.members = patience, list(stack.members)
        self.history, self.failed, self.states, self.masks = [], {}, {}, {}
        self.lowest = dict.fromkeys(self.members, math.inf)
        self.best_epoch = dict.fromkeys(self.members, 0)
        self.stop_epoch = dict.fromkeys(self.members, 0)
        everyone = torch.arange(len(stack), device=stack.device)
        self.best = [packed.select(everyone) for packed in stack.packed()] if patience else None

    def end_epoch(self, stack: Stack, train: torch.Tensor, validation: torch.Tensor | None) -> list[int]:
        """Note the losses ``[k]`` of an epoch, take the results of those that stop, and say which places go on."""
        train = train.tolist()
        validation = None if validation is None else validation.tolist()
        self.history.append((list(stack.members), stack.epoch, train, validation))
        going_on, improved = [], []
        for place, member in enumerate(stack.members):
            self.stop_epoch[member] = stack.epoch
            # Without validation data the last epoch is the best; with it, only a strictly lower loss is better.
            if validation is None or validation[place] < self.lowest[member]:
                self.best_epoch[member] = stack.epoch
                improved.append(place)
            if validation is not None:
                self.lowest[member] = min(self.lowest[member], validation[place])
            losses = {"training": train[place], "validation": validation[place] if validation else 0.0}
            if self._finite(member, losses) and not self._out_of_patience(member):
                going_on.append(place)
        if self.best and improved:
            self._copy_best(stack, improved)
        self.take(stack, sorted(set(range(len(stack))) - set(going_on)))
        return going_on

    def take(self, stack: Stack, places) -> None:
        """Keep the weights (the best ones, where patience asks for them) of the members at these places."""
        for place in places:
            member = stack.members[place]
            packed, row = stack.packed(), place
            if self.best and self.best_epoch[member]:
                packed, row = self.best, self.members.index(member)
            self.states[member] = {name: value for part in packed for name, value in part.member(row).items()}
            self.masks[member] = {name: mask[place].clone() for name, mask in (stack.masks or {}).items()}

    def _finite(self, member: int, losses: dict[str, float]) -> bool:
        for name, loss in losses.items():
            if not math.isfinite(loss):
                self.failed[member] = f"{name} loss became {loss} in epoch {self.stop_epoch[member]}"
                return False
        return True

    def _out_of_patience(self, member: int) -> bool:
        return self.patience is not None and self.stop_epoch[member] - self.best_epoch[member] >= self.patience

    def _copy_best(self, stack: Stack, improved: list[int]) -> None:
        """Copies, not references: weights that train on must not take their best with them (a slip in S0's code)."""
        rows = torch.tensor([self.members.index(stack.members[place]) for place in improved], device=stack.device)
        places = torch.tensor(improved, device=stack.device)
        for best, live in zip(self.best, stack.packed(), strict=True):
            best.copy_members(rows, live, places)
