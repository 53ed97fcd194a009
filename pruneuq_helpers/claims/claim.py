"""Claims: findings of the papers, each with a rule that a study's table can decide."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pruneuq_helpers import checks
from pruneuq_helpers.claims.contrast import INTERVALS, of_values
from pruneuq_helpers.claims.forest import Forest
from pruneuq_helpers.claims.margins import margin
from pruneuq_helpers.claims.verdict import FEW, NO_RUN, NOT_HERE, Verdict, checked_rule, judged
from pruneuq_helpers.errors import ParameterError

NOTHING = "the run has nothing that this rule compares"
_WORDS = ("id", "chapter", "source", "place", "quote", "short", "finding", "effect", "measured", "over", "rule")
_RULE = ("direction", "boundary", "margin", "printed")
_FOUND = ("value", "low", "high", "seeds", "p", "needed", "verdict", "reason")
COLUMNS = (*_WORDS, *_RULE, "data", *_FOUND)

Measure = Callable[[pd.DataFrame], Sequence[float]]
Condition = Callable[[pd.DataFrame], str]


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
        The paper (``"S0"`` to ``"S4"``) and where in it; ``"book"`` for what no paper says.
    quote : str
        The paper's own words in brief, so that they can be found; empty for ``"book"``.
    short, finding : str
        What it says, in our words: in a few words, and as a sentence.
    effect : str
        What is measured.
    measured : str
        The measure whose margin applies, a name of `MARGINS`.
    measure : callable
        From a study's table to one value a repetition; none where the table has not what is compared.
    direction : {">", "<", "="}
        On which side of the boundary the mean must lie; "=" where two things are said to be alike.
    boundary : float
        Where the finding begins to hold.
    interval : {"t", "bootstrap", "exact"}
        How the interval of the mean is found: t over seeds alone, exact for a share of yes among yes and no.
    over : str
        What there is one value of, where it is not a seed: ``"members"``, ``"images"``, ``"repetitions"``.
    part : str
        Which rows it reads, by their value in the column `part`; all of them unless named.
    each : str
        A column of that table whose values are judged by themselves: data sets, or networks.
    needs : tuple of callables
        Each says of a table why it cannot decide, or nothing.
    printed : float, optional
        The effect in the paper's own printed numbers.

    Examples
    --------
    >>> claim = Claim("book.heads", "00", "book", "ch. 0", "", "heads", "Coins favour heads.",
    ...               "share of heads minus one half", "share", lambda table: table["heads"] - 0.5)
    >>> claim.rule
    'mean > 0, margin 0.05; 95 % t interval over seeds'
    """

    id: str
    chapter: str
    source: str
    place: str
    quote: str
    short: str
    finding: str
    effect: str
    measured: str
    measure: Measure
    direction: str = ">"
    boundary: float = 0.0
    interval: str = "t"
    over: str = "seeds"
    part: str = ""
    each: str = ""
    needs: tuple[Condition, ...] = ()
    printed: float | None = None

    def __post_init__(self):
        checks.text("id", self.id)
        try:
            self._check()
        except ParameterError as error:
            raise ParameterError(f"claim {self.id}: {error}") from None

    def _check(self) -> None:
        for name in ("chapter", "source", "place", "short", "finding", "effect", "over"):
            checks.text(name, getattr(self, name))
        for name in ("quote", "part", "each"):
            checks.instance(name, getattr(self, name), str, "text, which may be empty")
        checks.function("measure", self.measure, "a function of a table")
        takes = "functions of a table"
        for need in checks.sequence("needs", self.needs, takes):
            checks.function("needs", need, takes)
        boundary, _ = checked_rule(self.boundary, self.direction, self.margin)
        printed = None if self.printed is None else checks.number("printed", self.printed)
        checks.settle(self, boundary=boundary, printed=printed)
        checks.choice("interval", self.interval, INTERVALS)
        if self.interval != "exact" and (self.interval == "t") != (self.over == "seeds"):
            raise checks.refused("interval", self.interval, "t for seeds, bootstrap or exact for anything else")
        if bool(self.quote) == (self.source == "book"):
            raise checks.refused("quote", self.quote, "a paper's own words where a paper is the source, else none")
        if self.measured != "share" and self.interval == "exact":
            raise checks.refused("measured", self.measured, "share for a proportion")

    @property
    def margin(self) -> float:
        """The smallest difference that matters."""
        return margin(self.measured).value

    @property
    def rule(self) -> str:
        """The rule in words."""
        side = f"mean {self.direction} {self.boundary:g}"
        return f"{side}, margin {self.margin:g}; 95 % {self.interval} interval over {self.over}"


