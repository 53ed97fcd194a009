"""Chapter 5's claims: what S0's section 5 and S2 say of pruned convolutional nets, and what the book asks besides.

All are about iterative tickets, paired by seed. S0 prunes linear layers, so its findings are judged there; the book's
own are asked of all layers too. Where the paper names no level, it is the highest one that was run.
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration.tables import networks_of, outside_of
from pruneuq_helpers.claims import Claim, Measure, above_chance, not_capped, only, published, rank_with_level

WINNER = 0.6  # S0's winning ticket; there all layers are still as accurate as none
MEAGER = 0.4  # no compression rate above it is meagre
SLACK = 0.1  # how far the level nearest to a named one may be from it
ECE = "ece10"  # S0's ten bins


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The part of the tickets; its column `part` says what a row measures."""
    return run("tickets")


def _by_level(measure: str, scope: str = "fc", strategy: str = "iterative") -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A measure of one strategy: a row a seed, a column a level, 0 for the dense network."""

    def wide(table: pd.DataFrame) -> pd.DataFrame:
        rows = networks_of(table, scope)
        rows = rows[rows["strategy"] == strategy]
        return rows.pivot_table(index="seed", columns="level", values=measure)

    return wide


def _highest(levels: pd.Index) -> float | None:
    return max((level for level in levels if level), default=None)


def _lowest(levels: pd.Index) -> float | None:
    return min((level for level in levels if 0 < level <= MEAGER), default=None)


def _near_winner(levels: pd.Index) -> float | None:
    level = min((level for level in levels if level), key=lambda level: abs(level - WINNER), default=None)
    return level if level is not None and abs(level - WINNER) <= SLACK else None


def _less(ticket, other, which, at_its_level: bool = True) -> Measure:
    """One table by level less another one, at the level of the first or from the dense network at level 0."""

    def gap(table: pd.DataFrame):
        wide, beside = ticket(table), other(table)
        level = which(wide.columns)
        there = level if at_its_level else 0.0
        if level is None or there not in beside.columns:
            return []
        return (wide[level] - beside[there]).dropna().to_numpy()

    return gap


def _change(measure: str, which=_highest, scope: str = "fc") -> Measure:
    """What changes from the dense network to a ticket."""
    wide = _by_level(measure, scope)
    return _less(wide, wide, which, at_its_level=False)


def _against(control: str, measure: str, scope: str) -> Measure:
    """The ticket of the highest level less a control of the same level."""
    return _less(_by_level(measure, scope), _by_level(measure, scope, control), _highest)


def _outside_change(measure: str) -> Measure:
    """What changes on images from outside, mean over their sets."""

    def wide(table: pd.DataFrame) -> pd.DataFrame:
        rows = outside_of(table)
        return rows[rows["strategy"] == "iterative"].pivot_table(index="seed", columns="level", values=measure)

    return _less(wide, wide, _highest, at_its_level=False)


def winner_early(table: pd.DataFrame):
    """Best epoch at the level nearest to S0's winning ticket, less the mean over all other levels."""
    wide = _by_level("best_epoch")(table)
    winner = _near_winner(wide.columns)
    if winner is None or wide.shape[1] < 2:
        return []
    return ((wide[winner] - wide.drop(columns=winner).mean(axis=1)) / wide[0.0].mean()).to_numpy()


def ece_with_level(table: pd.DataFrame):
    """Rank correlation of level and ECE, from the dense network to the highest level."""
    return rank_with_level(_by_level(ECE)(table)).to_numpy()


def _dense_accuracy(table: pd.DataFrame) -> pd.Series:
    rows = networks_of(table)
    return rows.loc[rows["strategy"] == "dense", "accuracy"]


def _ended(table: pd.DataFrame) -> pd.Series:
    """Whether the limit of epochs ended the trainings of the tickets and of their dense networks."""
    rows = networks_of(table)
    return rows.loc[rows["strategy"] == "iterative", "capped"].dropna()


