"""Chapter 9: uncertainty about the weights, before and after pruning (S0, section 6; S2's references)."""

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import pandas as pd
from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import field_validator, model_validator

from pruneuq_helpers.chapters.model_uncertainty.measures import askers, chosen, counted, laplace, measured, posteriors
from pruneuq_helpers.chapters.model_uncertainty.networks import Grown, grown, shown_for
from pruneuq_helpers.chapters.model_uncertainty.predictives import predictive_rows
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.images import SIZES, Shown
from pruneuq_helpers.study.parameters import (
    Count,
    DataName,
    InnerLevel,
    InnerLevels,
    Natural,
    NotNegative,
    Positive,
    Widths,
)

USUAL = {"predictive": "probit", "prior": "evidence"}
THREE_WAYS = "three ways from the Gaussian to probabilities, with the prior of the evidence and of validation images"


def cells(study: "ModelUncertaintyStudy") -> list[dict]:
    """The study's cells: one a seed, on the moons and on images."""
    shared = study.model_dump(include={"levels", "members", "passes", "dropout", "batch", "rate", "weight_decay"})
    shared |= study.model_dump(include={"memory", "device", "precisions", "draws"})
    where = study.model_dump(include={"root", "download", "training_images", "held_out", "far", "test_images"})
    images = study.model_dump(include={"data", "channels", "hidden", "kernel", "padding", "epochs", "tune_epochs"})
    moons = {"data": "moons", "hidden": study.moons_hidden, "points": study.points}
    moons |= {"epochs": study.moons_epochs, "tune_epochs": study.moons_epochs}
    kinds = [shared | images | {"where": where}, shared | moons]
    return [kind | {"seed": seed} for kind in kinds for seed in range(study.seeds)]


def work(cell: dict) -> pd.DataFrame:
    """Train a cell's networks, prune them, ask every method, and measure."""
    shown = shown_for(cell)
    return pd.DataFrame(rows(cell, shown, grown(cell, shown)))


def rows(cell: dict, shown: Shown, networks: Grown) -> Iterator[dict]:
    """Everything that a cell measures; `part` says of what."""
    dense, model = networks.ensemble[0.0], networks.first(0.0)
    for level in (0.0, *cell["levels"]):
        one = networks.first(level)
        laplaces = posteriors(cell, shown, one)
        sizes = {name: len(posterior.eigenvalues) for name, posterior in laplaces.items()}
        for method, ask in askers(cell, shown, networks, level, laplaces).items():
            row = {"part": "methods", "level": level, "method": method, "weights": sizes.get(method, 0)}
            row |= USUAL if method in laplaces else {}
            yield row | {"parameters": sizes["all weights"]} | measured(ask, shown)
        if level == 0:
            yield from predictive_rows(cell, shown, laplaces)
    for level in cell["levels"]:
        for how, kept in chosen(cell, shown, dense, networks.ensemble[level], model).items():
            row = {"part": "choices", "level": level, "method": how, "weights": counted(kept)} | USUAL
            yield row | measured(laplace(cell, shown, model, kept), shown)


class ModelUncertaintyStudy(Study):
    """Parameters of chapter 9."""

    chapter: ClassVar[str] = "09_model_uncertainty"
    parts = {"methods": Part(cells, work, 3, {2: SIZES, 3: THREE_WAYS})}
    data: DataName
    root: str = "data"
    download: bool = False
    training_images: Natural
    test_images: Count
    held_out: list[str]
    far: list[Literal["photographs", "inverted", "rotated"]]
    channels: Widths
    hidden: Widths
    kernel: Count
    padding: Natural
    points: Annotated[int, Ge(10), Lt(700)]
    moons_hidden: Widths
    levels: InnerLevels
    members: Count
    passes: Count
    dropout: InnerLevel
    epochs: Count
    tune_epochs: Count
    moons_epochs: Count
    batch: Count
    rate: Positive
    weight_decay: NotNegative
    precisions: Annotated[list[Annotated[float, Gt(0), Lt(math.inf)]], MinLen(1)]
    draws: Count
    memory: Positive

    @field_validator("data")
    @classmethod
    def _images(cls, name: str) -> str:
        if name in ("moons", "line"):
            raise ValueError("it takes a set of images; the moons are part of the study anyway")
        return name

    @model_validator(mode="after")
    def _something_outside(self):
        if not self.held_out and not self.far:
            raise ValueError("parameters `held_out` and `far` got nothing; one of them takes images from outside")
        return self
