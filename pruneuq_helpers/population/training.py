"""The training loop: it reads like one for a single network, and trains a whole stack."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch

from pruneuq_helpers import checks
from pruneuq_helpers.population import plan as plans
from pruneuq_helpers.population.batches import Images, Order
from pruneuq_helpers.population.chunks import default_size, groups
from pruneuq_helpers.population.kernels import Scratch, cross_entropy, mean_losses
from pruneuq_helpers.population.memory import in_parts
from pruneuq_helpers.population.results import Trained
from pruneuq_helpers.population.schedule import Pruner
from pruneuq_helpers.population.stack import Stack
from pruneuq_helpers.population.threads import one_thread
from pruneuq_helpers.population.watch import Watch
from pruneuq_helpers.pruning.gradual import Gradual


def train(
    network,
    images: torch.Tensor,
    labels: torch.Tensor,
    seeds,
    *,
    epochs: int,
    batch: int | None = 64,
    optimiser: str = "adam",
    rate=1e-3,
    momentum: float = 0.0,
    weight_decay=0.0,
    weights=None,
    masks=None,
    schedule: Gradual | None = None,
    validation: tuple | None = None,
    patience: int | None = None,
    after_epoch: Callable[[Stack], None] | None = None,
    dtype: torch.dtype | None = None,
    device: str = "cpu",
    chunk: int | None = None,
) -> Trained:
    """Train many small networks at once: one member per seed.

    Parameters
    ----------
    network : Network or torch.nn.Module, or a sequence with one per member
        What a member looks like; members of a stack may have different widths.
    images, labels : torch.Tensor
        ``[N, ...]`` and ``[N]`` shared by all, or ``[K, N, ...]`` and ``[K, N]``, one set per member.
    seeds : sequence of int
        One per member: sets its initial weights (torch's own, as after ``torch.manual_seed(seed)``), its batch order
        (that of ``DataLoader(shuffle=True, generator=g)`` with g seeded so) and its dropout.
    epochs : int
        Times through the data, at most.
    batch : int, optional
        Images a step; ``None`` for all of them in order, and a batch larger than the data is one batch.
    optimiser : str
        ``"adam"`` or ``"sgd"``.
    rate : float or sequence of float
        Learning rate, or one per member.
    momentum : float
        As in ``torch.optim``.
    weight_decay : float or sequence of float
        As in ``torch.optim``, or one per member.
    weights : dict or sequence of dict, optional
        Initial weights: name to ``[K, ...]``, or K state dicts.
    masks : dict or sequence of dict, optional
        Zeros and ones, name to ``[K, ...]``, or K dicts; a name left out is not masked.
    schedule : Gradual, optional
        Gradual magnitude pruning.
    validation : tuple, optional
        Images and labels, in the forms of ``images`` and ``labels``.
    patience : int, optional
        Epochs without a strictly lower validation loss before a member stops and gets its best weights back.
    after_epoch : callable, optional
        Called with the live `Stack` at the end of every epoch, before validation.
    dtype, device
        Where and in what the members live; by default torch's default type.
    chunk : int, optional
        Members stacked at a time; by default as many as keep the processor's cache busy and not overrun.

    Returns
    -------
    Trained
        Weights, history, best and last epochs.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> images = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    >>> labels = (images[:, 0] > 0).long()
    >>> trained = train(mlp(2, 8, 2), images, labels, seeds=range(3), epochs=20, rate=0.05)
    >>> trained
    3 members trained for 20 to 20 epochs
    >>> (trained.predict(images).argmax(-1) == labels).float().mean(dim=1).tolist()
    [1.0, 1.0, 1.0]
    """
    recipe = {"name": optimiser, "rate": rate, "momentum": momentum, "weight_decay": weight_decay}
    plan = plans.members(network, seeds, recipe, weights, masks, schedule)
    plans.training_data(images, labels, plan.networks)
    plans.stopping(patience, validation, schedule, plan.networks)
    epochs, batch = checks.whole("epochs", epochs), None if batch is None else checks.whole("batch", batch)
    chunk = None if chunk is None else checks.whole("chunk", chunk)
    if after_epoch is not None:
        checks.function("after_epoch", after_epoch)
    dtype = torch.get_default_dtype() if dtype is None else dtype
    device = plans.place(dtype, device)
    images, labels = images.detach(), labels.long()
    validation = None if validation is None else (validation[0].detach(), validation[1].long())
    place = dtype, device, Scratch(dtype, device)
    settings = Settings(plan, epochs, batch, schedule, validation, patience, after_epoch, *place)
    watches = []
    with one_thread():
        for group in groups(list(zip(plan.networks, plan.recipes, strict=True))):
            step, early = min(batch or labels.shape[-1], labels.shape[-1]), patience is not None
            size = chunk or default_size(plan.networks[group[0]], step, dtype.itemsize, device.type, early)
            begin = partial(_train_chunk, images=images, labels=labels, settings=settings)
            watches += in_parts(group, size, begin, settings.scratch.clear)
    return Trained(plan.networks, watches, dtype, device)


@dataclass(frozen=True)
class Settings:
    """What all stacks of a call share."""

    plan: plans.Plan
    epochs: int
    batch: int | None
    schedule: Gradual | None
    validation: tuple | None
    patience: int | None
    after_epoch: Callable | None
    dtype: torch.dtype
    device: torch.device
    scratch: Scratch


class _Data:
    """The images of a stack, and every member's order through them."""

    def __init__(self, members: list, images, labels, settings: Settings):
        plan, network = settings.plan, settings.plan.networks[members[0]]
        place = (network.input_shape, torch.tensor(members), len(plan.seeds), settings.dtype, settings.device)
        self.batch, self.training = settings.batch, Images(images, labels, *place)
        self.validation = Images(*settings.validation, *place) if settings.validation else None
        self.orders = [Order(plan.seeds[member], self.training.size) for member in members]

    def batches(self):
        """Images ``[k, B, ...]`` and labels ``[k, B]`` of one epoch."""
        if self.batch is None:
            yield self.training.all()
            return
        order = torch.stack([order.epoch() for order in self.orders]).to(self.training.images.device)
        for index in order.split(self.batch, dim=1):
            yield self.training.at(index)

    def select(self, places: torch.Tensor) -> None:
        """Keep only the members at these places."""
        self.training.select(places)
        if self.validation:
            self.validation.select(places)
        self.orders = [self.orders[place] for place in places.tolist()]


def _train_chunk(members: list[int], images, labels, settings: Settings) -> Watch:
    """Train a stack; without enough memory it may be begun again, unless the caller's hook has seen some of it."""
    seen = []

    def hook(stack: Stack) -> None:
        seen.append(stack.epoch)
        settings.after_epoch(stack)

    try:
        return _train_stack(members, images, labels, replace(settings, after_epoch=settings.after_epoch and hook))
    except torch.OutOfMemoryError as error:
        if not seen:
            raise
        raise RuntimeError(
            f"the GPU's memory ran out after epoch {seen[-1]} with {len(members)} networks at a time, when "
            "`after_epoch` had been called for them; it takes a smaller `chunk`"
        ) from error


def _train_stack(members: list[int], images, labels, settings: Settings) -> Watch:
    """Train members of one shape and one recipe until the last of them is done."""
    stack, optimiser = _begin(members, settings)
    data, watch = _Data(members, images, labels, settings), Watch(stack, settings.patience)
    pruning = Pruner(settings.schedule, stack, settings.plan.levels) if settings.schedule else None
    for epoch in range(1, settings.epochs + 1):
        stack.epoch, loss_sum = epoch, 0.0
        for batch_images, batch_labels in data.batches():
            logits = stack.forward(batch_images, training=True)
            losses, gradient = cross_entropy(logits, batch_labels)
            stack.backward(gradient)
            if pruning:
                pruning.before_step()
            optimiser.step(stack.parameters, stack.gradients)
            if pruning:
                pruning.after_step()
            stack.apply_masks()
            loss_sum = loss_sum + losses * batch_labels.shape[1]
        if settings.after_epoch:
            settings.after_epoch(stack)
        validation = _validation_losses(stack, data.validation)
        going_on = watch.end_epoch(stack, loss_sum / data.training.size, validation)
        if not going_on:
            return watch
        if len(going_on) < len(stack):
            places = torch.tensor(going_on, device=stack.device)
            for part in (stack, optimiser, data):
                part.select(places)
    watch.take(stack, range(len(stack)))
    return watch


def _begin(members: list[int], settings: Settings):
    plan = settings.plan
    states = [plan.states[member] for member in members]
    stack = Stack.begun(plan.networks[members[0]], states, settings.dtype, settings.device, members, settings.scratch)
    stack.set_masks([plan.masks[member] for member in members])
    for generator, member in zip(stack.generators, members, strict=True):
        generator.manual_seed(plan.seeds[member])
    return stack, plan.recipes[members[0]].start(stack.parameters)


def _validation_losses(stack: Stack, data: Images | None) -> torch.Tensor | None:
    """Mean cross-entropy ``[k]`` on the validation images."""
    if data is None:
        return None
    images, labels = data.all()
    logits = stack.logits(images)
    return mean_losses(logits.transpose(1, 2), labels)
