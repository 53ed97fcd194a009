"""What the book claims of audits; no paper audits a reader's network."""

from collections.abc import Callable, Sequence

import pandas as pd

from pruneuq_helpers import text
from pruneuq_helpers.chapters.audit_your_model.tables import control
from pruneuq_helpers.claims import MARGINS, Claim, above_chance


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The networks of every audit."""
    return run("audits")


def _pruned(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["criterion"] != "none"]


def _beyond_control(table: pd.DataFrame) -> Sequence[float]:
    """Changed predictions at the highest level with fine-tuning, minus those of the dense network trained on."""
    tuned = table[table["fine_tune"] > 0]
    control = tuned[tuned["criterion"] == "none"].groupby("seed")["changed"].max()  # the dense one itself has none
    top = _pruned(tuned)
    top = top[top["level"] == top["level"].max()].groupby("seed")["changed"].mean()
    return (top - control).dropna().to_numpy()


def _hope(table: pd.DataFrame) -> Sequence[float]:
    """Change of accuracy on the first half, of the network that is best there, minus its change on the second half."""
    pruned = _pruned(table)
    best = pruned.loc[pruned.groupby("seed")["first_change"].idxmax()]
    return (best["first_change"] - best["second_change"]).to_numpy()


def _dense_accuracy(table: pd.DataFrame) -> pd.Series:
    return table.loc[table["network"] == "dense", "accuracy"]


def _control_keeps(table: pd.DataFrame) -> str:
    """The recipe of the fine-tuning leaves a dense network as accurate as it was: else it hides what pruning does."""
    lost = -control(table).mean()
    if not lost > MARGINS["accuracy"].value:
        return ""
    return f"the fine-tuning costs a dense network {text.number(100 * lost, 1)} points of its accuracy"


def _book(name: str, *needs, **rule) -> Claim:
    needs = (above_chance(_dense_accuracy), *needs)
    return Claim(f"book.audit.{name}", "10", "book", "ch. 10", "", needs=needs, **rule)


CLAIMS = [
    _book(
        "beyond-the-control", _control_keeps,
        short="pruning changes more than training on",
        finding="Pruning changes predictions beyond what as much training without pruning changes.",
        effect="share of changed predictions at the highest level, fine-tuned, minus the dense network trained on",
        measured="changed", measure=_beyond_control,
    ),
    _book(
        "best-is-hopeful",
        short="the best of many looks better than it is",
        finding="The best of many pruned networks looks better on the images that chose it than on others.",
        effect="change of accuracy on the half that chose minus on the other half",
        measured="accuracy", measure=_hope,
    ),
]  # fmt: skip
