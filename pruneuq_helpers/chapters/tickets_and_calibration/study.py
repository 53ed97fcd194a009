"""Chapter 5: does pruning teach a network what it does not know? (S0, section 5; S2)"""

from typing import Annotated, ClassVar, Literal

from annotated_types import MinLen
from pydantic import model_validator

from pruneuq_helpers.chapters.tickets_and_calibration.measures import by_seed, rows
from pruneuq_helpers.chapters.tickets_and_calibration.networks import networks
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.images import SIZES, check_panel, show
from pruneuq_helpers.study.parameters import Count, DataName, InnerLevels, Natural, Positive, Share

Two = Annotated[list[Count], MinLen(2)]
Strategies = Annotated[list[Literal["one-shot", "re-initialised", "random", "iterative"]], MinLen(1)]


_RANDOM = "random is a new network on its own scale; rows say whether the limit of epochs ended their training"


def cells(study: "CalibrationStudy") -> list[dict]:
    """One cell a seed, scope and half of the strategies: in rounds, with the controls, or at once."""
    recipe = study.model_dump(include={"epochs", "patience", "batch", "optimiser", "rate", "momentum", "device"})
    network = study.model_dump(include={"network", "conv", "hidden", "levels", "rounds", "panel"})
    shared = network | {"data": study.label, "where": study.where, "recipe": recipe}
    at_once = [name for name in study.strategies if name != "iterative"]
    halves = ((["iterative"], study.seeds), (at_once, min(study.seeds, study.strategy_seeds) if at_once else 0))
    return [
        shared | {"strategies": strategies, "scope": scope, "seed": seed}
        for strategies, seeds in halves
        for seed in range(seeds)
        for scope in study.scopes
    ]


def work(cells: list[dict]) -> list[list[dict]]:
    """Train the networks of the cells' seeds together, prune them, and measure inside and outside; a row a measure."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    shown = show(first["where"], seeds)
    check_panel(first["panel"], shown.outside)
    recipe = first["recipe"]
    # Whatever is pruned begins with the same dense networks; their own rows are those of the cells with the rounds.
    found = rows(networks(first, seeds, shown), shown, first["panel"], recipe["patience"], recipe["device"])
    return by_seed(found, len(seeds))


class CalibrationStudy(Study):
    """Parameters of chapter 5."""

    chapter: ClassVar[str] = "05_tickets_and_calibration"
    parts = {
        "tickets": Part(cells, work, version=3, history={2: SIZES, 3: _RANDOM}, together="together"),
    }
    data: DataName
    label: str
    root: str = "data"
    download: bool = False
    training_images: Natural
    held_out: list[str]
    outside: list[DataName]
    outside_without: list[str]
    outside_near: list[str]
    far: list[Literal["photographs", "inverted", "rotated"]]
    panel: Annotated[list[str], MinLen(1)]
    network: Literal["cnn", "lenet"]
    conv: Two
    hidden: Two
    scopes: Annotated[list[Literal["fc", "all"]], MinLen(1)]
    strategies: Strategies
    strategy_seeds: Natural
    levels: InnerLevels
    rounds: Count
    epochs: Count
    patience: Count
    batch: Count
    optimiser: Literal["adam", "sgd"]
    rate: Positive
    momentum: Share
    together: Count

    @model_validator(mode="after")
    def _with_the_subject(self):
        for name, least in (("scopes", "fc"), ("strategies", "iterative")):
            got = getattr(self, name)
            if least not in got:
                raise ValueError(f"parameter `{name}` got {got}; it takes a list with {least!r} in it")
        return self

    @property
    def where(self) -> dict:
        """What decides the images."""
        names = {"data", "root", "download", "training_images", "held_out", "far"}
        return self.model_dump(include=names | {"outside", "outside_without", "outside_near"})
