"""How an audit is made, and by which rules a level is called safe."""

import difflib
import math
from dataclasses import dataclass, field, fields

from pruneuq_helpers import checks
from pruneuq_helpers.audit.rules import OF_AN_AUDIT, RULES, check_rules
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.criteria import CRITERIA

_AT_LEAST = {
    "fine_tune": 0,
    "seeds": 1,
    "batch": 1,
    "train_batch": 1,
    "resamples": 100,
    "repeats": 3,
    "timed_batch": 1,
}


@dataclass(frozen=True)
class AuditSettings:
    """What an audit tries and what it takes for safe: levels, criteria, fine-tuning, margins.

    Attributes
    ----------
    levels : tuple of float
        Fractions of the channels of each layer to remove; the dense network (0) is always there.
    criteria : tuple of str or None
        What ranks channels: random, l1, bn, hrank; all that the network allows, unless given.
    fine_tune : int
        Epochs of training after each removal, with Adam and a rate that falls to 0 by half a cosine. The dense
        network is then trained on as long, as the control.
    seeds : int
        How often each removal is trained on, from `seed` upwards. A level is safe only where every such network is.
    learning_rate : float
        Of the fine-tuning.
    train_batch : int
        Images a step of the fine-tuning.
    rules : dict
        Measure to margin: a level is safe where the whole interval of the change for the worse lies below the margin
        of every measure. Measures: accuracy, ece, nll, brier, ause, auroc, class_recall (the class that loses most),
        group_accuracy (the group that loses most), changed (the share of images with another prediction).
    confidence_level : float
        Of the interval of every value. Those that a verdict rests on are as much wider as the choice among criteria
        asks for: see `judged_at`.
    hold_out : float
        Share of the test images that decide nothing: they measure the changes of the chosen network once more.
    repairs : bool
        Whether to try, for each network that is not safe, what mends it without training: batch norm's statistics
        taken again on training images, and one temperature fitted on validation images.
    keep : "safe", float or None
        Which pruned network to take home: the one that is chosen, or the best of a level.
    export : tuple of str
        Forms in which the kept network is written too: torch (a program of ``torch.export``), onnx (with the packages
        of ``pruneuq[onnx]``).
    resamples : int
        Of the bootstrap over images.
    batch : int
        Images a prediction.
    timed_batch, repeats : int
        Images in a timed prediction, and how often it is timed.
    seed : int
        Of random choices and of the bootstrap.
    device : str
        "cpu" or "cuda".

    Examples
    --------
    >>> AuditSettings(levels=(0.5,)).rules
    {'accuracy': 0.01, 'ece': 0.02, 'class_recall': 0.1}
    >>> AuditSettings(rules={"exactness": 0.01})
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `rules` got 'exactness'; it takes measures out of accuracy, ece, \
nll, brier, ause, auroc, class_recall, group_accuracy, changed
    """

    levels: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    criteria: tuple[str, ...] | None = None
    fine_tune: int = 0
    seeds: int = 1
    learning_rate: float = 1e-3
    train_batch: int = 64
    rules: dict[str, float] = field(default_factory=lambda: dict(RULES))
    confidence_level: float = 0.95
    hold_out: float = 0.0
    repairs: bool = True
    keep: str | float | None = None
    export: tuple[str, ...] = ()
    resamples: int = 1000
    batch: int = 256
    timed_batch: int = 1
    repeats: int = 20
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        levels = checks.each("levels", self.levels, checks.level, least=0)
        if self.criteria is not None:
            names = checks.sequence("criteria", self.criteria, f"some of {', '.join(CRITERIA)}")
            checks.settle(self, criteria=tuple(checks.choice("criteria", name, CRITERIA) for name in names))
        takes = "names of forms, such as torch"
        forms = [checks.text("export", name, takes) for name in checks.sequence("export", self.export, takes)]
        _require_different("levels", [f"{level:g}" for level in levels])
        _require_different("criteria", list(self.criteria or ()))
        checks.settle(self, export=tuple(forms), levels=tuple(sorted(set(levels) - {0.0})))
        _require(len(self.levels) > 0, "levels", "none above 0", "one or more numbers between 0 and 1")
        _require(self.criteria is None or len(self.criteria) > 0, "criteria", "none", f"some of {', '.join(CRITERIA)}")
        check_rules(self.rules, OF_AN_AUDIT)
        for name, least in _AT_LEAST.items():
            checks.settle(self, **{name: checks.whole(name, getattr(self, name), least)})
        trained = self.seeds == 1 or self.fine_tune > 0
        _require(trained, "seeds", repr(self.seeds), "1 where nothing is trained, that is with `fine_tune` 0")
        checks.settle(self, learning_rate=checks.positive("learning_rate", self.learning_rate))
        checks.settle(self, confidence_level=checks.share("confidence_level", self.confidence_level))
        checks.settle(self, seed=checks.seed("seed", self.seed))
        takes = "a number of at least 0 and below 1"
        checks.settle(self, hold_out=checks.number("hold_out", self.hold_out, takes, 0, math.nextafter(1, 0)))
        checks.settle(self, repairs=checks.flag("repairs", self.repairs))
        levels = ", ".join(f"{level:g}" for level in self.levels)
        word = self.keep is None or (isinstance(self.keep, str) and self.keep == "safe")
        right = word or (_number(self.keep) and float(self.keep) in self.levels)
        _require(right, "keep", repr(self.keep), f"safe, or one of the levels {levels}")
        _require(not self.export or self.keep is not None, "export", "a form without `keep`", "a network to keep")
        _require_different("export", list(self.export))
        checks.choice("device", self.device, ("cpu", "cuda"))

    @property
    def judged_at(self) -> float:
        """The confidence of the intervals behind a verdict: of m criteria one is chosen: each may err m times less."""
        return 1 - (1 - self.confidence_level) / len(self.criteria or CRITERIA)


def settings_of(given: dict) -> AuditSettings:
    """AuditSettings from keyword arguments; an unknown one is refused with the nearest known name."""
    takes = "a dict of names of settings"
    known = [item.name for item in fields(AuditSettings)]
    for name in checks.instance("given", given, dict, takes):
        checks.text("given", name, takes)
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ParameterError(f"unknown parameter `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
    return AuditSettings(**given)


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require_different(name: str, values: list[str]) -> None:
    twice = next((value for value in values if values.count(value) > 1), None)
    _require(twice is None, name, f"{twice} twice", "each once")


def _require(right: bool, name: str, got: str, takes: str) -> None:
    if not right:
        raise ParameterError(f"parameter `{name}` got {got}; it takes {takes}")
