"""The chapters of the book, and the study of each."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from .errors import ParameterError

if TYPE_CHECKING:
    from .study import Study


@dataclass(frozen=True)
class Chapter:
    """One chapter: its file name, title, source paper, minutes to read and run, and the data it uses by default."""

    name: str
    title: str
    source: str
    minutes: int
    data: str
    place: str  # of the class of its study

    @property
    def study(self) -> "type[Study]":
        """The class of its study."""
        module, _, name = self.place.partition(":")
        return getattr(import_module(f"pruneuq_helpers.studies.{module}"), name)

    @property
    def number(self) -> str:
        """The two digits that the file name starts with."""
        return self.name[:2]


CHAPTERS = (
    Chapter(
        "01_aleatoric_regression", "Aleatoric regression", "S0 §2", 30, "line (generated)", "regression:RegressionStudy"
    ),
    Chapter(
        "02_structured_pruning",
        "Structured pruning made visible",
        "S0 §3, App. A; S1 Table 1",
        40,
        "moons (generated)",
        "channels:ChannelStudy",
    ),
    Chapter("03_lottery_tickets", "Lottery tickets", "S0 §3.1–3.2", 45, "moons (generated)", "tickets:TicketStudy"),
    Chapter(
        "04_uncertainty_metrics",
        "Uncertainty metrics",
        "S1 §5, App. D; S0 §4.2",
        60,
        "digits",
        "uncertainty:UncertaintyStudy",
    ),
    Chapter(
        "05_tickets_and_calibration",
        "Tickets, calibration and the unknown",
        "S0 §5; S2",
        50,
        "digits",
        "calibration:CalibrationStudy",
    ),
    Chapter("06_bayesian_pruning", "Bayesian pruning", "S3", 60, "digits", "bayesian:BayesianStudy"),
    Chapter("07_pruning_meets_uncertainty", "Pruning meets uncertainty", "S1", 60, "digits", "grid:GridStudy"),
    Chapter(
        "08_forgotten_examples",
        "What a pruned network forgets",
        "S4",
        60,
        "digits; coloured digits",
        "forgetting:ForgettingStudy",
    ),
    Chapter(
        "09_model_uncertainty",
        "Model uncertainty",
        "S0 §6; S2",
        60,
        "digits, moons",
        "model_uncertainty:ModelUncertaintyStudy",
    ),
    Chapter("10_audit_your_model", "Audit your own model", "–", 40, "digits", "audit:AuditStudy"),
)


def find(which: str) -> Chapter:
    """The chapter with this number (`2`, `02`) or file name."""
    for chapter in CHAPTERS:
        if which in (chapter.name, chapter.number, chapter.number.lstrip("0")):
            return chapter
    known = ", ".join(chapter.number for chapter in CHAPTERS)
    raise ParameterError(f"chapter got {which!r}; it takes one of {known}")
