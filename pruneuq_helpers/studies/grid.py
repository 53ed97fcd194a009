"""Chapter 7: five ways to prune times three ways to be uncertain (S1).

Every network is trained once and kept in a file; a cell of the grid takes the networks of its seed from there, prunes
and fine-tunes them, and measures the three methods on them. The single network of the softmax method is the first
member of the ensemble, so that the two are compared on the same training.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import AfterValidator, model_validator

from pruneuq_helpers import metrics, pruning
from pruneuq_helpers.data import crop_flip
from pruneuq_helpers.pruning.resrep import Settings, train_and_cut
from pruneuq_helpers.studies.grid_bases import (
    ANNEALS,
    DENSE,
    bases,
    fit,
    images_for_hrank,
    joined,
    load_data,
    member_seed,
    network_cells_of,
)
from pruneuq_helpers.studies.grid_scores import channels_of, score
from pruneuq_helpers.studies.grid_skips import skip_cells, skip_spec, skip_work
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, DataName
from pruneuq_helpers.uncertainty import ensemble, mc_dropout

CRITERIA = ("random", "l1", "bn", "hrank", "resrep")
METHODS = {"msp": "softmax", "ensemble": "ensemble", "mc_dropout": "MC dropout"}
NETWORKS = ("convnet", "vgg_small", "vgg19", "resnet8", "resnet18", "resnet18_224")


def _images(name: str) -> str:
    if name in ("line", "moons"):
        raise ValueError("it takes a data set of images with classes")
    return name


def _forgetting(settings: dict) -> dict:
    unknown = [name for name in settings if name not in Settings.__dataclass_fields__]
    if unknown:
        raise ValueError(f"it takes some of {', '.join(Settings.__dataclass_fields__)}")
    Settings(**settings)  # says what is wrong with a value
    return settings


Removed = Annotated[float, Gt(0), Lt(1)]
Positive = Annotated[float, Gt(0)]


def network_cells(study: "GridStudy") -> list[dict[str, Any]]:
    """The networks that all cells of a seed begin with."""
    return [
        cell
        for seed in range(study.seeds)
        for spec, members in ((study.spec(), study.members), (skip_spec(study), 1))
        for cell in network_cells_of(spec, members, seed)
    ]


def base_cells(study: "GridStudy") -> list[dict[str, Any]]:
    """One cell a seed: how good the networks are that all other cells of the seed begin with."""
    shared = {"data": study.data, "base": study.spec(), "members": study.members}
    return [shared | {"seed": seed} for seed in range(study.seeds)]


def base_work(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """A row a member, and one for the network with dropout."""
    loaded = load_data(cell["base"], cell["seed"])
    found = bases(cell["base"], cell["seed"], cell["members"])
    networks = {str(k): member for k, member in enumerate(found.members)} | {"dropout": found.dropping}
    logits = ensemble(list(networks.values()), loaded.test.images, normalise=loaded.normalise)
    right = (logits.argmax(2) == loaded.test.labels).double().mean(1).tolist()
    checks = [*found.checks, found.dropping_check]
    return [
        {"member": name, "accuracy": share, "cut_from": check}
        for name, share, check in zip(networks, right, checks, strict=True)
    ]


def cells(study: "GridStudy") -> list[dict[str, Any]]:
    """One cell a seed, criterion and level; two more a seed for the dense networks, as they are and trained on."""
    tune = study.spec()["recipe"] | {"epochs": study.tune_epochs, "learning_rate": study.tune_rate}
    shared = {"data": study.data, "base": study.spec(), "members": study.members}
    shared |= {"passes": study.passes, "tune": tune, "resrep": study.resrep | {"epochs": study.resrep_epochs}}
    dense = [{"criterion": name, "level": 0.0} for name in ("dense", "trained on")]
    pruned = [{"criterion": name, "level": level} for name in study.criteria for level in study.levels]
    return [shared | {"seed": seed} | one for seed in range(study.seeds) for one in [*dense, *pruned]]


def work(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Prune and fine-tune the networks of a seed, and measure the three methods on them.

    A row a method: accuracy, the measures of `grid_scores.score`, size, the level that was reached, and the checksum
    of the dense networks.
    """
    loaded = load_data(cell["base"], cell["seed"])
    found = bases(cell["base"], cell["seed"], cell["members"])
    pruned, before, reached = _prune(cell, loaded, [*found.members, found.dropping])
    *pruned_members, pruned_dropping = pruned
    place = {"normalise": loaded.normalise, "device": cell["base"]["device"]}
    together = ensemble(pruned_members, loaded.test.images, **place)
    several = mc_dropout(pruned_dropping, loaded.test.images, cell["passes"], cell["seed"], **place)
    logits = {"msp": together[:1], "ensemble": together, "mc_dropout": several}
    networks = {"msp": pruned_members[:1], "ensemble": pruned_members, "mc_dropout": [pruned_dropping]}
    came = {"msp": reached[:1], "ensemble": reached[:-1], "mc_dropout": reached[-1:]}
    checks = {"msp": found.checks[0], "ensemble": joined(found.checks), "mc_dropout": found.dropping_check}
    rows = []
    for method in METHODS:
        size = {
            "parameters": _mean([metrics.parameters(network) for network in networks[method]]),
            "macs": _mean([metrics.macs(network, loaded.input_shape) for network in networks[method]]),
            "reached": _mean(came[method]),
            "accuracy_before": before if method == "msp" else None,
            "cut_from": checks[method],
        }
        rows.append({"method": method} | score(logits[method], loaded.test.labels) | size)
    return rows


