"""Chapter 6: what is a Bayes factor worth that decides when to prune? (S3)

Methods, levels and seeds of one network are trained as stacks. Members of one seed start from the same weights and
see the same batches and the same random draws, so that every comparison is paired.
"""

from typing import Annotated, Any, ClassVar, Literal

import pandas as pd
from annotated_types import Ge, Gt, MinLen
from pydantic import AfterValidator

from pruneuq_helpers import data, population, pruning
from pruneuq_helpers.studies.bayesian_record import Record
from pruneuq_helpers.studies.bayesian_setup import describe, load
from pruneuq_helpers.studies.bayesian_steps import step_cells, step_work
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, DataName, Level, Levels

NETWORKS = ("fcn", "cnn")
METHODS = {
    "random": ("random", "always"),
    "Bayes random": ("random", "gate"),
    "magnitude": ("magnitude", "always"),
    "Bayes magnitude": ("magnitude", "gate"),
}


def _images(name: str) -> str:
    if name in ("line", "moons"):
        raise ValueError("it takes a data set of images with classes")
    return name


Positive = Annotated[float, Gt(0)]
Widths = Annotated[list[Count], MinLen(1)]


def cells(study: "BayesianStudy") -> list[dict[str, Any]]:
    """The cells of the table: unpruned networks, and for each level those that regrow and those that are frozen.

    With frozen masks the first prune is the last one that changes anything, and the lagged gate always lets it
    through: frozen members need no gate.
    """
    gate = {"beta": study.beta, "sigma": study.sigma, "norm": study.norm}
    regrow = [
        gate | {"method": name, "how": how, "gate": "always" if kind == "always" else study.gate}
        for name, (how, kind) in METHODS.items()
    ]
    plans = {
        "none": [gate | {"method": "unpruned", "how": "magnitude", "gate": "always"}],
        "regrow": regrow,
        "frozen": [rule for rule in regrow if rule["gate"] == "always"],
    }
    points = [(0.0, "none"), *((level, masks) for level in study.levels for masks in ("regrow", "frozen"))]
    return [
        cell
        for name in study.data
        for network in study.networks
        for level, masks in points
        for cell in _by_seed(study, name, network, level, masks, plans[masks])
    ]


def sweep_cells(study: "BayesianStudy") -> list[dict[str, Any]]:
    """The cells of the sweeps: the threshold β of both gates, and the width σ of the prior under both norms."""
    rules = {
        "beta": [
            {"method": how, "how": how, "gate": gate, "beta": beta, "sigma": study.sigma, "norm": "mean"}
            for how in ("random", "magnitude")
            for gate in ("lagged", "proposal")
            for beta in study.betas
        ],
        "sigma": [
            {"method": "magnitude", "how": "magnitude", "gate": "proposal", "beta": 1.0, "sigma": sigma, "norm": norm}
            for norm in ("mean", "sum")
            for sigma in study.sigmas
        ],
    }
    return [
        {"sweep": sweep} | cell
        for sweep, members in rules.items()
        for cell in _by_seed(study, study.data[0], study.networks[0], study.sweep_level, "regrow", members)
    ]


def _by_seed(
    study: "BayesianStudy", name: str, network: str, level: float, masks: str, rules: list[dict]
) -> list[dict]:
    """One cell a seed, with all rules in it: its members differ in nothing else."""
    shared = {setting: getattr(study, setting) for setting in ("epochs", "batch", "rate", "device")}
    shared |= {"data": name, "network": network, "level": level, "masks": masks}
    shared |= {"rules": rules, "widths": study.widths(network)}
    # Where the data lie is no column of the table: nested, it stays out of it.
    shared |= {"source": {"root": study.root, "download": study.download}}
    return [shared | {"seed": seed} for seed in range(study.seeds)]


