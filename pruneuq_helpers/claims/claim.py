"""Claims: findings of the papers, each with a rule that a study's table can decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from pruneuq_helpers.claims.contrast import contrast
from pruneuq_helpers.claims.table import VerdictTable
from pruneuq_helpers.claims.verdict import check_rule, decide
from pruneuq_helpers.errors import ParameterError

COLUMNS = ("id", "source", "place", "finding", "effect", "value", "low", "high", "seeds", "over", "verdict", "rule")


@dataclass(frozen=True)
class Claim:
    """A finding of a paper, in our words, with the rule that decides it.

    Parameters
    ----------
    id : str
        Unique name, as ``"S0.fig4.tickets-learn-fast"``.
    chapter : str
        Number of the chapter that decides it, as ``"03"``.
    source, place : str
        The paper (``"S0"`` to ``"S4"``) and where in it.
    finding : str
        What the paper says, in our words.
    effect : str
        What is measured, with its unit.
    measure : callable
        From the study's table to one value a seed.
    direction : {">", "<", "="}
        On which side of the boundary the mean must lie; "=" where two things are said to be alike.
    boundary : float
        Where the finding begins to hold.
    margin : float
        The smallest difference that matters.
    interval : {"t", "bootstrap", "exact"}
        How the interval of the mean is found.
    over : str
        What there is one value of, where it is not a seed: ``"repetitions"``, ``"cells of the table"``.

    Examples
    --------
    >>> claim = Claim("S9.heads", "00", "S9", "Fig 1", "Coins favour heads.", "share of heads minus one half",
    ...               lambda table: table["heads"] - 0.5)
    >>> claim.rule
    'mean > 0, 95 % t interval over seeds'
    """

    id: str
    chapter: str
    source: str
    place: str
    finding: str
    effect: str
    measure: Callable[[pd.DataFrame], Sequence[float]]
    direction: str = ">"
    boundary: float = 0.0
    margin: float = 0.0
    interval: str = "t"
    over: str = "seeds"

    def __post_init__(self):
        check_rule(self.direction, self.margin)

    @property
    def rule(self) -> str:
        """The rule in words."""
        margin = f", margin {self.margin:g}" if self.margin else ""
        return f"mean {self.direction} {self.boundary:g}{margin}, 95 % {self.interval} interval over {self.over}"


def check(claims: Sequence[Claim], table: pd.DataFrame) -> pd.DataFrame:
    """Decide claims from a study's table.

    Parameters
    ----------
    claims : sequence of Claim
        What to decide.
    table : pandas.DataFrame
        The study's tidy table.

    Returns
    -------
    pandas.DataFrame
        A row a claim: id source place finding effect value low high seeds over verdict rule.

    Examples
    --------
    >>> claim = Claim("S9.heads", "00", "S9", "Fig 1", "Coins favour heads.", "share of heads minus one half",
    ...               lambda table: table["heads"] - 0.5)
    >>> check([claim], pd.DataFrame({"heads": [0.7, 0.8, 0.75]}))["verdict"].tolist()
    ['holds']
    """
    rows = []
    for claim in claims:
        try:
            values = contrast(claim.measure(table), claim.over, claim.interval)
            found = decide(values, claim.boundary, claim.direction, claim.margin)
        except ParameterError as error:
            raise ParameterError(f"claim {claim.id}: {error}") from None
        words = {name: getattr(claim, name) for name in ("id", "source", "place", "finding", "effect", "over", "rule")}
        rows.append(words | vars(found) | {"effect": claim.effect, "value": found.effect})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def show(verdicts: pd.DataFrame) -> VerdictTable:
    """Show verdicts in a page: the finding, the paper, what we measured as a sentence, the verdict as a word.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        What :func:`check` gave.

    Returns
    -------
    VerdictTable
        HTML in a notebook, lines of text elsewhere.

    Examples
    --------
    >>> claim = Claim("S9.heads", "00", "S9", "Fig 1", "Coins favour heads.", "share of heads minus one half",
    ...               lambda table: table["heads"] - 0.5)
    >>> show(check([claim], pd.DataFrame({"heads": [0.7, 0.8, 0.75]})))
    ✓ holds: Coins favour heads. (S9, Fig 1) share of heads minus one half: 0.25 \
(0.126 to 0.374, 3 seeds; mean > 0, 95 % t interval over seeds)
    """
    return VerdictTable(verdicts)
