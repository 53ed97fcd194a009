"""Do the network and the data belong together? Asked before anything is measured."""

import numpy as np
import torch
from torch import nn

from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.audit.removal import Removal, listed
from pruneuq_helpers.audit.settings import AuditSettings
from pruneuq_helpers.data import Data
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.logits import LogitsOf, logits_in
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.pruning.criteria import CRITERIA
from pruneuq_helpers.pruning.surgery import Gone
from pruneuq_helpers.training.predict import floating_type, placed

_LOOKED_AT = 8
_SAME = 1e-3  # of the largest logit: float32 sums taken in another order
_NOT = "parameter `model` got a network that does not take images of"


def unwrapped(network: nn.Module, gone: Gone) -> tuple[nn.Module, Gone]:
    """The reader's own network, and what was taken out of it by its own names."""
    if not isinstance(network, LogitsOf):
        return network, gone
    return network.network, {(name.removeprefix("network."), side): places for (name, side), places in gone.items()}


def as_logits(model: nn.Module, data: Data, device: str) -> nn.Module:
    """The network itself where it gives logits, else one that takes them out of what it gives."""
    _check_data(data)
    given = _shown(model, _some(model, data, device), data)
    return LogitsOf(model) if isinstance(logits_in(given), torch.Tensor) and logits_in(given) is not given else model


def check_subject(model: nn.Module, data: Data, device: str = "cpu") -> torch.Tensor:
    """Show the network a few test images, and say in one sentence what does not fit."""
    images = _some(model, data, device)
    logits = _shown(model, images, data)
    _check_logits(logits, len(images), data)
    _check_repeats(logits, _shown(model, images, data), "of the call", "the same for the same images")
    alone = torch.cat([_shown(model, image, data) for image in images.split(1)])
    _check_repeats(logits, alone, "of the other images of the batch", "the same for an image in any company")
    return images


def _some(model: nn.Module, data: Data, device: str) -> torch.Tensor:
    """A few test images as the network takes them; it is moved to where they are."""
    if next(model.parameters(), None) is None:
        raise ParameterError("parameter `model` got a network without weights; it takes one that has some to remove")
    with one_sentence(f"the network cannot be moved to {device}", "it takes cpu"):
        placed(model, torch.device(device))
    return data.normalise(data.test.images[:_LOOKED_AT].to(device)).to(floating_type(model))


def _shown(model: nn.Module, images: torch.Tensor, data: Data):
    shape = "×".join(map(str, data.input_shape))
    with one_sentence(f"{_NOT} {shape}", _takes(data)), evaluating(model), torch.no_grad():
        return model(images)


def _check_repeats(logits: torch.Tensor, again: torch.Tensor, depends: str, takes: str) -> None:
    if not torch.allclose(logits, again, rtol=_SAME, atol=_SAME * float(logits.abs().max())):
        raise ParameterError(f"the network's answers depend on more than the image: {depends}; it takes {takes}")


def check_criteria(removal: Removal, data: Data, plan: AuditSettings) -> tuple[tuple[str, ...], list[str]]:
    """The criteria that this network allows, and a note for each left out; asked before anything is measured."""
    shown = data.normalise(data.train.images[:_LOOKED_AT]) if len(data.train) else None
    allowed, notes = [], []
    for criterion in plan.criteria or CRITERIA:
        try:
            removal.gone(plan.levels[0], criterion, shown, plan.seed)
            allowed.append(criterion)
        except ParameterError as error:
            # Asked for by name, a criterion that cannot be had ends the audit.
            if plan.criteria is not None or "parameter `criterion` got" not in str(error):
                raise
            why = str(error).partition(", but ")[2].partition(";")[0].replace("`", "")
            notes.append(f"The criterion {criterion} was left out: {why}.")
    if not allowed:
        raise ParameterError("parameter `criteria` got none that this network allows")
    return tuple(allowed), notes


def doubts(data: Data) -> list[str]:
    """What looks wrong about the images, so that a reader can look: nothing that would end the audit."""
    notes = []
    again = _seen_in_training(data)
    if again:
        notes.append(f"{again} of the {len(data.test)} test images are training images too: the network knows them.")
    counts = torch.bincount(data.test.labels.cpu(), minlength=len(data.classes))
    absent = [name for name, count in zip(data.classes, counts.tolist(), strict=True) if not count]
    if absent:
        notes.append(f"Classes without a test image, of which nothing is said: {listed(absent)}.")
    shown = data.normalise(data.test.images[:1000])
    if data.test.images.is_floating_point() and data.test.images.ndim == 4 and not 0.3 < float(shown.std()) < 3:
        notes.append(
            f"The arrays hold floats with mean {float(shown.mean()):.3g} and deviation {float(shown.std()):.3g}, which "
            "the network sees as they are: if it was trained on others, say so with `normalise`."
        )
    return notes


def _seen_in_training(data: Data) -> int:
    if not len(data.train):
        return 0
    seen = {image.tobytes() for image in np.ascontiguousarray(data.train.images.cpu().numpy())}
    return sum(image.tobytes() in seen for image in np.ascontiguousarray(data.test.images.cpu().numpy()))


def _check_data(data: Data) -> None:
    if len(data.test) == 0:
        raise ParameterError("parameter `data` got an empty test part; it takes images to judge on")
    if len(data.classes) < 2:
        raise ParameterError(f"parameter `data` got {len(data.classes)} classes; it takes two or more to tell apart")


def _takes(data: Data) -> str:
    if len(data.input_shape) == 3:
        return "it takes those that the network was made for: try `size`, or `channels`"
    return "it takes those that the network was made for"


def _check_logits(logits, count: int, data: Data) -> None:
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2 or len(logits) != count:
        got = tuple(logits.shape) if isinstance(logits, torch.Tensor) else f"a {type(logits).__name__}"
        raise ParameterError(f"the network gives {got} for {count} images; it takes one that gives logits [N, classes]")
    if logits.shape[1] != len(data.classes):
        some = ", ".join(data.classes[:8]) + (", …" if len(data.classes) > 8 else "")
        raise ParameterError(
            f"the network tells {logits.shape[1]} classes apart and the data have {len(data.classes)} ({some})"
        )
    if not logits.isfinite().all():
        raise ParameterError("the network gives logits that are not finite; it takes one that was trained")
    if logits.min() >= 0 and torch.allclose(logits.sum(1), torch.ones_like(logits[:, 0]), atol=1e-4):
        raise ParameterError(
            "the network gives probabilities that sum to 1; it takes logits, so leave out the last softmax"
        )
