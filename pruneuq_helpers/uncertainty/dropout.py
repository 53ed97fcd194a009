"""Monte Carlo dropout: leave dropout on and look several times."""

import torch
from torch import Tensor, nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.training.predict import answers, asked, placed

_DROPOUTS = (
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)


class _Dropping(nn.Module):
    """A model whose dropout stays on in eval mode, while batch norm keeps its running statistics."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model
        self.dropouts = [module for module in model.modules() if isinstance(module, _DROPOUTS) and module.p > 0]

    def forward(self, images: Tensor) -> Tensor:
        for dropout in self.dropouts:
            dropout.train()
        return self.model(images)


def mc_dropout(model: nn.Module, images: Tensor, passes: int = 5, seed: int = 0, batch: int = 1024, **place) -> Tensor:
    """Ask a network several times with dropout on (MC dropout): the logits of every pass.

    Gal and Ghahramani, Dropout as a Bayesian approximation, 2016. Batch norm uses its running statistics: the paper
    behind S1 is silent, and batch statistics would mix the images of a batch into each other's results.

    Parameters
    ----------
    model : torch.nn.Module
        A network with dropout modules; it is left as it was.
    images : torch.Tensor
        Images or points ``[N, …]``.
    passes : int
        How many passes M.
    seed : int
        Of the dropout masks. The first passes of a longer run are those of a shorter one; another batch size or
        device draws other masks. The caller's random state is left alone.
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
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
    >>> logits = mc_dropout(model, torch.ones(4, 2), passes=6)
    >>> len(logits), bool((logits.std(dim=0) > 0).all())
    (6, True)
    """
    passes, seed = checks.whole("passes", passes), checks.seed("seed", seed)
    dropping = _Dropping(networks.runnable("model", model))
    if not dropping.dropouts:
        raise ParameterError("parameter `model` got a network without active dropout; it takes one with a rate above 0")
    ask = asked(images, batch, **place)
    device = placed(model, ask.device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        return torch.stack([answers(dropping, ask) for _ in range(passes)])
