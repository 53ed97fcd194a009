"""Chapter 4's experiments with labels drawn from the network's own probabilities: calibrated by construction."""

import numpy as np

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics.members import Networks
from pruneuq_helpers.uncertainty import fit_temperature, softmax

COPIES = 20  # how often each test image gets a new label, so that chance has little left to say


def redraw(probs, rng: np.random.Generator) -> np.ndarray:
    """Draw a label for each sample from its own probabilities: for such labels a network is calibrated."""
    reached = np.cumsum(probs, axis=1)
    # Scaled, because rounding may leave a row a little short of 1.
    return (rng.random((len(reached), 1)) * reached[:, -1:] < reached).argmax(axis=1)


def calibrated_rows(several: Networks) -> list[dict]:
    """ECE and UCE of one network: as it is, temperature scaled, and that with labels that make it calibrated."""
    validation, test = (several.logits(part)[0] for part in ("validation", "test"))
    probs, labels = softmax(test), several.labels("test")
    scaled = softmax(test, fit_temperature(validation, several.labels("validation")))
    many = np.tile(scaled, (COPIES, 1))
    cases = {
        "as trained": (probs, labels),
        "temperature scaled": (scaled, labels),
        "calibrated": (many, redraw(many, np.random.default_rng(several.seed))),
    }
    return [{"case": case, "ece": metrics.ece(*pair), "uce": metrics.uce(*pair)} for case, pair in cases.items()]


def bias_rows(several: Networks, samples: list[int], bins: list[int], repeats: int) -> list[dict]:
    """The ECE of a calibrated network measured on few samples."""
    probs = softmax(several.logits("test")[0]).numpy()
    rng, rows = np.random.default_rng(several.seed), []
    for size in samples:
        found = {number: [] for number in bins}
        for _ in range(repeats):
            drawn = probs[rng.integers(len(probs), size=size)]
            labels = redraw(drawn, rng)
            for number, values in found.items():
                values.append(metrics.ece(drawn, labels, bins=number))
        rows += [{"samples": size, "bins": number, "ece": float(np.mean(values))} for number, values in found.items()]
    return rows


def interval_rows(several: Networks, samples: list[int], resamples: int) -> list[dict]:
    """The ECE of one network and its bootstrap interval, measured on few samples."""
    probs, labels = softmax(several.logits("test")[0]).numpy(), several.labels("test")
    rng, truth = np.random.default_rng(several.seed), metrics.ece(probs, labels)
    rows = []
    for size in samples:
        drawn = rng.integers(len(probs), size=size)
        found = metrics.interval(metrics.ece, probs[drawn], labels[drawn], resamples=resamples, seed=several.seed)
        rows.append({"samples": size, "truth": truth} | found.to_dict())
    return rows
