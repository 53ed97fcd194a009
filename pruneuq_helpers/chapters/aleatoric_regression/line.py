"""The line of S0's section 2: its data, what generated them, and S0's run as its code has it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pruneuq_helpers import data
from pruneuq_helpers.regression import Fit, fit

# S0's code: where its two runs start, in standard deviations that are not kept positive, and how long they last.
PUBLISHED = {
    "homoskedastic": (1000, {"intercept": 0.0, "slope": 0.0, "std": 0.1}),
    "heteroskedastic": (2000, {"intercept": 0.0, "slope": 1.0, "std": 0.01, "growth": 0.1}),
}
_APART = 1_000_000  # between the seeds of one draw of a data set and the next, so that none is used twice


def line_data(
    noise: str, seeds: Sequence[int], points: int, device: str = "cpu", again: int = 0
) -> tuple[Tensor, Tensor]:
    """Inputs and targets ``[K, N]`` of the data set `line`, one draw a seed, in the order of x."""
    xs, ys = [], []
    for seed in seeds:
        loaded = data.load("line", seed=seed + again * _APART, noise=noise, points=points)
        # S0 fits on all its points, so the three parts are joined; what is tested on is another draw.
        parts = (loaded.train, loaded.validation, loaded.test)
        x, y = torch.cat([part.images[:, 0] for part in parts]), torch.cat([part.labels for part in parts])
        order = x.argsort()
        xs.append(x[order])
        ys.append(y[order])
    return torch.stack(xs).to(device, torch.float64), torch.stack(ys).to(device, torch.float64)


def truth(noise: str, x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation that generated the data, at `x`."""
    return 3 * x + 2, torch.full_like(x, 0.5) if noise == "homoskedastic" else 0.2 + 0.5 * x


def published_line(parameters: dict[str, Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """S0's line: its standard deviation is a parameter itself, ``std``, or ``std + growth * x``."""
    values = {name: value[:, None] for name, value in parameters.items()}
    return values["intercept"] + values["slope"] * x, values["std"] + values.get("growth", 0.0) * x


def published_run(noise: str, x: Tensor, y: Tensor, steps: int | None = None, record: Sequence[str] = ()) -> Fit:
    """S0's run as its code has it: start, rate and number of steps, without a test of convergence."""
    usual, start = PUBLISHED[noise]
    start = {name: torch.full_like(y[:, 0], value) for name, value in start.items()}
    return fit(published_line, start, x, y, 0.01, usual if steps is None else steps, record=record)
