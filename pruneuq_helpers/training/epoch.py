"""One epoch: the steps over the training part, then the validation."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from pruneuq_helpers.data import Data
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.training.batches import Augment, plain_batches, training_batches
from pruneuq_helpers.training.precision import autocast
from pruneuq_helpers.training.recipe import Recipe
from pruneuq_helpers.training.state import State

Hook = Callable[[nn.Module, int], None]
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Epoch:
    """All that one epoch needs and does not change."""

    data: Data
    recipe: Recipe
    seed: int
    forward: nn.Module  # the model, compiled or as it is
    device: torch.device
    dtype: torch.dtype
    layout: torch.memory_format
    precision: str
    loss: Loss
    augment: Augment | None
    workers: int
    on_gradients: Hook | None
    on_step: Hook | None

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return -(-len(self.data.train) // self.recipe.batch)

    def run(self, state: State, tick: Callable[[], None]) -> dict:
        """Train the state's next epoch and return its row of the history."""
        start, epoch = time.perf_counter(), state.epoch + 1
        loss = self._learn(state, epoch, tick)
        row = {"epoch": epoch, "learning_rate": state.optimiser.param_groups[0]["lr"], "train_loss": loss}
        row |= self._validate(state.model, epoch)
        return row | {"seconds": time.perf_counter() - start}

    def _learn(self, state: State, epoch: int, tick: Callable[[], None]) -> float:
        # Dropout and augmentation draw from seeds of this epoch: a resumed run needs no memory of earlier draws.
        dropout_seed, augment_seed = np.random.SeedSequence([self.seed, epoch]).generate_state(2).tolist()
        torch.manual_seed(dropout_seed)
        draws = torch.Generator().manual_seed(augment_seed)
        state.model.train()
        total, count = torch.zeros((), dtype=torch.float64, device=self.device), 0
        for images, labels in training_batches(
            self.data.train, self.recipe.batch, state.generator, self.device, self.workers
        ):
            images = images if self.augment is None else self.augment(images, draws)
            with autocast(self.device, self.precision):
                logits = self.forward(self.ready(images))
            loss = self.loss(logits.to(self.dtype), labels)
            state.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            state.step += 1
            for group in state.optimiser.param_groups:
                group["lr"] = self.recipe.rate_at(state.step, self.steps)
            _call(self.on_gradients, state)
            state.optimiser.step()
            _call(self.on_step, state)
            total += loss.detach() * len(labels)
            count += len(labels)
            tick()
        # Asked once an epoch: asking at each step would make a GPU wait for it.
        return self._finite(total.item() / count, "training", epoch)

    def _validate(self, model: nn.Module, epoch: int) -> dict:
        part = self.data.validation
        if len(part) == 0:
            return {"validation_loss": math.nan, "validation_accuracy": math.nan}
        total, right = torch.zeros(2, dtype=torch.float64, device=self.device)
        with evaluating(model), torch.no_grad(), autocast(self.device, self.precision):
            for images, labels in plain_batches(part, max(self.recipe.batch, 512), self.device, self.workers):
                logits = self.forward(self.ready(images)).to(self.dtype)
                total += self.loss(logits, labels) * len(labels)
                if not labels.is_floating_point():
                    right += (logits.argmax(1) == labels).sum()
        loss = self._finite(total.item() / len(part), "validation", epoch)
        accuracy = math.nan if labels.is_floating_point() else right.item() / len(part)
        return {"validation_loss": loss, "validation_accuracy": accuracy}

    def ready(self, images: Tensor) -> Tensor:
        images = self.data.normalise(images).to(self.dtype)
        return images.contiguous(memory_format=self.layout) if images.ndim == 4 else images

    def _finite(self, loss: float, which: str, epoch: int) -> float:
        if math.isfinite(loss):
            return loss
        rate = self.recipe.learning_rate
        raise ParameterError(f"the {which} loss became {loss} in epoch {epoch}; try a `learning_rate` below {rate}")


def _call(hook: Hook | None, state: State) -> None:
    if hook is not None:
        hook(state.model, state.step)