def work(cells: list[dict[str, Any]]) -> list[pd.DataFrame]:
    """Train the members of all cells together, and record every epoch before and after its prune.

    A row a member, epoch and state; see `pruneuq_helpers.studies.bayesian_record.Record`.
    """
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    loaded = load(first["data"], **first["source"])
    members = [rule | {"seed": seed} for rule in first["rules"] for seed in seeds]
    fields = ("how", "gate", "beta", "sigma", "norm", "seed")
    masks = "frozen" if first["masks"] == "frozen" else "regrow"
    rules = [pruning.Rule(first["level"], masks=masks, **{name: one[name] for name in fields}) for one in members]
    images, labels = loaded.normalise(loaded.train.images), loaded.train.labels
    record = Record(pruning.BayesianPruning(rules, images, labels), loaded, first["epochs"], first["masks"])
    trained = population.train(
        describe(first["network"], first["widths"], loaded),
        images,
        labels,
        [one["seed"] for one in members],
        **{name: first[name] for name in ("epochs", "batch", "rate", "device")},
        after_epoch=record,
    )
    table = record.table(trained, members)
    return [table[table["seed"] == seed].reset_index(drop=True) for seed in seeds]


class BayesianStudy(Study):
    """Parameters of chapter 6.

    Parameters
    ----------
    data : list of str
        Data sets, as for ``data.load``.
    root : str
        The folder of those that are not embedded.
    download : bool
        Fetch what is missing.
    networks : list of str
        "fcn", "cnn".
    fcn_hidden, cnn_channels, cnn_hidden : list of int
        Widths.
    levels : list of float
        Fractions of the weights of every layer to remove.
    epochs, batch, rate
        Of the training with Adam; at least 4 epochs, so that the later half has more than one.
    gate, beta, sigma, norm
        Of the Bayesian methods: kind and threshold of the gate, prior, normalisation.
    betas, sigmas : list of float
        Values of the two sweeps.
    sweep_level : float
        Their level.
    watched_epoch : int
        The epoch that is followed step by step.
    together : int
        Seeds trained in one cell: many for small networks, one for large ones.
    """

    chapter: ClassVar[str] = "06_bayesian_pruning"
    parts = {
        "steps": Part(step_cells, step_work, together="together"),
        "methods": Part(cells, work, together="together"),
        "sweeps": Part(sweep_cells, work, together="together"),
    }
    data: Annotated[list[Annotated[DataName, AfterValidator(_images)]], MinLen(1)]
    root: str = "data"
    download: bool = False
    networks: Annotated[list[Literal["fcn", "cnn"]], MinLen(1)]
    fcn_hidden: Widths
    cnn_channels: Widths
    cnn_hidden: Widths
    levels: Levels
    epochs: Annotated[int, Ge(4)]
    batch: Count
    rate: Positive
    gate: Literal["lagged", "proposal"]
    beta: Positive
    sigma: Positive
    norm: Literal["mean", "sum"]
    betas: Annotated[list[Positive], MinLen(1)]
    sigmas: Annotated[list[Positive], MinLen(1)]
    sweep_level: Level
    watched_epoch: Annotated[int, Ge(2)]
    together: Count

    def widths(self, network: str) -> dict[str, list[int]]:
        """The widths of one of the networks."""
        if network == "fcn":
            return {"hidden": self.fcn_hidden}
        return {"channels": self.cnn_channels, "hidden": self.cnn_hidden}

    def load(self, name: str | None = None) -> data.Data:
        """One of the data sets, the first unless named."""
        return load(name or self.data[0], self.root, self.download)


# The smallest study, for examples and tests.
TINY = {
    "data": ["digits"], "networks": ["fcn"], "fcn_hidden": [16, 8], "cnn_channels": [2, 3], "cnn_hidden": [8],
    "levels": [0.5], "epochs": 4, "batch": 64, "rate": 0.01, "gate": "lagged", "beta": 0.5, "sigma": 1.0,
    "norm": "mean", "betas": [0.5, 1.0], "sigmas": [0.1, 1.0], "sweep_level": 0.5, "watched_epoch": 2, "together": 2,
}  # fmt: skip
