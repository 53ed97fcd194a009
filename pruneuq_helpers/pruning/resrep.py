"""ResRep: some channels forget while the network trains, and are then cut without loss (S1; Ding et al. 2021)."""

import bisect
import copy
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import torch
from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.data import Data
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.compactors import Compactor, fold, insert, short_rows
from pruneuq_helpers.pruning.resrep_plan import Plan
from pruneuq_helpers.pruning.resrep_settings import Settings, annealed
from pruneuq_helpers.training.loop import train
from pruneuq_helpers.training.recipe import recipe_of

_LOG = logging.getLogger(__name__)


class ResRep:
    """Makes channels forget while a network trains: give it to ``training.train`` as ``on_gradients``.

    Parameters
    ----------
    model : torch.nn.Module
        The trained network; it is left as it was.
    level : float
        Fraction to remove, in [0, 1), of what `settings` say.
    steps, epoch_steps : int
        Steps of the whole training, and of one epoch.
    rate : float
        Learning rate of the compactors.
    weight_decay : float
        On the weights of convolutions and linear layers; none on batch norms, biases and compactors.
    settings : Settings
        The rest.
    input_shape : sequence of int, optional
        Shape of one example, for a network that this package does not define.

    Attributes
    ----------
    model : torch.nn.Module
        A copy with compactors: the one to train.
    plan : Plan
        Where they stand.
    strength : float
        Of the pull, as it was given or as the number of steps asks for.

    Examples
    --------
    >>> from pruneuq_helpers import models
    >>> resrep = ResRep(models.build("vgg19", 10, (3, 32, 32)), 0.2, steps=100, epoch_steps=10, rate=0.01)
    >>> sum(resrep.plan.widths), resrep.masked
    (5504, 0)
    """

    def __init__(
        self,
        model: nn.Module,
        level: float,
        *,
        steps: int,
        epoch_steps: int,
        rate: float,
        weight_decay: float = 0.0,
        settings: Settings | None = None,
        input_shape: Sequence[int] | None = None,
    ):
        level, rate = checks.level("level", level), checks.positive("rate", rate)
        steps, epoch_steps = checks.whole("steps", steps), checks.whole("epoch_steps", epoch_steps)
        weight_decay = checks.number("weight_decay", weight_decay, "a number of at least 0", low=0)
        if settings is not None:
            checks.instance("settings", settings, Settings, "Settings of ResRep")
        self.level, self.steps, self.weight_decay = level, steps, weight_decay
        self.settings = Settings() if settings is None else settings
        self.rate = rate if self.settings.compactor_rate is None else self.settings.compactor_rate
        self.first_mask = math.ceil(self.settings.mask_after * epoch_steps)
        self.plan = Plan.of(model, input_shape)
        if not all(weight.requires_grad for weight in model.parameters()):
            raise ParameterError("parameter `model` got weights that take no gradient; it takes a network that trains")
        self.model = insert(model, self.plan)
        self.compactors: list[Compactor] = [self.model.get_submodule(t.norm).compactor for t in self.plan.targets]
        rows = math.floor(level * sum(self.plan.widths) + 1e-9)
        self.strength, against = self.settings.pull(rows, steps, epoch_steps, self.rate)
        if against:
            _LOG.warning("level %g may not be reached: %s", level, against)
        layers = [layer for layer in self.model.modules() if not isinstance(layer, Compactor)]
        self._decayed = [layer.weight for layer in layers if isinstance(layer, (nn.Conv2d, nn.Linear))]
        self._biases = [layer.bias for layer in layers if getattr(layer, "bias", None) is not None]

    def __call__(self, model: nn.Module, step: int) -> None:
        """Change the gradients of one step: the masks, the compactors, the weight decay, and twice for biases."""
        since = step - self.first_mask
        if since > 0 and (since - 1) % self.settings.mask_every == 0:
            self.update_masks()
        rate = annealed(self.rate, step, self.steps)
        for compactor in self.compactors:
            compactor.step(rate, self.strength, self.settings.compactor_momentum)
        if self.weight_decay:
            for weight in self._decayed:
                weight.grad.add_(weight.detach(), alpha=self.weight_decay)
        torch._foreach_mul_([bias.grad for bias in self._biases], 2)

    @property
    def masked(self) -> int:
        """Number of rows that the loss no longer moves."""
        return sum(int((compactor.mask == 0).sum()) for compactor in self.compactors)

    def update_masks(self) -> None:
        """Draw all masks anew: the shortest rows of all layers, until the target is met or there are enough more."""
        owner, norms = self._rows()
        order = norms.argsort(stable=True)[: len(norms) - len(self.compactors)]  # the longest of each come last
        met = self._meets(self._kept(owner[torch.cat([c.mask for c in self.compactors]) == 0]))
        # Masks that meet the target already may change without limit, but do not grow beyond it; rows can be released.
        limit = len(order) if met else min(len(order), self.masked + self.settings.mask_more)
        count = bisect.bisect_left(range(limit), True, key=lambda rows: self._meets(self._kept(owner[order[:rows]])))
        masks = torch.ones_like(norms)
        masks[order[:count]] = 0
        for compactor, mask in zip(self.compactors, masks.split(self.plan.widths), strict=True):
            compactor.mask.copy_(mask)

    def _rows(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Which compactor each row is of, and its norm; infinite for the longest row of each, which stays."""
        norms = [compactor.norms() for compactor in self.compactors]
        owner = torch.arange(len(norms), device=norms[0].device)
        owner = owner.repeat_interleave(torch.tensor(self.plan.widths, device=owner.device))
        for own in norms:
            # Of equally long ones the last stays: those before it come first in the order.
            own[len(own) - 1 - int(own.flip(0).argmax())] = math.inf
        return owner, torch.cat(norms)

    def _kept(self, masked: torch.Tensor) -> list[int]:
        """Rows left of every compactor when these are masked, each given by its compactor."""
        gone = torch.bincount(masked, minlength=len(self.compactors)).tolist()
        return [width - count for width, count in zip(self.plan.widths, gone, strict=True)]

    def _meets(self, kept: list[int]) -> bool:
        total = sum(self.plan.widths)
        if self.settings.target == "channels":
            return total - sum(kept) >= math.floor(self.level * total + 1e-9)
        return self.plan.macs(kept) <= (1 - self.level) * self.plan.macs(self.plan.widths) + 1e-6

    def zeroed(self) -> nn.Module:
        """The network with compactors in which the rows that `convert` cuts are exactly zero."""
        twin = copy.deepcopy(self.model)
        for target in self.plan.targets:
            compactor = twin.get_submodule(target.norm).compactor
            compactor.weight.data[short_rows(compactor, self.settings.threshold)] = 0
        return twin

    def convert(self) -> nn.Module:
        """The smaller network of the usual shape, without compactors."""
        return fold(networks.finite("model", self.model), self.plan, self.settings.threshold)

    def reached(self) -> dict[str, float]:
        """Fractions that `convert` removes: of the channels with compactors, and of all multiply-adds."""
        threshold = self.settings.threshold
        widths, short = self.plan.widths, [len(short_rows(compactor, threshold)) for compactor in self.compactors]
        kept = [width - gone for width, gone in zip(widths, short, strict=True)]
        return {"channels": 1 - sum(kept) / sum(widths), "flops": 1 - self.plan.macs(kept) / self.plan.macs(widths)}


@dataclass(frozen=True, eq=False)
class Compacted:
    """What `train_and_cut` gives back: the smaller network, the level asked for, and what came of it."""

    model: nn.Module
    level: float
    reached: dict[str, float]  # fractions of "channels" (those with compactors) and of "flops" that are gone
    history: pd.DataFrame  # of the training
    strength: float  # of the pull


def train_and_cut(
    model: nn.Module,
    data: Data,
    level: float,
    *,
    settings: Settings | None = None,
    input_shape: Sequence[int] | None = None,
    weight_decay: float = 1e-4,
    **training,
) -> Compacted:
    """Fine-tune a network while some of its channels forget, then cut these: nothing is lost at the cut.

    Only layers that no sum ties can be shortened: all convolutions of a VGG, the first ones of residual blocks. What
    is reached can miss the level, for the masks grow by a few rows at a time and a row needs steps to vanish: look at
    ``reached``.

    Parameters
    ----------
    model : torch.nn.Module
        A trained network with batch norms; it is left as it was.
    data : Data
        What it goes on learning.
    level : float
        Fraction to remove, in [0, 1).
    settings : Settings, optional
        Of the forgetting.
    input_shape : sequence of int, optional
        Shape of one example, for a network that this package does not define.
    weight_decay : float
        On the weights of convolutions and linear layers.
    **training
        As for ``training.train``. Unless given: 180 epochs of "sgd" with rate 0.01 on a cosine, in batches of 64.

    Returns
    -------
    Compacted

    Examples
    --------
    >>> from pruneuq_helpers import data, models
    >>> digits = data.load("digits")
    >>> network = models.build("vgg_small", 10, (1, 8, 8), conv=(4, 4, 4, 4, 4, 4))
    >>> settings = Settings(strength=0.5, compactor_momentum=0.5, mask_after=0, mask_every=1, threshold=0.01)
    >>> found = train_and_cut(network, digits, 0.25, settings=settings, epochs=4, learning_rate=0.05, batch=128)
    >>> sum(models.architecture(found.model)["conv"]) == 24 * (1 - found.reached["channels"])
    True
    """
    checks.instance("data", data, Data, "a data set, such as `data.load` gives")
    training = {"epochs": 180, "batch": 64, "optimiser": "sgd", "learning_rate": 0.01, "schedule": "cosine"} | training
    fields = recipe_of({}).__dict__
    recipe = recipe_of({name: value for name, value in training.items() if name in fields})
    epoch_steps = -(-len(data.train) // recipe.batch)
    resrep = ResRep(
        model,
        level,
        steps=recipe.epochs * epoch_steps,
        epoch_steps=epoch_steps,
        rate=recipe.learning_rate,
        weight_decay=weight_decay,
        settings=settings,
        input_shape=input_shape,
    )
    trained = train(resrep.model, data, on_gradients=resrep, weight_decay=0.0, **training)
    return Compacted(resrep.convert().eval(), level, resrep.reached(), trained.history, resrep.strength)
