"""Chapter 4: do the numbers that are called uncertainty say what they seem to say? (S1, section 5 and appendix D)"""

from typing import Annotated, ClassVar

import pandas as pd
from annotated_types import Ge, Gt, Lt, MinLen

from pruneuq_helpers.chapters.uncertainty_metrics import calibration, ranking, samples
from pruneuq_helpers.chapters.uncertainty_metrics.foreign import foreign_rows
from pruneuq_helpers.chapters.uncertainty_metrics.members import dropouts, ensembles, images_of
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, DataName

Positive = Annotated[float, Gt(0)]
Positives = Annotated[list[Positive], MinLen(1)]
Counts = Annotated[list[Count], MinLen(1)]


def cells(study: "UncertaintyStudy") -> list[dict]:
    """One cell a seed: the experiments on one training size."""
    asked = study.model_dump(include={"bins", "temperatures", "sharpness", "samples", "repeats", "resamples"})
    shared = {"data": study.data, "where": study.where, "recipe": study.recipe, "asked": asked}
    return [shared | {"seed": seed} for seed in range(study.seeds)]


def work(cells: list[dict]) -> list[list[dict]]:
    """Train the networks of the cells' seeds together and run every experiment on each; `part` names it."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    asked = first["asked"]
    shown = [images_of(first["where"], seed) for seed in seeds]
    found = [train(shown, seeds, first["recipe"]) for train in (ensembles, dropouts)]
    rows: list[list[dict]] = []
    for ensemble, dropout in zip(*found, strict=True):
        networks = {"ensemble": ensemble, "dropout": dropout}
        parts = {
            "ranking": ranking.ranking_rows(networks),
            "ties": ranking.tie_rows(ensemble, asked["sharpness"]),
            "temperature": calibration.temperature_rows(networks),
            "sweep": calibration.sweep_rows(ensemble, asked["temperatures"]),
            "calibrated": samples.calibrated_rows(ensemble),
            "bias": samples.bias_rows(ensemble, asked["samples"], asked["bins"], asked["repeats"]),
            "interval": samples.interval_rows(ensemble, asked["samples"], asked["resamples"]),
            "foreign": foreign_rows(ensemble),
        }
        rows.append([{"part": part} | row for part, of in parts.items() for row in of])
    return rows


def size_cells(study: "UncertaintyStudy") -> list[dict]:
    """One cell a training size and seed."""
    shared = {"data": study.data, "recipe": study.recipe}
    places = [study.where | {"training_images": size} for size in study.sizes]
    return [shared | {"where": where, "seed": seed} for where in places for seed in range(study.seeds)]


def size_work(cells: list[dict]) -> list[list[dict]]:
    """The normalised entropy's trap, at one training size."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    shown = [images_of(first["where"], seed) for seed in seeds]
    size = first["where"]["training_images"]
    return [
        [{"part": "normalised", "training_images": size} | row for row in calibration.normalised_rows(ensemble)]
        for ensemble in ensembles(shown, seeds, first["recipe"])
    ]


class UncertaintyStudy(Study):
    """Parameters of chapter 4."""

    chapter: ClassVar[str] = "04_uncertainty_metrics"
    parts = {
        "traps": Part(cells, work, together="together"),
        "sizes": Part(size_cells, size_work, together="together"),
    }
    data: DataName
    root: str = "data"
    download: bool = False
    held_out: Annotated[list[str], MinLen(1)]
    training_images: Annotated[int, Ge(10)]
    test_images: Annotated[int, Ge(50)]
    sizes: Annotated[list[Annotated[int, Ge(10)]], MinLen(2)]
    hidden: Counts
    members: Annotated[int, Ge(2)]
    dropout: Annotated[float, Gt(0), Lt(1)]
    steps: Count
    batch: Count
    rate: Positive
    bins: Counts
    temperatures: Positives
    sharpness: Positives
    samples: Counts
    repeats: Count
    resamples: Count
    together: Count

    @property
    def where(self) -> dict:
        """What decides the images."""
        names = {"data", "root", "download", "held_out", "training_images", "test_images"}
        return self.model_dump(include=names)

    @property
    def recipe(self) -> dict:
        """What decides the networks, given the images."""
        return self.model_dump(include={"hidden", "members", "dropout", "steps", "batch", "rate", "device"})


def part(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of one experiment, with the columns that it fills.

    >>> table = pd.DataFrame([{"part": "ties", "seed": 0, "tied": 0.5}, {"part": "bias", "seed": 0, "ece": 0.1}])
    >>> part(table, "ties").to_dict("records")
    [{'seed': 0, 'tied': 0.5}]
    """
    found = table[table["part"] == name].drop(columns=["part", "data"], errors="ignore")
    return found.dropna(axis="columns", how="all").reset_index(drop=True)
