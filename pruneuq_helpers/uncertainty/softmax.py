"""From logits to probabilities."""

import numpy as np
import torch
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors


def softmax(logits, temperature: float = 1.0) -> Tensor:
    r"""Turn logits into probabilities, at a temperature.

    .. math:: p_c = \frac{\exp(z_c / T)}{\sum_k \exp(z_k / T)}

    In float64: in float32 the probabilities of many a confident sample round to exactly 1 and can no longer be ranked.

    Parameters
    ----------
    logits : array_like
        ``[N, C]`` or ``[M, N, C]``, with any axes before, classes last.
    temperature : float
        Above 1 the probabilities grow flatter, below 1 sharper; see :func:`fit_temperature`.

    Returns
    -------
    torch.Tensor
        Probabilities in the shape of the logits.

    Examples
    --------
    >>> softmax(torch.tensor([[2.0, 0.0]]), temperature=2.0).numpy().round(3)
    array([[0.731, 0.269]])
    """
    temperature = checks.positive("temperature", temperature)
    if isinstance(logits, Tensor):
        logits = tensors.floats("logits", logits)
    else:
        logits = torch.from_numpy(checks.finite("logits", checks.array("logits", logits)).astype(np.float64))
    if logits.ndim < 2:
        raise checks.refused("logits", logits, "[N, C] or [M, N, C], classes last")
    return (logits.double() / temperature).softmax(dim=-1)
