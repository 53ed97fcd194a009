"""What S0 says of tickets, as rules that the table of chapter 3 decides.

S0 found it on moons, so only moons decide it; what the same rules say of MNIST stands under names of its own.
No rule was changed after its verdict was seen; one was added then, iterative against the one shot that keeps its
trained weights, because S0 does not say which of the two one-shot strategies it compares with. "As fast" is at most a
tenth slower: a paired difference of best epochs, in units of the dense network's mean. "Comparable" is at most two
points of accuracy less, the loss that S0 itself calls small. "Up to half" are the levels up to 0.5, "high" those from
0.8 on, or the nearest ones that were run. Everything is about the first network of the study.
"""

from collections.abc import Sequence

import pandas as pd

from pruneuq_helpers.chapters.lottery_tickets.measures import (
    Measure,
    at_equal_size,
    by_seed,
    difference,
    half,
    hasty_collapses,
    main,
    on,
    up_to_half,
)
from pruneuq_helpers.claims import Claim

MARGIN = -0.02


def _dense_ece(table: pd.DataFrame) -> pd.Series:
    return by_seed(main(table), "ece", "dense", [])


def _s0(name: str, place: str, finding: str, effect: str, measure: Measure, direction=">", boundary=0.0) -> Claim:
    return Claim(f"S0.{name}", "03", "S0", place, finding, effect, on("moons", measure), direction, boundary)


def _both(name: str, place: str, finding: str, effect: str, measure: Measure, direction=">", boundary=0.0):
    """S0's finding on moons, and the same rule on MNIST, of which S0 says nothing."""
    there = f"On MNIST: {finding[0].lower()}{finding[1:]}"
    own = f"book.mnist.{name.partition('.')[2]}"
    return [
        _s0(name, place, finding, effect, measure, direction, boundary),
        Claim(own, "03", "book", "ch. 3", there, effect, on("mnist", measure), direction, boundary),
    ]


def decidable(claims: Sequence[Claim], table: pd.DataFrame) -> list[Claim]:
    """The claims that this table can decide: those of other data sets are not asked."""
    return [claim for claim in claims if len(claim.measure(table))]


CLAIMS = [
    *_both(
        "fig4.tickets-learn-fast", "§3.1.1, Fig 4",
        "Tickets learn at least as fast as the dense network.",
        "best epoch of re-initialised tickets minus dense, levels up to half, as a fraction of dense",
        difference("best_epoch", "re-initialised", "dense", up_to_half, scaled=True), "<", 0.1,
    ),
    *_both(
        "fig4.iterative-fastest", "Fig 4",
        "Iterative tickets learn faster than re-initialised tickets, which are pruned in one shot.",
        "best epoch of iterative minus re-initialised tickets, high levels, as a fraction of dense",
        difference("best_epoch", "iterative", "re-initialised", scaled=True), "<",
    ),
    *_both(
        "s312.one-shot-at-half", "§3.1.2",
        "One-shot pruning keeps a comparable accuracy at half the units.",
        "accuracy of one-shot minus dense, level nearest 0.5",
        difference("accuracy", "one-shot", "dense", half), ">", MARGIN,
    ),
    *_both(
        "s313.reinitialised-at-half", "§3.1.3",
        "Reset to their initial values, the surviving units reach a comparable accuracy.",
        "accuracy of re-initialised minus dense, level nearest 0.5",
        difference("accuracy", "re-initialised", "dense", half), ">", MARGIN,
    ),
    *_both(
        "fig5.random-falls-behind", "§3.1.4, Fig 5",
        "Random starts, new networks of the smaller size, fall behind tickets with their own initial values.",
        "accuracy of random minus re-initialised, high levels",
        difference("accuracy", "random", "re-initialised"), "<",
    ),
    *_both(
        "fig5.iterative-above-base", "§3.2, Fig 5",
        "Iterative pruning stays above the accuracy of the dense network at 80 % and more.",
        "accuracy of iterative minus dense, high levels",
        difference("accuracy", "iterative", "dense"),
    ),
    *_both(
        "fig5.iterative-comparable", "§3.2, Fig 5",
        "Iterative pruning keeps a comparable accuracy at 80 % and more.",
        "accuracy of iterative minus dense, high levels",
        difference("accuracy", "iterative", "dense"), ">", MARGIN,
    ),
    *_both(
        "s32.iterative-beats-one-shot", "§3.1.2, §3.2",
        "At high levels iterative tickets are more accurate than re-initialised ones, pruned in one shot.",
        "accuracy of iterative minus re-initialised, high levels as named",
        difference("accuracy", "iterative", "re-initialised"),
    ),
    *_both(
        "s32.iterative-beats-one-shot-at-equal-size", "§3.1.2, §3.2",
        "At high levels iterative tickets are more accurate than re-initialised ones of as many units.",
        "accuracy of iterative minus re-initialised, high levels, at the fraction of units really removed",
        at_equal_size,
    ),
    *_both(
        "s32.iterative-beats-trained-one-shot", "§3.1.2, §3.2",
        "At high levels iterative tickets are more accurate than one shot that keeps its trained weights.",
        "accuracy of iterative minus one-shot, high levels as named",
        difference("accuracy", "iterative", "one-shot"),
    ),
    _s0(
        "fig8.dense-miscalibrated", "Fig 8",
        "The dense network on moons is badly calibrated, with an ECE of about 0.135.",
        "ECE of the dense network", _dense_ece, ">", 0.1,
    ),
    *_both(
        "fig8.ece-falls", "§5.2, Fig 8",
        "Pruning improves calibration.",
        "ECE of iterative minus dense, high levels",
        difference("ece", "iterative", "dense"), "<",
    ),
    Claim(
        "book.patience-three-collapses", "03", "book", "ch. 3",
        "A short patience makes deep networks collapse that a longer one saves.",
        "share of seeds that collapse with the short patience only, deepest dense network on moons",
        hasty_collapses,
    ),
]  # fmt: skip
