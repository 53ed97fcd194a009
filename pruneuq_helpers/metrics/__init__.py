"""What is measured of predictions: calibration, ranking by uncertainty, detection, regression, impact, cost.

Everything takes NumPy arrays or torch tensors of any floating type, computes in float64, and knows nothing of models
(except :func:`parameters`, :func:`macs` and the other costs, loaded when first used, because they need torch).
"""

from pruneuq_helpers import lazy_room
from pruneuq_helpers.metrics.bootstrap import interval
from pruneuq_helpers.metrics.calibration import ece, mce, reliability, signed_gap, uce
from pruneuq_helpers.metrics.control import matched_pies, null_pies, subset_accuracy
from pruneuq_helpers.metrics.detection import detection
from pruneuq_helpers.metrics.examples import modal_labels, pie_table, pies
from pruneuq_helpers.metrics.growth import share_growth
from pruneuq_helpers.metrics.impact import class_impact
from pruneuq_helpers.metrics.regression import coverage, regression_calibration_error
from pruneuq_helpers.metrics.scores import accuracy, brier, nll
from pruneuq_helpers.metrics.sparsification import aurc, aurg, ause, random_line, sparsification
from pruneuq_helpers.metrics.uncertainties import (
    logit_variance,
    msp,
    mutual_information,
    normalise,
    predictive_entropy,
    prob_variance,
)

_COST = ("parameters", "macs", "latency", "cost_ratios")

__all__ = [
    "accuracy",
    "aurc",
    "aurg",
    "ause",
    "brier",
    "class_impact",
    "coverage",
    "detection",
    "ece",
    "interval",
    "logit_variance",
    "matched_pies",
    "mce",
    "modal_labels",
    "msp",
    "mutual_information",
    "nll",
    "normalise",
    "null_pies",
    "pie_table",
    "pies",
    "predictive_entropy",
    "prob_variance",
    "random_line",
    "regression_calibration_error",
    "reliability",
    "share_growth",
    "signed_gap",
    "sparsification",
    "subset_accuracy",
    "uce",
]

__getattr__, __dir__ = lazy_room(__name__, dict.fromkeys(_COST, "cost"))
