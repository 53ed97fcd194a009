"""Regression that predicts its noise, and how each function is called."""

import torch
from hostile_judge import Call, Case, Kind
from hostile_networks import functions
from hostile_pruning import dicts, each
from hostile_values import number, tensors, whole, word

from pruneuq_helpers import regression

X = torch.linspace(0, 1, 8).view(2, 4)
Y = torch.tensor([[0.5, 1.0, 1.25, 2.0], [0.0, 1.0, 1.0, 2.5]])
LINE = {"intercept": torch.zeros(2), "slope": torch.ones(2), "log_std": torch.zeros(2)}
EITHER = {
    "y": ("x", "mean", "std", "seeds"),
    "mean": ("y", "std"),
    "std": ("y",),
    "start": ("y", "x"),
    "parameters": ("x",),
    "x": ("y", "parameters"),
    "seeds": ("y", "x"),
}


def rows(values: torch.Tensor) -> Kind:
    """Numbers ``[K, N]``."""
    wrong = (Case("one member fewer", values[:1]), Case("one point fewer", values[:, 1:]))
    return (
        tensors(values)
        .but("one sample", "one more dimension")
        .also(Case("one dimension", values[0]), Case("three dimensions", values[None]), *wrong)
    )


ALONE = ("one member fewer", "one point fewer")
PARAMETERS = (
    dicts(LINE)
    .but("one dimension", "unequal members")
    .also(
        Case("one missing", {"slope": torch.ones(2)}),
        Case("no std", {"slope": torch.ones(2), "intercept": torch.ones(2)}),
    )
)
FITTED = regression.fit(regression.line, LINE, X, Y, steps=1)

CALLS = [
    Call(
        "fit",
        regression.fit,
        also=EITHER,
        model=functions(regression.line),
        start=PARAMETERS,
        x=rows(X),
        y=rows(Y),
        rate=number(0.25, 0, -1),
        steps=whole(2, least=0),
        tolerance=number(0.25, -1),
        record=Kind((), tuple(Case(repr(v), v) for v in (None, 3, "slope", ["none"], [None], [0]))),
    ),
    Call("Fit.predict", FITTED.predict, x=rows(X).but("one point fewer")),
    Call(
        "gaussian_nll",
        regression.gaussian_nll,
        also=EITHER,
        y=rows(Y),
        mean=rows(X),
        std=rows(X + 1).also(Case("zero", X), Case("negative", X - 2)),
    ),
    Call("line", regression.line, also=EITHER, parameters=PARAMETERS, x=rows(X).but("one point fewer")),
    Call(
        "line_by_formula",
        regression.line_by_formula,
        also=EITHER,
        x=rows(X).also(Case("all alike", torch.ones(2, 4))),
        y=rows(Y),
    ),
    Call("line_start", regression.line_start, y=rows(Y).but(*ALONE), noise=word("homoskedastic")),
    Call(
        "network",
        lambda **given: regression.network(**given)[1],
        also=EITHER,
        x=rows(X),
        y=rows(Y),
        seeds=each([0, 1], [-1, 0], [0.5, 1], [2**64, 1], ["0", 1]),
        hidden=Kind(
            (3, 2), tuple(Case(repr(v), v) for v in (None, 3, "ab", (0,), (-1,), (1.5,), (None,), ("3",), (True,)))
        ),
    ),
    Call("sampling_band", regression.sampling_band, points=whole(9), share=number(0.5, 0, 1, -1, 2), draws=whole(20)),
]
