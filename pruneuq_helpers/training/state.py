"""Where a training stands: everything that a resumed run needs to go on as if it had never stopped."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.training import checkpoint


@dataclass
class State:
    """The moving parts of a training."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    stateful: tuple = ()
    epoch: int = 0
    step: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    best_weights: dict = field(default_factory=dict)
    history: list[dict] = field(default_factory=list)

    def record(self, row: dict, keep_best: bool) -> None:
        """Note an epoch's row and, where its validation loss is strictly the smallest so far, copy the weights."""
        self.epoch = row["epoch"]
        self.history.append(row)
        if row["validation_loss"] < self.best_loss:
            self.best_loss, self.best_epoch = row["validation_loss"], row["epoch"]
            if keep_best:  # cloned: `state_dict` alone refers to the weights that training goes on changing
                self.best_weights = {name: value.clone() for name, value in self.model.state_dict().items()}

    def save(self, path: Path, settings: dict) -> None:
        """Write a checkpoint."""
        names = ("epoch", "step", "best_loss", "best_epoch", "best_weights", "history")
        saved = {name: getattr(self, name) for name in names}
        saved |= {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}
        saved |= {"generator": self.generator.get_state(), "settings": settings}
        saved["stateful"] = [item.state_dict() for item in self.stateful]
        checkpoint.write(path, saved)

    def restore(self, path: Path, settings: dict) -> None:
        """Go on from a checkpoint of the same training."""
        saved = checkpoint.read(path)
        for name, here in settings.items():
            there = saved["settings"].get(name)
            if there != here:
                raise ParameterError(
                    f"checkpoint {path} belongs to another training (`{name}` is {there!r} there and {here!r} here);"
                    " delete it or name another file"
                )
        self.model.load_state_dict(saved.pop("model"))
        self.optimiser.load_state_dict(saved.pop("optimiser"))
        self.generator.set_state(saved.pop("generator"))
        for item, its_state in zip(self.stateful, saved.pop("stateful"), strict=True):
            item.load_state_dict(its_state)
        del saved["settings"]
        for name, value in saved.items():
            setattr(self, name, value)
