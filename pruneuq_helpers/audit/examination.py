"""The audit itself: prune, train on if asked, measure, compare with the dense network, judge."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from torch import nn

from pruneuq_helpers import metrics, training
from pruneuq_helpers.audit.choice import Kept, chosen, sequences
from pruneuq_helpers.audit.classes import changed_images
from pruneuq_helpers.audit.costs import cost, uncounted, with_milliseconds
from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.audit.measures import Answers, changes_by_part, detection_changes, measured
from pruneuq_helpers.audit.removal import find_removal, notes_on
from pruneuq_helpers.audit.repairs import repaired
from pruneuq_helpers.audit.settings import AuditSettings, settings_of
from pruneuq_helpers.audit.subject import (
    as_logits,
    check_criteria,
    check_groups,
    check_subject,
    doubts,
    unwrapped,
)
from pruneuq_helpers.audit.verdicts import SAFE, UNDECIDED, judge, overall
from pruneuq_helpers.data import Data
from pruneuq_helpers.data.files import replacing
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.hrank import BATCH, BATCHES
from pruneuq_helpers.pruning.surgery import Gone

DENSE, CONTROL = "dense", "dense, trained on"
FEWEST = 30  # test images


@dataclass(frozen=True, eq=False, repr=False)
class Audit:
    """What an audit found.

    Attributes
    ----------
    networks : pandas.DataFrame
        One row a network: network, criterion, level, fine_tune (epochs) and what it costs.
    measures : pandas.DataFrame
        One row a network and measure: value, value_low, value_high; change from the dense network, low, high.
    classes : pandas.DataFrame
        One row a network and class.
    groups : pandas.DataFrame
        One row a network and group, where groups were given.
    detection : pandas.DataFrame
        One row a network and score by which outsiders are told apart, where outsiders were given.
    changed : pandas.DataFrame
        One row a network and image with another prediction than the dense network's.
    verdicts : pandas.DataFrame
        One row a pruned network and rule.
    control : pandas.DataFrame
        The same of the dense network trained on; empty without fine-tuning.
    repairs : pandas.DataFrame
        The same of each network that was not safe, after each repair; with the temperature.
    kept : Kept or None
        The network to take home, if `keep` asked for one and there is one.
    notes : tuple of str
        What a reader should know: criteria that were left out, layers that stay whole, what looks wrong.
    settings : AuditSettings
        How it was made.
    data : Data
        What it was made on.
    name : str
        The network's name.
    outsiders : int
        Images of no class, for detection.

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> model = training.train(model, data.load("moons"), epochs=20, learning_rate=0.02).model
    >>> examine(model, data.load("moons"), levels=[0.5], criteria=["l1"], rules={"changed": 0.99})
    Audit(Sequential on moons: l1 at 0.5; 1 of 1 safe)
    """

    networks: pd.DataFrame
    measures: pd.DataFrame
    classes: pd.DataFrame
    groups: pd.DataFrame
    detection: pd.DataFrame
    changed: pd.DataFrame
    verdicts: pd.DataFrame
    control: pd.DataFrame
    repairs: pd.DataFrame
    notes: tuple[str, ...]
    settings: AuditSettings
    data: Data
    name: str
    outsiders: int = 0
    kept: Kept | None = None

    def __repr__(self) -> str:
        found = self.overall
        safe = f"{(found['verdict'] == 'safe').sum()} of {len(found)} safe"
        return f"Audit({self.name} on {self.data.name}: {', '.join(found['network'])}; {safe})"

    @property
    def overall(self) -> pd.DataFrame:
        """One verdict a pruned network."""
        return overall(self.verdicts)

    @property
    def sequences(self) -> pd.DataFrame:
        """How far each criterion's levels are safe, from small to large, up to the first that is not."""
        return sequences(self.overall)

    @property
    def chosen(self) -> str | None:
        """The smallest network at the end of a safe sequence, if there is one."""
        return chosen(self.overall, self.networks)


