"""Regression that predicts its own noise: a mean and a standard deviation for every input, learnt by likelihood.

Members are stacked: inputs and targets are ``[K, N]``, every parameter starts with ``K``, and one call fits them all.
A model is a function of ``(parameters, x)`` that returns ``mean`` and ``std``, both ``[K, N]``.
"""

from pruneuq_helpers.regression.band import sampling_band
from pruneuq_helpers.regression.likelihood import Fit, fit, gaussian_nll
from pruneuq_helpers.regression.models import line, line_by_formula, line_start, network

__all__ = ["Fit", "fit", "gaussian_nll", "line", "line_by_formula", "line_start", "network", "sampling_band"]
