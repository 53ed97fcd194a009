"""What functions accept, and the one sentence that says why something is not accepted.

Every check takes the name of a parameter and what it got, and returns it in plain form. Numbers, words and arrays are
here; `tensors` and `networks` need torch and are imported by those who have it.
"""

from pruneuq_helpers.checks.arrays import (
    MOST_CLASSES,
    array,
    blocks,
    finite,
    labels,
    members,
    places,
    precision,
    probabilities,
    scores,
    stack,
    walk,
)
from pruneuq_helpers.checks.numbers import each, level, number, positive, seed, share, whole
from pruneuq_helpers.checks.words import choice, flag, function, instance, refused, sequence, settle, shown, text

__all__ = [
    "MOST_CLASSES",
    "array",
    "blocks",
    "choice",
    "each",
    "finite",
    "flag",
    "function",
    "instance",
    "labels",
    "level",
    "members",
    "number",
    "places",
    "positive",
    "precision",
    "probabilities",
    "refused",
    "scores",
    "seed",
    "sequence",
    "settle",
    "share",
    "shown",
    "stack",
    "text",
    "walk",
    "whole",
]
