"""Deep ensembles: ask several networks trained alike from different starts."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.training.predict import answers, asked


def ensemble(models: Sequence[nn.Module], images: Tensor, batch: int = 1024, **place) -> Tensor:
    """Ask several networks: the logits of each member of an ensemble.

    Lakshminarayanan et al., Simple and scalable predictive uncertainty estimation using deep ensembles, 2017. Average
    the *probabilities* of the members, which the metrics do by themselves.

    Parameters
    ----------
    models : sequence of torch.nn.Module
        The members; they may differ in width.
    images : torch.Tensor
        Images or points ``[N, …]``.
    batch : int
        How many images at a time.
    **place
        ``device``, ``normalise`` and ``precision`` of :func:`pruneuq_helpers.training.predict`.

    Returns
    -------
    torch.Tensor
        Logits ``[M, N, C]`` on the CPU.

    Examples
    --------
    >>> members = [nn.Linear(2, 3) for _ in range(5)]
    >>> torch.equal(ensemble(members, torch.ones(4, 2))[2], members[2](torch.ones(4, 2)))
    True
    """
    models = checks.sequence("models", models, "a list of networks, at least one", least=1)
    for model in models:
        networks.runnable("models", model)
    ask = asked(images, batch, **place)
    found = [answers(model, ask) for model in models]
    classes = [given.shape[1] for given in found]
    if len(set(classes)) > 1:
        raise ParameterError(f"parameter `models` got networks of {classes} classes; it takes as many for each")
    dtype = max((given.dtype for given in found), key=lambda kind: kind.itemsize)
    return torch.stack([given.to(dtype) for given in found])