def examine(
    model: nn.Module,
    data: Data,
    ood: torch.Tensor | None = None,
    name: str | None = None,
    groups: Sequence[str] | None = None,
    unfinished: Path | None = None,
    tell: Callable[[str], None] | None = None,
    **settings,
) -> Audit:
    """Prune a network at each level by each criterion, and compare it with what it was.

    Parameters
    ----------
    model : torch.nn.Module
        A trained classification network that torch-pruning can trace; from normalised images to logits. It is moved to
        the device and otherwise left as it was.
    data : Data
        From :func:`~pruneuq_helpers.audit.inputs.load_data`, ``data.load`` or ``data.make``; the network is judged on
        its test part. Training images are used by "hrank" and by fine-tuning only.
    ood : torch.Tensor, optional
        Raw images of no class, in the shape of the data's.
    name : str, optional
        What to call the network; its class, unless given.
    groups : sequence of str, optional
        A name for each test image, of groups that are not classes: the rule `group_accuracy` is about them.
    unfinished : Path, optional
        A folder for the tables as they grow, a file each: what was measured is there whatever happens afterwards.
    tell : callable, optional
        Called with a line of text before each step.
    **settings
        The attributes of :class:`~pruneuq_helpers.audit.settings.AuditSettings`.

    Returns
    -------
    Audit

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> audit = examine(model, data.load("moons"), levels=[0.5], criteria=["l1", "random"], repeats=3)
    >>> audit.networks["parameters"].tolist()
    [42, 22, 22]
    """
    plan = settings_of(settings)
    if "auroc" in plan.rules and ood is None:
        raise ParameterError("parameter `rules` got 'auroc', which needs images of no class; it takes them as `ood`")
    if "group_accuracy" in plan.rules and groups is None:
        raise ParameterError("parameter `rules` got 'group_accuracy', which needs `groups`, a name for each test image")
    groups = None if groups is None else check_groups(groups, len(data.test))
    tell = tell or (lambda text: None)
    if len(data.test) < FEWEST:
        raise ParameterError(
            f"parameter `data` got {len(data.test)} test images; it takes {FEWEST} or more, because intervals by "
            "resampling fewer say nothing"
        )
    tell("tracing the network")
    model = as_logits(model, data, plan.device)
    images = check_subject(model, data, plan.device)
    removal = find_removal(model, images)
    criteria, left_out = check_criteria(removal, data, plan)
    notes = [*doubts(data), *notes_on(removal), *uncounted(model), *left_out]
    timed = images[:1].repeat(plan.timed_batch, *[1] * (images.ndim - 1))
    session = _Session(model, data, ood, groups, plan, removal, timed, criteria, notes)
    for subject in session.subjects(tell):
        session.take(subject)
        if unfinished is not None:
            session.save(unfinished)
    return session.audit(name or type(model).__name__)


@dataclass(frozen=True, eq=False)
class _Subject:
    """A network of the audit, and what went to make it."""

    label: str
    criterion: str
    level: float
    network: nn.Module
    gone: Gone | None = None


