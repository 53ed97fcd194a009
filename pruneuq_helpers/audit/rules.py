"""What can be judged, which way is worse, and by how much a measure may get worse."""

from collections.abc import Iterable, Mapping

from pruneuq_helpers.errors import ParameterError, suggestion

# +1 where a rise is worse.
WORSE = {
    "accuracy": -1, "ece": 1, "nll": 1, "brier": 1, "ause": 1, "aurc": 1, "auroc": -1, "class_recall": -1,
    "group_accuracy": -1, "flips": 1, "changed": 1,
}  # fmt: skip
OF_AN_AUDIT = ("accuracy", "ece", "nll", "brier", "ause", "auroc", "class_recall", "group_accuracy", "changed")
RULES = {"accuracy": 0.01, "ece": 0.02, "class_recall": 0.1}
_UNBOUNDED = ("nll",)  # every other measure is a share, or a mean of values below 2

CRITERIA = {"l1": "L1", "bn": "batch norm", "hrank": "HRank"}  # as a person reads them; files keep the short names
NAMES = {
    "accuracy": "accuracy", "ece": "ECE", "gap": "confidence − accuracy", "nll": "NLL", "brier": "Brier score",
    "ause": "AUSE", "aurc": "AURC", "auroc": "AUROC", "class_recall": "recall of the class that loses most",
    "group_accuracy": "accuracy of the group that loses most", "flips": "right before, wrong after",
    "changed": "changed predictions", "aupr_out": "AUPR (outsiders)", "aupr_in": "AUPR (own)",
    "fpr95": "false alarms at 95 %",
}  # fmt: skip


def shown(name: str) -> str:
    """A criterion, or a network that is called by one, as a person reads it.

    >>> shown("l1 at 0.5, seed 1"), shown("random"), shown("dense, trained on")
    ('L1 at 0.5, seed 1', 'random', 'dense, trained on')
    """
    criterion, at, rest = name.partition(" at ")
    return CRITERIA.get(criterion, criterion) + at + rest


def margins(texts: Iterable[str], source: str) -> dict[str, float]:
    """Margins from texts such as accuracy=0.01; `source` is what sentences call their place."""
    found: dict[str, float] = {}
    for text in texts:
        name, _, margin = text.partition("=")
        measure = name.strip().replace("-", "_")
        if measure in found:
            raise ParameterError(f"{source} got {measure} twice; it takes each measure once")
        try:
            found[measure] = float(margin)
        except ValueError:
            once = ", once for each measure" if "," in text else ""
            takes = f"it takes MEASURE=MARGIN, such as accuracy=0.01{once}"
            raise ParameterError(f"{source} got {text!r}; {takes}") from None
    return found


def check_rules(rules: dict[str, float], known=tuple(WORSE)) -> None:
    """Refuse a measure that is not known, and a margin that would let everything pass."""
    if not isinstance(rules, Mapping):
        raise ParameterError(f"parameter `rules` got {rules!r}; it takes a dict of measure to margin")
    for name, margin in rules.items():
        if name not in known:
            near = suggestion(str(name), known)
            raise ParameterError(f"parameter `rules` got {name!r}; it takes measures out of {', '.join(known)}{near}")
        number = isinstance(margin, int | float) and not isinstance(margin, bool)
        if not (number and 0 < margin <= 10):
            raise ParameterError(f"parameter `rules` got {name}={margin!r}; it takes margins above 0")
        if margin >= 1 and name not in _UNBOUNDED:
            raise ParameterError(
                f"parameter `rules` got {name}={margin!r}; it takes a margin below 1, such as 0.01 for one in a hundred"
            )
