"""Claims: findings of the papers, each with a rule that a study's table can decide."""

from pruneuq_helpers.claims.claim import Claim, check, show
from pruneuq_helpers.claims.contrast import Contrast, contrast, with_interval
from pruneuq_helpers.claims.expect import expect
from pruneuq_helpers.claims.verdict import Verdict, decide

__all__ = ["Claim", "Contrast", "Verdict", "check", "contrast", "decide", "expect", "show", "with_interval"]