def _claim(name: str, source: str, place: str, quote: str, scope: str = "fc", **rule) -> Claim:
    conditions = {"epochs": (not_capped(_ended),), "accuracy": (above_chance(_dense_accuracy),)}
    needs = (only("scope", scope), *conditions.get(rule["measured"], ()))
    return Claim(name, "05", source, place, quote, needs=needs, **rule)


def _paper(name: str, place: str, quote: str, **rule) -> Claim:
    return _claim(name, name.partition(".")[0], place, quote, **rule)


def _book(name: str, **rule) -> Claim:
    return _claim(f"book.{name}", "book", "ch. 5", "", **rule)


def _drawn(figure: str) -> pd.Series:
    return published.table("S0_figures").query(f"place == '{figure}'").set_index("level")["value"]


def _fig6() -> float:
    epochs = _drawn("Fig 6")
    return (epochs[WINNER] - epochs.drop(WINNER).mean()) / epochs[0.0]


def _to_top(values: pd.Series) -> float:
    return values[values.index.max()] - values[0.0]


AS_LONG, AS_SMALL = "same length", "from scratch"  # the controls, as the table names their strategies
LONG = "a dense network trained for as many epochs"
SMALL = "the same architecture trained from other initial weights"
TOP = "iterative tickets of the highest level, linear layers"
CLAIMS = [
    _paper(
        "S0.fig6.winning-ticket", "§5.1, Fig 6",
        "we have attained the winning ticket at a pruning ratio of 0.6",
        short="fewest epochs at level 0.6",
        finding="The ticket of level 0.6 needs fewer epochs than those of other levels do on average.",
        effect="best epoch at level 0.6 minus the mean over the other levels, in trainings of the dense network",
        measured="epochs", measure=winner_early, direction="<", printed=_fig6(),
    ),
    _paper(
        "S0.fig7.accuracy-kept", "§5.1, Fig 7",
        "the model was able to retain the actual accuracy on the test dataset",
        short="at level 0.6 as accurate as dense",
        finding="The ticket of level 0.6 is as accurate as the dense network.",
        effect="accuracy of iterative tickets of level 0.6, linear layers, minus dense",
        measured="accuracy", measure=_change("accuracy", _near_winner), direction="=",
    ),
    _paper(
        "S0.fig7.accuracy-drops", "§5.1, Fig 7",
        "also a more significant accuracy drop",
        short="much pruning costs accuracy (images)",
        finding="At a high level accuracy is lost.",
        effect=f"accuracy of {TOP}, minus dense",
        measured="accuracy", measure=_change("accuracy"), direction="<", printed=_to_top(_drawn("Fig 7")),
    ),
    _paper(
        "S0.s52.accuracy-rises-at-low-levels", "§5.2",
        "at meager compression rates, accuracy even increases",
        short="a little pruning adds accuracy",
        finding="At the lowest level accuracy rises.",
        effect="accuracy of iterative tickets of the lowest level, linear layers, minus dense",
        measured="accuracy", measure=_change("accuracy", _lowest),
    ),
    _paper(
        "S0.fig9.calibration-improves", "§5.2, Fig 9",
        "pruning has a positive effect on the calibration of a network",
        short="pruning lowers the ECE (images)",
        finding="Pruning improves the calibration of a convolutional net.",
        effect=f"ECE (10 bins) of {TOP}, minus dense",
        measured="ECE", measure=_change(ECE), direction="<", printed=_to_top(_drawn("Fig 9")),
    ),
    _paper(
        "S0.fig9.ece-falls-with-level", "§5.2, Fig 9",
        "yields a drop in accuracy but improves model calibration",
        short="the more, the lower the ECE (images)",
        finding="The more is pruned, the better the calibration, from the dense network to the highest level.",
        effect="rank correlation of level and ECE (10 bins), linear layers",
        measured="correlation", measure=ece_with_level, direction="<",
    ),
    _paper(
        "S0.fig10.less-confident-outside", "§5.3, Fig 10",
        "pruned models are considerably better in calibration",
        short="less sure of images from outside",
        finding="Pruned networks are less confident on images from outside.",
        effect=f"mean confidence on outside images of {TOP}, minus dense, mean over sets",
        measured="confidence", measure=_outside_change("confidence"), direction="<",
    ),
    _paper(
        "S0.s5.3.detects-outside", "§5.3",
        "improve a network's decision and therefore making it safer and more robust",
        short="tells images from outside better",
        finding="Pruning makes a network safer: it tells images from outside better.",
        effect=f"AUROC of 1 − confidence of {TOP}, minus dense, mean over sets",
        measured="AUROC", measure=_outside_change("auroc"),
    ),
    _paper(
        "S2.confidence-reallocated", "Uncertainty",
        "reallocates confidence intervals, evidenced by the reduced misclassification of man images",
        short="moves probability off the wrong class",
        finding="Pruning moves probability away from the class that a kind of outside image is mistaken for.",
        effect=f"probability of that class, named by a network apart: {TOP}, minus dense",
        measured="confidence", measure=_outside_change("judged_class"), direction="<",
        printed=_to_top(published.table("S2_panel").set_index("level")["value"]),
    ),
    _book(
        "all.nll-rises-first",
        short="all at 0.6: NLL has risen",
        finding="Where all layers are pruned to level 0.6, the NLL has risen.",
        effect="NLL of iterative tickets of the level nearest to 0.6, all layers, minus dense",
        measured="NLL", measure=_change("nll", _near_winner, "all"), scope="all",
    ),
    _book(
        "all.ece-rises-first",
        short="all at 0.6: ECE has risen",
        finding="Where all layers are pruned to level 0.6, the ECE has risen.",
        effect="ECE of iterative tickets of the level nearest to 0.6, all layers, minus dense",
        measured="ECE", measure=_change("ece", _near_winner, "all"), scope="all",
    ),
    _book(
        "all.accuracy-moves-later",
        short="all at 0.6: as accurate as dense",
        finding="Where all layers are pruned to level 0.6, the accuracy has not moved yet.",
        effect="accuracy of iterative tickets of the level nearest to 0.6, all layers, minus dense",
        measured="accuracy", measure=_change("accuracy", _near_winner, "all"), scope="all", direction="=",
    ),
    _book(
        "fc.ece-as-small",
        short="fc: ECE beats a fresh start",
        finding=f"With linear layers pruned, a ticket is better calibrated than {SMALL}.",
        effect=f"ECE, tickets of the highest level minus {SMALL}",
        measured="ECE", measure=_against(AS_SMALL, "ece", "fc"), direction="<",
    ),
    _book(
        "fc.ece-scaled",
        short="fc: ECE beats one temperature",
        finding="With linear layers pruned, calibration improves by more than one fitted number gives.",
        effect="ECE (10 bins) of tickets of the highest level minus dense, both after temperature scaling",
        measured="ECE", measure=_change(f"scaled_{ECE}"), direction="<",
    ),
    _book(
        "all.nll-as-long",
        short="all: NLL beats dense as long",
        finding=f"With all layers pruned, a ticket gives the right class more probability than {LONG}.",
        effect=f"NLL, tickets of the highest level minus {LONG}",
        measured="NLL", measure=_against(AS_LONG, "nll", "all"), scope="all", direction="<",
    ),
    _book(
        "all.nll-as-small",
        short="all: NLL beats a fresh start",
        finding=f"With all layers pruned, a ticket gives the right class more probability than {SMALL}.",
        effect=f"NLL, tickets of the highest level minus {SMALL}",
        measured="NLL", measure=_against(AS_SMALL, "nll", "all"), scope="all", direction="<",
    ),
]  # fmt: skip
