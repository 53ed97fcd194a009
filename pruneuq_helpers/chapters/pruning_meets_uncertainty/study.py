"""Chapter 7: five ways to prune times three ways to be uncertain (S1), and what pruning does to one network.

Every network is trained once and kept in a file; a cell takes the networks of its seed from there. The single network
of the softmax method is the first member of the ensemble, so that the two are compared on the same training.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, MinLen
from pydantic import AfterValidator, model_validator

from pruneuq_helpers.chapters.pruning_meets_uncertainty.answer import answer_cells, answer_spec, answer_work
from pruneuq_helpers.chapters.pruning_meets_uncertainty.bases import ANNEALS, DENSE, DROPS, in_a_row, network_cells_of
from pruneuq_helpers.chapters.pruning_meets_uncertainty.skips import skip_cells, skip_spec, skip_work
from pruneuq_helpers.chapters.pruning_meets_uncertainty.work import OF_RESREP, base_work, work
from pruneuq_helpers.models.catalogue import CATALOGUE
from pruneuq_helpers.pruning.resrep_settings import Settings
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import (
    Count,
    Counts,
    DataName,
    ImageDataName,
    InnerLevel,
    InnerLevels,
    Natural,
    NotNegative,
    Positive,
)
from pruneuq_helpers.training.precision import precision_on
from pruneuq_helpers.training.recipe import recipe_of

CRITERIA = ("random", "l1", "bn", "hrank", "resrep")
WITHOUT_NORMS = ("mlp", "fcn", "lenet", "cnn")
NETWORKS = Literal["convnet", *(name for name in CATALOGUE if name not in WITHOUT_NORMS)]
CONTROLS = ("dense", "earlier", "trained on")


def _forgetting(settings: dict) -> dict:
    known = [*Settings.__dataclass_fields__, *OF_RESREP]
    if any(name not in known for name in settings):
        raise ValueError(f"it takes some of {', '.join(known)}")
    # Both say what is wrong with a value.
    Settings(**{name: value for name, value in settings.items() if name not in OF_RESREP})
    recipe_of({OF_RESREP[name]: value for name, value in settings.items() if name in OF_RESREP})
    return settings


def network_cells(study: "GridStudy") -> list[dict[str, Any]]:
    """The networks that all cells of a seed begin with."""
    wanted = [(study.spec(), study.members, study.of_grid), (skip_spec(study), 1, study.of_grid)]
    wanted.append((answer_spec(study), 1, range(study.seeds)))
    every = [(spec, members, seed) for spec, members, seeds in wanted for seed in seeds]
    cells = [cell for one in every for cell in network_cells_of(*one)]
    return [cell for place, cell in enumerate(cells) if cell not in cells[:place]]


def base_cells(study: "GridStudy") -> list[dict[str, Any]]:
    """One cell a seed: how good the networks are that all other cells of the seed begin with."""
    shared = {"data": study.data, "base": study.spec(), "members": study.members}
    return [shared | {"seed": seed} for seed in study.of_grid]


def cells(study: "GridStudy") -> list[dict[str, Any]]:
    """One cell a seed, criterion and level; three more for the dense networks: now, earlier, and trained on."""
    shared = {"data": study.data, "base": study.spec(), "members": study.members, "passes": study.passes}
    shared |= {"tune": study.tune, "resrep": study.resrep | {"epochs": study.resrep_epochs}}
    dense = [{"criterion": name, "level": 0.0} for name in CONTROLS]
    pruned = [{"criterion": name, "level": level} for name in study.criteria for level in study.grid_levels]
    return [shared | {"seed": seed} | one for seed in study.of_grid for one in [*dense, *pruned]]


_CLASSES = "HRank sees every class"
_SEEN = f"{_CLASSES}, ResRep pulls as the steps ask, and earlier epochs are measured"


class GridStudy(Study):
    """Parameters of chapter 7; what each is stands beside it in the notebook."""

    chapter: ClassVar[str] = "07_pruning_meets_uncertainty"
    parts = {
        "networks": replace(DENSE, cells=network_cells),
        "answer": Part(answer_cells, answer_work, needs=(DENSE,)),
        "bases": Part(base_cells, base_work, version=2, history={2: "the precision is recorded"}, needs=(DENSE,)),
        "grid": Part(cells, work, version=4, history={2: ANNEALS, 3: _SEEN, 4: DROPS}, needs=(DENSE,)),
        "skips": Part(skip_cells, skip_work, version=3, history={2: ANNEALS, 3: _CLASSES}, needs=(DENSE,)),
    }
    grid_seeds: Count
    data: ImageDataName
    root: str = "data"
    download: bool = False
    training_images: Annotated[int, Ge(10)]
    test_images: Annotated[int, Ge(10)]
    held_out: list[str]
    outside: list[DataName]
    outside_without: list[str]
    outside_near: list[str]
    far: list[Literal["photographs", "inverted", "rotated"]]
    network: NETWORKS
    channels: Counts
    members: Annotated[int, Ge(2)]
    passes: Annotated[int, Ge(2)]
    dropout: InnerLevel
    criteria: Annotated[list[Literal["random", "l1", "bn", "hrank", "resrep"]], MinLen(2)]
    levels: Annotated[list[InnerLevel], MinLen(2)]
    scratch_levels: list[InnerLevel]
    grid_levels: InnerLevels
    epochs: Count
    tune_epochs: Count
    resrep_epochs: Count
    batch: Count
    optimiser: Literal["adam", "sgd"]
    rate: Positive
    tune_rate: Positive
    schedule: Literal["constant", "cosine", "one-cycle", "step"]
    milestones: list[Count]
    weight_decay: NotNegative
    augment: Natural
    precision: Literal["auto", "float32", "bfloat16"]
    resrep: Annotated[dict[str, Any], AfterValidator(_forgetting)]
    skip_width: Count
    skip_levels: InnerLevels

    @model_validator(mode="after")
    def _fitting(self):
        if self.network == "convnet" and (self.schedule != "constant" or self.augment):
            raise ValueError(
                "parameter `network` got 'convnet' with a schedule or augmentation; "
                "it takes a constant rate and plain images, or another network"
            )
        if in_a_row(self.network) and all(b <= a for a, b in pairwise(self.channels)):
            raise ValueError(
                f"parameter `channels` got {self.channels}; it takes widths of which one is larger than the one "
                "before, because dropout stands in front of such convolutions"
            )
        if (self.schedule == "step") != bool(self.milestones):
            raise ValueError(
                f"parameter `milestones` got {self.milestones} with the schedule {self.schedule!r}; "
                "it takes epochs after which the rate drops with `step`, and none with another schedule"
            )
        if self.precision == "bfloat16":
            precision_on(self.device, self.precision)  # says where it cannot be had
        return self

    @property
    def of_grid(self) -> range:
        """The seeds of the grid, which may be fewer than those of the answer."""
        return range(min(self.seeds, self.grid_seeds))

    @property
    def forgetting(self) -> Settings:
        """How ResRep forgets; what else `resrep` says is of its training."""
        return Settings(**{name: value for name, value in self.resrep.items() if name not in OF_RESREP})

    @property
    def recipe(self) -> dict[str, Any]:
        """Of the first training."""
        recipe = {"epochs": self.epochs, "learning_rate": self.rate, "batch": self.batch, "schedule": self.schedule}
        recipe |= {"optimiser": self.optimiser, "weight_decay": self.weight_decay}
        return recipe | ({"milestones": self.milestones} if self.milestones else {})

    @property
    def tune(self) -> dict[str, Any]:
        """Of the fine-tuning: the rate drops after the same shares of its epochs."""
        recipe = self.recipe | {"epochs": self.tune_epochs, "learning_rate": self.tune_rate}
        drops = [max(1, round(epoch * self.tune_epochs / self.epochs)) for epoch in self.milestones]
        return recipe | ({"milestones": drops} if drops else {})

    def spec(self, **changes) -> dict[str, Any]:
        """What decides a base network, but for its seed."""
        fields = {"data", "training_images", "test_images", "network", "channels", "dropout", "device", "precision"}
        source = {"root": self.root, "download": self.download}
        own = self.model_dump(include=fields) | {"recipe": self.recipe, "source": source, "augment": self.augment}
        return own | {"held_out": []} | changes
