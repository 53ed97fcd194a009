"""Chapter 4's experiments on calibration: temperatures, and variances stretched until they look like confidences."""

import numpy as np

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics.members import Networks
from pruneuq_helpers.uncertainty import fit_temperature, softmax

DEALS = 20  # times that confidences are dealt out at random; the mean is kept


def temperature_rows(networks: dict[str, Networks]) -> list[dict]:
    """Scores on the test images before and after temperature scaling on the validation images."""
    rows = []
    for source, several in {"one network": networks["ensemble"], **networks}.items():
        validation, test = (several.logits(part) for part in ("validation", "test"))
        if source == "one network":
            validation, test = validation[0], test[0]
        fitted = fit_temperature(validation, several.labels("validation"))
        labels = several.labels("test")
        for state, temperature in {"before": 1.0, "after": fitted}.items():
            probs = softmax(test, temperature)
            rows.append({"source": source, "state": state, "temperature": temperature} | scores(probs, labels))
    return rows


def scores(probs, labels) -> dict[str, float]:
    """The scores that the chapter compares, by name."""
    return {
        "accuracy": metrics.accuracy(probs, labels),
        "ece": metrics.ece(probs, labels),
        "nll": metrics.nll(probs, labels),
        "brier": metrics.brier(probs, labels),
        "gap": metrics.signed_gap(probs, labels),
    }


def sweep_rows(several: Networks, temperatures: list[float]) -> list[dict]:
    """One network's scores at many temperatures, on test images and on classes it was never shown."""
    test, foreign = several.logits("test")[0], several.logits("held out")[0]
    labels, rows = several.labels("test"), []
    for temperature in temperatures:
        probs = softmax(test, temperature)
        unknown = foreign_scores(softmax(foreign, temperature))
        rows.append(
            {"temperature": temperature, "ece": metrics.ece(probs, labels), "nll": metrics.nll(probs, labels)}
            | {f"foreign_{name}": value for name, value in unknown.items()}
        )
    return rows


def foreign_scores(probs) -> dict[str, float]:
    """ECE and mean confidence where no class is right: the labels are a further class, which has probability 0."""
    probs = np.asarray(probs)
    labels = np.full(len(probs), probs.shape[1])
    wider = np.pad(probs, ((0, 0), (0, 1)))
    return {"ece": metrics.ece(wider, labels), "confidence": float(probs.max(axis=1).mean())}


def normalised_rows(several: Networks) -> list[dict]:
    """Calibration errors of an ensemble, by what is called its confidence."""
    logits, labels = several.logits("test").double(), several.labels("test")
    probs, of_mean = softmax(logits), softmax(logits.mean(dim=0))
    named = {
        "mean softmax": (probs, 1 - metrics.msp(probs)),
        "probability variance": (probs, 1 - metrics.normalise(metrics.prob_variance(probs))),
        "logit variance": (of_mean, 1 - metrics.normalise(metrics.logit_variance(logits))),
    }
    return [
        {"confidence_from": name} | _dealt(predicted, confidence, labels, several.seed)
        for name, (predicted, confidence) in named.items()
    ]


def _dealt(probs, confidence: np.ndarray, labels, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    dealt = [metrics.ece(probs, labels, confidence=rng.permutation(confidence)) for _ in range(DEALS)]
    return {
        "error": 1 - metrics.accuracy(probs, labels),
        "ece": metrics.ece(probs, labels, confidence=confidence),
        "ece_dealt": float(np.mean(dealt)),
        "mean_uncertainty": float(1 - confidence.mean()),
    }
