"""The audit itself: prune, train on if asked, measure, compare with the dense network, judge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.audit.choice import Kept, chosen, sequences
from pruneuq_helpers.audit.classes import named_groups
from pruneuq_helpers.audit.costs import uncounted, with_milliseconds
from pruneuq_helpers.audit.export import check_formats
from pruneuq_helpers.audit.heldout import FEWEST, set_apart
from pruneuq_helpers.audit.removal import find_removal, notes_on
from pruneuq_helpers.audit.session import Session
from pruneuq_helpers.audit.settings import AuditSettings, settings_of
from pruneuq_helpers.audit.subject import as_logits, check_criteria, check_subject, doubts
from pruneuq_helpers.audit.verdicts import by_level, overall
from pruneuq_helpers.checks import networks, paths, tensors
from pruneuq_helpers.data import Data
from pruneuq_helpers.errors import ParameterError


@dataclass(frozen=True, eq=False, repr=False)
class Audit:
    """What an audit found, as tables: every network, measure, class and verdict.

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
    again : pandas.DataFrame
        One row a measure: how the chosen network changes on the images that were held out, if some were.
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
    >>> from pruneuq_helpers import data, training
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
    again: pd.DataFrame
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
    def by_level(self) -> pd.DataFrame:
        """One verdict a criterion and level: safe only where the networks of all seeds are."""
        return by_level(self.overall)

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
    """Prune a network of your own at each level by each criterion, and say which is safe to use.

    Parameters
    ----------
    model : torch.nn.Module
        A trained classification network that torch-pruning can trace; from normalised images to logits. It is moved to
        the device and otherwise left as it was.
    data : Data
        From :func:`~pruneuq_helpers.audit.inputs.load_data`, ``data.load`` or ``data.make``; the network is judged on
        its test part. Training images are used by "hrank", by fine-tuning, by a repair and for distances of outsiders.
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
    _check(model, data, ood, name, unfinished, tell)
    check_formats(plan.export)
    if "auroc" in plan.rules and ood is None:
        raise ParameterError("parameter `rules` got 'auroc', which needs images of no class; it takes them as `ood`")
    if "group_accuracy" in plan.rules and groups is None:
        raise ParameterError("parameter `rules` got 'group_accuracy', which needs `groups`, a name for each test image")
    if ood is not None and len(ood) < FEWEST:
        raise ParameterError(f"parameter `ood` got {len(ood)} images of no class; it takes {FEWEST} or more, or none")
    groups = None if groups is None else named_groups(groups, len(data.test), "one a test image")
    data, groups, held_out = set_apart(data, groups, plan)
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
    session = Session(model, data, ood, groups, plan, removal, timed, criteria, notes)
    for subject in session.subjects(tell):
        session.take(subject)
        if unfinished is not None:
            session.save(unfinished)
    found = session.tables()
    nothing = {name: found["verdicts"].head(0) for name in ("control", "repairs")}
    nothing |= {name: pd.DataFrame() for name in ("groups", "detection")}
    found["again"] = session.again(held_out)
    return Audit(
        **nothing | found | {"networks": with_milliseconds(found["networks"])},
        notes=tuple(session.notes), settings=plan, data=data, name=name or type(model).__name__,
        outsiders=0 if ood is None else len(ood), kept=session.kept,
    )  # fmt: skip


def _check(model, data, ood, name, unfinished, tell) -> None:
    networks.plain("model", model)
    checks.instance("data", data, Data, "a data set, such as `data.load` gives")
    if ood is not None:
        tensors.dense("ood", ood, "images of no class, a tensor")
        if tuple(ood.shape[1:]) != tuple(data.input_shape) or not len(ood) or ood.dtype != data.test.images.dtype:
            raise checks.refused("ood", ood, f"{data.test.images.dtype} images of shape {tuple(data.input_shape)}")
        if not bool(ood.isfinite().all()):
            raise ParameterError("parameter `ood` got NaN or an infinite value; it takes finite numbers")
    if name is not None:
        checks.text("name", name, "what to call the network")
    if unfinished is not None:
        folder = paths.path("unfinished", unfinished, "the path of a folder")
        if folder.exists() and not folder.is_dir():
            raise checks.refused("unfinished", str(folder), "the path of a folder")
    if tell is not None:
        checks.function("tell", tell, "a function of a line of text")
