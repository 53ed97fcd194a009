"""Chapter 10: an audit of a network, and an audit of the audit: do its verdicts hold on other images?"""

from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, MinLen

from pruneuq_helpers.chapters.audit_your_model.work import work
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, Counts, ImageDataName, Levels, Positive

_HISTORY = {
    2: "a cosine anneals step by step, and to its end",
    3: "fine-tuning has a rate of its own",
    4: "verdicts rest on intervals that allow for the choice among criteria",
}
Criterion = Literal["random", "l1", "bn", "hrank"]


def cells(study: "AuditStudy") -> list[dict[str, Any]]:
    """One cell a seed, without and with fine-tuning."""
    left_out = {"profile", "seeds", "workers", "out", "resamples", "repeats", "shape_side", "shape_levels"}
    shared = study.model_dump(exclude=left_out)
    return [shared | {"seed": seed, "fine_tune": on} for seed in range(study.seeds) for on in (0, study.tune_epochs)]


class AuditStudy(Study):
    """Parameters of chapter 10."""

    chapter: ClassVar[str] = "10_audit_your_model"
    parts = {"audits": Part(cells, work, version=4, history=_HISTORY)}
    data: ImageDataName
    root: str = "data"
    download: bool = False
    training_images: Annotated[int, Ge(50)]
    test_images: Annotated[int, Ge(50)]
    channels: Counts
    epochs: Count
    tune_epochs: Count
    batch: Count
    rate: Positive
    tune_rate: Positive
    levels: Levels
    criteria: Annotated[list[Criterion], MinLen(1)]
    margin: Positive
    resamples: Annotated[int, Ge(100)]
    repeats: Annotated[int, Ge(3)]
    shape_side: Annotated[int, Ge(32)]
    shape_levels: Levels
