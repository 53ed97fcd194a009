"""One audit while it goes on: each network is made, measured, judged beside the dense one, and let go."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from pruneuq_helpers import metrics, training
from pruneuq_helpers.audit.choice import Kept, chosen
from pruneuq_helpers.audit.classes import changed_images
from pruneuq_helpers.audit.costs import cost
from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.audit.heldout import measured_again
from pruneuq_helpers.audit.measures import Answers, changes_by_part, detection_changes, measured
from pruneuq_helpers.audit.neighbours import Neighbours, missing_neighbours
from pruneuq_helpers.audit.repairs import repaired
from pruneuq_helpers.audit.settings import AuditSettings
from pruneuq_helpers.audit.subject import unwrapped
from pruneuq_helpers.audit.verdicts import SAFE, UNDECIDED, judge, overall
from pruneuq_helpers.data import Data, Part
from pruneuq_helpers.data.files import replacing
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.hrank import BATCH, BATCHES
from pruneuq_helpers.pruning.surgery import Gone
from pruneuq_helpers.text import percent

DENSE, CONTROL = "dense", "dense, trained on"
_BY_ROW, _BY_TABLE = ("networks", "measures"), ("classes", "groups", "detection", "changed")


@dataclass(frozen=True, eq=False)
class Subject:
    """A network of the audit, and what went to make it."""

    label: str
    criterion: str
    level: float
    network: nn.Module
    gone: Gone | None = None
    seed: int | None = None


class Session:
    """The tables of an audit while they grow."""

    def __init__(self, model, data: Data, ood, groups, plan: AuditSettings, removal, image, criteria, notes):
        self.model, self.data, self.ood, self.groups = model, data, ood, groups
        self.plan, self.removal, self.image, self.criteria, self.notes = plan, removal, image, criteria, notes
        self.labels = data.test.labels.cpu().numpy()
        self.rows: dict[str, list] = {name: [] for name in (*_BY_ROW, *_BY_TABLE)}
        self.judged: dict[str, list] = {name: [] for name in ("verdicts", "control", "repairs")}
        self.dense: Answers | None = None
        self.at_chance = False
        self.kept: Kept | None = None
        self.held: Subject | None = None  # of the networks of one level, the one to choose if all of them are safe
        self.best: Subject | None = None  # the one that is chosen so far
        self.least_loss = np.inf
        self.neighbours = self._neighbours()

    def _neighbours(self) -> Neighbours | None:
        if self.ood is None:
            return None
        if missing := missing_neighbours(self.model, self.image):
            self.notes.append(f"The distance to neighbours was left out of the detection: {missing}.")
            return None
        return Neighbours(self.data, self.plan.batch, self.plan.seed)

    def subjects(self, tell) -> Iterator[Subject]:
        """The dense network, its control, and every pruned one; only one of them is kept at a time."""
        tell("measuring the dense network")
        yield Subject(DENSE, "none", 0.0, self.model)
        if self.plan.fine_tune:
            tell(f"training the dense network on for {self.plan.fine_tune} epochs: the control")
            for seed in self.seeds:
                network = self._trained(copy.deepcopy(self.model), seed)
                yield Subject(self._with_seed(CONTROL, seed), "none", 0.0, network, seed=seed)
        seen = self._images_for_hrank() if "hrank" in self.criteria else None
        for criterion in self.criteria:
            for level in self.plan.levels:
                label = f"{criterion} at {level:g}"
                tell(f"removing channels: {label}")
                gone = self.removal.gone(level, criterion, seen, self.plan.seed)
                for seed in self.seeds:
                    smaller = self.removal.smaller(gone)
                    network = self._trained(smaller, seed) if self.plan.fine_tune else smaller
                    yield Subject(self._with_seed(label, seed), criterion, level, network, gone, seed)

    @property
    def seeds(self) -> range:
        """Of the fine-tuning."""
        return range(self.plan.seed, self.plan.seed + self.plan.seeds)

    def _with_seed(self, label: str, seed: int) -> str:
        return label if self.plan.seeds == 1 else f"{label}, seed {seed}"

    def _images_for_hrank(self) -> torch.Tensor:
        count = min(len(self.data.train), BATCHES * BATCH)
        drawn = torch.randperm(len(self.data.train), generator=torch.Generator().manual_seed(self.plan.seed))[:count]
        return self.data.normalise(self.data.train.images[drawn])

    def _trained(self, network: nn.Module, seed: int) -> nn.Module:
        plan = self.plan
        with one_sentence("the fine-tuning failed", "try another `train_batch` or `learning_rate`"):
            training.train(
                network.requires_grad_(True), self.data, seed=seed, epochs=plan.fine_tune, batch=plan.train_batch,
                learning_rate=plan.learning_rate, schedule="cosine",
            )  # fmt: skip
        return network

    def _answers(self, network: nn.Module) -> Answers:
        outside = None if self.ood is None else self._logits(network, self.ood)
        return Answers.of(self._logits(network, self.data.test.images), outside)

    def _logits(self, network: nn.Module, images: torch.Tensor) -> np.ndarray:
        with one_sentence("the network failed on a batch of images", "try another `batch`"):
            logits = training.predict(network, images, batch=self.plan.batch, normalise=self.data.normalise)
        if not logits.isfinite().all():
            hint = "try a smaller `learning_rate`" if self.plan.fine_tune else "it takes one that was trained"
            raise ParameterError(f"a network gives logits that are not finite; {hint}")
        return logits.double().numpy()

    def take(self, subject: Subject) -> None:
        """Measure one network, judge it beside the dense one, and add it to the tables."""
        named = {"network": subject.label, "criterion": subject.criterion, "level": subject.level}
        epochs = 0 if subject.label == DENSE else self.plan.fine_tune
        costs = cost(subject.network, self.model, self.image, self.plan.repeats)
        self.rows["networks"].append(named | {"fine_tune": epochs} | costs)
        answers = self._answers(subject.network)
        if self.neighbours is not None:
            distances = self.neighbours.distances(subject.network, self.data.test.images, self.ood)
            answers = replace(answers, distances=tuple(distances))
        loss = metrics.nll(answers.probs, self.labels)
        if not np.isfinite(loss):
            hint = "try a smaller `learning_rate`" if self.plan.fine_tune else "check `normalise`"
            raise ParameterError(f"the network {subject.label!r} is sure of wrong answers beyond all measure; {hint}")
        values, differing = measured(answers, self.labels, self.plan), {}
        if self.dense is None:
            self.dense = answers
            self._doubt(values["accuracy"])
        else:
            differing, verdicts = self._compared(named, answers)
            self.judged["control" if subject.gone is None else "verdicts"].append(verdicts)
            if subject.gone is not None:
                self._follow(subject)
                self._keep(subject, loss)
                if self.plan.repairs and not (verdicts["verdict"] == SAFE).all():
                    self._repair(subject, named, answers)
        self.rows["measures"] += [named | row for row in _measure_rows(values, differing)]

    def save(self, folder: Path) -> None:
        """Write what there is so far."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables().items():
            with replacing(folder / f"{name}.csv") as path:
                table.to_csv(path, index=False, lineterminator="\n")

    def tables(self) -> dict[str, pd.DataFrame]:
        """Those that hold anything so far."""
        found = {name: pd.DataFrame(self.rows[name]) for name in _BY_ROW}
        growing = {name: self.rows[name] for name in _BY_TABLE} | self.judged
        return found | {name: pd.concat(parts, ignore_index=True) for name, parts in growing.items() if parts}

    def again(self, held_out: Part | None) -> pd.DataFrame:
        """How much the chosen network changes on images that had no part in the choice."""
        if held_out is None or self.best is None:
            return pd.DataFrame()
        dense, pruned = (
            Answers.of(self._logits(network, held_out.images)) for network in (self.model, self.best.network)
        )
        return measured_again(dense, pruned, held_out.labels, self.plan)

    def _compared(self, named: dict, answers: Answers) -> tuple[dict, pd.DataFrame]:
        classes = self.data.classes
        differing, by_class, by_group = self._changes(answers)
        self.rows["classes"].append(_with(named, by_class))
        if by_group is not None:
            self.rows["groups"].append(_with(named, by_group))
        if self.ood is not None:
            apart = detection_changes(self.dense, answers, self.plan.confidence_level)
            self.rows["detection"].append(_with(named, apart))
        self.rows["changed"].append(_with(named, changed_images(self.dense.probs, answers.probs, self.labels, classes)))
        return differing, self._judged(named, differing)

    def _changes(self, answers: Answers):
        return changes_by_part(self.dense, answers, self.labels, self.data.classes, self.groups, self.plan)

    def _judged(self, named: dict, differing: dict) -> pd.DataFrame:
        found = judge(pd.DataFrame([named | row for row in _measure_rows({}, differing)]), self.plan.rules)
        return found.assign(verdict=found["verdict"].replace(SAFE, UNDECIDED)) if self.at_chance else found

    def _repair(self, subject: Subject, named: dict, answers: Answers) -> None:
        known = {subject.network: answers}  # a temperature asks a network nothing new
        with one_sentence("a repair failed", "try `repairs` off"):
            for repair in repaired(subject.network, self.data, self.plan.batch, self.plan.seed):
                if repair.network not in known:
                    known[repair.network] = self._answers(repair.network)
                said = known[repair.network]
                said = Answers.of(said.logits, said.outside_logits, repair.temperature)
                verdicts = self._judged(named, self._changes(said)[0])
                verdicts.insert(3, "repair", repair.name)
                self.judged["repairs"].append(verdicts.assign(temperature=repair.temperature))

    def _follow(self, subject: Subject) -> None:
        """Hold on to the network that is chosen so far, if it will be needed."""
        if self.plan.keep != "safe" and not self.plan.hold_out:
            return
        self.held = subject if subject.seed == self.seeds[0] else self.held
        so_far = overall(pd.concat(self.judged["verdicts"], ignore_index=True))
        best = chosen(so_far, pd.DataFrame(self.rows["networks"]))
        if subject.seed == self.seeds[-1] and best == self.held.label:
            self.best = self.held

    def _keep(self, subject: Subject, loss: float) -> None:
        """Hold on to the network, if it is the best so far of what `keep` asks for."""
        if self.plan.keep == "safe":
            self.kept = None if self.best is None else self._to_keep(self.best)
        elif self.plan.keep is not None and subject.level == float(self.plan.keep) and loss <= self.least_loss:
            self.kept, self.least_loss = self._to_keep(subject), loss

    def _to_keep(self, subject: Subject) -> Kept:
        normalise = (self.data.mean.tolist(), self.data.std.tolist())
        network, gone = unwrapped(subject.network, subject.gone)
        return Kept(subject.label, network, gone, normalise, tuple(self.data.classes))

    def _doubt(self, accuracy: tuple[float, float, float]) -> None:
        chance = 1 / len(self.data.classes)
        self.at_chance = accuracy[1] <= chance
        if self.at_chance:
            self.notes.append(
                f"The dense network is right on {percent(accuracy[0], 1)} of the test images, no better than "
                f"chance ({percent(chance, 1)}), so that nothing can be called safe: check `normalise`, the weights, "
                "and that the classes are in the network's order."
            )


def _measure_rows(values: dict, differing: dict) -> Iterator[dict]:
    nothing = (np.nan, np.nan, np.nan)
    for measure in [*values, *(name for name in differing if name not in values)]:
        value, change = values.get(measure, nothing), differing.get(measure, nothing)
        own = dict(zip(("value", "value_low", "value_high"), value, strict=True))
        yield {"measure": measure} | own | dict(zip(("change", "low", "high"), change, strict=True))


def _with(named: dict, table: pd.DataFrame) -> pd.DataFrame:
    for place, (column, value) in enumerate(named.items()):
        table.insert(place, column, value)
    return table
