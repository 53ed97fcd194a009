"""What S0 says of regression, as rules that the table of chapter 1 decides.

"On the diagonal" needs a rule, because chance takes even the right model off it: the largest distance of the coverage
curve from the diagonal must be smaller than the distance that 95 of 100 diagrams of the right model stay below
(`sampling_band`). "Reaches the maximum" needs one too: of the log-likelihood, less than one nat may be missing, which
is less than what separates the maximum from the true line on average (half a nat a parameter).
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.claims import Claim

BAND = "largest distance from the diagonal, minus the sampling band"
NATS = "log-likelihood of the training points missing to the maximum, in nats"
FIGURES = {"homoskedastic": "Fig 2", "heteroskedastic": "Fig 1"}
LINES = {"homoskedastic": "constant std", "heteroskedastic": "growing std"}
WORDS = {"homoskedastic": "constant noise", "heteroskedastic": "growing noise"}


def rows(table: pd.DataFrame, noise: str, model: str, part: str, region: str = "all") -> pd.DataFrame:
    """The study's rows of one model on one kind of noise and one draw, one a seed.

    >>> row = {"noise": "homoskedastic", "model": "truth", "part": "training", "region": "all"}
    >>> rows(pd.DataFrame([row | {"seed": 1}, row | {"seed": 0}]), "homoskedastic", "truth", "training").index.tolist()
    [0, 1]
    """
    chosen = {"noise": noise, "model": model, "part": part, "region": region}
    found = table[(table[list(chosen)] == pd.Series(chosen)).all(axis=1)]
    return found.sort_values("seed").set_index("seed")


def off_the_diagonal(noise: str, model: str, part: str) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: how much farther from the diagonal than chance allows, one value a seed.

    >>> row = {"noise": "homoskedastic", "model": "truth", "part": "training", "region": "all", "seed": 0}
    >>> table = pd.DataFrame([row | {"distance": 0.25, "band": 0.125}])
    >>> off_the_diagonal("homoskedastic", "truth", "training")(table).tolist()
    [0.125]
    """

    def measure(table: pd.DataFrame) -> pd.Series:
        found = rows(table, noise, model, part)
        return found["distance"] - found["band"]

    return measure


def nats_missing(noise: str) -> Callable[[pd.DataFrame], pd.Series]:
    """A measure: the training log-likelihood that S0's run leaves below the maximum, one value a seed."""

    def measure(table: pd.DataFrame) -> pd.Series:
        best, run = (rows(table, noise, model, "training") for model in (LINES[noise], "published run"))
        return run["points"] * (run["nll"] - best["nll"])

    return measure


def flexible_gain(table: pd.DataFrame) -> pd.Series:
    """How much better growing noise is described by a model that lets it grow, on fresh points, one value a seed.

    >>> row = {"noise": "heteroskedastic", "part": "many fresh", "region": "all", "seed": 0}
    >>> table = pd.DataFrame([row | {"model": name, "nll": nll} for name, nll in [("constant std", 0.75),
    ...                                                                           ("growing std", 0.5)]])
    >>> flexible_gain(table).tolist()
    [0.25]
    """
    constant, growing = (rows(table, "heteroskedastic", model, "many fresh") for model in LINES.values())
    return constant["nll"] - growing["nll"]


def _diagonal(noise: str, model: str, part: str, name: str, finding: str, place: str = "") -> Claim:
    figure = FIGURES[noise]
    id = f"S0.{figure.lower().replace(' ', '')}.{name}"
    return Claim(id, "01", "S0", place or figure, finding, BAND, off_the_diagonal(noise, model, part), "<")


def _of(noise: str) -> list[Claim]:
    figure, words = FIGURES[noise], WORDS[noise]
    fitted = f"With {words}, the fitted line covers what it promises"
    model = LINES[noise]
    return [
        _diagonal(noise, model, "training", "diagonal-on-training-points", f"{fitted}: on its own training points."),
        _diagonal(noise, model, "fresh", "diagonal-on-fresh-points", f"{fitted}: on as many fresh points."),
        _diagonal(noise, model, "many fresh", "diagonal-on-many-points", f"{fitted}: on many fresh points."),
        _diagonal(
            noise,
            "published run",
            "training",
            "published-run-on-diagonal",
            f"With {words}, the run with the code's start and number of steps covers what it promises.",
            f"{figure}, code",
        ),
        Claim(
            f"S0.{figure.lower().replace(' ', '')}.published-run-reaches-maximum",
            "01",
            "S0",
            f"{figure}, code",
            f"With {words}, the code's start and number of steps reach the largest likelihood.",
            NATS,
            nats_missing(noise),
            "<",
            1.0,
        ),
    ]


CLAIMS = [
    *_of("homoskedastic"),
    *_of("heteroskedastic"),
    _diagonal(
        "heteroskedastic",
        "network",
        "fresh",
        "network-on-diagonal",
        "With growing noise, a network that learns its own deviation covers what it promises on fresh points.",
        "§4.2.1",
    ),
    Claim(
        "S0.sec2.flexible-noise-pays",
        "01",
        "S0",
        "§2.2",
        "Noise that grows is described better by a model that lets it grow.",
        "log-likelihood of a fresh point gained over constant noise, in nats",
        flexible_gain,
    ),
]
