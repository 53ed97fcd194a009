"""The measures, and how each is called."""

import numpy as np
import pandas as pd
import torch
from hostile_judge import Call, Case, Kind
from hostile_networks import NUMBERS_UNREAD, functions, networks, shapes
from hostile_values import classes, flag, number, optional, probs, scores, seed, whole, word
from torch import nn

from pruneuq_helpers import metrics

P = probs(np.array([[0.75, 0.25], [0.5, 0.5], [0.125, 0.875], [0.875, 0.125], [0.375, 0.625], [0.25, 0.75]]))
STACKED = np.stack([P.usual, P.usual[::-1]])
M = probs(STACKED)
L = classes(np.array([0, 1, 1, 1, 0, 1]), 2)
U = optional(scores(np.array([0.25, 0.5, -0.125, 0.75, 0.375, 0.5])))
C = optional(scores(np.array([0.25, 0.5, 0.125, 0.75, 0.375, 0.5]), low=0))
Z = scores(np.array([[[1.0, 0.0], [2.0, 0.5]], [[0.5, 1.0], [4.0, 0.25]]]), low=-1e9).but(
    "one more", "one fewer", "below", "1e308 inside"
)
BINNED = {"bins": whole(15), "kind": word("width"), "confidence": C}
RANKED = {"uncertainty": U, "oracle": word("true_prob"), "mode": word("rank"), "literal": flag(False)}
EITHER = {"probs": ("labels",), "labels": ("probs",)}
DENSE = np.array([[0, 1, 1, 2], [0, 1, 2, 2], [0, 1, 1, 2], [1, 0, 1, 2]])
PRUNED = np.array([[0, 0, 1, 2], [1, 0, 1, 2], [0, 1, 2, 2], [1, 0, 2, 1]])
TRUTH = classes(np.array([0, 1, 1, 2])).but("one-hot")
VOTES = np.full((4, 4, 3), 1 / 3)
VOTES[:, :, 0] += 0.125
VOTES[:, :, 1] -= 0.125
OF_VOTES = optional(probs(VOTES)).but("two alike members") if VOTES.ndim == 2 else optional(probs(VOTES))
TIES = word("probability")
BOTH = {"dense": classes(DENSE), "pruned": classes(PRUNED), "ties": TIES}
BROKEN = BOTH | {"dense_probs": probs(VOTES), "pruned_probs": probs(VOTES[::-1].copy())}
IMAGES = dict.fromkeys(
    ("dense", "pruned", "labels", "dense_probs", "pruned_probs", "predicted", "probs"),
    ("pruned", "dense", "labels", "probs", "dense_probs", "pruned_probs"),
)
SPLIT = {"splits": whole(3), "seed": seed(), "size": optional(whole(2))}
COUNTS = pd.DataFrame({"pie": [5, 71], "non_pie": [57, 19829]})


def tables() -> Kind:
    """Counts of groups."""
    odd = {
        "None": None,
        "text": "counts",
        "number": 3,
        "empty": {},
        "no rows": {"pie": [], "non_pie": []},
        "one column": {"pie": [1]},
        "unequal": {"pie": [1], "non_pie": [1, 2]},
        "words": {"pie": ["a"], "non_pie": ["b"]},
        "fractions": {"pie": [1.5, 2], "non_pie": [2, 3]},
        "NaN": {"pie": [1, float("nan")], "non_pie": [2, 3]},
        "negative": {"pie": [-1, 2], "non_pie": [2, 3]},
        "Nones": {"pie": [None, 2], "non_pie": [2, 3]},
        "huge": {"pie": [2**70, 1], "non_pie": [2, 3]},
        "beyond what a test can count": {"pie": [2**62, 1], "non_pie": [2**62, 3]},
        "booleans": {"pie": [True, False], "non_pie": [True, True]},
    }
    right = {
        "dict": COUNTS.to_dict("list"),
        "arrays": {name: COUNTS[name].to_numpy() for name in COUNTS},
        "unsigned": COUNTS.astype(np.uint64),
        "other columns too": COUNTS.assign(note="x"),
    }
    wrong = tuple(Case(label, value) for label, value in odd.items())
    return Kind(COUNTS, wrong + tuple(Case(label, value, COUNTS) for label, value in right.items()))


def totals() -> Kind:
    """Counts of all images."""
    usual = {"pie": 100, "non_pie": 30000}
    odd = {"text": "x", "number": 3, "empty": {}, "one": {"pie": 100}}
    for value in (None, "7", 1.5, float("nan"), float("inf"), -1, 3, True, [1]):
        odd[f"pie {value!r}"] = usual | {"pie": value}
    wrong = tuple(Case(label, value) for label, value in odd.items())
    return Kind(usual, (*wrong, Case("series", pd.Series(usual), usual)))


