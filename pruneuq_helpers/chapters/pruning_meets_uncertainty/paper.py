"""S1's tables in their own form, with our numbers beside the printed ones."""

from functools import cache

import pandas as pd

from pruneuq_helpers.claims import published
from pruneuq_helpers.text import plus_minus

WORDS = {
    "random": "random", "l1": "L1", "bn": "batch norm", "hrank": "HRank", "resrep": "ResRep",
    "msp": "softmax", "ensemble": "ensemble", "mc_dropout": "MC dropout",
}  # fmt: skip
METHODS = ("msp", "ensemble", "mc_dropout")
SETTINGS = {"ResNet18": ("resnet18", "cifar100"), "VGG19": ("vgg19", "cifar100"), "ImageNet": ("resnet18", "imagenet")}


@cache  # every claim of S1 asks for it
def printed(metric: str) -> pd.DataFrame:
    """S1's values of a measure as fractions: 0.319 of a table "times 0.1" becomes 0.0319."""
    table = published.table("S1_tables2to7").query("metric == @metric")
    named = {pair: name for name, pair in SETTINGS.items()}
    setting = [named[pair] for pair in zip(table["network"], table["data"], strict=True)]
    found = table.assign(setting=setting, accuracy=table["accuracy"] / 100, value=table["value"] / 10)
    return found[["setting", "method", "uncertainty", "level", "accuracy", "value"]].reset_index(drop=True)


def beside(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A table in the form of S1's Tables 2 to 7, with a row for us and one for each of S1's settings."""
    levels = sorted(table["level"].unique())
    cells = {
        (row.uncertainty, row.method, f"S1, {row.setting}", row.level): f"{row.accuracy:.3f} / {row.value:.3f}"
        for row in printed(metric).itertuples()
    }
    criteria = [name for name in WORDS if name in set(table["criterion"])]
    for criterion in criteria:
        chosen = table[table["criterion"].isin(["dense", criterion])]
        for (method, level), part in chosen.groupby(["method", "level"]):
            text = f"{part['accuracy'].mean():.3f} / {plus_minus(part[metric])}"
            cells[method, criterion, "ours", level] = text
    sources = ["ours", *(f"S1, {name}" for name in SETTINGS)]
    keys = [(method, criterion, source) for method in METHODS for criterion in criteria for source in sources]
    rows = [[cells.get((*key, level), "–") for level in levels] for key in keys]
    named = [(WORDS[method], WORDS[criterion], source) for method, criterion, source in keys]
    index = pd.MultiIndex.from_tuples(named, names=["method", "criterion", ""])
    return pd.DataFrame(rows, index=index, columns=[f"level {level:g}" for level in levels])


class Folded:
    """A long table that shows one method at a time: each unfolds at a click, without a kernel."""

    def __init__(self, table: pd.DataFrame, about: str):
        self.table, self.about = table, about

    def __repr__(self) -> str:
        return f"{self.about}, by method, criterion and source: {len(self.table)} rows"

    def _repr_html_(self) -> str:
        parts = []
        for place, (method, part) in enumerate(self.table.groupby(level=0, sort=False)):
            # Headings in the rows, and a box that a keyboard can scroll: wide tables must fit a phone.
            rows = part.droplevel(0).to_html(border=0, classes="dataframe")
            style = "overflow-x:auto;white-space:nowrap;font-size:0.85em"
            box = f'<div role="region" aria-label="{method}" tabindex="0" style="{style}">{rows}</div>'
            parts.append(f"<details{'' if place else ' open'}><summary>{method}: {self.about}</summary>{box}</details>")
        return "".join(parts)


def sizes(table: pd.DataFrame) -> pd.DataFrame:
    """A table in the form of S1's Table 1: the fraction of the parameters that is left, ours and S1's.

    Below it the fraction of the multiply–adds, which S1 does not print.
    """
    rows = _left(table, "parameters", "ours")
    millions = published.table("S1_table1").query("method in ['l1', 'resrep']")
    for (network, method), part in millions.groupby(["network", "method"]):
        left = part.set_index("level")["millions"] / part["millions"].max()
        rows[f"S1, {network}", WORDS[method]] = {level: f"{share:.3f}" for level, share in left.items()}
    rows |= _left(table, "macs", "ours, multiply–adds")
    levels = sorted(table["level"].unique())
    found = pd.DataFrame([[row.get(level, "–") for level in levels] for row in rows.values()])
    found.index = pd.MultiIndex.from_tuples(rows, names=["", "criterion"])
    found.columns = [f"level {level:g}" for level in levels]
    return found


def _left(table: pd.DataFrame, column: str, whose: str) -> dict[tuple[str, str], dict[float, str]]:
    """What every criterion leaves of a size, as fractions of the dense network's."""
    chosen, rows = table[table["method"] == "msp"], {}
    dense = chosen.loc[chosen["criterion"] == "dense", column].mean()
    for criterion in [name for name in WORDS if name in set(table["criterion"])]:
        part = chosen[chosen["criterion"].isin(["dense", criterion])].groupby("level")[column]
        rows[whose, WORDS[criterion]] = {level: plus_minus(values / dense) for level, values in part}
    return rows
