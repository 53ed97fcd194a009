"""What is measured of a population while it is pruned and trained: the same moments of every epoch."""

import math

import numpy as np
import pandas as pd
import torch

from pruneuq_helpers import metrics
from pruneuq_helpers.data import Data
from pruneuq_helpers.population.activity import zeros_at_dead_units
from pruneuq_helpers.pruning import BayesianPruning, bayes
from pruneuq_helpers.pruning.gate import sparsity

# The states of a cell's members in an epoch: `before` the prune, when zeros have trained on; `after` it, as
# the gate left the network; `frozen`, after the prune of a network whose zeros are held; `dense`, never pruned. In the
# last epoch `delivered` too: brought to the level whatever the gate said.
STATES = {"none": ("dense",), "regrow": ("before", "after"), "frozen": ("frozen",), "wider": ("frozen",)}


class Record:
    """The hook of a cell's training: measures, prunes, measures again; a row a member and state."""

    def __init__(self, pruning: BayesianPruning, loaded: Data, epochs: int, masks: str):
        self.pruning, self.epochs, self.masks = pruning, epochs, masks
        parts = {"validation": loaded.validation, "test": loaded.test}
        self.parts = {name: (loaded.normalise(part.images), part.labels) for name, part in parts.items()}
        self.rows: list[dict] = []

    def __call__(self, stack) -> None:
        """At the end of an epoch of the stack."""
        first, *rest = STATES[self.masks]
        if rest:
            self._note(stack, first)
        self.pruning(stack)
        self._note(stack, rest[0] if rest else first)
        if rest and stack.epoch == self.epochs:
            self._deliver(stack)

    def table(self, trained, members: list[dict]) -> pd.DataFrame:
        """All rows, with each member's settings, its gate's history, its training loss, and why it failed."""
        gates = self.pruning.history.drop(columns=["sparsity", "sparsity_before"])
        losses = trained.history[["member", "epoch", "train_loss"]]
        rows = [row | {"failed": None} for row in self.rows if row["member"] not in trained.failed]
        table = pd.DataFrame(rows + self._failed(trained.failed))
        table = table.merge(gates, "left", on=["member", "epoch"]).merge(losses, "left", on=["member", "epoch"])
        about = pd.DataFrame(members).rename_axis("member").reset_index()
        table = about.merge(table, on="member").drop(columns="member")
        return table.astype(object).where(table.notna(), None)

    def _failed(self, failed: dict[int, str]) -> list[dict]:
        """A member whose loss stopped being finite has no result; the table says why, in every state's last row."""
        states = [*STATES[self.masks], *(["delivered"] if self.masks == "regrow" else [])]
        return [
            {"member": member, "epoch": self.epochs, "state": state, "failed": sentence}
            for member, sentence in failed.items()
            for state in states
        ]

    def _note(self, stack, state: str) -> None:
        weights = bayes.pruned_tensors(stack.weights)
        zeros = sparsity(weights).tolist()
        left = sum((tensor != 0).flatten(1).sum(1) for tensor in weights.values()).tolist()
        measured = _scores(stack, *self.parts["validation"])
        tested = self._test(stack) if stack.epoch == self.epochs else [{}] * len(stack)
        for place, member in enumerate(stack.members):
            row = {"member": member, "epoch": stack.epoch, "state": state, "sparsity": zeros[place]}
            row |= {"weights_left": left[place]}
            self.rows.append(row | measured[place] | tested[place])

    def _test(self, stack) -> list[dict]:
        images, labels = self.parts["test"]
        rows, measures = [], {"test_accuracy": metrics.accuracy, "ece": metrics.ece, "nll": metrics.nll}
        at_dead = zeros_at_dead_units(stack, self.pruning.images)
        for logits, share in zip(stack.predict(images).cpu(), at_dead, strict=True):
            probs, finite = logits.double().softmax(1), bool(logits.isfinite().all())
            row = {name: measure(probs, labels) if finite else math.nan for name, measure in measures.items()}
            rows.append(row | {"zeros_at_dead": share})
        return rows

    def _deliver(self, stack) -> None:
        """Compare at the level named: one more prune that no gate is asked about, taken back afterwards."""
        weights = bayes.pruned_tensors(stack.weights)
        kept = {name: tensor.clone() for name, tensor in weights.items()}
        rules = [self.pruning.rules[member] for member in stack.members]
        levels, hows, seeds = ([getattr(rule, name) for rule in rules] for name in ("level", "how", "seed"))
        for name, mask in bayes.candidate(weights, levels, hows, seeds, stack.epoch).items():
            weights[name].mul_(mask)
        self._note(stack, "delivered")
        for name, tensor in kept.items():
            weights[name].copy_(tensor)


def _scores(stack, images: torch.Tensor, labels: torch.Tensor) -> list[dict]:
    """Accuracy and mean cross-entropy of every member; missing where a logit is not finite."""
    logits = stack.predict(images)
    labels = labels.to(logits.device)
    loss = -bayes.log_likelihood(logits, labels, "mean")
    accuracy = (logits.argmax(2) == labels).double().mean(1)
    finite = logits.isfinite().all(2).all(1)
    found = torch.stack([accuracy, loss]).where(finite, np.nan).T.tolist()
    return [{"accuracy": right, "loss": nats} for right, nats in found]
