"""Chapter 10: an audit of a network, and an audit of the audit: do its verdicts hold on other images?"""

from typing import Annotated, Any, ClassVar, Literal

import pandas as pd
import torch
from annotated_types import Ge, Gt, MinLen
from torch import nn

from pruneuq_helpers import audit, data, training
from pruneuq_helpers.data import Data
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, ImageDataName, Levels
from pruneuq_helpers.study.places import load

_HISTORY = {2: "a cosine anneals step by step, and to its end", 3: "fine-tuning has a rate of its own"}
Criterion = Literal["random", "l1", "bn", "hrank"]


def small_network(channels: list[int], colours: int, classes: int) -> nn.Sequential:
    """Convolutions with batch norm, a mean over the image, and one linear layer: a network like many readers' own."""
    layers, width = [], colours
    for number, wide in enumerate(channels):
        layers += [nn.Conv2d(width, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if number == 0 else []
        width = wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


def load_images(spec: dict[str, Any], seed: int) -> Data:
    """The images of a seed: another split, and no more than asked for."""
    loaded = load(spec["data"], spec["root"], spec["download"], seed=seed)
    few = [_few(part, spec[count], seed) for part, count in
           ((loaded.train, "training_images"), (loaded.test, "test_images"))]  # fmt: skip
    return data.make(loaded.name, few[0], loaded.validation, few[1], loaded.classes)


def _few(part: data.Part, count: int, seed: int) -> data.Part:
    return part.take(data.split(part.labels, [min(1.0, count / len(part))], seed)[0])


def trained_network(spec: dict[str, Any], images: Data, seed: int) -> nn.Module:
    """The network that is audited, trained on the images of a seed."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        model = small_network(spec["channels"], images.input_shape[0], len(images.classes))
    recipe = {"epochs": spec["epochs"], "batch": spec["batch"], "learning_rate": spec["rate"], "schedule": "cosine"}
    return training.train(model, images, seed=seed, device=spec["device"], **recipe).model


def settings(spec: dict[str, Any]) -> dict[str, Any]:
    """What `audit.examine` is told."""
    return {
        "levels": spec["levels"], "criteria": spec["criteria"], "device": spec["device"],
        "learning_rate": spec["tune_rate"], "train_batch": spec["batch"], "rules": {"accuracy": spec["margin"]},
    }  # fmt: skip


def cells(study: "AuditStudy") -> list[dict[str, Any]]:
    """One cell a seed, without and with fine-tuning."""
    left_out = {"profile", "seeds", "workers", "out", "resamples", "repeats", "shape_side", "shape_levels"}
    shared = study.model_dump(exclude=left_out)
    return [shared | {"seed": seed, "fine_tune": on} for seed in range(study.seeds) for on in (0, study.tune_epochs)]


def work(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Audit one network: a row a network, with its verdict on all images and on each half of them."""
    images = load_images(cell, cell["seed"])
    model = trained_network(cell, images, cell["seed"])
    # The rows hold no interval of the bootstrap and no time: as little of both as the audit takes.
    few = settings(cell) | {"resamples": 100, "repeats": 3}
    found = audit.examine(model, images, fine_tune=cell["fine_tune"], seed=cell["seed"], **few)
    return rows(found, cell["margin"])


def rows(found: audit.Audit, margin: float) -> list[dict[str, Any]]:
    """One row a network of an audit."""
    values = found.measures.pivot(index="network", columns="measure", values="value")
    changes = found.measures.pivot(index="network", columns="measure", values="change")
    verdicts = found.overall.set_index("network")["verdict"]
    table = []
    for row in found.networks.to_dict("records"):
        name = row["network"]
        one = {key: row[key] for key in ("network", "criterion", "level", "parameter_fraction")}
        one |= {measure: float(values.loc[name, measure]) for measure in ("accuracy", "ece")}
        for measure in ("accuracy", "ece"):
            one[f"{measure}_change"] = float(changes.loc[name, measure])
        one |= {measure: float(changes.loc[name, measure]) for measure in ("changed", "class_recall")}
        table.append(one | {"verdict": verdicts.get(name)} | _halves(found, name, margin))
    return table


def _halves(found: audit.Audit, network: str, margin: float) -> dict[str, Any]:
    """Change of accuracy on every second image and on the others, from the images whose prediction changed."""
    moved = found.changed[found.changed["network"] == network]
    halves = {}
    for place, name in enumerate(("first", "second")):
        own = moved.loc[moved["image"] % 2 == place, "what"]
        count = len(range(place, len(found.data.test), 2))
        change, low, high = audit.share_change((own == "lost").sum(), (own == "won").sum(), count)
        halves |= {f"{name}_change": change, f"{name}_verdict": audit.verdict_of(-high, -low, margin)}
    return halves


class AuditStudy(Study):
    """Parameters of chapter 10."""

    chapter: ClassVar[str] = "10_audit_your_model"
    parts = {"audits": Part(cells, work, version=3, history=_HISTORY)}
    data: ImageDataName
    root: str = "data"
    download: bool = False
    training_images: Annotated[int, Ge(50)]
    test_images: Annotated[int, Ge(50)]
    channels: Annotated[list[Count], MinLen(1)]
    epochs: Count
    tune_epochs: Count
    batch: Count
    rate: Annotated[float, Gt(0)]
    tune_rate: Annotated[float, Gt(0)]
    levels: Levels
    criteria: Annotated[list[Criterion], MinLen(1)]
    margin: Annotated[float, Gt(0)]
    resamples: Annotated[int, Ge(100)]
    repeats: Annotated[int, Ge(3)]
    shape_side: Annotated[int, Ge(32)]
    shape_levels: Levels


def resnet_for_shape(side: int) -> tuple[nn.Module, Data]:
    """torchvision's ResNet18 with random weights, and noise to show it: for counts and times only."""
    from pruneuq_helpers.data.vision import torchvision  # here, for it takes seconds

    draws = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (40, 3, side, side), dtype=torch.uint8, generator=draws)
    part = data.Part(noise, torch.arange(40) % 10)
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        model = torchvision.models.resnet18(num_classes=10)
    return model.eval(), data.make("noise", part, part, part, classes=[str(number) for number in range(10)])


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """How often the verdict on one half of the images met each verdict on the other half."""
    pruned = table[table["criterion"] != "none"]
    words = ["safe", "undecided", "not safe"]
    counts = pd.crosstab(pruned["first_verdict"], pruned["second_verdict"])
    counts = counts.reindex(index=words, columns=words, fill_value=0)
    return counts.rename_axis(index="first half", columns="second half")


def contradictions(table: pd.DataFrame) -> pd.DataFrame:
    """How many networks of each seed one half of the images or the other calls safe, and how many of them not safe
    too.
    """
    pruned = table[table["criterion"] != "none"]
    verdicts = pruned[["first_verdict", "second_verdict"]]
    called, refused = ((verdicts == word).any(axis=1) for word in ("safe", "not safe"))
    counts = pruned[["seed"]].assign(called=called.astype(int), contradicted=(called & refused).astype(int))
    return counts.groupby("seed").sum()


def control_sentence(table: pd.DataFrame, margin: float) -> str:
    """What training on did to the dense networks; a warning where it alone costs more than may be lost."""
    control = table[(table["criterion"] == "none") & (table["fine_tune"] > 0)]["accuracy_change"].dropna()
    told = f"Trained on without pruning, the dense networks change their accuracy by {control.mean():+.3f} on average."
    worse, told = int((control < -margin).sum()), told.replace("-", "−")
    if not worse:
        return told
    verb = "loses" if worse == 1 else "lose"
    fault = "so that no verdict on a fine-tuned network is about pruning"
    return f"{told} Warning: {worse} of {len(control)} {verb} more than the margin of {margin:g}, {fault}."
