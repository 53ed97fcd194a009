"""Chapter 1: does a model that states its own noise cover what it promises? (S0, section 2, Figs 1 and 2)"""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge
from torch import Tensor

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.aleatoric_regression.line import line_data, published_run, truth
from pruneuq_helpers.regression import fit, gaussian_nll, line, line_by_formula, line_start, network, sampling_band
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, Positives

NOISES = ("homoskedastic", "heteroskedastic")
LEVELS = tuple(tenths / 10 for tenths in range(1, 10))

Points = Annotated[int, Ge(10)]


def cells(study: "RegressionStudy") -> list[dict]:
    """One cell a kind of noise and seed."""
    shared = {name: getattr(study, name) for name in ("fresh_points", "network_steps", "device")}
    return [
        {"noise": noise, "seed": seed, "points": study.points(noise)} | shared
        for noise in NOISES
        for seed in range(study.seeds)
    ]


def work(cells: list[dict]) -> list[list[dict]]:
    """Fit every model of the cells' seeds together and hold its intervals against three draws of the data."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    noise, sizes = first["noise"], (first["points"], first["points"], first["fresh_points"])
    names = ("training", "fresh", "many fresh")
    draws = {
        name: line_data(noise, seeds, size, first["device"], again)
        for again, (name, size) in enumerate(zip(names, sizes, strict=True))
    }
    rows: list[list[dict]] = [[] for _ in cells]
    for model, (predict, about) in _models(first, seeds, *draws["training"]).items():
        for part, (x, y) in draws.items():
            mean, std = predict(x)
            for region, where in _regions(x[0]).items() if part == "many fresh" else [("all", slice(None))]:
                measured = _measure(y[:, where], mean[:, where], std[:, where])
                for own, row, said in zip(rows, measured, about, strict=True):
                    own.append({"model": model, "part": part, "region": region} | row | said)
    return rows


class RegressionStudy(Study):
    """Parameters of chapter 1."""

    chapter: ClassVar[str] = "01_aleatoric_regression"
    parts = {
        "lines": Part(
            cells,
            work,
            version=2,
            together="together",
            history={2: "a network comes out the same alone and in a stack"},
        )
    }
    homoskedastic_points: Points
    heteroskedastic_points: Points
    fresh_points: Points
    network_steps: Count
    assumed: Positives
    together: Count = 50

    def points(self, noise: str) -> int:
        """Points of a training set with this noise."""
        return self.homoskedastic_points if noise == "homoskedastic" else self.heteroskedastic_points


def _models(cell: dict, seeds: list[int], x: Tensor, y: Tensor) -> dict:
    """Name to what predicts, and what is to be said of each member of it."""
    noise = cell["noise"]
    constant = line_by_formula(x, y)
    growing = fit(line, line_start(y, "heteroskedastic"), x, y, steps=20_000, tolerance=1e-6)
    model, start = network(x, y, seeds)
    learnt = fit(model, start, x, y, steps=cell["network_steps"])
    published = published_run(noise, x, y)
    return {
        "truth": (lambda at: truth(noise, at), [{}] * len(y)),
        "constant std": (lambda at: line(constant, at), _about(constant)),
        "growing std": (growing.predict, _about(growing.parameters, growing.steps)),
        "network": (learnt.predict, _about({}, learnt.steps)),
        "published run": (published.predict, _about(published.parameters, published.steps)),
    }


def _about(parameters: dict[str, Tensor], steps: Tensor | None = None) -> list[dict]:
    known = {name: value for name, value in (("slope", parameters.get("slope")), ("steps", steps)) if value is not None}
    lists = {name: value.tolist() for name, value in known.items()}
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


def _regions(x: Tensor) -> dict:
    return {"all": slice(None), "left half": (x < 0.5).cpu(), "right half": (x >= 0.5).cpu()}


def _measure(y: Tensor, mean: Tensor, std: Tensor) -> list[dict]:
    """Coverage, its error and the likelihood of every member."""
    points, rows = y.shape[1], []
    for member, nats in enumerate(gaussian_nll(y, mean, std).tolist()):
        covered = metrics.coverage(y[member], mean[member], std[member], LEVELS)["coverage"]
        off = (covered - np.array(LEVELS)).abs()
        row = {"points": points, "calibration_error": off.mean(), "distance": off.max(), "band": sampling_band(points)}
        shares = {f"coverage_{level}": share for level, share in zip(LEVELS, covered, strict=True)}
        rows.append(row | {"nll": nats} | shares)
    return rows
