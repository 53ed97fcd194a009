"""The main answer of chapter 7: what removing channels does to the uncertainty of one network.

L1 and random channels at each level, as cut, with batch norm's statistics taken again, and fine-tuned; beside them the
dense network, trained on for as long and at earlier epochs, and small networks trained from scratch.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from pruneuq_helpers import metrics, pruning
from pruneuq_helpers.chapters.pruning_meets_uncertainty.bases import (
    bases,
    fit,
    fresh,
    like,
    load_data,
    member_seed,
    precision_of,
    rungs,
)
from pruneuq_helpers.data import Data
from pruneuq_helpers.study.images import strangers
from pruneuq_helpers.training.norms import statistics_again
from pruneuq_helpers.uncertainty import ensemble, softmax

if TYPE_CHECKING:
    from pruneuq_helpers.chapters.pruning_meets_uncertainty.study import GridStudy

CRITERIA = ("l1", "random")
STATES = ("as cut", "statistics", "fine-tuned")
Row = dict[str, Any]


def answer_spec(study: "GridStudy") -> dict[str, Any]:
    """The dense network of the answer: one that was not shown the classes that are held out."""
    return study.spec(held_out=study.held_out, dropout=None)


def answer_cells(study: "GridStudy") -> list[dict[str, Any]]:
    """For each seed a cell of the dense network, one a level, and one a level that is trained from scratch."""
    names = {"data", "root", "download", "held_out", "outside", "outside_without", "outside_near", "far"}
    shared = {"data": study.data, "network": study.network, "base": answer_spec(study), "tune": study.tune}
    shared |= {"where": study.model_dump(include=names)}
    chosen = [("dense", 0.0)] + [("pruned", level) for level in study.levels]
    chosen += [("from scratch", level) for level in study.scratch_levels]
    return [
        shared | {"seed": seed, "subject": subject, "level": level}
        for seed in range(study.seeds)
        for subject, level in chosen
    ]


def answer_work(cell: dict[str, Any]) -> list[Row]:
    """Rows of one seed and level: a criterion and state each, with all that is measured."""
    found = bases(cell["base"], cell["seed"], 1)
    judge = Judge.of(cell, found.members[0], found.checks[0])
    return {"dense": _dense, "pruned": _pruned, "from scratch": _from_scratch}[cell["subject"]](cell, judge)


def _dense(cell: dict, judge: "Judge") -> list[Row]:
    spec, epochs = cell["base"], cell["base"]["recipe"]["epochs"]
    rows = [judge.row(judge.dense, "dense", "as trained", epochs)]
    for epoch in rungs(epochs):
        (earlier,) = bases(spec, cell["seed"], 1, epoch=epoch).members
        rows.append(judge.row(earlier, "dense", "earlier epoch", epoch))
    (longer,) = fit([judge.dense], judge.loaded, [judge.seed], cell["tune"], spec)
    return [*rows, judge.row(longer, "dense", "trained on")]


def _pruned(cell: dict, judge: "Judge") -> list[Row]:
    place = {"seed": judge.seed, "order": "at_once", "input_shape": judge.loaded.input_shape}
    cut = [pruning.remove_channels(judge.dense, cell["level"], criterion, **place) for criterion in CRITERIA]
    again = [statistics_again(one, judge.loaded, cell["base"]["recipe"]["batch"], seed=judge.seed) for one in cut]
    tuned = fit(cut, judge.loaded, [judge.seed] * len(cut), cell["tune"], cell["base"])
    return [
        judge.row(network, criterion, state)
        for state, networks in zip(STATES, (cut, again, tuned), strict=True)
        for criterion, network in zip(CRITERIA, networks, strict=True)
    ]


def _from_scratch(cell: dict, judge: "Judge") -> list[Row]:
    spec, seed = cell["base"], member_seed(cell["seed"], 1)  # other weights than the dense network began with
    shape = {"seed": seed, "order": "at_once", "input_shape": judge.loaded.input_shape}
    small = pruning.remove_channels(fresh(spec, judge.loaded, seed), cell["level"], "random", **shape)
    (trained,) = fit([like(small, spec, seed)], judge.loaded, [seed], spec["recipe"], spec)
    return [judge.row(trained, "none", "from scratch", spec["recipe"]["epochs"])]


@dataclass(frozen=True, eq=False)
class Judge:
    """What a network is held against: test images, images from outside, and what the dense network says."""

    dense: nn.Module
    check: str
    loaded: Data
    outside: dict[str, Tensor]  # "near" and "far", where there are such
    predicted: Tensor  # by the dense network
    place: dict
    seed: int
    precision: str

    @classmethod
    def of(cls, cell: dict, dense: nn.Module, check: str) -> "Judge":
        """Of a cell and its dense network."""
        spec, loaded = cell["base"], load_data(cell["base"], cell["seed"])
        place = {"normalise": loaded.normalise, "device": spec["device"]}
        predicted = ensemble([dense], loaded.test.images, **place)[0].argmax(1)
        outside = _outside(json.dumps(cell["where"], sort_keys=True), json.dumps(spec, sort_keys=True), cell["seed"])
        return cls(
            dense, check, loaded, outside, predicted, place, member_seed(cell["seed"], 0), precision_of(spec)
        )  # fmt: skip

    def row(self, network: nn.Module, criterion: str, state: str, epoch: int | None = None) -> Row:
        """All measures of a network."""
        logits = {"test": self.loaded.test.images} | self.outside
        logits = {name: ensemble([network], images, **self.place)[0] for name, images in logits.items()}
        return {
            "criterion": criterion,
            "state": state,
            "epoch": epoch,
            **measures(logits, self.loaded.test.labels, self.predicted),
            "parameters": metrics.parameters(network),
            "macs": metrics.macs(network, self.loaded.input_shape),
            "precision": self.precision,
            "cut_from": self.check,
        }


@lru_cache(maxsize=1)
def _outside(where: str, spec: str, seed: int) -> dict[str, Tensor]:
    """Images from outside, near and far, of the last seed that was asked for: cells of a seed follow each other."""
    found = strangers(json.loads(where), [load_data(json.loads(spec), seed)])
    sets = {name: [one.images for one in found if one.near == near] for name, near in (("near", True), ("far", False))}
    return {name: torch.cat(images) for name, images in sets.items() if images}


def measures(logits: dict[str, Tensor], labels: Tensor, predicted: Tensor) -> dict[str, float | None]:
    """What the book asks of one network's uncertainty, which is 1 - the highest probability."""
    # logits: of "test" images, and of "near" and "far" ones from outside where there are such; predicted: by the dense
    # network
    probs = softmax(logits["test"])
    doubt, own = metrics.msp(probs), probs.argmax(1)
    wrong = (own != labels).numpy()
    both = 0 < wrong.sum() < len(wrong)  # an area needs a right and a wrong prediction
    found = {
        "accuracy": metrics.accuracy(probs, labels),
        "ece": metrics.ece(probs, labels),
        "gap": metrics.signed_gap(probs, labels),
        "nll": metrics.nll(probs, labels),
        "brier": metrics.brier(probs, labels),
        "confidence": float(probs.max(1).values.double().mean()),
        "auroc_errors": float(metrics.detection(doubt[~wrong], doubt[wrong])["auroc"]) if both else None,
        "ause_errors": metrics.ause(probs, labels, doubt),
        "changed": float((own != predicted).double().mean()),
    }
    for name in ("near", "far"):
        there = name in logits
        seen = metrics.detection(doubt, metrics.msp(softmax(logits[name]))) if there else {}
        found |= {f"{what}_{name}": float(seen[what]) if there else None for what in ("auroc", "fpr95")}
    return found
