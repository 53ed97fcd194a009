"""Where uncertainty comes from, and how each function is called."""

import numpy as np
import torch
from hostile_judge import Call, Case, Kind, Made
from hostile_networks import devices, functions, networks
from hostile_pruning import scripted, small
from hostile_values import classes, number, optional, scores, seed, targets, tensors, whole, word
from torch import nn

from pruneuq_helpers import uncertainty

IMAGES = tensors(torch.linspace(-1, 1, 12).view(4, 3))
LABELS = targets(torch.tensor([0, 1, 1, 0]), 2)
ROWS = np.array([[1.0, 0.0], [2.0, 0.5], [0.5, 1.0], [0.25, 4.0]])
LOGITS = scores(ROWS, low=-1e9).but("one more", "below", "1e308 inside")
PROBS = Case("probabilities", np.exp(ROWS) / np.exp(ROWS).sum(1, keepdims=True))
EITHER = {
    "model": ("images", "models"),
    "images": ("model", "labels"),
    "labels": ("images", "logits"),
    "logits": ("labels",),
}


def dropping() -> nn.Sequential:
    """A network with dropout."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 2))


def row() -> nn.Sequential:
    """Convolutions in a row."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 4, 1), nn.Flatten(), nn.Linear(4, 2))


def members() -> Kind:
    """Networks of an ensemble."""
    usual = Made(lambda: [small(), small()])
    odd = {
        "None": None,
        "text": "ab",
        "number": 3,
        "empty": [],
        "one network": small(),
        "None inside": [small(), None],
        "text inside": ["a"],
        "of other inputs": [small(), nn.Linear(7, 2)],
        "of other classes": [small(), nn.Linear(3, 4)],
        "on meta": [small().to("meta")],
        "a class": [nn.Linear],
        "dict": {"a": small()},
    }
    right = {
        "tuple": (small(), small()),
        "of another type": [small(), small().double()],
        "traced": [small(), scripted()],
    }
    return Kind(usual, tuple(Case(*item) for item in odd.items()) + tuple(Case(n, v, usual) for n, v in right.items()))


def masks() -> Kind:
    """Which weights are uncertain."""
    usual = {"4.bias": torch.tensor([True, False])}
    odd = (
        True,
        "4.bias",
        3,
        [],
        {},
        {"9": usual["4.bias"]},
        {"4.bias": None},
        {"4.bias": [True, False]},
        {"4.bias": torch.ones(2)},
        {"4.bias": torch.ones(3, dtype=torch.bool)},
        {"4.bias": torch.zeros(2, dtype=torch.bool)},
        {4: usual["4.bias"]},
    )
    return Kind(usual, tuple(Case(repr(value), value) for value in odd))


def pairs() -> Kind:
    """Where to look."""
    odd = (
        None,
        3,
        "ab",
        (1,),
        (1, 2, 3),
        (2, 1),
        (0, 1),
        (-1, 1),
        (1, float("inf")),
        (float("nan"), 1),
        ("1", "2"),
        (None, 2),
        (True, 2),
        {},
    )
    return Kind((0.5, 4.0), (*(Case(repr(value), value) for value in odd), Case("list", [0.5, 4.0], (0.5, 4.0))))


def posterior() -> uncertainty.Laplace:
    """A Gaussian over the last layer."""
    return uncertainty.fit_laplace(small(), IMAGES.usual, LABELS.usual, prior_precision=1.0)


POSTERIOR = posterior()
RUN = {
    "model": networks(dropping).but("NaN inside", "inf inside"),
    "images": IMAGES,
    "passes": whole(2),
    "seed": seed(),
    "batch": whole(2),
    "device": devices(),
    "precision": word("float32"),
    "normalise": functions(lambda images: images).but("None"),
}
FITTED = {"prior_precision": optional(number(0.5, 0, -1)), "memory": number(0.5, 0, -1), "device": devices()}

CALLS = [
    Call(
        "ensemble",
        uncertainty.ensemble,
        also={"models": ("images",), "images": ("model", "models")},
        models=members(),
        images=IMAGES,
        batch=whole(2),
        device=devices(),
        precision=word("float32"),
    ),
    Call("mc_dropout", uncertainty.mc_dropout, also=EITHER, **RUN),
    Call(
        "fit_laplace",
        uncertainty.fit_laplace,
        also=EITHER | {"model": ("images", "kept")},
        model=networks(small),
        images=IMAGES,
        labels=LABELS,
        kept=masks(),
        **FITTED,
    ),
    Call(
        "fit_laplace of the last layer",
        uncertainty.fit_laplace,
        {"images": IMAGES.usual, "labels": LABELS.usual},
        also=EITHER | {"model": ("images", "kept")},
        model=networks(small).also(Case("traced", Made(scripted))),
    ),
    Call(
        "Laplace.predict",
        POSTERIOR.predict,
        also={"images": ("model",)},
        images=IMAGES,
        predictive=word("sampled"),
        draws=whole(2),
        seed=seed(),
    ),
    Call("Laplace.logits", POSTERIOR.logits, also={"images": ("model",)}, images=IMAGES),
    Call("Laplace.log_evidence", POSTERIOR.log_evidence, prior_precision=optional(number(0.5, 0, -1))),
    Call(
        "fit_temperature",
        uncertainty.fit_temperature,
        also=EITHER,
        logits=LOGITS.also(PROBS),
        labels=classes(np.array([0, 1, 1, 0]), 2),
        loss=word("mean_prob"),
        bounds=pairs(),
    ),
    Call(
        "last_layer",
        uncertainty.last_layer,
        model=networks(small).but(
            "NaN inside", "inf inside", "of other inputs", "raising", "a pair", "complex", "on meta"
        ),
    ),
    Call(
        "softmax",
        uncertainty.softmax,
        logits=LOGITS.but("one fewer", "bfloat16", "one more dimension"),
        temperature=number(0.5, 0, -1),
    ),
    Call(
        "subnetwork",
        uncertainty.subnetwork,
        {"how": "variance"},
        also=EITHER,
        model=networks(small),
        count=whole(5).also(Case("too many", 99)),
        images=IMAGES,
    ),
    Call(
        "subnetwork by chance", uncertainty.subnetwork, {"model": small(), "count": 3}, how=word("random"), seed=seed()
    ),
    Call(
        "survivors",
        uncertainty.survivors,
        masked=networks(small).but(
            "NaN inside", "inf inside", "of other inputs", "raising", "a pair", "complex", "on meta"
        ),
    ),
    Call(
        "with_dropout",
        uncertainty.with_dropout,
        model=networks(row).but("NaN inside", "inf inside", "on meta"),
        rate=number(0.25, 0, 1, -1),
    ),
]
