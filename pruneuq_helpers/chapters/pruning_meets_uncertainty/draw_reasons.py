"""The figures of the reasons behind chapter 7's main answer."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from pruneuq_helpers import figures
from pruneuq_helpers.chapters.pruning_meets_uncertainty.answer import CRITERIA, STATES
from pruneuq_helpers.chapters.pruning_meets_uncertainty.draw_answer import CONTROLS, PRUNED, in_panels, shown
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paired import EQUAL, change, three_levels
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import WORDS
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.figures.drawing import Drawing
from pruneuq_helpers.figures.styling import CARD, INK, MUTED, look, places, tick_levels
from pruneuq_helpers.text import number

AGAINST = {"nll": "NLL in nats", "auroc_errors": "AUROC of errors", "auroc_near": "AUROC, near strangers", "ece": "ECE"}
ACROSS = {
    "accuracy": "accuracy", "ece": "ECE", "nll": "NLL in nats", "auroc_errors": "AUROC of errors",
    "auroc_near": "near strangers", "changed": "other answers",
}  # fmt: skip
_SIZED = {"accuracy": "accuracy", "auroc": "AUROC of errors"}
_STATES = {"as cut": "as cut", "statistics": "batch norm’s statistics anew", "fine-tuned": "fine-tuned"}
_LOOKS = {"as cut": 5, "statistics": 4, "fine-tuned": 0}  # the last as L1 in the chapter's other figures
_CUT = {"accuracy": "accuracy", "gap": "confidence minus accuracy"}


def states(table: pd.DataFrame) -> Drawing:
    """Accuracy and overconfidence by level: as cut, with batch norm's statistics taken again, fine-tuned."""
    fig = figures.new_figure(6.4, 2.9)
    own = table[table["criterion"] == "l1"]
    dense = table[table["state"] == "as trained"]
    for ax, (column, title) in zip(fig.subplots(1, 2), _CUT.items(), strict=True):
        ax.axhline(dense[column].mean(), color=INK, linewidth=0.9)
        for state in STATES:
            rows, place = own[own["state"] == state], _LOOKS[state]
            mean = rows.groupby("level")[column].mean()
            ax.plot(rows["level"], rows[column], alpha=0.65, **look(place) | {"linestyle": "none", "markersize": 3.5})
            ax.plot(mean.index, mean, **look(place) | {"marker": ""})
        ax.set_title(title)
        ax.set_xlabel("share of channels removed")
        tick_levels(ax, own["level"])
    handles = [Line2D([], [], **look(_LOOKS[state]), label=_STATES[state]) for state in STATES]
    handles.append(Line2D([], [], color=INK, linewidth=0.9, label="dense"))
    fig.legend(handles=handles, loc="outside upper center", ncols=4)
    caption = (
        f"What mends a cut network ({WORDS['l1']}). A point is a seed, a line the mean. Right after the cut it is "
        "mostly wrong and far too sure; batch norm's statistics, taken again, move no weight."
    )
    _, level, _ = three_levels(table)
    at = own[own["level"] == level].groupby("state")[list(_CUT)].mean().loc[list(STATES)]
    said = [f"{row.Index}: accuracy {row.accuracy:.2f}, confidence minus it {row.gap:.2f}" for row in at.itertuples()]
    return Drawing(fig, "fig-states", caption, f"Two panels against the level. At level {level:g}, {'; '.join(said)}.")


def equal(table: pd.DataFrame) -> Drawing:
    """Each measure against accuracy: pruned networks beside the dense one at the epochs of its training."""
    fig = in_panels(table, AGAINST, _path, "accuracy", (6.4, 2.45), across=2)
    handles = [Line2D([], [], color=MUTED, label="dense, epoch by epoch")]
    handles += [Line2D([], [], **look(place) | {"linestyle": "none"}, label=PRUNED[name])
                for name, place in places(CRITERIA).items()]  # fmt: skip
    handles.append(Line2D([], [], color=MUTED, marker="D", linestyle="none", label=CONTROLS["scratch"]))
    fig.legend(handles=handles, loc="outside upper left", ncols=2)
    caption = (
        "Does pruning cost more than its errors explain? The grey line is the dense network while it was being "
        "trained; a point is a pruned and fine-tuned network of one level (mean over seeds). A point on the line is as "
        "good as a dense network that makes as many errors."
    )
    return Drawing(fig, "fig-equal", caption, _beside(table, shown(table, AGAINST)))


def _path(ax, table: pd.DataFrame, column: str) -> None:
    epochs = table[table["state"].isin(["earlier epoch", "as trained"])].groupby("epoch")[["accuracy", column]].mean()
    tuned = table[table["state"] == "fine-tuned"]
    lowest = tuned.groupby("level")["accuracy"].mean().min() - 0.06
    epochs = epochs.sort_values("accuracy")
    kept = epochs[epochs["accuracy"] >= lowest]
    ax.plot(kept["accuracy"], kept[column], color=MUTED, linewidth=2, marker="o", markersize=3)
    for criterion, place in places(CRITERIA).items():
        mean = tuned[tuned["criterion"] == criterion].groupby("level")[["accuracy", column]].mean()
        ax.plot(mean["accuracy"], mean[column], **look(place) | {"linestyle": "none"})
    small = table[table["state"] == "from scratch"].groupby("level")[["accuracy", column]].mean()
    ax.plot(small["accuracy"], small[column], color=MUTED, marker="D", markersize=5, linestyle="none")
    ax.margins(0.08)  # else the least accurate network lies in the corner


