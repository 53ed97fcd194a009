"""What every metric does with what it is given, however odd."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import torch
from drawn import members, predictions

from pruneuq_helpers import metrics
from pruneuq_helpers.errors import ParameterError

NUMBERS = [
    metrics.accuracy,
    metrics.brier,
    metrics.nll,
    metrics.ece,
    metrics.mce,
    metrics.uce,
    metrics.signed_gap,
    metrics.ause,
    metrics.aurg,
]
TABLES = [metrics.reliability, metrics.sparsification, metrics.random_line]
GOOD = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])
BAD = {
    "logits": (np.log(GOOD) + 3, [0, 1, 0], "`probs` got values from .*; it takes probabilities .*take the softmax"),
    "negative": (GOOD - [0.4, -0.4], [0, 1, 0], "`probs` got values from -0.1"),
    "unnormalised": (GOOD * [[1], [1], [0.9]], [0, 1, 0], "`probs` got row 2, which sums to 0.9"),
    "not a number": (GOOD * [[1], [np.nan], [1]], [0, 1, 0], "`probs` got NaN in row 1"),
    "infinite": (GOOD * [[1], [np.inf], [1]], [0, 1, 0], "`probs` got values from 0.1 to inf"),
    "infinities": (GOOD + [[0, 0], [np.inf, -np.inf], [0, 0]], [0, 1, 0], "`probs` got values from -inf to inf"),
    "beyond the largest number": (np.full((3, 2), 1.7e308), [0, 1, 0], "`probs` got values from 1.7e.308"),
    "one dimension": (GOOD[:, 0], [0, 1, 0], r"`probs` got shape \(3,\)"),
    "four dimensions": (GOOD[None, None], [0, 1, 0], r"`probs` got shape \(1, 1, 3, 2\)"),
    "ragged": ([[0.5, 0.5], [1.0]], [0, 1], "`probs` got rows of different lengths"),
    "words": ([["a", "b"]], [0], "`probs` got values of type"),
    "bfloat16": (torch.tensor(GOOD).bfloat16(), [0, 1, 0], "`probs` got torch.bfloat16"),
    "empty": (np.empty((0, 2)), np.empty(0, int), "`probs` got no values"),
    "no classes": (np.empty((3, 0)), [0, 1, 0], "`probs` got no values"),
    "one bad member": (np.stack([GOOD, GOOD - 0.2]), [0, 1, 0], "`probs` got values from -0.1"),
    "members that cancel": (np.stack([GOOD * 1.5, GOOD * 0.5]), [0, 1, 0], "`probs` got"),
    "label too high": (GOOD, [0, 1, 2], "`labels` got 0 to 2; it takes class numbers from 0 to 1"),
    "label too low": (GOOD, [0, 1, -1], "`labels` got -1 to 1"),
    "labels too few": (GOOD, [0, 1], "`labels` got 2 values for 3 samples"),
    "labels one-hot": (GOOD, np.eye(2, dtype=int)[[0, 1, 0]], r"`labels` got shape \(3, 2\)"),
    "labels fractional": (GOOD, [0.0, 1.0, 0.5], "`labels` got values of type float64"),
}


@pytest.mark.parametrize("metric", NUMBERS + TABLES)
@pytest.mark.parametrize("case", BAD)
def test_one_sentence_says_what_is_wrong(metric, case):
    probs, labels, sentence = BAD[case]
    with pytest.raises(ParameterError, match=sentence) as caught:
        metric(probs, labels)
    assert "\n" not in str(caught.value)
    assert "; it takes " in str(caught.value)


@pytest.mark.parametrize("metric", [metrics.ece, metrics.mce, metrics.uce, metrics.reliability])
@pytest.mark.parametrize("bins", [0, -1, 1.5, True, "ten"])
def test_bins_are_a_count(metric, bins):
    with pytest.raises(ParameterError, match="`bins` got .*; it takes a whole number of at least 1"):
        metric(GOOD, [0, 1, 0], bins=bins)


@pytest.mark.parametrize(
    ("metric", "options", "sentence"),
    [
        (metrics.ece, {"kind": "equal"}, "`kind` got 'equal'; it takes one of width, mass"),
        (metrics.ece, {"confidence": [0.5, 0.5]}, "`confidence` got 2 values for 3 samples"),
        (metrics.ece, {"confidence": [0.5, 0.5, 1.5]}, "`confidence` got values from 0.5 to 1.5; it takes 0 to 1"),
        (metrics.ause, {"oracle": "best"}, "`oracle` got 'best'; it takes one of true_prob, error"),
        (metrics.ause, {"mode": "quantile"}, "`mode` got 'quantile'"),
        (metrics.ause, {"uncertainty": [0.5, 0.5]}, "`uncertainty` got 2 values for 3 samples"),
        (metrics.ause, {"uncertainty": [0.5, np.nan, 0.5]}, "`uncertainty` got NaN"),
    ],
)
def test_options_are_checked(metric, options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        metric(GOOD, [0, 1, 0], **options)


@pytest.mark.parametrize("metric", NUMBERS)
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("classes", [3, 100])
def test_numpy_torch_and_every_type_agree(metric, kind, classes):
    probs, labels = predictions(1, samples=200, classes=classes)
    typed = probs.astype(kind)
    value = metric(typed, labels)
    assert type(value) is float
    tensor = torch.tensor(typed, requires_grad=True)
    assert metric(tensor, torch.tensor(labels)) == value
    relaid = typed.tolist() if kind == "float64" else np.asfortranarray(typed)
    assert metric(relaid, labels.astype(np.int16)) == pytest.approx(value, rel=1e-12)
    # the exact values of the narrow type, held in float64
    if kind != "float16":
        assert value == pytest.approx(metric(typed.astype(np.float64), labels), abs=1e-7)
    assert value == pytest.approx(metric(probs, labels), abs={"float16": 0.02, "float32": 1e-4, "float64": 0}[kind])


@pytest.mark.parametrize("metric", NUMBERS)
def test_members_count_by_their_mean_and_alike_members_as_one(metric):
    probs, labels = members(2)
    assert metric(probs, labels) == pytest.approx(metric(probs.mean(axis=0), labels))
    assert metric(np.stack([GOOD] * 4), [0, 1, 1]) == pytest.approx(metric(GOOD, [0, 1, 1]))
    assert metric(torch.tensor(probs).float(), labels) == pytest.approx(metric(probs, labels), abs=1e-5)


ONE = np.array([[0.8, 0.2]])
SURE = np.array([[1.0, 0.0]] * 4)
ALONE = np.ones((5, 1))
EXPECTED = {  # accuracy, brier, nll, ece, mce, uce, signed_gap, ause, aurg
    "one sample, right": (ONE, [0], [1, 0.08, -np.log(0.8), 0.2, 0.2, 0.721928, -0.2, 0, 0]),
    "one sample, wrong": (ONE, [1], [0, 1.28, -np.log(0.2), 0.8, 0.8, 0.278072, 0.8, 0, 0]),
    "all right, certain": (SURE, [0] * 4, [1, 0, 0, 0, 0, 0, 0, 0, 0]),
    "all wrong, certain": (SURE, [1] * 4, [0, 2, np.inf, 1, 1, 1, 1, 0, 0]),
    "half right, ties": (SURE / 2 + 0.25, [0, 0, 1, 1], [0.5, 0.625, 0.836988, 0.25, 0.25, 0.311278, 0.25, None, 0]),
    "one class": (ALONE, [0] * 5, [1, 0, 0, 0, 0, 0, 0, 0, 0]),
    "even odds": (np.full((2, 2), 0.5), [0, 1], [0.5, 0.5, np.log(2), 0, 0, 0.5, 0, 0, 0]),
}


@pytest.mark.parametrize("case", EXPECTED)
@pytest.mark.parametrize("metric", NUMBERS)
def test_degenerate_inputs_have_the_right_value(case, metric):
    probs, labels, values = EXPECTED[case]
    expected = values[NUMBERS.index(metric)]
    if expected is None:  # the oracle tells the tied samples apart, the network cannot
        assert metric(probs, labels) > 0
    else:
        assert metric(probs, labels) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("case", EXPECTED)
def test_degenerate_inputs_have_tables(case, table):
    probs, labels, _ = EXPECTED[case]
    assert isinstance(table(probs, labels), pd.DataFrame)


def test_probabilities_a_hair_above_one_are_taken_for_one():
    probs = np.array([[1 + 1e-6, 0.0]], dtype=np.float32)
    assert metrics.ece(probs, [0]) == 0
    assert metrics.msp(probs).tolist() == [0]
    assert metrics.predictive_entropy(probs).tolist() == [0]


@pytest.mark.parametrize("shape", [(200_000, 10), (5_000, 400)])
@pytest.mark.parametrize("metric", [metrics.ece, metrics.ause])
def test_memory_stays_below_twice_the_input(shape, metric):
    probs = np.random.default_rng(0).random(shape, dtype=np.float32)
    probs /= probs.sum(axis=1, keepdims=True)
    labels = np.zeros(len(probs), int)
    tracemalloc.start()
    metric(probs, labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * probs.nbytes


def test_importing_metrics_leaves_torch_alone():
    code = "import sys, pruneuq_helpers.metrics; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_cost_is_found_here_and_an_unknown_name_is_not():
    assert metrics.parameters(torch.nn.Linear(3, 2)) == 8
    assert {"parameters", "macs", "ece"} <= set(dir(metrics))
    with pytest.raises(AttributeError, match="no attribute 'eec'"):
        metrics.eec  # noqa: B018
