"""One network of any size, on a CPU or a GPU."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import nn
from torch.nn import functional
from tqdm.auto import tqdm

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, paths
from pruneuq_helpers.data import Data, Part
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.training.batches import Augment
from pruneuq_helpers.training.epoch import Epoch, Hook, Loss
from pruneuq_helpers.training.precision import PRECISIONS, settled
from pruneuq_helpers.training.predict import floating_type, placed
from pruneuq_helpers.training.recipe import Recipe, recipe_of
from pruneuq_helpers.training.state import State


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training gives back: its history, its best epoch, and the weights of it.

    Attributes
    ----------
    model : nn.Module
        The network that was handed in, trained, in eval mode.
    history : pandas.DataFrame
        One row an epoch: epoch, learning_rate (of its last step), train_loss (mean over the epoch, while the weights
        move), validation_loss, validation_accuracy, seconds.
    best_epoch : int
        The epoch of the smallest validation loss, counted from 1 (0 without validation images).
    stop_epoch : int
        The last epoch that was trained, counted from 1.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data, training
    >>> result = training.train(torch.nn.Linear(2, 2), data.load("moons"), epochs=2)
    >>> result.stop_epoch
    2
    """

    model: nn.Module
    history: pd.DataFrame
    best_epoch: int
    stop_epoch: int


def train(
    model: nn.Module,
    data: Data,
    *,
    seed: int = 0,
    device: str | torch.device | None = None,
    loss: Loss = functional.cross_entropy,
    augment: Augment | None = None,
    on_gradients: Hook | None = None,
    on_step: Hook | None = None,
    on_epoch: Callable[[nn.Module, dict], None] | None = None,
    stateful: Sequence = (),
    checkpoint: str | Path | None = None,
    precision: str = "float32",
    channels_last: bool | None = None,
    compile: bool | str = False,
    workers: int = 0,
    progress: bool = False,
    **recipe,
) -> Trained:
    """Train one network, in place.

    A run is reproducible for its seed, bit for bit on a CPU: batch orders, dropout and augmentation depend on nothing
    else, and torch's global random state is afterwards what it was before. The initial weights are the caller's.

    Parameters
    ----------
    model : nn.Module
        From normalised images to logits. With `patience` it ends with the best epoch's weights, otherwise the last's.
    data : Data
        From ``data.load`` or ``data.make``. Parts of tensors are kept on the device and need no DataLoader;
        parts that are torch Datasets of files are read through one.
    seed : int
        The member's.
    device : str or torch.device, optional
        Where the model is, unless given.
    loss : callable
        ``loss(logits, labels)``, a mean over the batch.
    augment : callable, optional
        ``augment(images, generator)`` on raw training images, such as ``data.crop_flip``.
    on_gradients, on_step : callable, optional
        ``hook(model, step)`` before and after each update; steps are counted from 1 over all epochs.
    on_epoch : callable, optional
        ``hook(model, row)`` with the epoch's row of the history, after its validation.
    stateful : sequence, optional
        Objects with ``state_dict`` and ``load_state_dict`` (of a hook, say) that checkpoints shall hold too.
    checkpoint : str or Path, optional
        Written after every epoch. If it is there, the training goes on from it and ends as if never interrupted.
    precision : {"float32", "bfloat16", "auto"}
        `bfloat16` is mixed precision: autocast, with weights in float32. `auto` takes it where the device computes
        in it: see `precision_on`.
    channels_last : bool, optional
        Memory layout of images; unless given, yes on a GPU and with `bfloat16`, where it is faster. Never on a
        processor without AVX-512: there, torch writes beyond its memory in 1×1 convolutions with a stride.
    compile : bool or str
        Run the network through ``torch.compile``; a name chooses its backend.
    workers : int
        Processes that read files, for Datasets only.
    progress : bool
        Show a bar with the time left.
    **recipe
        The attributes of `Recipe`: epochs, batch, optimiser, learning_rate, momentum, nesterov, weight_decay,
        schedule, milestones, factor, warmup, rise, patience.

    Returns
    -------
    Trained

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data, training
    >>> _ = torch.manual_seed(0)
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    >>> result = training.train(model, data.load("moons"), epochs=40, learning_rate=0.02, patience=5)
    >>> bool(result.history.validation_accuracy.max() > 0.9), result.best_epoch <= result.stop_epoch
    (True, True)
    """
    plan, seed = recipe_of(recipe), checks.seed("seed", seed)
    _check(model, data, checkpoint, stateful, workers, channels_last)
    _check_hooks(augment=augment, on_gradients=on_gradients, on_step=on_step, on_epoch=on_epoch)
    if plan.patience is not None and len(data.validation) == 0:
        raise ParameterError(f"parameter `patience` got {plan.patience}, but `{data.name}` has no validation images")
    checks.function("loss", loss, "a function of logits and labels")
    checks.flag("progress", progress), isinstance(compile, str) or checks.flag("compile", compile)
    checks.choice("precision", precision, PRECISIONS)
    device = placed(model, None if device is None else networks.device("device", device))
    dtype = floating_type(model)
    precision = settled(device, precision, dtype)
    fast = device.type == "cuda" or precision == "bfloat16"
    layout = _layout(device, fast if channels_last is None else channels_last)
    model.to(memory_format=layout)
    forward = torch.compile(model, backend=_backend(compile)) if compile else model
    epoch = Epoch(
        data.to(device), plan, seed, forward, device, dtype, layout, precision, loss, augment, workers,
        on_gradients, on_step,
    )  # fmt: skip
    state = State(model, plan.make_optimiser(model), torch.Generator().manual_seed(seed), tuple(stateful))
    settings = asdict(plan) | {"seed": seed, "precision": precision, "data": data.identity}
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None and path.exists():
        state.restore(path, settings)
    _takes(epoch, model)
    _epochs(epoch, state, on_epoch, path, settings, progress)
    if plan.patience is not None:
        model.load_state_dict(state.best_weights)
    model.to(memory_format=torch.contiguous_format).eval()  # other code, such as writing the weights, may expect it
    return Trained(model, pd.DataFrame(state.history), state.best_epoch, state.epoch)


