"""What chapter 7 measures of a method: as S1 probably did, and in a way that does not build the answer in."""

import json

import numpy as np
from torch import Tensor, nn

from pruneuq_helpers import metrics
from pruneuq_helpers.uncertainty import softmax


def channels_of(network: nn.Module) -> int:
    """Channels that the convolutions of a network make."""
    return sum(layer.out_channels for layer in network.modules() if isinstance(layer, nn.Conv2d))


def score(logits: Tensor, labels: Tensor) -> dict[str, float | str]:
    """All measures of one method on one test set."""
    several = len(logits) > 1
    # One network has one uncertainty, 1 - its highest probability. Several have three: the variance of the predicted
    # class's logit (S1, as its numbers suggest), the variance of its probability, and 1 - the highest mean one.
    spread = metrics.logit_variance(logits) if several else metrics.msp(softmax(logits[0]))
    paper = softmax(logits.double().mean(0))
    mean = softmax(logits).mean(0)
    found = {"accuracy": metrics.accuracy(paper, labels)}
    found["error"] = 1 - found["accuracy"]
    found |= _ranking(paper, labels, spread, "")
    for key, how in (("ece", "min_max"), ("ece_clipped", "clipped")):
        found[key] = _stretched_ece(paper, labels, spread, how) if several else metrics.ece(paper, labels)
    found |= _ranking(mean, labels, metrics.prob_variance(softmax(logits)) if several else spread, "_prob")
    found["accuracy_mean"] = metrics.accuracy(mean, labels)
    found |= _ranking(mean, labels, metrics.msp(mean), "_mean")
    found |= {"ece_softmax": metrics.ece(mean, labels), "gap": metrics.signed_gap(mean, labels)}
    found["nll"] = metrics.nll(mean, labels)
    curves = metrics.sparsification(paper, labels, spread)
    found["curve"] = json.dumps({name: curves[name].round(4).tolist() for name in ("error", "oracle")})
    return found


def _stretched_ece(probs: Tensor, labels: Tensor, spread: np.ndarray, how: str) -> float | None:
    """S1's calibration error; none where a dead network says the same of every image and nothing can be stretched."""
    highest = spread.max() if how == "min_max" else np.percentile(spread, 99)
    if highest <= spread.min():
        return None
    return metrics.ece(probs, labels, confidence=1 - metrics.normalise(spread, how))


def _ranking(probs: Tensor, labels: Tensor, uncertainty: np.ndarray, suffix: str) -> dict[str, float | None]:
    """How well an uncertainty ranks: against the oracle, against chance, and by what ignores the error rate."""
    wrong = (probs.argmax(1) != labels).numpy()
    both = 0 < wrong.sum() < len(wrong)  # the area needs a right and a wrong prediction
    auroc = metrics.detection(uncertainty[~wrong], uncertainty[wrong])["auroc"] if both else None
    return {
        f"ause{suffix}": metrics.ause(probs, labels, uncertainty),
        f"aurg{suffix}": metrics.aurg(probs, labels, uncertainty),
        f"auroc{suffix}": None if auroc is None else float(auroc),
    }
