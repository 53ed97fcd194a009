"""The pictures of an audit, each with its text alternative from the same table."""

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from pruneuq_helpers.audit.examination import Audit
from pruneuq_helpers.audit.rules import NAMES, WORSE, shown
from pruneuq_helpers.audit.session import DENSE
from pruneuq_helpers.figures import new_figure, trend
from pruneuq_helpers.figures.styling import INK, MUTED, legend_above, look, places, tick_levels
from pruneuq_helpers.text import number

_MOST_CLASSES = 30
_WIDTH = 7.4  # inches


def featured(audit: Audit) -> str:
    """The network that the report looks at closely: the chosen one, else the one whose accuracy falls least."""
    if audit.chosen is not None:
        return audit.chosen
    measures = audit.measures[(audit.measures["measure"] == "accuracy") & (audit.measures["criterion"] != "none")]
    return measures.loc[measures["change"].idxmax(), "network"]


def curves(audit: Audit, measures: list[str]) -> tuple[Figure, str]:
    """Measures against level, a line a criterion, with intervals over images and the margin of each rule."""
    rows = math.ceil(len(measures) / 2)
    fig = new_figure(_WIDTH, 0.5 + 2.6 * rows)
    axes = fig.subplots(rows, 2, squeeze=False).ravel()
    said = []
    for ax, measure in zip(axes, measures, strict=False):
        table = _by_level(audit, measure)
        known = places(table["criterion"].unique())
        for turn, (name, part) in enumerate(table.groupby("criterion", sort=False)):
            below, above = part["value"] - part["value_low"], part["value_high"] - part["value"]
            # The basic bootstrap of a calibration error may lie beside the value itself.
            bars = np.nan_to_num(np.clip([below, above], 0, None))
            apart = 0.008 * (turn - (len(known) - 1) / 2)
            beside = part["level"] + apart + 0.003 * part.groupby("level").cumcount()  # else bars hide
            ax.errorbar(beside, part["value"], yerr=bars, label=name, capsize=2, elinewidth=0.8, **look(known[name]))
        _margin(ax, audit, measure)
        ax.set_xlabel("share of channels removed")
        tick_levels(ax, table["level"])
        ax.set_ylabel(NAMES[measure])
        said.append(trend(table.rename(columns={"value": NAMES[measure]}), "level", NAMES[measure], by="criterion"))
    named = axes[0].get_legend_handles_labels()
    for ax in axes[len(measures) :]:  # a panel that is left over has room for the legend
        ax.set_axis_off()
        ax.legend(*named, loc="center left", handlelength=3.2)
    if len(measures) % 2 == 0:
        # The figure's own: above one panel, a long legend would squeeze the others.
        fig.legend(*named, loc="outside upper left", ncols=5, handlelength=3.2)
    return fig, ". ".join(said)


def _by_level(audit: Audit, measure: str) -> pd.DataFrame:
    """The measure of every pruned network, each criterion beginning at the dense one."""
    rows = audit.measures[audit.measures["measure"] == measure]
    dense = rows[rows["network"] == DENSE]
    parts = []
    for name, part in rows[rows["criterion"] != "none"].groupby("criterion", sort=False):
        parts.append(pd.concat([dense, part]).assign(criterion=shown(name)))
    return pd.concat(parts, ignore_index=True)


def _margin(ax, audit: Audit, measure: str) -> None:
    if measure not in audit.settings.rules:
        return
    rows = audit.measures[(audit.measures["measure"] == measure) & (audit.measures["network"] == DENSE)]
    at = rows["value"].iloc[0] + WORSE[measure] * audit.settings.rules[measure]
    ax.axhline(at, color=MUTED, linestyle=(0, (2, 2)), linewidth=1)
    # Outside, where no interval touches it.
    ax.text(1.015, at, "margin", transform=ax.get_yaxis_transform(), va="center", fontsize=10, color=MUTED)


def times(audit: Audit) -> tuple[Figure, str]:
    """How much faster each network is, measured, beside what the multiply-adds promise."""
    pruned = audit.networks[audit.networks["criterion"] != "none"].drop_duplicates(["criterion", "level"])
    promise = pruned.drop_duplicates("level").assign(criterion="promised by multiply–adds")
    table = pd.concat([
        pruned[["level"]].assign(criterion=pruned["criterion"].map(shown), speed_up=pruned["speed_up"]),
        promise[["criterion", "level"]].assign(speed_up=1 / promise["mac_fraction"]),
    ])  # fmt: skip
    ax = new_figure(_WIDTH, 3.2).subplots()
    known = places(table["criterion"].unique())
    for name, part in table.groupby("criterion", sort=False):
        ax.plot(part["level"], part["speed_up"], label=name, **look(known[name]))
    ax.axhline(1, color=MUTED, linewidth=1)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))  # powers of ten alone would label one line
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_formatter(lambda value, _: "")
    ax.set_xlabel("share of channels removed")
    tick_levels(ax, table["level"])
    ax.set_ylabel("times as fast as dense")
    legend_above(ax)
    return ax.figure, trend(table, "level", "speed_up", by="criterion")


def classes(audit: Audit, network: str, by_name: bool = False) -> tuple[Figure, str]:
    """Change of every class's recall in one network, with intervals."""
    found = audit.classes[audit.classes["network"] == network].sort_values("change", kind="stable")
    table = (found.sort_index() if by_name else found).head(_MOST_CLASSES)
    ax = new_figure(_WIDTH, 1.1 + 0.24 * len(table)).subplots()
    places = np.arange(len(table))[::-1]
    bars = np.clip([table["change"] - table["low"], table["high"] - table["change"]], 0, None)
    ax.errorbar(table["change"], places, xerr=bars, linestyle="none", marker="o", color=look(0)["color"], capsize=2)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(places, [_plain(str(name)[:24]) for name in table["class"]])
    ax.set_xlabel("change of recall (pruned − dense)")
    ax.set_ylabel("class")
    if by_name:  # frames of a slider: the classes and the scale stay where they are
        every = audit.classes[audit.classes["criterion"] != "none"]
        ax.set_xlim(every["low"].min() - 0.02, every["high"].max() + 0.02)
    worst, best = found.iloc[0], found.iloc[-1]
    low, high, least, most = (
        number(value, 3, signed=True) for value in (worst["low"], worst["high"], worst["change"], best["change"])
    )
    alt = (
        f"change of recall with {shown(network)}: from {least} ({low} to {high}) "
        f"for class {worst['class']} to {most} for class {best['class']}"
    )
    return ax.figure, alt


def _plain(name: str) -> str:
    """A class may be called `$5`, which is no formula."""
    return name.replace("$", r"\$")
