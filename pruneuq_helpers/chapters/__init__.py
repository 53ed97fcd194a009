"""The chapters of the book, one room each: the study, its work, its claims and its figures."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from pruneuq_helpers.errors import ParameterError

if TYPE_CHECKING:
    from pruneuq_helpers.claims import Claim
    from pruneuq_helpers.study import Study


@dataclass(frozen=True)
class Chapter:
    """One chapter: its file name, title, source paper, minutes to read and run, and the data it uses by default."""

    name: str
    title: str
    source: str
    minutes: int
    data: str
    study_name: str

    @property
    def study(self) -> "type[Study]":
        """The class of its study."""
        return getattr(import_module(f"{__name__}.{self.room}.study"), self.study_name)

    @property
    def claims(self) -> ModuleType:
        """Its claims: the list ``CLAIMS``, and ``table``, which makes what they read of the parts that were run."""
        return import_module(f"{__name__}.{self.room}.claims")

    @property
    def printed(self) -> list[tuple]:
        """Of each paper with printed numbers: its name, what gives them, and what gives ours, from the same table."""
        place = f"{__name__}.{self.room}.printed"
        return import_module(place).PRINTED if find_spec(place) else []

    @property
    def room(self) -> str:
        """The folder of its code: the file name without the number."""
        return self.name[3:]

    @property
    def number(self) -> str:
        """The two digits that the file name starts with."""
        return self.name[:2]


CHAPTERS = (
    Chapter("01_aleatoric_regression", "Aleatoric regression", "S0 §2", 60, "line (generated)", "RegressionStudy"),
    Chapter(
        "02_structured_pruning",
        "Structured pruning made visible",
        "S0 §3, App. A; S1 Table 1",
        40,
        "moons (generated)",
        "ChannelStudy",
    ),
    Chapter("03_lottery_tickets", "Lottery tickets", "S0 §3.1–3.2", 60, "moons (generated)", "TicketStudy"),
    Chapter(
        "04_uncertainty_metrics",
        "Uncertainty metrics",
        "S1 §5, App. D; S0 §4.2",
        45,
        "digits",
        "UncertaintyStudy",
    ),
    Chapter(
        "05_tickets_and_calibration",
        "Tickets, calibration and the unknown",
        "S0 §5; S2",
        55,
        "digits",
        "CalibrationStudy",
    ),
    Chapter("06_bayesian_pruning", "Bayesian pruning", "S3", 45, "digits", "BayesianStudy"),
    Chapter("07_pruning_meets_uncertainty", "Pruning meets uncertainty", "S1", 60, "digits", "GridStudy"),
    Chapter(
        "08_forgotten_examples",
        "What a pruned network forgets",
        "S4",
        40,
        "digits; coloured digits",
        "ForgettingStudy",
    ),
    Chapter(
        "09_model_uncertainty",
        "Model uncertainty",
        "S0 §6; S2",
        40,
        "digits, moons",
        "ModelUncertaintyStudy",
    ),
    Chapter("10_audit_your_model", "Audit your own model", "–", 40, "digits", "AuditStudy"),
)


def find(which: str) -> Chapter:
    """The chapter with this number (`2`, `02`) or file name."""
    for chapter in CHAPTERS:
        if which in (chapter.name, chapter.number, chapter.number.lstrip("0")):
            return chapter
    known = ", ".join(chapter.number for chapter in CHAPTERS)
    raise ParameterError(f"chapter got {which!r}; it takes one of {known}")


def register() -> "list[Claim]":
    """Every claim of the book, by id."""
    claims: dict[str, Claim] = {}
    for claim in (claim for chapter in CHAPTERS for claim in chapter.claims.CLAIMS):
        if claims.setdefault(claim.id, claim) is not claim:
            raise ParameterError(f"the register got the id {claim.id} twice; it takes each id once")
    return [claims[name] for name in sorted(claims)]