def small() -> nn.Module:
    """A network of three inputs."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


NETWORK = networks(small).but(*NUMBERS_UNREAD)
COUNTED = {
    "model": NETWORK.but("a pair", "of other inputs", "raising", "complex", "on meta", "without weights", "empty")
}
RUN = {"model": NETWORK.but("a pair", "on meta", "without weights", "empty", "complex"), "input_shape": shapes((3,))}
PAIR = {"dense": NETWORK.but("a pair", "on meta", "complex"), "pruned": NETWORK.but("a pair", "on meta", "complex")}
FORWARD = {
    "model": ("input_shape",),
    "dense": ("input_shape", "model"),
    "pruned": ("input_shape", "model"),
    "input_shape": ("model",),
}


def positive(*args, **kwargs) -> bool:
    """A time is never the same: whether it is one."""
    return metrics.latency(*args, **kwargs) > 0


CALLS = [
    *(
        Call(one.__name__, one, also=EITHER, probs=P, labels=L)
        for one in (metrics.accuracy, metrics.brier, metrics.nll, metrics.random_line)
    ),
    *(
        Call(one.__name__, one, also=EITHER, probs=P, labels=L, **BINNED)
        for one in (metrics.ece, metrics.mce, metrics.reliability)
    ),
    Call("uce", metrics.uce, also=EITHER, probs=P, labels=L, bins=whole(15)),
    Call("signed_gap", metrics.signed_gap, also=EITHER, probs=P, labels=L, confidence=C),
    *(
        Call(one.__name__, one, also=EITHER, probs=P, labels=L, **RANKED)
        for one in (metrics.ause, metrics.sparsification)
    ),
    Call("aurc", metrics.aurc, also=EITHER, probs=P, labels=L, uncertainty=U),
    Call("aurg", metrics.aurg, also=EITHER, probs=P, labels=L, uncertainty=U, mode=word("rank")),
    Call(
        "class_impact",
        metrics.class_impact,
        also=IMAGES,
        dense=classes(DENSE),
        pruned=classes(PRUNED),
        labels=TRUTH,
        shift=word("member"),
        significance=number(0.0625, 0, 1, -1, 2),
    ),
    Call(
        "coverage",
        metrics.coverage,
        also={"y": ("mean", "std")},
        y=scores(np.array([0.5, 1.0, -2.0]), low=-1e300).but("below", "1e308 inside"),
        mean=scores(np.array([0.0, 1.0, 0.5]), low=-1e300).but("below", "1e308 inside", "number"),
        std=scores(np.array([0.5, 1.0, 2.0]), low=0).but("1e308 inside", "number"),
        levels=scores(np.array([0.25, 0.5, 1.0]), low=0).but("one more", "one fewer", "number"),
    ),
    Call(
        "regression_calibration_error",
        metrics.regression_calibration_error,
        also={"y": ("mean", "std")},
        y=scores(np.array([0.5, 1.0, -2.0]), low=-1e300).but("below", "1e308 inside"),
        mean=scores(np.array([0.0, 1.0, 0.5]), low=-1e300).but("below", "1e308 inside", "number"),
        std=scores(np.array([0.5, 1.0, 2.0]), low=0).but("1e308 inside", "number"),
    ),
    Call(
        "detection",
        metrics.detection,
        in_scores=scores(np.array([0.125, 0.25, 0.5])).but("one more", "one fewer", "up to 1e308"),
        out_scores=scores(np.array([0.375, 0.75])).but("one more", "one fewer", "up to 1e308"),
        positive=word("out"),
    ),
    Call(
        "interval",
        metrics.interval,
        also=EITHER,
        metric=functions(metrics.accuracy),
        probs=P,
        labels=L,
        confidence_level=number(0.875, 0, 1, 2, -1),
        resamples=whole(20),
        seed=seed(),
        method=optional(word("percentile")),
    ),
    Call(
        "interval of ause",
        metrics.interval,
        {"metric": metrics.ause, "resamples": 5},
        also=EITHER,
        probs=P,
        labels=L,
        uncertainty=U,
        oracle=word("true_prob"),
        mode=word("percentile"),
        literal=flag(False),
    ),
    Call("logit_variance", metrics.logit_variance, logits=Z),
    *(
        Call(one.__name__, one, probs=M.but("one sample fewer", "one-hot bytes"))
        for one in (metrics.mutual_information, metrics.prob_variance)
    ),
    *(Call(one.__name__, one, probs=P.but("one sample fewer")) for one in (metrics.msp, metrics.predictive_entropy)),
    Call(
        "normalise",
        metrics.normalise,
        uncertainty=U.also(Case("None", None)).but("one more", "one fewer"),
        how=word("clipped"),
        percentile=number(75.0, 0, 101, -1),
    ),
    Call("matched_pies", metrics.matched_pies, also=IMAGES, **BROKEN, **SPLIT),
    Call(
        "null_pies",
        metrics.null_pies,
        also=IMAGES,
        dense=classes(DENSE),
        dense_probs=optional(probs(VOTES)),
        ties=TIES,
        **SPLIT,
    ),
    Call(
        "modal_labels",
        metrics.modal_labels,
        also=IMAGES,
        predicted=classes(DENSE),
        probs=optional(probs(VOTES)),
        ties=TIES,
    ),
    Call("pie_table", metrics.pie_table, also=IMAGES, **BROKEN, labels=optional(TRUTH)),
    Call("pies", metrics.pies, also=IMAGES, **BROKEN),
    Call(
        "share_growth",
        metrics.share_growth,
        counts=tables(),
        totals=totals(),
        decimals=optional(whole(2, least=0)),
        confidence_level=number(0.875, 0, 1, 2, -1),
    ),
    Call(
        "subset_accuracy",
        metrics.subset_accuracy,
        also=IMAGES,
        predicted=classes(DENSE),
        labels=TRUTH,
        indices=classes(np.array([1, 3]), 4).but("one more", "one fewer", "empty", "empty list"),
        seed=seed(),
        most=whole(5),
    ),
    Call("parameters", metrics.parameters, **COUNTED),
    Call("macs", metrics.macs, also=FORWARD, **RUN),
    Call("latency", metrics.latency, also=FORWARD, **RUN, repeats=whole(2), batch=whole(2)),
    Call("cost_ratios", metrics.cost_ratios, also=FORWARD, **PAIR, input_shape=shapes((3,))),
]
CALLS = [Call(c.name, positive, c.fixed, also=c.also, **c.kinds) if c.name == "latency" else c for c in CALLS]