def _check(model, data, checkpoint, stateful, workers, channels_last) -> None:
    networks.network("model", networks.finite("model", model), least=1)
    if not any(weight.requires_grad for weight in model.parameters()):
        raise ParameterError(
            "parameter `model` got weights that take no gradient; it takes a network with some that do"
        )
    checks.instance("data", data, Data, "a data set, such as `data.load` gives")
    if len(data.train) == 0:
        raise ParameterError(f"parameter `data` got {data.name} without training images; it takes one with some")
    if checkpoint is not None:
        paths.file("checkpoint", checkpoint, make=True)
    checks.whole("workers", workers, least=0)
    if channels_last is not None:
        checks.flag("channels_last", channels_last)
    takes = "a list of objects with `state_dict` and `load_state_dict`"
    for one in checks.sequence("stateful", stateful, takes):
        if not callable(getattr(one, "state_dict", None)) or isinstance(one, type):
            raise checks.refused("stateful", stateful, takes)


def _check_hooks(**hooks) -> None:
    for name, hook in hooks.items():
        if hook is not None:
            checks.function(name, hook)


def _takes(epoch: Epoch, model: nn.Module) -> None:
    """One image before the training says in one sentence whether the network takes them."""
    if not isinstance(epoch.data.train, Part):  # reading a file may draw random numbers
        return
    image = epoch.data.train.images[:1]
    with evaluating(model), torch.no_grad(), networks.running(model, image.shape, "data"):
        given = model(epoch.ready(image))
    if not isinstance(given, torch.Tensor):
        raise ParameterError(
            f"parameter `model` got a network that gives a {type(given).__name__}; it takes one of logits"
        )


def _epochs(epoch: Epoch, state: State, on_epoch, path: Path | None, settings: dict, progress: bool) -> None:
    plan: Recipe = epoch.recipe
    length = {"total": plan.epochs * epoch.steps, "initial": state.step, "unit": "step"}
    bar = tqdm(**length, disable=not progress, mininterval=0.5, leave=False)
    here = [epoch.device.index or 0] if epoch.device.type == "cuda" else []
    with torch.random.fork_rng(here), bar:
        while state.epoch < plan.epochs and not _out_of_patience(plan, state):
            row = epoch.run(state, bar.update)
            state.record(row, keep_best=plan.patience is not None)
            bar.set_postfix_str(f"epoch {row['epoch']}, validation loss {row['validation_loss']:.3g}", refresh=False)
            if on_epoch is not None:
                on_epoch(state.model, row)
            if path is not None:
                state.save(path, settings)


def _out_of_patience(plan: Recipe, state: State) -> bool:
    return plan.patience is not None and state.epoch - state.best_epoch >= plan.patience


def _layout(device: torch.device, channels_last: bool) -> torch.memory_format:
    able = device.type != "cpu" or "AVX512" in torch.backends.cpu.get_cpu_capability()
    return torch.channels_last if channels_last and able else torch.contiguous_format


def _backend(compile: bool | str) -> str:
    return compile if isinstance(compile, str) else "inductor"
