"""What removing channels costs and gains: accuracy of small networks, size and time of the papers' networks."""

from typing import Annotated, Any, ClassVar, Literal

from annotated_types import MinLen
from pydantic import AfterValidator

from pruneuq_helpers.chapters.structured_pruning.work import IMAGE, accuracy_work, cost_work
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, Counts, Levels


def _known_network(name: str) -> str:
    if name not in IMAGE:
        raise ValueError(f"it takes names out of {', '.join(IMAGE)}")
    return name


def accuracy_cells(study: "ChannelStudy") -> list[dict[str, Any]]:
    """One cell a seed; all of them are trained together."""
    shared = study.model_dump(include={"levels", "points", "hidden", "epochs", "device"})
    return [shared | {"seed": seed} for seed in range(study.seeds)]


def cost_cells(study: "ChannelStudy") -> list[dict[str, Any]]:
    """One cell a network and level."""
    shared = study.model_dump(include={"batch", "rounds", "repetitions"})
    return [shared | {"network": network, "level": level} for network in study.networks for level in study.levels]


class ChannelStudy(Study):
    """Parameters of chapter 2."""

    chapter: ClassVar[str] = "02_structured_pruning"
    parts = {
        "accuracy": Part(accuracy_cells, accuracy_work, together="seeds"),
        "cost": Part(cost_cells, cost_work, timed=("dense_seconds", "masked_seconds", "removed_seconds"), alone=True),
    }
    levels: Levels
    points: Literal["moons"]
    hidden: Counts
    epochs: Count
    networks: Annotated[list[Annotated[str, AfterValidator(_known_network)]], MinLen(1)]
    batch: Count
    rounds: Count
    repetitions: Count
