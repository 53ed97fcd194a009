"""Claims: findings of the papers, each with a rule that a study's table can decide."""

from pruneuq_helpers.claims.claim import Claim, Condition, Measure, check, show
from pruneuq_helpers.claims.contrast import Contrast, contrast, rank_with_level, with_interval
from pruneuq_helpers.claims.expect import expect
from pruneuq_helpers.claims.forest import SIGNS, Forest
from pruneuq_helpers.claims.margins import MARGINS, Margin
from pruneuq_helpers.claims.multiplicity import LEVEL, by_chance, holm, surviving
from pruneuq_helpers.claims.needs import above_chance, not_capped, only
from pruneuq_helpers.claims.verdict import CONTRADICTORY, FEW, NOT_HERE, UNDECIDED, Verdict, decide

__all__ = [
    "CONTRADICTORY",
    "FEW",
    "LEVEL",
    "MARGINS",
    "NOT_HERE",
    "SIGNS",
    "UNDECIDED",
    "Claim",
    "Condition",
    "Contrast",
    "Forest",
    "Margin",
    "Measure",
    "Verdict",
    "above_chance",
    "by_chance",
    "check",
    "contrast",
    "decide",
    "expect",
    "holm",
    "not_capped",
    "only",
    "rank_with_level",
    "show",
    "surviving",
    "with_interval",
]
