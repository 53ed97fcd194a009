"""Chapter 4's experiments on ranking: which uncertainty points at the mistakes, and how a wrong code hides it."""

import numpy as np
import torch
from scipy.stats import spearmanr

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics.members import Networks
from pruneuq_helpers.metrics.sparsification import STEPS, kept_counts
from pruneuq_helpers.uncertainty import softmax


def ranking_rows(networks: dict[str, Networks]) -> list[dict]:
    """Areas of every uncertainty of one seed: one network, the ensemble, and the network with dropout."""
    rows = []
    for name, several in networks.items():
        logits, labels = several.logits("test").double(), several.labels("test")
        probs, of_mean = softmax(logits), softmax(logits.mean(dim=0))
        found = {
            "MSP": (probs, metrics.msp(probs)),
            "entropy": (probs, metrics.predictive_entropy(probs)),
            "mutual information": (probs, metrics.mutual_information(probs)),
            "probability variance": (probs, metrics.prob_variance(probs)),
            # S1 averages logits, and predicts from their mean.
            "logit variance": (of_mean, metrics.logit_variance(logits)),
        }
        height = logits.mean(dim=0).max(dim=1).values.numpy()
        rows += [
            {"source": name, "uncertainty": kind} | _areas(*pair, labels) | _correlations(*pair, height)
            for kind, pair in found.items()
        ]
        if name == "ensemble":
            one = probs[0]
            rows.append({"source": "one network", "uncertainty": "MSP"} | _areas(one, metrics.msp(one), labels))
    return rows


def _areas(probs, uncertainty, labels) -> dict:
    with_paper = metrics.ause(probs, labels, uncertainty)
    return {
        "error": 1 - metrics.accuracy(probs, labels),
        "ause": with_paper,
        "aurg": metrics.aurg(probs, labels, uncertainty),
        "ause_listing": metrics.ause(probs, labels, uncertainty, literal=True),
        "excess": metrics.ause(probs, labels, uncertainty, oracle="error") - with_paper,
    }


def _correlations(probs, uncertainty, height) -> dict:
    pairs = {"with_confidence": 1 - metrics.msp(probs), "with_logit": height}
    return {name: float(spearmanr(values, uncertainty).statistic) for name, values in pairs.items()}


def tie_rows(several: Networks, sharpness: list[float]) -> list[dict]:
    """The area of one network's MSP when its logits are multiplied until the softmax saturates."""
    logits, labels = several.logits("test")[0].double(), several.labels("test")
    rows = []
    for factor in sharpness:
        exact = softmax(logits, 1 / factor)
        oracle = metrics.sparsification(exact, labels)["oracle"].to_numpy()
        # Rounded from exact values: what ties must not depend on how a processor computes an exponential.
        single = exact.to(torch.float32)
        score, wrong = 1 - single.max(dim=1).values.double().numpy(), single.argmax(dim=1).numpy() != labels
        ways = {
            "float64, average": (metrics.msp(exact), metrics.ause(exact, labels)),
            "float32, average": (score, metrics.ause(exact, labels, score)),
            "float32, percentile": (score, metrics.ause(exact, labels, score, mode="percentile")),
        }
        for place, order in {
            "first": np.argsort(~wrong, kind="stable"),
            "last": np.argsort(wrong, kind="stable"),
        }.items():
            errors = sorted_errors(score[order], wrong[order])
            ways[f"float32, mistakes {place}"] = (score, float(np.trapezoid(errors - oracle, dx=1 / STEPS)))
        rows += [
            {"sharpness": factor, "way": way, "tied": shared(values), "ause": area}
            for way, (values, area) in ways.items()
        ]
    return rows


def sorted_errors(uncertainty: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """The sparsification curve by sorting alone: tied samples stay in the order of the file."""
    order = np.argsort(uncertainty, kind="stable")
    kept = kept_counts(len(wrong))
    return np.append(np.cumsum(wrong[order])[kept - 1] / kept, 0.0)


def shared(values: np.ndarray) -> float:
    """The share of values that are not alone."""
    counts = np.unique(values, return_counts=True)[1]
    return float(counts[counts > 1].sum() / len(values))


def spoilt(uncertainty: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """The same uncertainties, a share of which was dealt out at random among the samples they belong to."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(uncertainty))[: round(share * len(uncertainty))]
    found = uncertainty.copy()
    found[chosen] = uncertainty[rng.permutation(chosen)]
    return found
