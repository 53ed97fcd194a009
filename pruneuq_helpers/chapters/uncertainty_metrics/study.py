"""Chapter 4: do the numbers that are called uncertainty say what they seem to say? (S1, section 5 and appendix D)"""

from typing import Annotated, ClassVar

from annotated_types import Ge, MinLen

from pruneuq_helpers.chapters.uncertainty_metrics.work import size_work, work
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, Counts, DataName, InnerLevel, Positive, Positives, Widths


def cells(study: "UncertaintyStudy") -> list[dict]:
    """One cell a seed: the experiments on one training size."""
    asked = study.model_dump(include={"bins", "temperatures", "sharpness", "samples", "repeats", "resamples"})
    shared = {"data": study.data, "where": study.where, "recipe": study.recipe, "asked": asked}
    return [shared | {"seed": seed} for seed in range(study.seeds)]


def size_cells(study: "UncertaintyStudy") -> list[dict]:
    """One cell a training size and seed."""
    shared = {"data": study.data, "recipe": study.recipe}
    places = [study.where | {"training_images": size} for size in study.sizes]
    return [shared | {"where": where, "seed": seed} for where in places for seed in range(study.seeds)]


class UncertaintyStudy(Study):
    """Parameters of chapter 4."""

    chapter: ClassVar[str] = "04_uncertainty_metrics"
    parts = {
        "traps": Part(cells, work, version=2, together="together", history={2: "ties are the same on every processor"}),
        "sizes": Part(size_cells, size_work, together="together"),
    }
    data: DataName
    root: str = "data"
    download: bool = False
    held_out: Annotated[list[str], MinLen(1)]
    training_images: Annotated[int, Ge(10)]
    test_images: Annotated[int, Ge(50)]
    sizes: Annotated[list[Annotated[int, Ge(10)]], MinLen(2)]
    hidden: Widths
    members: Annotated[int, Ge(2)]
    dropout: InnerLevel
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
