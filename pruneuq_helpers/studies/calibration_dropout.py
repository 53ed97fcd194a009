"""Chapter 5's experiment from S0's archive: Monte Carlo dropout on networks that are pruned and not trained again."""

import pandas as pd
import torch

from pruneuq_helpers import metrics, population
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.studies.calibration import CalibrationStudy
from pruneuq_helpers.studies.calibration_images import show
from pruneuq_helpers.uncertainty import softmax


def dropout_cells(study: CalibrationStudy) -> list[dict]:
    """One cell a block of seeds.

    Parameters
    ----------
    study : CalibrationStudy
        The parameters.

    Returns
    -------
    list of dict
    """
    names = {"dropout_hidden", "dropout_rate", "dropout_passes", "dropout_epochs", "dropout_levels", "batch", "device"}
    inside = study.where | {"far": [], "outside": []}
    shared = study.model_dump(include=names) | {"data": study.label, "where": inside}
    return [shared | {"seeds": block} for block in study.blocks]


def dropout_work(cell: dict) -> pd.DataFrame:
    """Train fully connected networks with dropout, prune them at every level, and ask them once and many times.

    Parameters
    ----------
    cell : dict
        One of `dropout_cells`.

    Returns
    -------
    pandas.DataFrame
        A row a seed, level and method ("one pass", without dropout, or "dropout", the mean of the passes): accuracy
        ece uce nll.
    """
    shown, seeds, device = show(cell["where"], cell["seeds"]), cell["seeds"], cell["device"]
    images, labels = _flat(shown.train[0]), shown.train[1]
    network = population.mlp(
        images.shape[-1], *cell["dropout_hidden"], len(shown.classes), dropout=cell["dropout_rate"]
    )
    trained = population.train(
        network, images, labels, seeds, epochs=cell["dropout_epochs"], batch=cell["batch"], device=device
    )
    dense, rows = tickets.whole(network, trained.weights), []
    for level in cell["dropout_levels"]:
        pruned = tickets.prune(dense, level)
        asked = {"one pass": softmax(pruned.predict(_flat(shown.test[0]), device=device)).unsqueeze(0)}
        asked["dropout"] = softmax(passes(pruned, _flat(shown.test[0]), cell["dropout_passes"], device))
        for method, probs in asked.items():
            for k, seed in enumerate(seeds):
                truth = shown.test[1][k] if len(seeds) > 1 else shown.test[1]
                found = {name: getattr(metrics, name)(probs[:, k], truth) for name in ("accuracy", "ece", "uce", "nll")}
                rows.append({"seed": seed, "level": level, "method": method} | found)
    return pd.DataFrame(rows)


def passes(some: tickets.Tickets, images: torch.Tensor, count: int, device: str = "cpu") -> torch.Tensor:
    """Logits of several passes with dropout on.

    Parameters
    ----------
    some : Tickets
        K networks with dropout.
    images : torch.Tensor
        ``[N, D]``, or ``[K, N, D]``.
    count : int
        How many passes M.
    device : str
        Where it is computed.

    Returns
    -------
    torch.Tensor
        ``[M, K, N, C]``.
    """
    # Every network of every pass draws with a seed of its own: `predict` adds the network's place.
    return torch.stack([some.predict(images, dropout=1000 * turn, device=device) for turn in range(count)])


def _flat(images: torch.Tensor) -> torch.Tensor:
    return images.flatten(-3)
