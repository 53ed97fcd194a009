"""What predicts a mean and a standard deviation: a line, and a small network with two outputs."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.regression.likelihood import Model, Parameters


def line(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
    """A straight line; its noise is constant, or runs linearly between its sizes at x = 0 and x = 1.

    Parameters
    ----------
    parameters : dict
        ``intercept``, ``slope`` and either ``log_std``, or ``log_left`` and ``log_right``, each ``[K]``.
        Logarithms keep every standard deviation between 0 and 1 positive, whatever a step does.
    x : Tensor
        Inputs ``[K, N]``.

    Returns
    -------
    mean, std : Tensor
        ``[K, N]``.

    Examples
    --------
    >>> import torch
    >>> one = torch.ones(1)
    >>> mean, std = line({"intercept": one, "slope": 2 * one, "log_left": 0 * one, "log_right": one},
    ...                  torch.tensor([[0.0, 1.0]]))
    >>> mean.tolist(), std.round(decimals=3).tolist()
    ([[1.0, 3.0]], [[1.0, 2.7179999351501465]])
    """
    tensors.stack("parameters", parameters)
    tensors.floats("x", x, ndim=2)
    needed = ["intercept", "slope", *(["log_left", "log_right"] if "log_left" in parameters else ["log_std"])]
    wrong = next((name for name in needed if name not in parameters or parameters[name].shape != x.shape[:1]), None)
    if wrong is not None:
        raise ParameterError(f"parameter `parameters` got others than [{len(x)}] at `{wrong}`; it takes {needed}")
    return running_line(parameters, x)


def running_line(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:  # of what is checked
    values = {name: value[:, None] for name, value in parameters.items()}
    mean = values["intercept"] + values["slope"] * x
    if "log_std" in values:
        return mean, values["log_std"].exp().expand_as(mean)
    return mean, values["log_left"].exp() * (1 - x) + values["log_right"].exp() * x


line.unchecked = running_line


def line_by_formula(x: Tensor, y: Tensor) -> Parameters:
    """The line with constant noise of largest likelihood: least squares, and the root of the mean squared residual.

    Parameters
    ----------
    x, y : Tensor
        Inputs and targets ``[K, N]``.

    Returns
    -------
    dict
        ``intercept``, ``slope`` and ``log_std``, each ``[K]``: parameters of `line`.

    Examples
    --------
    >>> import torch
    >>> found = line_by_formula(torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([[0.0, 3.0, 3.0]]))
    >>> float(found["intercept"]), float(found["slope"])
    (0.5, 1.5)
    """
    x, y = pairs(x, y)
    if bool((x == x[:, :1]).all(1).any()):
        raise ParameterError("parameter `x` got inputs that are all equal; it takes some that differ in each member")
    x_from_mean = x - x.mean(-1, keepdim=True)
    slope = (x_from_mean * y).sum(-1) / x_from_mean.square().sum(-1)
    intercept = y.mean(-1) - slope * x.mean(-1)
    residual = y - intercept[:, None] - slope[:, None] * x
    return {"intercept": intercept, "slope": slope, "log_std": residual.square().mean(-1).sqrt().log()}


def pairs(x, y) -> tuple[Tensor, Tensor]:
    """Inputs and targets, as many of each."""
    x, y = tensors.floats("x", x, ndim=2), tensors.floats("y", y, ndim=2)
    if x.shape != y.shape:
        raise ParameterError(f"parameter `y` got shape {tuple(y.shape)}; it takes that of `x`, {tuple(x.shape)}")
    return x, y


def line_start(y: Tensor, noise: str = "homoskedastic") -> Parameters:
    """Where the fit of a line begins: flat at zero, with a standard deviation the size of the residuals there.

    Parameters
    ----------
    y : Tensor
        Targets ``[K, N]``.
    noise : {"homoskedastic", "heteroskedastic"}
        Whether the noise is constant or runs from one size to another.

    Returns
    -------
    dict
        Initial parameters of `line`, each ``[K]``.

    Examples
    --------
    >>> import torch
    >>> sorted(line_start(torch.ones(1, 4), "heteroskedastic"))
    ['intercept', 'log_left', 'log_right', 'slope']
    """
    names = {"homoskedastic": ("log_std",), "heteroskedastic": ("log_left", "log_right")}
    checks.choice("noise", noise, names)
    y = tensors.floats("y", y, ndim=2)
    size = y.square().mean(-1).sqrt().log()
    return {"intercept": torch.zeros_like(size), "slope": torch.zeros_like(size)} | dict.fromkeys(names[noise], size)


def network(x: Tensor, y: Tensor, seeds: Sequence[int], hidden: Sequence[int] = (10, 6)) -> tuple[Model, Parameters]:
    """Networks with two outputs, one for the mean and one for the logarithm of the standard deviation.

    The outputs are in units of the targets: 0 and 0 stand for the mean and the standard deviation of `y`.

    Parameters
    ----------
    x, y : Tensor
        Inputs and targets ``[K, N]``; they set the type, the device and the units.
    seeds : sequence of int
        One a member: torch's initial weights under that seed.
    hidden : sequence of int
        Widths of the hidden layers, each followed by tanh.

    Returns
    -------
    model : callable
        For `fit`.
    start : dict
        Initial weights ``[K, in, out]`` and biases ``[K, 1, out]``, by layer.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers.regression import fit
    >>> x, y = torch.rand(2, 20), torch.rand(2, 20)
    >>> model, start = network(x, y, seeds=[0, 1])
    >>> found = fit(model, start, x, y, steps=5)
    >>> [part.shape for part in found.predict(x)]
    [torch.Size([2, 20]), torch.Size([2, 20])]
    """
    x, y = pairs(x, y)
    seeds = checks.each("seeds", seeds, checks.seed, len(y))
    widths = [1, *checks.each("hidden", hidden, checks.whole, least=0), 2]
    layers = len(widths) - 1
    start: dict[str, list[Tensor]] = {}
    for seed in seeds:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for place, (n_in, n_out) in enumerate(zip(widths, widths[1:], strict=False)):
                layer = torch.nn.Linear(n_in, n_out)
                start.setdefault(f"weight{place}", []).append(layer.weight.detach().T)
                start.setdefault(f"bias{place}", []).append(layer.bias.detach()[None])
    centre, scale = (torch.stack([how(own) for own in y])[:, None] for how in (torch.mean, torch.std))

    def model(parameters: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
        values = x[..., None]
        for place in range(layers):
            values = torch.baddbmm(parameters[f"bias{place}"], values, parameters[f"weight{place}"])
            values = values.tanh() if place < layers - 1 else values
        return centre + scale * values[..., 0], scale * values[..., 1].exp()

    return model, {name: torch.stack(values).to(y) for name, values in start.items()}
