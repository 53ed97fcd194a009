"""The book's own answer: what pruning does to one network, as rules that the answer's rows of chapter 7 decide.

Each is asked at the level at which the text tells it. Beside a pruned and fine-tuned network stand the dense one
trained on for as long, a small one from scratch, and a dense one that is as accurate.
"""

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.measures import Measure
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paired import EQUAL, change, less
from pruneuq_helpers.claims import Claim, above_chance

LOW, HIGH = 0.4, 0.8  # about a third of the parameters stay, and a twentieth
BOTH = (LOW, HIGH)
# Of each measure: its column, what it is called, whose margin it has, what is expected, in a few words, and where.
MEASURES = {
    "accuracy": ("accuracy", "accuracy", "accuracy", "<", "accuracy falls", BOTH),
    "ece": ("ece", "ECE", "ECE", ">", "ECE rises", BOTH),
    "nll": ("nll", "NLL in nats", "NLL", ">", "NLL rises", (HIGH,)),
    "errors": ("auroc_errors", "AUROC of errors", "AUROC", "<", "errors harder to detect", BOTH),
    "near": ("auroc_near", "AUROC of near strangers", "AUROC", "<", "near strangers harder to detect", BOTH),
    "changed": ("changed", "share of predictions changed", "changed", ">", "more predictions change", (LOW,)),
}
TRAINED_ON = {"state": "trained on"}


def _longer(table: pd.DataFrame) -> pd.Series:
    """Accuracy of the dense networks trained on."""
    return table.loc[table["state"] == "trained on", "accuracy"]


def _of_answer(
    name: str, short: str, finding: str, effect: str, measured: str, measure: Measure, direction: str = "<"
) -> Claim:
    return Claim(
        f"book.answer.{name}", "07", "book", "ch. 7", "", short, finding, effect, measured, measure, direction,
        part="answer", needs=(above_chance(_longer),),
    )  # fmt: skip


def _less(column: str, level: float, other: dict, state: str = "fine-tuned") -> Measure:
    """Networks pruned by L1 minus others."""
    pruned = {"criterion": "l1", "state": state, "level": level}
    return lambda table: less(table, column, pruned, other)


def _less_equal(column: str) -> Measure:
    """Fine-tuned networks minus the dense one at the epoch at which it was as accurate."""
    return lambda table: change(table, column, HIGH, EQUAL) if column in table else []


def _fine_tuned(name: str, level: float) -> Claim:
    column, title, measured, direction, short, _ = MEASURES[name]
    return _of_answer(
        f"{name}.{level:g}", f"{short} at {level:g}",
        f"Pruned to level {level:g} by L1 and fine-tuned, beside the dense network trained on for as long: {short}.",
        f"{title} at level {level:g} minus dense trained on", measured, _less(column, level, TRAINED_ON), direction,
    )  # fmt: skip


ANSWER_CLAIMS = [
    *(_fine_tuned(name, level) for name, (*_, levels) in MEASURES.items() for level in levels),
    _of_answer(
        "scratch.accuracy.0.8", "more accurate than scratch, 0.8",
        "Pruned to level 0.8 by L1 and fine-tuned, a network is more accurate than one as small that is trained from "
        "scratch by the same recipe.",
        "accuracy at level 0.8 minus that of the small network from scratch", "accuracy",
        _less("accuracy", HIGH, {"state": "from scratch", "level": HIGH}), ">",
    ),
    _of_answer(
        "equal-accuracy.ece", "ECE higher at equal accuracy",
        "At level 0.8 ECE is higher than that of the dense network at the epoch at which it was as accurate.",
        "ECE at level 0.8 minus that of an earlier epoch of equal accuracy", "ECE", _less_equal("ece"), ">",
    ),
    _of_answer(
        "equal-accuracy.errors", "errors harder to detect, equal accuracy",
        "At level 0.8 errors are harder to detect than those of the dense network at the epoch at which it was as "
        "accurate.",
        "AUROC of errors at level 0.8 minus that of an earlier epoch of equal accuracy", "AUROC",
        _less_equal("auroc_errors"),
    ),
    _of_answer(
        "cut.gap", "too sure of itself as cut, 0.4",
        "Cut to level 0.4 by L1 and left so, a network is too sure of itself by more than the dense one is.",
        "confidence minus accuracy, as cut minus dense", "confidence",
        _less("gap", LOW, {"state": "as trained"}, "as cut"), ">",
    ),
]  # fmt: skip
