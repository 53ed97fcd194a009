"""The audit itself: prune, train on if asked, measure, compare with the dense network, judge."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from pruneuq_helpers import metrics, training
from pruneuq_helpers.audit.classes import changed_images
from pruneuq_helpers.audit.costs import cost, uncounted
from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.audit.measures import Answers, changes_by_class, measured
from pruneuq_helpers.audit.removal import Removal, find_removal, notes_on
from pruneuq_helpers.audit.settings import AuditSettings, settings_of
from pruneuq_helpers.audit.subject import check_subject
from pruneuq_helpers.audit.verdicts import judge, overall
from pruneuq_helpers.data import Data
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.criteria import CRITERIA
from pruneuq_helpers.pruning.hrank import BATCH, BATCHES

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
    changed : pandas.DataFrame
        One row a network and image with another prediction than the dense network's.
    verdicts : pandas.DataFrame
        One row a pruned network and rule.
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
    >>> _ = torch.manual_seed(0)
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> examine(model, data.load("moons"), levels=[0.5], criteria=["l1"], rules={"changed": 0.99})
    Audit(Sequential on moons: l1 at 0.5; 1 of 1 safe)
    """

    networks: pd.DataFrame
    measures: pd.DataFrame
    classes: pd.DataFrame
    changed: pd.DataFrame
    verdicts: pd.DataFrame
    notes: tuple[str, ...]
    settings: AuditSettings
    data: Data
    name: str
    outsiders: int = 0

    def __repr__(self) -> str:
        found = self.overall
        safe = f"{(found['verdict'] == 'safe').sum()} of {len(found)} safe"
        return f"Audit({self.name} on {self.data.name}: {', '.join(found['network'])}; {safe})"

    @property
    def overall(self) -> pd.DataFrame:
        """One verdict a pruned network."""
        return overall(self.verdicts)


def examine(
    model: nn.Module,
    data: Data,
    ood: torch.Tensor | None = None,
    name: str | None = None,
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
    tell = tell or (lambda text: None)
    if len(data.test) < FEWEST:
        raise ParameterError(
            f"parameter `data` got {len(data.test)} test images; it takes {FEWEST} or more, because intervals by "
            "resampling fewer say nothing"
        )
    tell("tracing the network")
    images = check_subject(model, data, plan.device)
    removal = find_removal(model, images)
    session = _Session(model, data, ood, plan, removal, images[:1].repeat(plan.timed_batch, *[1] * (images.ndim - 1)))
    for label, criterion, level, network in session.networks(tell):
        session.take(label, criterion, level, network)
    return session.audit(name or type(model).__name__)


class _Session:
    """The tables of an audit while they grow."""

    def __init__(self, model: nn.Module, data: Data, ood, plan: AuditSettings, removal: Removal, image: torch.Tensor):
        self.model, self.data, self.ood, self.plan, self.removal, self.image = model, data, ood, plan, removal, image
        self.labels = data.test.labels.cpu().numpy()
        self.rows: dict[str, list] = {name: [] for name in ("networks", "measures", "classes", "changed")}
        self.notes = [*notes_on(removal), *uncounted(model)]
        self.dense: Answers | None = None

    def networks(self, tell) -> Iterator[tuple[str, str, float, nn.Module]]:
        """The dense network, its control, and every pruned one; only one of them is kept at a time."""
        tell("measuring the dense network")
        yield DENSE, "none", 0.0, self.model
        if self.plan.fine_tune:
            tell(f"training the dense network on for {self.plan.fine_tune} epochs: the control")
            yield CONTROL, "none", 0.0, self._trained(copy.deepcopy(self.model))
        seen = self._images_for_hrank() if "hrank" in (self.plan.criteria or CRITERIA) else None
        done = 0
        for criterion in self.plan.criteria or CRITERIA:
            for level in self.plan.levels:
                label = f"{criterion} at {level:g}"
                tell(f"removing channels: {label}")
                try:
                    smaller = self.removal.smaller(level, criterion, seen, self.plan.seed)
                except ParameterError as error:
                    # Asked for by name, a criterion that cannot be had ends the audit; otherwise it is left out.
                    if self.plan.criteria is not None or "parameter `criterion` got" not in str(error):
                        raise
                    why = str(error).partition(", but ")[2].partition(";")[0].replace("`", "")
                    self.notes.append(f"The criterion {criterion} was left out: {why}.")
                    break
                yield label, criterion, level, self._trained(smaller) if self.plan.fine_tune else smaller
                done += 1
        if not done:
            raise ParameterError("parameter `criteria` got none that this network allows")

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

    def _answers(self, network: nn.Module) -> Answers:
        outside = None if self.ood is None else self._probs(network, self.ood)
        return Answers(self._probs(network, self.data.test.images), outside)

    def _probs(self, network: nn.Module, images: torch.Tensor) -> np.ndarray:
        with one_sentence("the network failed on a batch of images", "try another `batch`"):
            logits = training.predict(network, images, batch=self.plan.batch, normalise=self.data.normalise)
        if not logits.isfinite().all():
            hint = "try a smaller `learning_rate`" if self.plan.fine_tune else "it takes one that was trained"
            raise ParameterError(f"a network gives logits that are not finite; {hint}")
        return torch.softmax(logits.double(), dim=1).numpy()

    def take(self, label: str, criterion: str, level: float, network: nn.Module) -> None:
        """Measure one network and add it to the tables."""
        named = {"network": label, "criterion": criterion, "level": level}
        epochs = 0 if label == DENSE else self.plan.fine_tune
        self.rows["networks"].append(
            named | {"fine_tune": epochs} | cost(network, self.model, self.image, self.plan.repeats)
        )
        answers = self._answers(network)
        if not np.isfinite(metrics.nll(answers.probs, self.labels)):
            hint = "try a smaller `learning_rate`" if self.plan.fine_tune else "check `normalise`"
            raise ParameterError(f"the network {label!r} is sure of wrong answers beyond all measure; {hint}")
        values, differing = measured(answers, self.labels, self.plan), {}
        if self.dense is None:
            self.dense = answers
            self._doubt(values["accuracy"])
        else:
            classes = self.data.classes
            differing, by_class = changes_by_class(self.dense, answers, self.labels, classes, self.plan)
            self.rows["classes"].append(_with(named, by_class))
            self.rows["changed"].append(
                _with(named, changed_images(self.dense.probs, answers.probs, self.labels, classes))
            )
        self.rows["measures"] += [named | row for row in _measure_rows(values, differing)]

    def _doubt(self, accuracy: tuple[float, float, float]) -> None:
        chance = 1 / len(self.data.classes)
        if accuracy[1] <= chance:
            self.notes.append(
                f"The dense network is right on {accuracy[0]:.1%} of the test images, no better than chance "
                f"({chance:.1%}), so that the verdicts mean nothing: check `normalise`, the weights, and that the "
                "classes are in the network's order."
            )

    def audit(self, name: str) -> Audit:
        """The finished audit."""
        networks, measures = (pd.DataFrame(self.rows[table]) for table in ("networks", "measures"))
        classes, changed = (pd.concat(self.rows[table], ignore_index=True) for table in ("classes", "changed"))
        verdicts = judge(measures[measures["criterion"] != "none"], self.plan.rules)
        outsiders = 0 if self.ood is None else len(self.ood)
        return Audit(
            networks, measures, classes, changed, verdicts, tuple(self.notes), self.plan, self.data, name, outsiders
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