class _Session:
    """The tables of an audit while they grow."""

    def __init__(self, model, data: Data, ood, groups, plan: AuditSettings, removal, image, criteria, notes):
        self.model, self.data, self.ood, self.groups = model, data, ood, groups
        self.plan, self.removal, self.image, self.criteria, self.notes = plan, removal, image, criteria, notes
        self.labels = data.test.labels.cpu().numpy()
        self.rows: dict[str, list] = {
            name: [] for name in ("networks", "measures", "classes", "groups", "detection", "changed")
        }
        self.judged: dict[str, list] = {name: [] for name in ("verdicts", "control", "repairs")}
        self.dense: Answers | None = None
        self.at_chance = False
        self.kept: tuple[float, Kept] | None = None

    def subjects(self, tell) -> Iterator[_Subject]:
        """The dense network, its control, and every pruned one; only one of them is kept at a time."""
        tell("measuring the dense network")
        yield _Subject(DENSE, "none", 0.0, self.model)
        if self.plan.fine_tune:
            tell(f"training the dense network on for {self.plan.fine_tune} epochs: the control")
            yield _Subject(CONTROL, "none", 0.0, self._trained(copy.deepcopy(self.model)))
        seen = self._images_for_hrank() if "hrank" in self.criteria else None
        for criterion in self.criteria:
            for level in self.plan.levels:
                label = f"{criterion} at {level:g}"
                tell(f"removing channels: {label}")
                gone = self.removal.gone(level, criterion, seen, self.plan.seed)
                smaller = self.removal.smaller(gone)
                network = self._trained(smaller) if self.plan.fine_tune else smaller
                yield _Subject(label, criterion, level, network, gone)

    def _images_for_hrank(self) -> torch.Tensor:
        count = min(len(self.data.train), BATCHES * BATCH)
        drawn = torch.randperm(len(self.data.train), generator=torch.Generator().manual_seed(self.plan.seed))[:count]
        return self.data.normalise(self.data.train.images[drawn])

    def _trained(self, network: nn.Module) -> nn.Module:
        plan = self.plan
        with one_sentence("the fine-tuning failed", "try another `train_batch` or `learning_rate`"):
            training.train(
                network.requires_grad_(True), self.data, seed=plan.seed, epochs=plan.fine_tune, batch=plan.train_batch,
                learning_rate=plan.learning_rate, schedule="cosine",
            )  # fmt: skip
        return network

    def _answers(self, network: nn.Module, temperature: float = 1.0) -> Answers:
        logits = self._logits(network, self.data.test.images) / temperature
        if self.ood is None:
            return Answers(softmax(logits, axis=1), logits=logits)
        outside = self._logits(network, self.ood) / temperature
        return Answers(softmax(logits, axis=1), softmax(outside, axis=1), logits, outside)

    def _logits(self, network: nn.Module, images: torch.Tensor) -> np.ndarray:
        with one_sentence("the network failed on a batch of images", "try another `batch`"):
            logits = training.predict(network, images, batch=self.plan.batch, normalise=self.data.normalise)
        if not logits.isfinite().all():
            hint = "try a smaller `learning_rate`" if self.plan.fine_tune else "it takes one that was trained"
            raise ParameterError(f"a network gives logits that are not finite; {hint}")
        return logits.double().numpy()

    def take(self, subject: _Subject) -> None:
        """Measure one network, judge it beside the dense one, and add it to the tables."""
        named = {"network": subject.label, "criterion": subject.criterion, "level": subject.level}
        epochs = 0 if subject.label == DENSE else self.plan.fine_tune
        costs = cost(subject.network, self.model, self.image, self.plan.repeats)
        self.rows["networks"].append(named | {"fine_tune": epochs} | costs)
        answers = self._answers(subject.network)
        if not np.isfinite(metrics.nll(answers.probs, self.labels)):
            hint = "try a smaller `learning_rate`" if self.plan.fine_tune else "check `normalise`"
            raise ParameterError(f"the network {subject.label!r} is sure of wrong answers beyond all measure; {hint}")
        values, differing = measured(answers, self.labels, self.plan), {}
        if self.dense is None:
            self.dense = answers
            self._doubt(values["accuracy"])
        else:
            differing, verdicts = self._compared(named, answers)
            self.judged["control" if subject.label == CONTROL else "verdicts"].append(verdicts)
            if subject.gone is not None:
                self._keep(subject, verdicts, metrics.nll(answers.probs, self.labels))
                if self.plan.repairs and not (verdicts["verdict"] == SAFE).all():
                    self._repair(subject, named)
        self.rows["measures"] += [named | row for row in _measure_rows(values, differing)]

    def save(self, folder: Path) -> None:
        """Write what there is so far."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = {name: pd.DataFrame(self.rows[name]) for name in ("networks", "measures")}
        growing = {name: self.rows[name] for name in ("classes", "groups", "detection", "changed")} | self.judged
        rows |= {name: pd.concat(parts, ignore_index=True) for name, parts in growing.items() if parts}
        for name, table in rows.items():
            with replacing(folder / f"{name}.csv") as path:
                table.to_csv(path, index=False, lineterminator="\n")

    def _compared(self, named: dict, answers: Answers) -> tuple[dict, pd.DataFrame]:
        classes = self.data.classes
        differing, by_class, by_group = self._changes(answers)
        self.rows["classes"].append(_with(named, by_class))
        if by_group is not None:
            self.rows["groups"].append(_with(named, by_group))
        if self.ood is not None:
            self.rows["detection"].append(
                _with(named, detection_changes(self.dense, answers, self.plan.confidence_level))
            )
        self.rows["changed"].append(_with(named, changed_images(self.dense.probs, answers.probs, self.labels, classes)))
        return differing, self._judged(named, differing)

    def _changes(self, answers: Answers):
        return changes_by_part(self.dense, answers, self.labels, self.data.classes, self.groups, self.plan)

    def _judged(self, named: dict, differing: dict) -> pd.DataFrame:
        found = judge(pd.DataFrame([named | row for row in _measure_rows({}, differing)]), self.plan.rules)
        return found.assign(verdict=found["verdict"].replace(SAFE, UNDECIDED)) if self.at_chance else found

    def _repair(self, subject: _Subject, named: dict) -> None:
        with one_sentence("a repair failed", "try `repairs` off"):
            for repair in repaired(subject.network, self.data, self.plan.batch, self.plan.seed):
                answers = self._answers(repair.network, repair.temperature)
                verdicts = self._judged(named, self._changes(answers)[0])
                verdicts.insert(3, "repair", repair.name)
                self.judged["repairs"].append(verdicts.assign(temperature=repair.temperature))

    def _keep(self, subject: _Subject, verdicts: pd.DataFrame, nll: float) -> None:
        """Hold on to the network, if it is the best so far of what `keep` asks for."""
        if self.plan.keep is None:
            return
        if self.plan.keep == "safe":
            so_far = overall(pd.concat(self.judged["verdicts"], ignore_index=True))
            wanted = chosen(so_far, pd.DataFrame(self.rows["networks"])) == subject.label
            worth = -1.0  # whatever is chosen now takes the place of what was
        else:
            wanted, worth = subject.level == float(self.plan.keep), nll
        if wanted and (self.kept is None or worth <= self.kept[0]):
            normalise = (self.data.mean.tolist(), self.data.std.tolist())
            network, gone = unwrapped(subject.network, subject.gone)
            self.kept = (worth, Kept(subject.label, network, gone, normalise, tuple(self.data.classes)))

    def _doubt(self, accuracy: tuple[float, float, float]) -> None:
        chance = 1 / len(self.data.classes)
        self.at_chance = accuracy[1] <= chance
        if self.at_chance:
            self.notes.append(
                f"The dense network is right on {accuracy[0]:.1%} of the test images, no better than chance "
                f"({chance:.1%}), so that nothing can be called safe: check `normalise`, the weights, and that the "
                "classes are in the network's order."
            )

    def audit(self, name: str) -> Audit:
        """The finished audit."""
        networks, measures = (pd.DataFrame(self.rows[table]) for table in ("networks", "measures"))
        parts = {
            table: pd.concat(self.rows[table], ignore_index=True) if self.rows[table] else pd.DataFrame()
            for table in ("classes", "groups", "detection", "changed")
        }
        nothing = self.judged["verdicts"][0].head(0)
        judged = {table: pd.concat(rows, ignore_index=True) if rows else nothing for table, rows in self.judged.items()}
        outsiders = 0 if self.ood is None else len(self.ood)
        kept = None if self.kept is None else self.kept[1]
        return Audit(
            with_milliseconds(networks), measures, **parts, **judged, notes=tuple(self.notes),
            settings=self.plan, data=self.data, name=name, outsiders=outsiders, kept=kept,
        )  # fmt: skip


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
