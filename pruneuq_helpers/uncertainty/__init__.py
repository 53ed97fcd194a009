"""Where uncertainty comes from: one softmax, dropout left on, an ensemble; and how to calibrate it afterwards.

Each method returns logits, stacked ``[M, N, C]`` where there are several passes or members; :func:`softmax` turns them
into the probabilities that :mod:`pruneuq_helpers.metrics` takes. One network's logits are those of
:func:`pruneuq_helpers.training.predict`.
"""

from pruneuq_helpers.uncertainty.dropout import mc_dropout
from pruneuq_helpers.uncertainty.ensemble import ensemble
from pruneuq_helpers.uncertainty.positions import with_dropout
from pruneuq_helpers.uncertainty.softmax import softmax
from pruneuq_helpers.uncertainty.temperature import fit_temperature

__all__ = ["ensemble", "fit_temperature", "mc_dropout", "softmax", "with_dropout"]
