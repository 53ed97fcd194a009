"""Chapter 9's methods, each asked about the same images, and what is measured of their answers."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from pruneuq_helpers import metrics
from pruneuq_helpers.pruning.tickets import Tickets
from pruneuq_helpers.studies.calibration_dropout import passes
from pruneuq_helpers.studies.calibration_images import Shown
from pruneuq_helpers.studies.model_uncertainty_networks import Grown, surviving
from pruneuq_helpers.uncertainty import fit_laplace, fit_temperature, last_layer, softmax, subnetwork

METHODS = ("softmax", "dropout", "ensemble", "last layer", "all weights")
CHOICES = ("survivors", "magnitude", "random", "variance")
SCORES = ("accuracy", "nll", "ece", "brier", "signed_gap")


def askers(cell: dict, shown: Shown, grown: Grown, level: float) -> dict[str, Callable[[Tensor], Tensor]]:
    """The methods on the networks of a level: each from images to logits ``[M, N, C]``.

    A Laplace approximation gives probabilities, and their logarithms stand for its logits.

    Parameters
    ----------
    cell : dict
        passes memory device.
    shown : Shown
        The images that the networks learnt from.
    grown : Grown
        The networks.
    level : float
        Which of them.

    Returns
    -------
    dict
        The name of a method to what answers.
    """
    several, dropping, device = grown.ensemble[level], grown.dropping[level], cell["device"]
    one = grown.first(level)

    def ensemble(images: Tensor) -> Tensor:
        return several.predict(images, device=device)

    def dropout(images: Tensor) -> Tensor:
        return passes(dropping, images, cell["passes"], device)[:, 0]

    return {
        "softmax": lambda images: ensemble(images)[:1],
        "dropout": dropout,
        "ensemble": ensemble,
        "last layer": laplace(cell, shown, one, last_layer(one)),
        "all weights": laplace(cell, shown, one, everything(one)),
    }


def laplace(cell: dict, shown: Shown, model: nn.Module, kept: dict[str, Tensor]) -> Callable[[Tensor], Tensor]:
    """Fit a Laplace approximation; what is given answers with the logarithms of its probabilities.

    Parameters
    ----------
    cell : dict
        memory device.
    shown : Shown
        The images that the network learnt from.
    model : torch.nn.Module
        The network.
    kept : dict
        Which weights are uncertain.

    Returns
    -------
    callable
        From images to ``[1, N, C]``.
    """
    posterior = fit_laplace(model, *shown.train, kept, memory=cell["memory"], device=cell["device"])
    return lambda images: posterior.predict(images).log()[None]


def everything(model: nn.Module) -> dict[str, Tensor]:
    """Keep all weights.

    Parameters
    ----------
    model : torch.nn.Module
        A network.

    Returns
    -------
    dict
        Name to booleans, all true.
    """
    return {name: torch.ones_like(value, dtype=torch.bool) for name, value in model.named_parameters()}


def chosen(cell: dict, shown: Shown, dense: Tickets, pruned: Tickets, model: nn.Module) -> dict[str, dict]:
    """Equally many weights of the dense network, chosen in every way.

    Parameters
    ----------
    cell : dict
        seed.
    shown : Shown
        The images that the network learnt from.
    dense, pruned : Tickets
        Networks before and after pruning: the survivors say how many.
    model : torch.nn.Module
        The first of the dense ones.

    Returns
    -------
    dict
        Way to booleans by name.
    """
    left = surviving(dense, pruned)
    count = counted(left)
    others = {how: subnetwork(model, count, how, shown.train[0], cell["seed"]) for how in CHOICES[1:]}
    return {"survivors": left} | others


def counted(kept: dict[str, Tensor]) -> int:
    """How many weights are kept.

    Parameters
    ----------
    kept : dict
        Name to booleans.

    Returns
    -------
    int

    Examples
    --------
    >>> counted({"weight": torch.tensor([True, False, True])})
    2
    """
    return sum(int(mask.sum()) for mask in kept.values())


def measured(ask: Callable[[Tensor], Tensor], shown: Shown) -> dict:
    """Score a method on test images, as it is and with a temperature from validation images, and on outside images.

    Parameters
    ----------
    ask : callable
        From images to logits ``[M, N, C]``.
    shown : Shown
        The images.

    Returns
    -------
    dict
    """
    sets = [shown.test[0], shown.validation[0], *(one.images for one in shown.outside)]
    # All at once: a hundred small calls would cost more than the arithmetic.
    answers, held, *strange = ask(torch.cat(sets)).split([len(images) for images in sets], dim=1)
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


def rows(cell: dict, shown: Shown, grown: Grown) -> Iterator[dict]:
    """Everything that a cell measures.

    Parameters
    ----------
    cell : dict
        One of the study's cells.
    shown : Shown
        Its data.
    grown : Grown
        Its networks.

    Yields
    ------
    dict
        One row of the study's table.
    """
    for level in (0.0, *cell["levels"]):
        one = grown.first(level)
        sizes = {"last layer": counted(last_layer(one)), "all weights": counted(everything(one))}
        for method, ask in askers(cell, shown, grown, level).items():
            row = {"part": "methods", "level": level, "method": method, "weights": sizes.get(method, 0)}
            yield row | {"parameters": sizes["all weights"]} | measured(ask, shown)
    dense, model = grown.ensemble[0.0], grown.first(0.0)
    for level in cell["levels"]:
        for how, kept in chosen(cell, shown, dense, grown.ensemble[level], model).items():
            row = {"part": "choices", "level": level, "method": how, "weights": counted(kept)}
            yield row | measured(laplace(cell, shown, model, kept), shown)


def _mean(found: dict, prefix: str) -> float:
    values = [value for name, value in found.items() if name.startswith(prefix)]
    return sum(values) / len(values)
