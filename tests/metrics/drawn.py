"""Predictions to test on."""

import numpy as np


def predictions(seed, samples=300, classes=5, sharpness=2.0, ties=False):
    """Softmax probabilities [N, C] and labels that follow them, mostly; with `ties`, many equal values."""
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((samples, classes)) * sharpness
    if ties:
        logits = np.round(logits)
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (np.cumsum(probs, axis=1) > rng.random((samples, 1))).argmax(axis=1)
    return probs, labels


def members(seed, count=4, **shape):
    """Probabilities [M, N, C] of several members and labels."""
    drawn = [predictions([seed, member], **shape) for member in range(count)]
    return np.stack([probs for probs, _ in drawn]), drawn[0][1]
