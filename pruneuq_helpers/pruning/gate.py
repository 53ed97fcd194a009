"""Pruning during training, let through or stopped by a ratio of posteriors (S3)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor, nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.pruning import bayes
from pruneuq_helpers.training import predict

GATES = ("always", "lagged", "proposal")
MASKS = ("regrow", "frozen")


@dataclass(frozen=True)
class Rule:
    r"""How one network is pruned at the end of its epochs: how much, by what, and who is asked.

    Parameters
    ----------
    level : float
        Fraction of the weights of every layer to remove, in [0, 1).
    how : {"magnitude", "random"}
        Which weights go.
    gate : {"always", "lagged", "proposal"}
        ``"always"`` prunes at every epoch. ``"lagged"`` is S3's listing read literally: prune if the ratio *found at
        the epoch before* exceeds β; the first prune always happens, and an epoch without a prune has a ratio of 1.
        ``"proposal"`` tries the prune, and keeps it if its own ratio exceeds β.
    masks : {"regrow", "frozen"}
        Whether what was removed trains on from zero (S3's listing), or is held at zero.
    beta : float
        Threshold of the ratio.
    sigma, norm
        Prior and normalisation, as for `pruneuq_helpers.pruning.log_posterior`.
    seed : int
        Of random draws.

    Examples
    --------
    >>> Rule(level=0.9, gate="lagged", beta=0.5).beta
    0.5
    >>> Rule(level=0.9, gate="soft")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `gate` got 'soft'; it takes one of always, lagged, proposal
    """

    level: float
    how: str = "magnitude"
    gate: str = "always"
    masks: str = "regrow"
    beta: float = 1.0
    sigma: float = 1.0
    norm: str = "mean"
    seed: int = 0

    def __post_init__(self):
        checks.settle(self, level=checks.level("level", self.level), seed=checks.seed("seed", self.seed))
        for name, choices in {"how": bayes.HOW, "gate": GATES, "masks": MASKS, "norm": bayes.NORMS}.items():
            checks.choice(name, getattr(self, name), choices)
        for name in ("beta", "sigma"):
            checks.settle(self, **{name: checks.positive(name, getattr(self, name))})


class BayesianPruning:
    r"""Prunes networks at the end of every epoch where the posterior ratio allows it (S3).

    Hand it to ``population.train(..., after_epoch=pruning)``; for one network of any size hand
    ``on_epoch=pruning.on_epoch, on_step=pruning.on_step, stateful=[pruning]`` to ``training.train``.

    Parameters
    ----------
    rules : sequence of Rule
        One a member.
    images, labels : torch.Tensor
        The data of the posterior: normalised training images and their classes.
    biases : bool
        Prune one-dimensional parameters too.

    Attributes
    ----------
    last : list of float
        The log ratio of every member at its last epoch; infinity before the first.

    Examples
    --------
    >>> from pruneuq_helpers import population
    >>> images = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    >>> labels = (images[:, 0] > 0).long()
    >>> pruning = BayesianPruning([Rule(0.5), Rule(0.5, gate="lagged")], images, labels)
    >>> trained = population.train(population.mlp(2, 8, 2), images, labels, range(2), epochs=2, after_epoch=pruning)
    >>> pruning.history.query("epoch == 1")[["member", "gate_open", "sparsity"]].values.tolist()
    [[0, True, 0.5], [1, True, 0.5]]
    """

    def __init__(self, rules: Sequence[Rule], images: Tensor, labels: Tensor, biases: bool = False):
        self.rules = checks.sequence("rules", rules, "a list of Rule, one a member", least=1)
        for rule in self.rules:
            checks.instance("rules", rule, Rule, "a list of Rule, one a member")
        self.images, self.biases = tensors.images("images", images), checks.flag("biases", biases)
        self.labels = tensors.targets("labels", labels, len(self.images))
        self.last = [math.inf] * len(self.rules)
        self.rows: list[dict] = []
        self.held: dict[str, Tensor] = {}

    @property
    def history(self) -> pd.DataFrame:
        """A row a member and epoch: log ratio and its two parts, whether it was pruned, measured sparsity."""
        return pd.DataFrame(self.rows)

    def __call__(self, stack) -> None:
        """The hook of ``population.train``."""
        kept = self.prune(stack.weights, stack.predict, stack.members, stack.epoch)
        if kept and any(self.rules[member].masks == "frozen" for member in stack.members):
            frozen = [self.rules[member].masks == "frozen" for member in stack.members]
            stack.set_masks([{n: m[k] for n, m in kept.items()} if hold else {} for k, hold in enumerate(frozen)])

    def on_epoch(self, model: nn.Module, row: dict) -> None:
        """The hook at the end of an epoch of ``training.train``."""
        kept = self.prune(bayes.of_module(model), lambda images: predict(model, images).unsqueeze(0), [0], row["epoch"])
        if self.rules[0].masks == "frozen":
            self.held |= kept

    def on_step(self, model: nn.Module, step: int) -> None:
        """The hook after a step of ``training.train``: what is frozen stays at zero."""
        weights = bayes.of_module(model)
        for name, mask in self.held.items():
            weights[name].mul_(mask)

    def prune(self, weights: dict, predictor: Callable, members: Sequence[int], epoch: int) -> dict[str, Tensor]:
        """Prune a live stack in place, as far as its gates let it; gives the masks, none where nothing changed."""
        rules, weights = [self.rules[member] for member in members], bayes.pruned_tensors(weights, self.biases)
        before = sparsity(weights)
        last = [self.last[member] for member in members]
        tried = [rule.gate != "lagged" or old > math.log(rule.beta) for rule, old in zip(rules, last, strict=True)]
        levels = [rule.level if go else 0.0 for rule, go in zip(rules, tried, strict=True)]
        masks = bayes.candidate(weights, levels, [r.how for r in rules], [r.seed for r in rules], epoch)
        gains = torch.zeros(2, len(rules), dtype=torch.float64)  # exact where no weight changes
        if changes := any(bool((weights[name] * (1 - mask)).any()) for name, mask in masks.items()):
            gains = self._apply(weights, masks, predictor, rules)
        for place, (member, rule) in enumerate(zip(members, rules, strict=True)):
            likelihood, prior = gains[:, place].tolist()
            self.last[member] = delta = likelihood + prior
            passed = tried[place] if rule.gate != "proposal" else delta > math.log(rule.beta)
            row = {"member": member, "epoch": epoch, "gate_open": passed, "delta": delta}
            row |= {"likelihood_gain": likelihood, "prior_gain": prior, "sparsity_before": before[place].item()}
            self.rows.append(row)
        for row, after in zip(self.rows[-len(rules) :], sparsity(weights).tolist(), strict=True):
            row["sparsity"] = after
        return masks if changes else {}

    def state_dict(self) -> dict:
        """What a checkpoint needs."""
        return {"last": self.last, "rows": self.rows, "held": self.held}

    def load_state_dict(self, state: dict) -> None:
        """Go on from a checkpoint."""
        self.last, self.rows, self.held = list(state["last"]), list(state["rows"]), dict(state["held"])

    def _apply(self, weights: dict, masks: dict, predictor: Callable, rules: list[Rule]) -> Tensor:
        """Mask the weights, take back what a proposal's ratio refuses, and give both gains of every member."""
        kept = {name: tensor.clone() for name, tensor in weights.items()}
        before = self._terms(weights, predictor, rules)
        for name, mask in masks.items():
            weights[name].mul_(mask)
        gains = self._terms(weights, predictor, rules) - before
        for place, rule in enumerate(rules):
            if rule.gate == "proposal" and not gains[:, place].sum() > math.log(rule.beta):
                for name, tensor in weights.items():
                    tensor[place].copy_(kept[name][place])
                    masks[name][place].fill_(1)
        return gains

    def _terms(self, weights: dict, predictor: Callable, rules: list[Rule]) -> Tensor:
        """Log-likelihood and log prior, ``[2, k]``."""
        logits = predictor(self.images)
        labels = self.labels.to(logits.device)
        rows = [
            (
                bayes.log_likelihood(logits[k : k + 1], labels, rule.norm),
                bayes.log_prior({name: tensor[k : k + 1] for name, tensor in weights.items()}, rule.sigma, rule.norm),
            )
            for k, rule in enumerate(rules)
        ]
        return torch.tensor(rows, dtype=torch.float64).T


def sparsity(weights: dict[str, Tensor]) -> Tensor:
    """Measured share of weights that are exactly zero, of every member."""
    zeros = sum((tensor == 0).flatten(1).sum(1) for tensor in weights.values())
    return zeros.double() / sum(tensor[0].numel() for tensor in weights.values())