def check(claims: Sequence[Claim], table: pd.DataFrame) -> pd.DataFrame:
    """Decide claims from a study's table.

    Parameters
    ----------
    claims : sequence of Claim
        What to decide.
    table : pandas.DataFrame
        The study's tidy table; of several parts, with a column `part`.

    Returns
    -------
    pandas.DataFrame
        A row a claim, or a row for each of its data sets. `verdict` is one of *holds*, *fails*, *no relevant change*,
        *undecided*, and *not decidable here*, for which `reason` says why.

    Examples
    --------
    >>> claim = Claim("book.heads", "00", "book", "ch. 0", "", "heads", "Coins favour heads.",
    ...               "share of heads minus one half", "share", lambda table: table["heads"] - 0.5)
    >>> check([claim], pd.DataFrame({"heads": [0.7, 0.8, 0.75]}))["verdict"].tolist()
    ['holds']
    """
    takes = "a list of Claim"
    claims = [checks.instance("claims", claim, Claim, takes) for claim in checks.sequence("claims", claims, takes)]
    checks.instance("table", table, pd.DataFrame, "a pandas.DataFrame")
    parts = {part: _part(table, part) for part in {claim.part for claim in claims}}
    rows = [row for claim in claims for row in _rows(claim, parts[claim.part])]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def show(verdicts: pd.DataFrame | Mapping[str, pd.DataFrame], label: str = "claims and verdicts") -> Forest:
    """Show verdicts as one picture, with the numbers folded beneath.

    Parameters
    ----------
    verdicts : pandas.DataFrame or mapping
        What :func:`check` gave, or several of it by the name of the run.
    label : str
        Names the table of numbers for who hears it.

    Returns
    -------
    Forest
        HTML in a notebook, lines of text elsewhere.

    Examples
    --------
    >>> claim = Claim("book.heads", "00", "book", "ch. 0", "", "heads", "Coins favour heads.",
    ...               "share of heads minus one half", "share", lambda table: table["heads"] - 0.5)
    >>> show(check([claim], pd.DataFrame({"heads": [0.7, 0.8, 0.75]})))
    ✓ holds: Coins favour heads. share of heads minus one half: 0.250 (0.126 to 0.374), 3 seeds; \
mean > 0, margin 0.05; 95 % t interval over seeds
    """
    checks.text("label", label)
    takes = "what `check` gave, or a dict of it by the name of the run"
    runs = (
        {"": verdicts} if isinstance(verdicts, pd.DataFrame) else checks.instance("verdicts", verdicts, Mapping, takes)
    )
    for found in runs.values():
        if not isinstance(found, pd.DataFrame) or not set(COLUMNS) <= set(found.columns):
            raise checks.refused("verdicts", found if isinstance(found, pd.DataFrame) else type(found), takes)
    return Forest(runs, label)


def _part(table: pd.DataFrame, part: str) -> pd.DataFrame:
    """The rows of a part, without the columns of other parts, each of its own type again."""
    if not part or "part" not in table:
        return table
    return table[table["part"] == part].dropna(axis="columns", how="all").infer_objects()


def _rows(claim: Claim, table: pd.DataFrame) -> list[dict]:
    words = {name: getattr(claim, name) for name in (*_WORDS, *_RULE)}
    if not claim.each or claim.each not in table:
        return [words | {"data": ""} | _found(claim, table)]
    return [
        words | {"data": str(value)} | _found(claim, table[table[claim.each] == value])
        for value in table[claim.each].dropna().unique()
    ]


def _found(claim: Claim, table: pd.DataFrame) -> dict:
    """What a table says of a claim: numbers and a word, or why it says nothing."""
    if not len(table):
        return {"verdict": NOT_HERE, "reason": NO_RUN}
    try:
        reason = next((said for need in claim.needs if (said := need(table))), "")
        values = [] if reason else claim.measure(table)
    except ParameterError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise ParameterError(
            f"parameter `table` got the columns {', '.join(map(str, table.columns))}, on which claim {claim.id} fails "
            f"({said}); it takes what the claim measures"
        ) from error
    if reason:
        return {"verdict": NOT_HERE, "reason": reason}
    if not len(values):
        return {"verdict": NOT_HERE, "reason": NOTHING}
    if len(values) < FEW and claim.over == "seeds":
        return {"verdict": NOT_HERE, "reason": "one seed has no interval", "value": float(list(values)[0]), "seeds": 1}
    found = _decided(claim, values)
    return {"value": found.effect, "reason": ""} | {name: getattr(found, name) for name in _FOUND[1:7]}


def _decided(claim: Claim, values: Sequence[float]) -> Verdict:
    if claim.interval == "t" and claim.measured == "share" and set(values) == {0, 1}:
        raise ParameterError(f"claim {claim.id}: `interval` got 't' for values that are 0 or 1; a share takes exact")
    try:
        found = of_values(values, claim.over, claim.interval)
        return judged(found, claim.boundary, claim.direction, claim.margin)
    except ParameterError as error:
        raise ParameterError(f"claim {claim.id}: {error}") from None
