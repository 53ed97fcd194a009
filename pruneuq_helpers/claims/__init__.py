"""Claims: findings of the papers, each with a rule that a study's table can decide."""

from pruneuq_helpers.claims.claim import Claim, Verdict, check, decide, show

__all__ = ["Claim", "Verdict", "check", "decide", "show"]
