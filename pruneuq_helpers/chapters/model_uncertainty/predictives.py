"""Chapter 9: one Gaussian over weights, three ways to probabilities, and prior precisions from narrow to wide."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.model_uncertainty.measures import SCORES, asked_about, scored
from pruneuq_helpers.study.images import Shown
from pruneuq_helpers.uncertainty import Laplace
from pruneuq_helpers.uncertainty.predictives import PREDICTIVES, from_logits


def predictive_rows(cell: dict, shown: Shown, posteriors: Mapping[str, Laplace]) -> Iterator[dict]:
    """Everything that is measured of the dense network's Gaussians, and a row ("precisions") a precision tried."""
    images = asked_about(shown)
    for method, posterior in posteriors.items():
        given = [posterior.prior_precision, *cell["precisions"]]
        gaussian = posterior.logits_at(images, given)
        for predictive in PREDICTIVES:
            about = {"level": 0.0, "method": method, "weights": len(posterior.eigenvalues), "predictive": predictive}
            answers = _answers(cell, shown, posterior, predictive, gaussian)
            tried = [_tried(shown, *pair) for pair in zip(given[1:], answers[1:], strict=True)]
            best = min(range(len(tried)), key=lambda place: tried[place]["validation_nll"])
            for prior, place in {"evidence": 0, "validation": 1 + best}.items():
                probs, row = answers[place], {"part": "predictives"} | about
                if predictive == "sampled":  # so far of the test and validation images alone
                    probs = _sampled(cell, posterior, given[place], images)
                # A class that no draw ever gave a chance has no logarithm.
                yield (
                    row
                    | {"prior": prior, "precision": given[place]}
                    | scored(probs.clamp(min=1e-30).log()[None], shown)
                )
            yield from ({"part": "precisions"} | about | {"prior": "tried"} | row for row in tried)


def _answers(cell: dict, shown: Shown, posterior: Laplace, predictive: str, gaussian: tuple[Tensor, Tensor]) -> Tensor:
    """Probabilities with every prior precision, ``[D, N, C]``; of the test and validation images come first."""
    if predictive != "sampled":
        return from_logits(predictive, *gaussian, cell["draws"], cell["seed"])
    few = torch.cat([shown.test[0], shown.validation[0]])
    given = [posterior.prior_precision, *cell["precisions"]]
    return torch.stack([_sampled(cell, posterior, precision, few) for precision in given])


def _sampled(cell: dict, posterior: Laplace, precision: float, images: Tensor) -> Tensor:
    return replace(posterior, prior_precision=precision).predict(images, "sampled", cell["passes"], cell["seed"])


def _tried(shown: Shown, precision: float, probs: Tensor) -> dict:
    (images, labels), (seen, held) = shown.test, shown.validation
    test, validation, _ = probs.tensor_split([len(images), len(images) + len(seen)])
    row = {"precision": precision, "validation_nll": metrics.nll(validation, held)}
    return row | {name: getattr(metrics, name)(test, labels) for name in SCORES}
