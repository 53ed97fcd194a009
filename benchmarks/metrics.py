"""How fast the metrics are: ratios to torchmetrics, scikit-learn and plain loops, all in one run.

``python benchmarks/metrics.py`` prints a table (about a minute). Each time is the median of alternating rounds, so that
a busy machine slows every arm alike. "times" is the other's time divided by ours: above 1 we are faster. Memory is the
peak of what we allocate beside the input, as a multiple of the input.
"""

import argparse
import time
import tracemalloc

import numpy as np
import pandas as pd
import torch
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import nn

import pruneuq_helpers.data.vision  # noqa: F401 - torchmetrics imports torchvision, which may need this first
from pruneuq_helpers import metrics
from pruneuq_helpers.metrics.ranks import lowest_flags
from pruneuq_helpers.metrics.sparsification import kept_counts

BINS = 15


def predictions(samples: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    logits = torch.from_numpy(3 * rng.standard_normal((samples, classes), dtype=np.float32))
    probs = nn.functional.softmax(logits, dim=1).numpy()
    labels = np.where(rng.random(samples) < 0.6, probs.argmax(axis=1), rng.integers(0, classes, samples))
    return probs, labels


def ece_loop(probs: np.ndarray, labels: np.ndarray) -> float:
    """The usual loop: a mask for each bin."""
    confidence, hit = probs.max(axis=1), probs.argmax(axis=1) == labels
    edges, error = np.linspace(0, 1, BINS + 1), 0.0
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += abs(confidence[inside].mean(dtype=float) - hit[inside].mean()) * inside.mean()
    return error


def ece_torchmetrics():
    from torchmetrics.functional.classification import multiclass_calibration_error

    def error(probs: np.ndarray, labels: np.ndarray) -> float:
        return float(
            multiclass_calibration_error(
                torch.from_numpy(probs),
                torch.from_numpy(labels),
                num_classes=probs.shape[1],
                n_bins=BINS,
                validate_args=False,
            )
        )

    return error


def ece_scikit_learn(probs: np.ndarray, labels: np.ndarray) -> float:
    """scikit-learn gives the curve; the counts must be found again."""
    confidence, hit = probs.max(axis=1), probs.argmax(axis=1) == labels
    accuracy, mean = calibration_curve(hit, confidence, n_bins=BINS)
    counts = np.histogram(confidence, bins=np.linspace(0, 1, BINS + 1))[0]
    return float(np.abs(accuracy - mean) @ counts[counts > 0] / len(labels))


def masked_curve(score: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Fifty masks, each at its own quantile."""
    thresholds = [np.quantile(score, 1 - step / 50) for step in range(50)]
    return np.array([wrong[score <= threshold].mean() for threshold in thresholds])


def ause_loop(probs: np.ndarray, labels: np.ndarray) -> float:
    wrong = probs.argmax(axis=1) != labels
    true = 1 - probs[np.arange(len(labels)), labels]
    gap = masked_curve(1 - probs.max(axis=1), wrong) - masked_curve(true, wrong)
    return float(np.trapezoid(np.append(gap, 0), dx=1 / 50))


def ranked_curve(score: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    kept = kept_counts(len(wrong))
    return lowest_flags(score, wrong, kept) / kept


def compare(arms: dict, rounds: int) -> pd.DataFrame:
    """Time the arms in turn; the first is ours."""
    values = {name: work() for name, work in arms.items()}  # the first call, untimed
    times = {name: [] for name in arms}
    for round_ in range(rounds):
        for name in list(arms) if round_ % 2 == 0 else reversed(arms):
            start = time.perf_counter()
            arms[name]()
            times[name].append(time.perf_counter() - start)
    table = pd.DataFrame({"ms": {n: 1000 * float(np.median(t)) for n, t in times.items()}, "value": values})
    table["times"] = table["ms"] / table["ms"].iloc[0]
    return table


def peak(work, size: int) -> float:
    tracemalloc.start()
    work()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found / size


def calibration_and_ranking(samples: int, classes: int, rounds: int) -> None:
    probs, labels = predictions(samples, classes)
    others = {"torchmetrics": ece_torchmetrics(), "scikit-learn": ece_scikit_learn, "loop": ece_loop}
    arms = {
        "ECE": {"ours": metrics.ece, **others},
        "AUSE": {"ours": metrics.ause, "loop of 50 masks": ause_loop},
    }
    for name, functions in arms.items():
        bound = {arm: lambda f=function: f(probs, labels) for arm, function in functions.items()}
        table = compare(bound, rounds)
        print(f"\n{name}, N = {samples:,} x C = {classes}; memory {peak(bound['ours'], probs.nbytes):.2f} x the input")
        print(table.round({"ms": 1, "value": 6, "times": 1}).to_string())

    score, wrong = 1 - probs.max(axis=1).astype(np.float64), probs.argmax(axis=1) != labels
    table = compare(
        {
            "ours": lambda: ranked_curve(score, wrong).mean(),
            "loop of 50 masks": lambda: masked_curve(score, wrong).mean(),
        },
        rounds,
    )
    print(f"\nSparsification curve from N = {samples:,} uncertainties (AUSE without reading the probabilities)")
    print(table.round({"ms": 1, "value": 6, "times": 1}).to_string())


def detection(samples: int, rounds: int) -> None:
    rng = np.random.default_rng(0)
    own, foreign = rng.normal(0, 1, samples), rng.normal(1, 1, samples)
    truth, score = np.repeat([0, 1], samples), np.append(own, foreign)

    def scikit_learn() -> float:
        average_precision_score(truth, score)
        average_precision_score(1 - truth, -score)
        return roc_auc_score(truth, score)

    table = compare({"ours": lambda: metrics.detection(own, foreign)["auroc"], "scikit-learn": scikit_learn}, rounds)
    print(f"\nAUROC and both AUPR, 2 x {samples:,} scores")
    print(table.round({"ms": 1, "value": 6, "times": 1}).to_string())


def intervals(samples: int, rounds: int) -> None:
    probs, labels = predictions(samples, 10)
    for metric in (metrics.ece, metrics.ause):
        arms = {
            "all at once": lambda m=metric: metrics.interval(m, probs, labels, resamples=200)["high"],
            "one by one": lambda m=metric: metrics.interval(
                lambda p, y: m(p, y), probs, labels, resamples=200, method="basic" if m is metrics.ece else None
            )["high"],
        }
        table = compare(arms, rounds)
        print(f"\ninterval of {metric.__name__}, 200 resamples of {samples:,} x 10")
        print(table.round({"ms": 1, "value": 6, "times": 1}).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"torch with {torch.get_num_threads()} threads; ours uses one")
    calibration_and_ranking(1_000_000, 10, rounds)
    calibration_and_ranking(50_000, 1000, rounds)
    detection(500_000, rounds)
    intervals(10_000, 3)


if __name__ == "__main__":
    main()
