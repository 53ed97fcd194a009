"""What S3 says of Bayesian pruning, as rules that the results of chapter 6 decide.

"Without losing accuracy" needs a rule: at most one point (0.01) below the same seed's unpruned network.
Where the text names no sparsity, the mean over all levels, data sets and networks is taken; a seed gives one value.
"Before" is the moment that fits the paper's numbers, "pruned" is the network at the level named, "frozen" the one
whose zeros were held.
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.epochs import falling, loss_gain, relief, wavering
from pruneuq_helpers.chapters.bayesian_pruning.measures import (
    STATES,
    UNPRUNED,
    against_before,
    either,
    gain,
    gate_gain,
    nearer_to_the_paper,
    off_level,
)
from pruneuq_helpers.claims import Claim

WORDS = {
    "before": "scored before the prune",
    "pruned": "scored at the level named",
    "frozen": "with frozen zeros",
}
ALL, TWO = tuple(STATES), ("before", "pruned")


def _claim(name: str, place: str, finding: str, effect: str, measure: Callable, direction=">", boundary=0.0) -> Claim:
    return Claim(f"S3.{name}", "06", "S3", place, finding, effect, measure, direction, boundary)


def _in_states(
    name: str, place: str, finding: str, effect: str, measure: Callable, states, boundary: float = 0.0
) -> list[Claim]:
    """The same finding at each moment it can be read at."""
    return [
        _claim(f"{name}-{s}", place, f"{finding}: {WORDS[s]}.", effect, measure(s), boundary=boundary) for s in states
    ]


def _bayes_magnitude(state: str) -> str:
    # With frozen zeros the gate changes nothing: the plain method stands for both.
    return "magnitude" if state == "frozen" else "Bayes magnitude"


CLAIMS = [
    _claim(
        "table1.sparse-when-scored",
        "Table 1",
        "The networks of the table are as sparse as their row says: scored before the prune.",
        "measured sparsity minus the level named",
        off_level,
        boundary=-0.01,
    ),
    *[
        _claim(
            f"table1.numbers-are-{name}",
            "Table 1",
            f"The numbers of the table are those of {words}.",
            "how much nearer to the table's losses of accuracy than the network before its prune",
            nearer_to_the_paper(state),
        )
        for name, state, words in (
            ("pruned", "delivered", "networks at the level named"),
            ("frozen", "frozen", "networks whose zeros are held"),
        )
    ],
    *[
        _claim(
            f"table1.{name}-as-good-as-before",
            "Table 1",
            f"A network {words} is as accurate as before its prune.",
            "accuracy minus that before the prune, mean of both criteria over all levels",
            against_before(name),
            boundary=-0.01,
        )
        for name, words in (("pruned", "brought to its level"), ("frozen", "whose zeros are held"))
    ],
    *_in_states(
        "table1.keeps-accuracy-90",
        "Table 1, abstract",
        "Bayesian magnitude pruning to 90 % loses no accuracy",
        "accuracy minus that of the unpruned network, at the level nearest to 90 %",
        lambda s: gain(_bayes_magnitude(s), s, UNPRUNED, 0.9),
        ALL,
        -0.01,
    ),
    *_in_states(
        "table1.keeps-accuracy-99",
        "Table 1, results",
        "Bayesian magnitude pruning to 99 % loses no accuracy",
        "accuracy minus that of the unpruned network, at the level nearest to 99 %",
        lambda s: gain(_bayes_magnitude(s), s, UNPRUNED, 0.99),
        ALL,
        -0.01,
    ),
    *_in_states(
        "table1.better-than-unpruned",
        "Results",
        "Bayesian pruning does better than no pruning",
        "accuracy minus that of the unpruned network, mean of both criteria over all levels",
        either,
        ALL,
    ),
    *_in_states(
        "table1.gate-helps-magnitude",
        "Table 1",
        "The gate makes magnitude pruning better",
        "accuracy with the gate minus without, networks of equal measured sparsity whose gate acts",
        lambda s: gate_gain("magnitude", s),
        TWO,
    ),
    *_in_states(
        "table1.gate-helps-random",
        "Table 1",
        "The gate makes random pruning better",
        "accuracy with the gate minus without, networks of equal measured sparsity whose gate acts",
        lambda s: gate_gain("random", s),
        TWO,
    ),
    *_in_states(
        "fig6.loss-falls-with-sparsity",
        "Figs 6, 9, 12, 15, 18, 21",
        "Magnitude pruning improves the validation loss the more, the sparser",
        "validation loss at the level nearest to 25 % minus that nearest to 99 %, in nats",
        lambda s: loss_gain(_bayes_magnitude(s), s, 0.25, 0.99),
        ALL,
    ),
    _claim(
        "fig5.random-99-is-worst",
        "Figs 5, 8, 11, 14, 17, 20",
        "Random pruning is best at 25 % and worst at 99 %: scored before the prune.",
        "validation loss at the level nearest to 99 % minus that nearest to 25 %, in nats",
        loss_gain("Bayes random", "before", 0.99, 0.25),
    ),
    _claim(
        "fig6.relieves-over-fitting",
        "Figs 6, 12",
        "Magnitude pruning reduces over-fitting: scored before the prune.",
        "rise of the validation loss above its lowest, unpruned minus pruned, in nats",
        relief,
    ),
    _claim(
        "fig4.random-wavers",
        "Fig 4",
        "The sparsity settles with magnitude pruning and keeps wavering with random pruning.",
        "deviation of the sparsity over the later epochs, random minus magnitude",
        wavering,
    ),
    _claim(
        "fig4.factor-falls",
        "Fig 4",
        "The Bayes factor of magnitude pruning falls as training goes on.",
        "log ratio of the later epochs minus that of the earlier ones, in nats",
        falling,
        "<",
    ),
]


def decidable(result: pd.DataFrame) -> list[Claim]:
    """The claims that a result can decide: the others compare with data, levels or acting gates that it does not
    have.
    """
    return [claim for claim in CLAIMS if len(claim.measure(result))]
