"""From a cell to rows: accuracy after a removal; size and time of dense, masked and smaller networks."""

import time
from statistics import median
from typing import Any

import torch

from pruneuq_helpers import data, metrics, models, population, pruning

IMAGE = {"lenet": (3, 32, 32), "resnet18": (3, 32, 32), "vgg19": (3, 32, 32)}
CLASSES = 10


def trained_mlps(points: str, hidden: list[int], epochs: int, seeds: list[int], device: str = "cpu"):
    """Train one small network a seed, together; return the networks and the data they learnt."""
    loaded = data.load(points)
    examples = [models.build("mlp", len(loaded.classes), loaded.input_shape, hidden=hidden) for _ in seeds]
    trained = population.train(
        examples, loaded.train.images, loaded.train.labels, seeds, epochs=epochs, batch=None, rate=0.01, device=device
    )
    for example, state in zip(examples, trained.states, strict=True):
        example.load_state_dict(state)
    return examples, loaded


def accuracy_work(cells: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Accuracy of every network at every level, without any training after the removal."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    networks, loaded = trained_mlps(first["points"], first["hidden"], first["epochs"], seeds, first["device"])
    return [_rows(network, seed, first["levels"], loaded.test) for network, seed in zip(networks, seeds, strict=True)]


def _rows(network: torch.nn.Module, seed: int, levels: list[float], test) -> list[dict[str, Any]]:
    rows = []
    for level in levels:
        for criterion in ("l1", "random"):
            smaller = pruning.remove_channels(network, level, criterion, seed=seed)
            probs = torch.softmax(smaller(test.images), dim=1).detach()
            rows.append({"level": level, "criterion": criterion} | _scores(probs, test.labels))
    return rows


def _scores(probs, labels) -> dict[str, float]:
    return {"accuracy": metrics.accuracy(probs, labels), "ece": metrics.ece(probs, labels)}


def cost_work(cell: dict[str, Any]) -> list[dict[str, float]]:
    """Size, multiply-adds and measured time of the dense, the masked and the smaller network; a row a repetition."""
    level, shape = cell["level"], IMAGE[cell["network"]]
    dense = models.build(cell["network"], CLASSES, shape).eval()
    smaller, masked = pruning.remove_channels(dense, level), pruning.mask_channels(dense, level)
    size = {
        "parameters": metrics.parameters(smaller),
        **metrics.cost_ratios(dense, smaller, shape)[["parameter_fraction", "mac_fraction"]],
    }
    networks = {"dense": dense, "masked": masked, "removed": smaller}
    return [
        size | {"repetition": number} | _seconds(networks, shape, cell["rounds"], cell["batch"])
        for number in range(cell["repetitions"])
    ]


def _seconds(networks: dict[str, torch.nn.Module], shape, rounds: int, batch: int) -> dict[str, float]:
    """Median time of a prediction; the networks take turns, so that a busy moment hits all of them."""
    images = torch.randn(batch, *shape, generator=torch.Generator().manual_seed(0))
    times = {name: [] for name in networks}
    with torch.inference_mode():
        for _ in range(rounds + 1):
            for name, network in networks.items():
                start = time.perf_counter()
                network(images)
                times[name].append(time.perf_counter() - start)
    # The first round warms up and does not count.
    return {f"{name}_seconds": median(values[1:]) for name, values in times.items()}
