"""Chapter 9's methods, each asked about the same images, and what is measured of their answers."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.model_uncertainty.networks import Grown, surviving
from pruneuq_helpers.pruning.tickets import Tickets
from pruneuq_helpers.study.images import Shown
from pruneuq_helpers.uncertainty import Laplace, fit_laplace, fit_temperature, last_layer, softmax, subnetwork

METHODS = ("softmax", "dropout", "ensemble", "last layer", "all weights")
CHOICES = ("survivors", "magnitude", "random", "variance")
SCORES = ("accuracy", "nll", "ece", "brier", "signed_gap")


def posteriors(cell: dict, shown: Shown, model: nn.Module) -> dict[str, Laplace]:
    """The Laplace approximations of one network: of its last layer, and of all its weights."""
    kept = {"last layer": last_layer(model), "all weights": everything(model)}
    return {name: _fitted(cell, shown, model, weights) for name, weights in kept.items()}


def askers(
    cell: dict, shown: Shown, grown: Grown, level: float, laplaces: dict[str, Laplace] | None = None
) -> dict[str, Callable[[Tensor], Tensor]]:
    """The methods on the networks of a level: each from images to logits ``[M, N, C]``."""
    several, dropping, device = grown.ensemble[level], grown.dropping[level], cell["device"]
    laplaces = laplaces or posteriors(cell, shown, grown.first(level))

    def ensemble(images: Tensor) -> Tensor:
        return several.predict(images, device=device)

    def dropout(images: Tensor) -> Tensor:
        # Every pass draws with a seed of its own.
        drawn = (dropping.predict(images, dropout=1000 * turn, device=device)[0] for turn in range(cell["passes"]))
        return torch.stack(list(drawn))

    asked = {"softmax": lambda images: ensemble(images)[:1], "dropout": dropout, "ensemble": ensemble}
    # A Laplace approximation gives probabilities, and their logarithms stand for its logits.
    return asked | {name: _shrunk(posterior) for name, posterior in laplaces.items()}


def laplace(cell: dict, shown: Shown, model: nn.Module, kept: dict[str, Tensor]) -> Callable[[Tensor], Tensor]:
    """Fit a Laplace approximation to the kept weights; from images to the logarithms of its probabilities."""
    return _shrunk(_fitted(cell, shown, model, kept))


def _fitted(cell: dict, shown: Shown, model: nn.Module, kept: dict[str, Tensor]) -> Laplace:
    return fit_laplace(model, *shown.train, kept, memory=cell["memory"], device=cell["device"])


def _shrunk(posterior: Laplace) -> Callable[[Tensor], Tensor]:
    return lambda images: posterior.predict(images).log()[None]


def everything(model: nn.Module) -> dict[str, Tensor]:
    """Keep all weights."""
    return {name: torch.ones_like(value, dtype=torch.bool) for name, value in model.named_parameters()}


def chosen(cell: dict, shown: Shown, dense: Tickets, pruned: Tickets, model: nn.Module) -> dict[str, dict]:
    """Equally many weights of the dense network, chosen in every way."""
    left = surviving(dense, pruned)
    count = counted(left)
    others = {how: subnetwork(model, count, how, shown.train[0], cell["seed"]) for how in CHOICES[1:]}
    return {"survivors": left} | others


def counted(kept: dict[str, Tensor]) -> int:
    """How many weights are kept."""
    return sum(int(mask.sum()) for mask in kept.values())


def measured(ask: Callable[[Tensor], Tensor], shown: Shown) -> dict:
    """Score a method on test images, as it is and with a temperature from validation images, and on outside images."""
    return scored(ask(asked_about(shown)), shown)


def asked_about(shown: Shown) -> Tensor:
    """All images that a method is asked about, at once: a hundred small calls would cost more than the arithmetic."""
    return torch.cat([shown.test[0], shown.validation[0], *(one.images for one in shown.outside)])


def scored(logits: Tensor, shown: Shown) -> dict:
    """What `measured` gives, from the logits ``[M, N, C]`` of all images."""
    sizes = [len(shown.test[0]), len(shown.validation[0]), *(len(one.images) for one in shown.outside)]
    answers, held, *strange = logits.split(sizes, dim=1)
    labels, temperature = shown.test[1], fit_temperature(held, shown.validation[1])
    probs, scaled = softmax(answers), softmax(answers, temperature)
    found = {name: getattr(metrics, name)(probs, labels) for name in SCORES}
    found |= {"temperature": temperature}
    found |= {f"scaled_{name}": getattr(metrics, name)(scaled, labels) for name in ("nll", "ece")}
    inside = metrics.msp(probs)
    for one, theirs in zip(shown.outside, strange, strict=True):
        outside = metrics.msp(softmax(theirs))
        detected = metrics.detection(inside, outside)
        found |= {f"auroc {one.name}": detected["auroc"], f"fpr95 {one.name}": detected["fpr95"]}
        found |= {f"outside_confidence {one.name}": float(1 - outside.mean())}
    return found | {"auroc": _mean(found, "auroc "), "outside_confidence": _mean(found, "outside_confidence ")}


def _mean(found: dict, prefix: str) -> float:
    values = [value for name, value in found.items() if name.startswith(prefix)]
    return sum(values) / len(values)