def _prune(cell: dict, loaded, networks: list) -> tuple[list, float | None, list[float]]:
    """The pruned and fine-tuned networks, the first one's accuracy before fine-tuning, and the levels reached."""
    level, criterion, base = cell["level"], cell["criterion"], cell["base"]
    seeds = [member_seed(cell["seed"], place) for place in range(len(networks))]
    if criterion == "resrep":
        own = dict(cell["resrep"])
        recipe = cell["tune"] | {"epochs": own.pop("epochs")}
        settings = Settings(**own)
        shared = {"settings": settings, "input_shape": loaded.input_shape, "device": base["device"]} | recipe
        shared |= {"channels_last": True, "augment": crop_flip if base["augment"] else None}
        cut = [
            train_and_cut(one, loaded, level, seed=seed, **shared) for one, seed in zip(networks, seeds, strict=True)
        ]
        return [one.model for one in cut], None, [one.reached[settings.target] for one in cut]
    smaller = networks
    if level:
        options = {"images": images_for_hrank(loaded) if criterion == "hrank" else None, "order": "at_once"}
        options |= {"input_shape": loaded.input_shape}
        smaller = [
            pruning.remove_channels(one, level, criterion, seed=seed, **options)
            for one, seed in zip(networks, seeds, strict=True)
        ]
    before = ensemble(smaller[:1], loaded.test.images, normalise=loaded.normalise, device=base["device"])
    right = float((before[0].argmax(1) == loaded.test.labels).double().mean())
    reached = [1 - channels_of(small) / channels_of(large) for small, large in zip(smaller, networks, strict=True)]
    if criterion != "dense":
        smaller = fit(smaller, loaded, seeds, cell["tune"], base)
    return smaller, right, reached


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


class GridStudy(Study):
    """Parameters of chapter 7.

    Parameters
    ----------
    data : str
        A data set of images, as for ``data.load``.
    root : str
        The folder of those that are not embedded.
    download : bool
        Fetch the set if it is missing.
    training_images, test_images : int
        At most so many are used.
    network : str
        One of "convnet" (convolutions with batch norm and pooling, trained as a population), "vgg_small", "vgg19",
        "resnet8", "resnet18", "resnet18_224".
    channels : list of int
        Widths of the convolutions; of a residual network the width of its first stage.
    members, passes : int
        Of the ensemble, and with dropout.
    dropout : float
        Its rate.
    criteria : list of str
        Ways to prune, out of "random", "l1", "bn", "hrank", "resrep".
    levels : list of float
        Fractions of the channels to remove, above 0; level 0 is always measured.
    epochs, tune_epochs, resrep_epochs : int
        Of the first training, of the fine-tuning after a removal, and of ResRep, which prunes while it trains.
    batch, optimiser, rate, tune_rate, schedule, weight_decay
        Of the trainings; "cosine" is not for "convnet".
    augment : bool
        Crop and mirror training images at random; not for "convnet".
    resrep : dict
        How ResRep forgets: the fields of ``pruning.resrep.Settings``.
    skip_width : int
        Width of the residual network on which tied layers are misaligned.
    skip_levels : list of float
        Its levels.
    """

    chapter: ClassVar[str] = "07_pruning_meets_uncertainty"
    parts = {
        "networks": replace(DENSE, cells=network_cells),
        "bases": Part(base_cells, base_work, needs=(DENSE,)),
        "grid": Part(cells, work, version=2, history={2: ANNEALS}, needs=(DENSE,)),
        "skips": Part(skip_cells, skip_work, version=2, history={2: ANNEALS}, needs=(DENSE,)),
    }
    data: Annotated[DataName, AfterValidator(_images)]
    root: str = "data"
    download: bool = False
    training_images: Annotated[int, Ge(10)]
    test_images: Annotated[int, Ge(10)]
    network: Literal["convnet", "vgg_small", "vgg19", "resnet8", "resnet18", "resnet18_224"]
    channels: Annotated[list[Count], MinLen(1)]
    members: Annotated[int, Ge(2)]
    passes: Annotated[int, Ge(2)]
    dropout: Annotated[float, Gt(0), Lt(1)]
    criteria: Annotated[list[Literal["random", "l1", "bn", "hrank", "resrep"]], MinLen(2)]
    levels: Annotated[list[Removed], MinLen(2)]
    epochs: Count
    tune_epochs: Count
    resrep_epochs: Count
    batch: Count
    optimiser: Literal["adam", "sgd"]
    rate: Positive
    tune_rate: Positive
    schedule: Literal["constant", "cosine"]
    weight_decay: Annotated[float, Ge(0)]
    augment: bool
    resrep: Annotated[dict[str, Any], AfterValidator(_forgetting)]
    skip_width: Count
    skip_levels: Annotated[list[Removed], MinLen(1)]

    @model_validator(mode="after")
    def _fitting(self):
        if self.network == "convnet" and (self.schedule != "constant" or self.augment):
            raise ValueError(
                "parameter `network` got 'convnet' with a schedule or augmentation; "
                "it takes a constant rate and plain images, or another network"
            )
        in_a_row = not self.network.startswith("resnet")
        if in_a_row and all(b <= a for a, b in pairwise(self.channels)):
            raise ValueError(
                f"parameter `channels` got {self.channels}; it takes widths of which one is larger than the one "
                "before, because dropout stands in front of such convolutions"
            )
        return self

    def spec(self, **changes) -> dict[str, Any]:
        """What decides a base network, but for its seed."""
        fields = {"data", "training_images", "test_images", "network", "channels", "dropout", "device"}
        recipe = {"epochs": self.epochs, "learning_rate": self.rate, "batch": self.batch, "schedule": self.schedule}
        recipe |= {"optimiser": self.optimiser, "weight_decay": self.weight_decay}
        source = {"root": self.root, "download": self.download}
        found = self.model_dump(include=fields) | {"recipe": recipe, "source": source, "augment": self.augment}
        return found | changes
