"""Chapter 8: what does a pruned network forget? (S4)"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import pandas as pd
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import AfterValidator, model_validator

from pruneuq_helpers.chapters.forgotten_examples.images import Shown
from pruneuq_helpers.chapters.forgotten_examples.measures import measured
from pruneuq_helpers.chapters.forgotten_examples.networks import (
    AGAIN,
    DENSE,
    PRUNED,
    SHORT,
    SMALL,
    TOGETHER,
    WIDE,
    answers,
    shown_of,
    wide_cells,
)
from pruneuq_helpers.chapters.forgotten_examples.record import image_record, member_rows
from pruneuq_helpers.errors import suggestion
from pruneuq_helpers.models.catalogue import CATALOGUE
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import (
    Count,
    DataName,
    InnerLevel,
    InnerLevels,
    Natural,
    NotNegative,
    Positive,
    Share,
)

PACKED = "what is said of an image is a character"
NETWORKS = (*TOGETHER, *(name for name in CATALOGUE if name not in TOGETHER))


def _known_network(name: str) -> str:
    if name not in NETWORKS:
        raise ValueError(f"it takes one of {', '.join(NETWORKS)}{suggestion(name, NETWORKS)}")
    return name


Experiments = Annotated[list[Literal["plain", "planted", "minority"]], MinLen(1)]
Network = Annotated[str, AfterValidator(_known_network)]
Layers = list[Count]

_TRAINED = {"network", "hidden", "conv", "width", "batch", "optimiser", "rate", "momentum", "weight_decay", "device"}
_ALONE = {"schedule", "augment", "precision"}  # of networks that are trained one by one
_PRUNED = {"begin", "end", "updates", "grad"}
_WHERE = {"root", "download", "training_images", "asked"}
_OF_EXPERIMENT = {
    "plain": set(),
    "planted": {"wrong_labels", "corrupted", "learnt"},
    "minority": {"minority", "attributes"},
}


def populations(study: "ForgettingStudy") -> Iterator[tuple[str, float, int]]:
    """The populations of a repetition and experiment: which, its level, and for how many epochs it is trained."""
    yield DENSE, 0.0, study.epochs
    yield AGAIN, 0.0, study.epochs
    yield from ((PRUNED, level, study.epochs) for level in study.levels)
    yield from ((SMALL, level, study.epochs) for level in study.controlled)
    yield from ((SHORT, 0.0, epochs) for epochs in (study.shorter if study.controlled else ()))


def image_cells(study: "ForgettingStudy") -> list[dict]:
    """One cell a repetition and experiment: what is known of the images that its networks are asked about."""
    return [_images(study, experiment, seed) for seed in range(study.seeds) for experiment in study.experiments]


def _images(study: "ForgettingStudy", experiment: str, seed: int) -> dict:
    """What decides the images of a repetition of an experiment."""
    where = study.model_dump(include=_WHERE | _OF_EXPERIMENT[experiment])
    data = study.minority_data if experiment == "minority" else study.data
    return {"experiment": experiment, "seed": seed, "data": data, "where": where}


def images_of(study: "ForgettingStudy", experiment: str, seed: int = 0) -> Shown:
    """The images of a repetition of an experiment themselves: what is learnt, and what is asked about."""
    return shown_of(_images(study, experiment, seed))


def image_work(cell: dict) -> list[dict]:
    """What is known of the images of a cell, packed."""
    shown = shown_of(cell)
    return [{"set": name, **image_record(asked, shown.groups, shown.classes)} for name, asked in shown.asked.items()]


def cells(study: "ForgettingStudy") -> list[dict]:
    """One cell a repetition, experiment and population, or where `block` is less than `members` a block of it."""
    plain = study.model_dump(include=_TRAINED if study.network in TOGETHER else _TRAINED | _ALONE)
    pruned = plain | study.model_dump(include=_PRUNED)
    blocks = [(first, min(study.block, study.members - first)) for first in range(0, study.members, study.block)]
    return [
        {
            **images,
            "population": which,
            "level": level,
            "epochs": epochs,
            "first": first,
            "count": count,
            "recipe": pruned if which == PRUNED else plain,
        }
        for images in image_cells(study)
        for which, level, epochs in populations(study)
        for first, count in blocks
    ]


def network_cells(study: "ForgettingStudy") -> list[dict]:
    """The networks of all populations that are trained one by one: those trained in a stack are not kept."""
    return [] if study.network in TOGETHER else [network for cell in cells(study) for network in wide_cells(cell)]


def work(cell: dict) -> pd.DataFrame:
    """Train the members of a cell and ask them: a row a member and set of images."""
    asked = shown_of(cell).asked
    rows = [
        {"set": name, **row}
        for name, probs in answers(cell).items()
        for row in member_rows(probs.cpu().numpy(), asked[name].labels.numpy(), cell["first"])
    ]
    return pd.DataFrame(rows)


class ForgettingStudy(Study):
    """Parameters of chapter 8."""

    chapter: ClassVar[str] = "08_forgotten_examples"
    parts = {
        "networks": replace(WIDE, cells=network_cells),
        "images": Part(image_cells, image_work, version=2, history={2: PACKED}),
        "populations": Part(
            cells,
            work,
            version=3,
            history={
                2: "a population is a cell, and no member's seed depends on the order of the levels",
                3: f"{PACKED}; probabilities to 1/32",
            },
            needs=(WIDE,),
        ),
    }
    data: DataName
    label: str
    root: str = "data"
    download: bool = False
    experiments: Experiments
    training_images: Natural
    asked: Literal["test", "rest"]
    learnt: Count
    wrong_labels: Share
    corrupted: Share
    minority_data: DataName
    minority: Share
    attributes: list[str]
    members: Annotated[int, Ge(4)]
    block: Count
    levels: InnerLevels
    controlled: list[InnerLevel]
    shorter: list[Count]
    network: Network
    hidden: Layers
    conv: Layers
    width: Count
    epochs: Count
    batch: Count
    optimiser: Literal["adam", "sgd"]
    rate: Positive
    momentum: Share
    weight_decay: NotNegative
    schedule: Literal["constant", "cosine", "step", "one-cycle"]
    augment: Natural
    precision: Literal["float32", "bfloat16", "auto"]
    begin: Share
    end: Annotated[float, Gt(0), Le(1)]
    updates: Count
    grad: Literal["masked", "dense"]
    splits: Annotated[int, Ge(10)]
    shown: Count

    @model_validator(mode="after")
    def _possible(self):
        if "plain" not in self.experiments:
            raise ValueError(f"parameter `experiments` got {self.experiments}; it takes a list with plain in it")
        if self.begin >= self.end:
            raise ValueError(f"parameter `begin` got {self.begin}; it takes a share below `end`, {self.end}")
        if self.wrong_labels + self.corrupted >= 1:
            takes = "it takes a share that leaves some images as they are"
            raise ValueError(f"parameter `corrupted` got {self.corrupted}; {takes}")
        unknown = [level for level in self.controlled if level not in self.levels]
        if unknown:
            takes = f"it takes some of `levels`, {', '.join(map(str, self.levels))}"
            raise ValueError(f"parameter `controlled` got {unknown[0]}; {takes}")
        late = [epochs for epochs in self.shorter if epochs >= self.epochs]
        if late:
            raise ValueError(f"parameter `shorter` got {late[0]}; it takes numbers below `epochs`, {self.epochs}")
        return self

    @model_validator(mode="after")
    def _trained_together(self):
        takes = "networks that are trained together take a constant rate, the images as they are, and float32"
        usual = {"schedule": ("constant",), "augment": (0,), "precision": ("float32", "auto")}
        for name, values in usual.items():
            if self.network in TOGETHER and getattr(self, name) not in values:
                raise ValueError(f"parameter `{name}` got {getattr(self, name)!r}; {takes}")
        return self

    def measured(self) -> pd.DataFrame:
        """Run both parts, and measure: the table that the chapter is written from."""
        images, said = self.run("images"), self.run("populations")
        return measured(images, said, self.splits, self.shown).assign(label=self.label)
