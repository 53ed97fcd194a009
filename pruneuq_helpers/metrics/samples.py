"""What the metrics need to know of each sample, read from the probabilities in one pass."""

from dataclasses import dataclass

import numpy as np
from scipy.special import entr, rel_entr

from pruneuq_helpers import checks

FEW = 64  # below this many classes, a row is too short to be reduced fast


@dataclass(frozen=True)
class Samples:
    """One value a sample: the confidence, whether the top class is the label, and the label's probability."""

    confidence: np.ndarray
    hit: np.ndarray
    true_prob: np.ndarray
    precision: np.dtype  # the type that the probabilities came in


def _read(block: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row = np.arange(len(block))
    true = block[row, labels]
    if block.shape[1] >= FEW:
        top_class = block.argmax(axis=1)
        return block[row, top_class], top_class == labels, true
    # With the classes along the first axis the maximum runs over long rows, four times as fast.
    by_class = np.ascontiguousarray(block.T)
    top = by_class.max(axis=0)
    hit = true == top
    if np.count_nonzero(by_class == top) > len(block):  # shared maxima: the lowest class is the prediction
        hit &= block.argmax(axis=1) == labels
    return top, hit, true


def read(probs, labels) -> Samples:
    """Read confidence, hit and true probability of each sample; of classes that share the highest it is the first."""
    probs = checks.array("probs", probs)  # once, of a long list
    return _samples(*checked(probs, labels), checks.precision(probs))


def checked(probs, labels) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean probabilities, labels, and how far a row may be from 1 where it is read."""
    probs, tolerance = checks.probabilities(probs)
    return probs, checks.labels(labels, *probs.shape), tolerance


def with_entropies(probs, labels) -> tuple[Samples, np.ndarray]:
    """Samples, and the entropy of each."""
    probs, labels, tolerance = checked(probs, labels)
    return _samples(probs, labels, tolerance, checks.precision(probs)), entropies_of(probs)


def _samples(probs: np.ndarray, labels: np.ndarray, tolerance: float, precision: np.dtype) -> Samples:
    samples = len(probs)
    confidence, true_prob, hit = np.empty(samples), np.empty(samples), np.empty(samples, dtype=bool)
    for rows, block in checks.blocks(probs, tolerance):
        confidence[rows], hit[rows], true_prob[rows] = _read(block, labels[rows])
    return Samples(np.minimum(confidence, 1, out=confidence), hit, true_prob, precision)


def squares(probs, labels) -> np.ndarray:
    """Return each sample's squared distance from the one-hot label, summed over the classes."""
    probs, labels, tolerance = checked(probs, labels)
    found = np.empty(len(probs))
    for rows, block in checks.blocks(probs, tolerance):
        distance = block.astype(np.float64)
        distance[np.arange(len(block)), labels[rows]] -= 1
        found[rows] = np.einsum("nc,nc->n", distance, distance)
    return found


def log_losses(probs, labels) -> np.ndarray:
    """Return each sample's −log of the probability given to its label."""
    return rel_entr(1, read(probs, labels).true_prob)  # 1 log(1/p), infinite at 0 without a warning


def entropies(probs) -> np.ndarray:
    """Return each sample's entropy, in nats."""
    probs, tolerance = checks.probabilities(probs)
    return _entropies(probs, checks.blocks(probs, tolerance))


def entropies_of(probs: np.ndarray) -> np.ndarray:  # of what is checked
    return _entropies(probs, checks.walk(probs))


def _entropies(probs: np.ndarray, blocks) -> np.ndarray:
    found = np.empty(len(probs))
    for rows, block in blocks:
        found[rows] = entr(np.minimum(block, 1), dtype=np.float64).sum(axis=1)
    return np.minimum(found, np.log(probs.shape[1]), out=found)
