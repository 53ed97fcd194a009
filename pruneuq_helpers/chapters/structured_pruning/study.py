"""What removing channels costs and gains: accuracy of small networks, size and time of the papers' networks."""

import time
from functools import cache
from statistics import median
from typing import Annotated, Any, ClassVar, Literal

import pandas as pd
import torch
from annotated_types import MinLen
from pydantic import AfterValidator

from pruneuq_helpers import data, metrics, models, population, pruning
from pruneuq_helpers.claims import Claim, published
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, Levels

IMAGE = {"lenet": (3, 32, 32), "resnet18": (3, 32, 32), "vgg19": (3, 32, 32)}
CLASSES = 10


def _known_network(name: str) -> str:
    if name not in IMAGE:
        raise ValueError(f"it takes names out of {', '.join(IMAGE)}")
    return name


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


def accuracy_cells(study: "ChannelStudy") -> list[dict[str, Any]]:
    """One cell a seed; all of them are trained together."""
    shared = study.model_dump(include={"levels", "points", "hidden", "epochs", "device"})
    return [shared | {"seed": seed} for seed in range(study.seeds)]


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


def cost_cells(study: "ChannelStudy") -> list[dict[str, Any]]:
    """One cell a network and level."""
    shared = study.model_dump(include={"batch", "rounds", "repetitions"})
    return [shared | {"network": network, "level": level} for network in study.networks for level in study.levels]


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


class ChannelStudy(Study):
    """Parameters of chapter 2."""

    chapter: ClassVar[str] = "02_structured_pruning"
    parts = {
        "accuracy": Part(accuracy_cells, accuracy_work, together="seeds"),
        "cost": Part(cost_cells, cost_work, timed=("dense_seconds", "masked_seconds", "removed_seconds"), alone=True),
    }
    levels: Levels
    points: Literal["moons"]
    hidden: Annotated[list[Count], MinLen(1)]
    epochs: Count
    networks: Annotated[list[Annotated[str, AfterValidator(_known_network)]], MinLen(1)]
    batch: Count
    rounds: Count
    repetitions: Count


def scope_table(levels: list[float]):
    """Compression and theoretical speed-up of LeNet when only its linear layers, or all layers, lose units."""
    torch.manual_seed(0)
    dense = models.build("lenet", CLASSES, IMAGE["lenet"])
    rows = []
    for scope in ("fc", "all"):
        for level in levels:
            smaller = pruning.remove_channels(dense, level, scope=scope)
            ratios = metrics.cost_ratios(dense, smaller, IMAGE["lenet"])
            counts = {"parameters": metrics.parameters(smaller), "macs": metrics.macs(smaller, IMAGE["lenet"])}
            rows.append({"scope": scope, "level": level, **counts, **ratios})
    return pd.DataFrame(rows)


@cache
def _dense(network: str, classes: int) -> torch.nn.Module:
    return models.build(network, classes, IMAGE[network])


def _count(network: str, classes: int, level: float) -> int:
    return metrics.parameters(pruning.remove_channels(_dense(network, classes), level))


def table_1():
    """S1's Table 1 for L1, beside our counts with heads of 10 and of 100 classes."""
    printed = published.table("S1_table1").query("method == 'l1'").drop(columns=["method", "source"])
    rows = []
    for network, level in zip(printed["network"], printed["level"], strict=True):
        rows.append({classes: _count(network, classes, level) for classes in (10, 100)})
    counts = pd.DataFrame(rows, index=printed.index).rename(columns={10: "parameters", 100: "parameters_100_classes"})
    joined = printed.rename(columns={"millions": "printed_millions"}).join(counts)
    return joined.assign(our_millions=(joined["parameters"] / 1e6).round(2)).reset_index(drop=True)


def whole_table(accuracy, cost, printed):
    """The chapter's three tables as one, for its claims and to be kept; `part` says of which a row is."""
    parts = {"accuracy": accuracy, "cost": cost, "table 1": printed}
    return pd.concat([part.assign(part=name) for name, part in parts.items()], ignore_index=True)


def _part(table, name: str):
    return table[table["part"] == name]


def _table_1_error(table):
    """The largest distance over the levels, one value a network: a mean would hide one wrong cell among right ones."""
    counted = _part(table, "table 1")
    return (counted["our_millions"] - counted["printed_millions"]).abs().groupby(counted["network"]).max().to_numpy()


def _l1_advantage(table):
    wide = _part(table, "accuracy").pivot_table(index=["seed", "level"], columns="criterion", values="accuracy")
    return (wide["l1"] - wide["random"]).groupby("seed").mean().to_numpy()


CLAIMS = [
    Claim(
        "S1.table1.parameters", "02", "S1", "Table 1",
        "Pruning by L1 leaves the numbers of parameters that the table prints, all of them.",
        "largest distance over the levels between our count for L1 and the printed one, millions of parameters",
        _table_1_error, "<", 0.005, over="networks",
    ),
    Claim(
        "S0.s3.1.l1-better-than-random", "02", "S0", "§3.1",
        "Units with a small L1 norm matter least: the premise of Algorithm 1.",
        "accuracy after L1 removal minus after random removal, mean over levels, no training afterwards",
        _l1_advantage, ">", 0.0,
    ),
]  # fmt: skip