def _beside(table: pd.DataFrame, titles: Mapping[str, str]) -> str:
    level = table.loc[table["state"] == "fine-tuned", "level"].max()
    said = []
    for column, title in titles.items():
        said.append(f"{title} {with_interval(change(table, column, level, EQUAL), signed=True)}")
    beside = f"At level {level:g}, L1 minus the dense network of equal accuracy: {', '.join(said)}."
    return f"A panel a measure, against accuracy: the path of the dense network, and pruned ones as points. {beside}"


def networks(tables: Mapping[str, pd.DataFrame], levels: tuple[float, float] = (0.4, 0.8)) -> Drawing:
    """What L1 and fine-tuning change, measure by measure, on several networks and data sets that reach the levels."""
    tables = {name: table for name, table in tables.items() if set(levels) <= set(table["level"])}
    fig = figures.new_figure(6.4, 1.2 + 0.42 * len(tables) * 2)
    axes = fig.subplots(2, 3, sharey=True).flatten()
    names, said, l1 = list(tables), [], look(0) | {"linestyle": "none"}
    drawn = l1 | {"markerfacecolor": CARD}, l1  # the lower level is hollow
    for ax, (column, title) in zip(axes, ACROSS.items(), strict=True):
        ax.axvline(0, color=INK, linewidth=0.9)
        for row, (name, table) in enumerate(tables.items()):
            for place, level in enumerate(levels):
                values = change(table, column, level)
                if values.empty:  # such as a set without near images
                    continue
                found = contrast(values)
                at = row + 0.18 * (2 * place - 1)
                ax.hlines(at, found.low, found.high, color=drawn[place]["color"], linewidth=1.6)
                ax.plot(found.effect, at, **drawn[place])
                if column in ("ece", "accuracy"):
                    said.append(f"{title} of {name} at {level:g} {number(found.effect, 3, signed=True)}")
        ax.set_title(title)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.locator_params(axis="x", nbins=3)
    handles = [Line2D([], [], **how, label=f"level {level:g}") for how, level in zip(drawn, levels, strict=True)]
    fig.legend(handles=handles, loc="outside upper center", ncols=2)
    fig.supxlabel("pruned minus dense", fontsize=12)
    caption = (
        "The same question asked of other networks: pruned by L1 and fine-tuned, minus the dense network trained as "
        "long. A point is the mean over seeds, a bar its 95 % interval. *Small* is the network "
        "that chapter 7 itself trains, in the book on digits; *other answers* are predictions that differ from before."
    )
    return Drawing(
        fig, "fig-networks", caption, f"A panel a measure, a row a network, changes at two levels. {'; '.join(said)}."
    )


def criteria(grid: pd.DataFrame) -> Drawing:
    """Accuracy and error detection of one network against its size, by criterion: equal levels are no equal sizes."""
    fig = figures.new_figure(6.4, 3.1)
    tuned = grid[(grid["method"] == "msp") & ~grid["criterion"].isin(["dense", "earlier", "trained on"])]
    longer = grid[(grid["method"] == "msp") & (grid["criterion"] == "trained on")]
    known = places(name for name in WORDS if name in set(tuned["criterion"]))
    for ax, (column, title) in zip(fig.subplots(1, 2), _SIZED.items(), strict=True):
        ax.axhline(longer[column].mean(), color=INK, linewidth=0.9)
        for name, place in known.items():
            mean = tuned[tuned["criterion"] == name].groupby("level")[["parameters", column]].mean()
            ax.plot(mean["parameters"] / longer["parameters"].mean(), mean[column], **look(place))
        ax.set_xscale("log")
        ax.set_xticks([0.5, 0.2, 0.1, 0.05])
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="\N{NO-BREAK SPACE}%"))
        ax.minorticks_off()
        ax.invert_xaxis()
        ax.set_title(title)
        ax.set_xlabel("share of parameters left")
    handles = [Line2D([], [], **look(place), label=WORDS[name]) for name, place in known.items()]
    handles.append(Line2D([], [], color=INK, linewidth=0.9, label=CONTROLS["dense"]))
    fig.legend(handles=handles, loc="outside upper center", ncols=3)
    caption = (
        "Five ways to prune, after fine-tuning, against the size that they leave. A point is a level, 0.2 at the left, "
        f"mean over seeds ({tuned['seed'].nunique()} here). ResRep leaves more of the network at the same level, for "
        "it cuts some layers only."
    )
    level = tuned["level"].max()
    at = tuned[tuned["level"] == level].groupby("criterion")[["accuracy", "parameters"]].mean().loc[list(known)]
    share = at["parameters"] / longer["parameters"].mean()
    said = [f"{WORDS[name]} {at.accuracy[name]:.3f} with {share[name]:.0%} of the parameters" for name in known]
    return Drawing(
        fig, "fig-criteria", caption, f"Two measures against size. At level {level:g}, accuracy: {'; '.join(said)}."
    )
