"""Chapter 9: one Gaussian over weights, three ways to probabilities, and prior precisions from narrow to wide."""

from collections.abc import Iterator, Mapping

import torch

from pruneuq_helpers import metrics
from pruneuq_helpers.studies.calibration_images import Shown
from pruneuq_helpers.studies.model_uncertainty_measures import SCORES, measured
from pruneuq_helpers.uncertainty import Laplace
from pruneuq_helpers.uncertainty.predictives import PREDICTIVES


def predictive_rows(cell: dict, shown: Shown, posteriors: Mapping[str, Laplace]) -> Iterator[dict]:
    """Everything that is measured of the dense network's Gaussians.

    For each way, a row with the prior precision that the evidence chose and one with that of the lowest NLL on
    validation images (``part`` is "predictives"), and a row a precision tried ("precisions"), without images from
    outside.
    """
    for method, posterior in posteriors.items():
        for predictive in PREDICTIVES:
            about = {"level": 0.0, "method": method, "weights": len(posterior.eigenvalues), "predictive": predictive}
            tried = list(_tried(cell, shown, posterior, predictive))
            chosen = min(tried, key=lambda row: row["validation_nll"])["precision"]
            for prior, precision in {"evidence": posterior.prior_precision, "validation": chosen}.items():
                row = {"part": "predictives"} | about | {"prior": prior, "precision": precision}
                yield row | measured(asking(cell, posterior, predictive, precision), shown)
            yield from ({"part": "precisions"} | about | {"prior": "tried"} | row for row in tried)


def asking(cell: dict, posterior: Laplace, predictive: str, precision: float):
    """A Gaussian as a method: from images to the logarithms of its probabilities, ``[1, N, C]``."""
    how = {"predictive": predictive, "draws": cell["draws"], "seed": cell["seed"]}
    # A class that no draw ever gave a chance has no logarithm.
    return lambda images: posterior.predict_at(images, [precision], **how).clamp(min=1e-30).log()


def _tried(cell: dict, shown: Shown, posterior: Laplace, predictive: str) -> Iterator[dict]:
    (seen, held), (images, labels) = shown.validation, shown.test
    how = {"predictive": predictive, "draws": cell["draws"], "seed": cell["seed"]}
    answers = posterior.predict_at(torch.cat([seen, images]), cell["precisions"], **how)
    for precision, probs in zip(cell["precisions"], answers, strict=True):
        validation, test = probs.split([len(seen), len(images)])
        row = {"precision": precision, "validation_nll": metrics.nll(validation, held)}
        yield row | {name: getattr(metrics, name)(test, labels) for name in SCORES}
