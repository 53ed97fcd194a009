"""Chapter 6: what is a Bayes factor worth that decides when to prune? (S3)

Methods, levels and seeds of one network are trained as stacks. Members of one seed start from the same weights and
see the same batches and the same random draws, so that every comparison is paired.
"""

import math
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import AfterValidator

from pruneuq_helpers import data
from pruneuq_helpers.chapters.bayesian_pruning.networks import load, wider
from pruneuq_helpers.chapters.bayesian_pruning.steps import step_cells, step_work
from pruneuq_helpers.chapters.bayesian_pruning.work import work
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, DataName, Level, Levels, Natural, Positive, Positives, Widths

METHODS = {
    "random": ("random", "always"),
    "Bayes random": ("random", "gate"),
    "magnitude": ("magnitude", "always"),
    "Bayes magnitude": ("magnitude", "gate"),
}
WIDER = "wider, magnitude"


def _images(name: str) -> str:
    if name in ("line", "moons"):
        raise ValueError("it takes a data set of images with classes")
    return name


# Why numbers of older versions no longer count.
GATE_ACTS = "the gate has a threshold for each criterion, at which it acts"
RECORDED = "weights left and zeros at dead units are counted"


def cells(study: "BayesianStudy") -> list[dict[str, Any]]:
    """The table's cells: unpruned networks, at each level those that regrow and those frozen, and the wider rivals."""
    shared = {name: getattr(study, name) for name in ("sigma", "norm", "objective")}
    betas = {"random": study.beta_random, "magnitude": study.beta_magnitude}
    regrow = [
        shared | {"method": name, "how": how, "gate": "always" if kind == "always" else study.gate, "beta": betas[how]}
        for name, (how, kind) in METHODS.items()
    ]
    plain = [rule for rule in regrow if rule["gate"] == "always"]
    # With frozen masks the first prune is the last one that changes anything, and the lagged gate always lets it
    # through: frozen members need no gate.
    plans = {"none": [plain[1] | {"method": "unpruned"}], "regrow": regrow, "frozen": plain}
    points = [(0.0, "none"), *((level, masks) for level in study.levels for masks in ("regrow", "frozen"))]
    found = [
        cell
        for name in study.data
        for network in study.networks
        for level, masks in points
        for cell in _by_seed(study, name, network, level, masks, plans[masks])
    ]
    # Rivals of the first kind of network only: they are the dearest of all.
    rival = [plain[1] | {"method": WIDER}]
    return found + [
        cell | {"widths": wider(cell["widths"], study.wider), "beside": cell["widths"]}
        for name in study.data
        for level in study.wider_levels
        for cell in _by_seed(study, name, study.networks[0], level, "wider", rival)
    ]


def sweep_cells(study: "BayesianStudy") -> list[dict[str, Any]]:
    """The sweeps' cells: the threshold β of both gates, the prior's σ in the gate under both norms, or in the loss."""
    shared = {name: getattr(study, name) for name in ("sigma", "norm", "objective")}
    magnitude = {"method": "magnitude", "how": "magnitude", "beta": 1.0}
    rules = {
        "beta": [
            shared | {"method": how, "how": how, "gate": gate, "beta": beta, "norm": "mean"}
            for how in ("random", "magnitude")
            for gate in ("lagged", "proposal")
            for beta in study.betas
        ],
        # The loss does not know this σ: what changes is the gate alone.
        "sigma": [
            magnitude | {"gate": "proposal", "sigma": sigma, "norm": norm, "objective": "likelihood"}
            for norm in ("mean", "sum")
            for sigma in study.sigmas
        ],
        "objective": [
            shared | magnitude | {"gate": "always", "sigma": sigma, "objective": objective}
            for objective, widths in (("likelihood", [study.sigma]), ("posterior", study.sigmas))
            for sigma in widths
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
    shared = {setting: getattr(study, setting) for setting in ("epochs", "batch", "rate", "device", "training_images")}
    shared |= {"data": name, "network": network, "level": level, "masks": masks}
    shared |= {"rules": rules, "widths": study.widths(network)}
    # Where the data lie is no column of the table: nested, it stays out of it.
    shared |= {"source": {"root": study.root, "download": study.download}}
    return [shared | {"seed": seed} for seed in range(study.seeds)]


class BayesianStudy(Study):
    """Parameters of chapter 6."""

    chapter: ClassVar[str] = "06_bayesian_pruning"
    parts = {
        "steps": Part(step_cells, step_work, together="together"),
        "methods": Part(cells, work, 2, {2: f"{GATE_ACTS}; {RECORDED}"}, together="together"),
        "sweeps": Part(sweep_cells, work, 2, {2: RECORDED}, together="together"),
    }
    data: Annotated[list[Annotated[DataName, AfterValidator(_images)]], MinLen(1)]
    root: str = "data"
    download: bool = False
    networks: Annotated[list[Literal["fcn", "cnn"]], MinLen(1)]
    fcn_hidden: Widths
    cnn_channels: Widths
    cnn_hidden: Widths
    training_images: Natural
    levels: Levels
    wider: Annotated[float, Gt(1), Lt(math.inf)]
    wider_levels: list[Level]
    epochs: Annotated[int, Ge(4)]
    batch: Count
    rate: Positive
    objective: Literal["likelihood", "posterior"]
    gate: Literal["lagged", "proposal"]
    beta_random: Positive
    beta_magnitude: Positive
    sigma: Positive
    norm: Literal["mean", "sum"]
    betas: Positives
    sigmas: Positives
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
        return load(name or self.data[0], self.root, self.download, self.training_images)
