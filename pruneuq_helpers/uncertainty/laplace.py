"""The Laplace approximation: a Gaussian around trained weights, as wide as the loss is flat."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import linalg
from scipy.optimize import minimize_scalar
from torch import Tensor, nn
from torch.nn.functional import nll_loss

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks, tensors
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.uncertainty.curvature import Curve, roots
from pruneuq_helpers.uncertainty.predictives import PREDICTIVES, from_logits, normal
from pruneuq_helpers.uncertainty.subnetworks import last_with_weights

COPIES = 4  # matrices of float64 that live at once: the curvature, its eigenvectors, and the solver's two
BOUNDS = (1e-4, 1e6)  # where a prior precision is looked for


@dataclass(frozen=True, eq=False, repr=False)
class Laplace:
    """A Gaussian over the kept weights of a trained network, made by :func:`fit_laplace`.

    Parameters
    ----------
    curve : Curve
        The network as a function of the kept weights.
    prior_precision : float
        One over the variance that every kept weight had before the data.
    eigenvalues, eigenvectors : torch.Tensor
        Of the generalised Gauss–Newton matrix of the n kept weights: ``[n]`` and ``[n, n]``, float64.
    log_likelihood : float
        Of the training labels at the trained weights.
    squared_norm : float
        Of the kept weights.
    """

    curve: Curve
    prior_precision: float
    eigenvalues: Tensor
    eigenvectors: Tensor
    log_likelihood: float
    squared_norm: float

    def __repr__(self) -> str:
        return f"Laplace({len(self.eigenvalues)} weights kept, prior precision {self.prior_precision:.4g})"

    def log_evidence(self, prior_precision: float | None = None) -> float:
        r"""Laplace's approximation of the log marginal likelihood.

        .. math:: \log p(y \mid \theta) - \tfrac12 \Big[\sum_i \log \frac{\lambda_i + \delta}{\delta}
                  + \delta \lVert \theta \rVert^2 \Big]

        with the eigenvalues :math:`\lambda_i` of the curvature and the prior precision :math:`\delta` (MacKay 1992).

        Parameters
        ----------
        prior_precision : float, optional
            Another one than the fitted.

        Returns
        -------
        float
        """
        if prior_precision is None:
            return self._evidence(self.prior_precision)
        return self._evidence(checks.positive("prior_precision", prior_precision))

    def _evidence(self, given: float) -> float:
        shrunk = float(torch.log1p(self.eigenvalues / given).sum())
        return self.log_likelihood - 0.5 * (shrunk + given * self.squared_norm)

    def logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        r"""Mean and covariance of the logits of the linearised network.

        :math:`f(x, \theta) \approx f(x, \hat\theta) + J (\theta - \hat\theta)`, so the covariance is
        :math:`J (H + \delta I)^{-1} J^\top`.

        Parameters
        ----------
        images : torch.Tensor
            ``[N, …]``, as the network sees them.

        Returns
        -------
        tuple of torch.Tensor
            ``[N, C]`` and ``[N, C, C]`` in float64, on the CPU.
        """
        with networks.running(self.curve.model, tensors.images("images", images).shape):
            mean, covariances = self.logits_at(images, [self.prior_precision])
        return mean, covariances[0]

    def logits_at(self, images: Tensor, precisions: Sequence[float]) -> tuple[Tensor, Tensor]:
        """The same with several prior precisions for one set of Jacobians: ``[N, C]`` and ``[D, N, C, C]``."""
        means, covariances, turn = [], [], self.eigenvectors
        for mean, slopes in self.curve.blocks(images):
            turned = (slopes.flatten(0, 1) @ turn.to(slopes.dtype)).unflatten(0, mean.shape).double()
            # In float32 they would not be quite symmetric, and so no covariances to who samples from them.
            wide = torch.stack([(turned * self._variances(precision)) @ turned.mT for precision in precisions])
            means.append(mean.double().cpu())
            covariances.append(((wide + wide.mT) / 2).cpu())
        return torch.cat(means), torch.cat(covariances, dim=1)

    def predict(self, images: Tensor, predictive: str = "probit", draws: int = 100, seed: int = 0) -> Tensor:
        r"""Probabilities, in one of three ways.

        "probit" shrinks each logit of the linearised network by its own variance (MacKay 1992),

        .. math:: p = \mathrm{softmax}(\kappa \odot f), \qquad \kappa_c = (1 + \tfrac{\pi}{8} \sigma_c^2)^{-1/2}

        "linearised" averages the softmax over draws of the logits, with all their covariances; "sampled" draws
        weights instead, and asks the network itself.

        Parameters
        ----------
        images : torch.Tensor
            ``[N, …]``, as the network sees them.
        predictive : {"probit", "linearised", "sampled"}
            See above.
        draws, seed : int
            Of the last two.

        Returns
        -------
        torch.Tensor
            ``[N, C]`` in float64, on the CPU.
        """
        checks.choice("predictive", predictive, PREDICTIVES)
        draws, seed = checks.whole("draws", draws), checks.seed("seed", seed)
        with networks.running(self.curve.model, tensors.images("images", images).shape):
            if predictive == "sampled":
                return self._sampled(images, draws, seed)
            mean, covariances = self.logits_at(images, [self.prior_precision])
        return from_logits(predictive, mean, covariances[0], draws, seed)

    def _sampled(self, images: Tensor, draws: int, seed: int) -> Tensor:
        noise = normal((len(self.eigenvalues), draws), seed).to(self.eigenvectors)
        # The symmetric root: it does not depend on the signs of the eigenvectors, nor on their order.
        scaled = self._variances(self.prior_precision).sqrt()[:, None] * (self.eigenvectors.mT @ noise)
        weights, total = self.curve.weights.double()[:, None] + self.eigenvectors @ scaled, 0.0
        for column in weights.T:
            total = total + self.curve.logits_at(column, images).double().softmax(dim=1).cpu()
        return total / draws

    def _variances(self, precision: float) -> Tensor:
        """Of the weights along the eigenvectors."""
        return 1 / (self.eigenvalues + precision)


def fit_laplace(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    kept: dict[str, Tensor] | None = None,
    prior_precision: float | None = None,
    memory: float = 2.0,
    device: str = "cpu",
) -> Laplace:
    r"""Make a trained classifier uncertain of some of its weights: a Gaussian around them (Laplace).

    Its precision is :math:`\sum_n J_n^\top \Lambda_n J_n + \delta I`: the full generalised Gauss–Newton matrix of the
    cross-entropy over the kept weights, and the precision of the prior. With the last layer kept it is the last-layer
    Laplace approximation, with others the subnetwork one (Daxberger et al., Bayesian deep learning via subnetwork
    inference, 2021; see :func:`subnetwork`).

    Parameters
    ----------
    model : torch.nn.Module
        Trained; it is left as it was, and taken in eval mode.
    images, labels : torch.Tensor
        Training images ``[N, …]``, as the network sees them, and class numbers ``[N]``.
    kept : dict, optional
        Parameter name to booleans: which weights are uncertain; the last layer's by default.
    prior_precision : float, optional
        By default the one with the largest marginal likelihood.
    memory : float
        GiB that the matrices may take. A subnetwork too large for it is refused before anything is computed.
    device : str
        Where it is computed.

    Returns
    -------
    Laplace
        With ``predict(images, predictive)``, ``logits(images)``, ``log_evidence()``, ``prior_precision``.

    Examples
    --------
    >>> points = torch.tensor([[-1.0], [-0.5], [0.5], [1.0]])
    >>> model = nn.Linear(1, 2)
    >>> model.weight.data, model.bias.data = torch.tensor([[-2.0], [2.0]]), torch.zeros(2)
    >>> posterior = fit_laplace(model, points, torch.tensor([0, 0, 1, 1]), prior_precision=1.0)
    >>> posterior
    Laplace(4 weights kept, prior precision 1)
    >>> far = torch.tensor([[5.0]])
    >>> round(float(model(far).detach().softmax(dim=1).max()), 4), round(float(posterior.predict(far).max()), 4)
    (1.0, 0.998)
    """
    networks.plain("model", networks.network("model", model, least=1))
    images, device = tensors.images("images", images), networks.device("device", device)
    twin = copy.deepcopy(model).eval().to(device)
    curve = Curve(twin, last_with_weights(model) if kept is None else kept)
    fits(len(curve.weights), checks.positive("memory", memory))
    square, likelihood = 0.0, 0.0
    with networks.running(model, images.shape):
        labels = tensors.targets("labels", labels, len(images), curve.classes(images)).to(curve.device)
        for logits, slopes in curve.blocks(images):
            truth, labels = labels[: len(logits)], labels[len(logits) :]
            root = roots(logits, slopes)
            square = square + root.T @ root
            likelihood -= float(nll_loss(logits.double().log_softmax(1), truth, reduction="sum"))
    eigenvalues, eigenvectors = _eigh(square)
    norm = float(curve.weights.double().square().sum())
    # Rounding leaves eigenvalues a little below 0 where the data say nothing.
    posterior = Laplace(curve, 1.0, eigenvalues.clamp(min=0), eigenvectors, likelihood, norm)
    given = (
        best_precision(posterior) if prior_precision is None else checks.positive("prior_precision", prior_precision)
    )
    return replace(posterior, prior_precision=given)


def _eigh(square: Tensor) -> tuple[Tensor, Tensor]:
    try:
        return torch.linalg.eigh(square)
    except torch.linalg.LinAlgError:
        # MKL's divide and conquer gives up on some matrices of collapsed networks (ten weights count, by 1e-15);
        # the QR iteration takes longer and does not.
        found = linalg.eigh(square.cpu().numpy(), driver="ev")
        return tuple(torch.from_numpy(part).to(square.device) for part in found)


def fits(count: int, memory: float) -> None:
    """Refuse a subnetwork whose matrices need more memory than there is."""
    need, most = COPIES * 8 * count**2 / 2**30, int((memory * 2**30 / (COPIES * 8)) ** 0.5)
    if count > most:
        takes = f"it takes at most {most} within the {memory:g} GiB of `memory`"
        size = f"{need:.1f}" if need >= 0.1 else f"{need:.1g}"
        raise ParameterError(f"parameter `kept` got {count} weights, which need {size} GiB; {takes}")


def best_precision(posterior: Laplace) -> float:
    """Prior precision with the largest marginal likelihood: a grid over its logarithm, then Brent's method."""
    grid = np.linspace(*np.log(BOUNDS), 47)

    def loss(log_precision: float) -> float:
        return -posterior._evidence(float(np.exp(log_precision)))

    best = int(np.argmin([loss(point) for point in grid]))
    valley = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    found = minimize_scalar(loss, bounds=valley, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(min(found.x, grid[best], key=loss)))
