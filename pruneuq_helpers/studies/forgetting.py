"""Chapter 8: what does a pruned network forget? (S4)"""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import pandas as pd
from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import model_validator

from pruneuq_helpers.studies.forgetting_images import show
from pruneuq_helpers.studies.forgetting_measures import rows
from pruneuq_helpers.studies.forgetting_networks import WIDE, answers, wide_cells
from pruneuq_helpers.study import Part, Study
from pruneuq_helpers.study.parameters import Count, DataName

InnerLevels = Annotated[list[Annotated[float, Gt(0), Lt(1)]], MinLen(1)]
Experiments = Annotated[list[Literal["plain", "planted", "minority"]], MinLen(1)]
Widths = list[Count]
Share = Annotated[float, Ge(0), Lt(1)]


def cells(study: "ForgettingStudy") -> list[dict]:
    """One cell a repetition and experiment, with all populations in it."""
    trained = {"network", "hidden", "conv", "width", "epochs", "batch", "optimiser", "rate", "momentum"}
    trained |= {"weight_decay", "schedule", "augment", "begin", "end", "updates", "grad", "device", "members", "levels"}
    shared = {
        "where": study.where,
        "recipe": study.model_dump(include=trained),
        "asking": study.model_dump(include={"splits", "sample", "shown"}),
        "members": study.members,
    }
    source = {"minority": {"data": study.minority_data, "label": study.minority_data}}
    usual = {"data": study.data, "label": study.label}
    return [
        {"experiment": experiment, "seed": seed, **source.get(experiment, usual), **shared}
        for seed in range(study.seeds)
        for experiment in study.experiments
    ]


def network_cells(study: "ForgettingStudy") -> list[dict]:
    """The wide networks of all populations: smaller ones are trained in a stack, and not kept."""
    return [network for cell in cells(study) if study.network == "wrn" for network in wide_cells(cell)]


def work(cell: dict) -> pd.DataFrame:
    """Train the populations of a cell, ask them, and compare; a row's `part` says what it holds."""
    shown = show(cell["where"], cell["data"], cell["experiment"], cell["seed"])
    return pd.DataFrame(rows(shown, answers(shown, cell), cell))


class ForgettingStudy(Study):
    """Parameters of chapter 8.

    Parameters
    ----------
    data, label : str
        Data set, and how tables name it.
    root, download : str, bool
        Folder of downloaded sets, from the repository on; whether to fetch what is missing.
    experiments : list of str
        "plain"; "planted": the same set with wrong labels and corrupted images; "minority": `minority_data`.
    training_images : int
        How many are learnt from; 0 for the whole training part.
    asked : str
        What the networks are asked about: the "test" part, or the "rest", all that nobody learns from.
    wrong_labels, corrupted : float
        Planted shares, of the images learnt from and of those asked about.
    minority_data, minority : str, float
        The set with groups, and the share of its minority (`coloured_digits` only).
    attributes : list of str
        Of a set with attributes: those that make its groups, together with the label.
    members : int
        K, the networks of each population.
    levels : list of float
        Fractions of the weights of each layer to remove, beside 0.
    network, hidden, conv : str, list of int, list of int
        "mlp" and "cnn" are trained together; a "wrn" one by one.
    width : int
        Of a wide residual network.
    epochs, batch, optimiser, rate, momentum, weight_decay, schedule
        Of every training; a schedule other than "constant" needs networks that are trained one by one.
    begin, end : float
        When pruning begins and ends, as shares of the training steps.
    updates : int
        Times that the masks are drawn anew between the start and `end`.
    grad : str
        What removed weights get from the loss: "masked" nothing (S4's code), "dense" their gradient (S4's text).
    splits : int
        Random halvings of the dense populations for the null.
    sample : int
        The largest sample on which accuracy is compared.
    shown : int
        Images in the gallery, about.
    """

    chapter: ClassVar[str] = "08_forgotten_examples"
    parts = {
        "networks": replace(WIDE, cells=network_cells),
        "populations": Part(cells, work, needs=(WIDE,)),
    }
    data: DataName
    label: str
    root: str = "data"
    download: bool = False
    experiments: Experiments
    training_images: Annotated[int, Ge(0)]
    asked: Literal["test", "rest"]
    wrong_labels: Share
    corrupted: Share
    minority_data: DataName
    minority: Share
    attributes: list[str]
    members: Annotated[int, Ge(4)]
    levels: InnerLevels
    network: Literal["mlp", "cnn", "wrn"]
    hidden: Widths
    conv: Widths
    width: Count
    epochs: Count
    batch: Count
    optimiser: Literal["adam", "sgd"]
    rate: Annotated[float, Gt(0)]
    momentum: Annotated[float, Ge(0), Lt(1)]
    weight_decay: Annotated[float, Ge(0)]
    schedule: Literal["constant", "cosine", "step"]
    augment: bool
    begin: Share
    end: Annotated[float, Gt(0), Le(1)]
    updates: Count
    grad: Literal["masked", "dense"]
    splits: Annotated[int, Ge(10)]
    sample: Count
    shown: Count

    @model_validator(mode="after")
    def _possible(self):
        if self.begin >= self.end:
            raise ValueError(f"parameter `begin` got {self.begin}; it takes a share below `end`, {self.end}")
        if self.wrong_labels + self.corrupted >= 1:
            takes = "it takes a share that leaves some images as they are"
            raise ValueError(f"parameter `corrupted` got {self.corrupted}; {takes}")
        if self.network != "wrn" and (self.schedule != "constant" or self.augment):
            name, value = ("schedule", self.schedule) if self.schedule != "constant" else ("augment", True)
            takes = "networks that are trained together take a constant rate and the images as they are"
            raise ValueError(f"parameter `{name}` got {value!r}; {takes}")
        return self

    @property
    def where(self) -> dict:
        """What decides the images."""
        names = {"root", "download", "training_images", "asked", "wrong_labels", "corrupted", "minority", "attributes"}
        return self.model_dump(include=names)
