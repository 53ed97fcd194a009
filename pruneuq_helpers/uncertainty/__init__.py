"""Where uncertainty comes from: one softmax, dropout left on, an ensemble, a Gaussian over the weights.

The first three give logits, ``[M, N, C]`` of several passes or members, which :func:`softmax` turns into probabilities,
at the temperature of :func:`fit_temperature`; :func:`fit_laplace` gives a posterior that predicts them by itself.
"""

from pruneuq_helpers.uncertainty.dropout import mc_dropout
from pruneuq_helpers.uncertainty.ensemble import ensemble
from pruneuq_helpers.uncertainty.laplace import Laplace, fit_laplace
from pruneuq_helpers.uncertainty.positions import with_dropout
from pruneuq_helpers.uncertainty.softmax import softmax
from pruneuq_helpers.uncertainty.subnetworks import last_layer, subnetwork, survivors
from pruneuq_helpers.uncertainty.temperature import fit_temperature

__all__ = [
    "Laplace",
    "ensemble",
    "fit_laplace",
    "fit_temperature",
    "last_layer",
    "mc_dropout",
    "softmax",
    "subnetwork",
    "survivors",
    "with_dropout",
]
