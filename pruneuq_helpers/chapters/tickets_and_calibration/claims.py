"""Chapter 5's claims: what S0's section 5 and S2 say of pruned convolutional nets, each with its rule."""

import pandas as pd

from pruneuq_helpers.chapters.tickets_and_calibration.tables import networks_of, outside_of
from pruneuq_helpers.claims import Claim

WINNER = 0.6  # S0's winning ticket
MARGIN = 0.02  # "reduced only by 2 %"
ECE = "ece10"  # S0's ten bins


def _levels(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A measure of the iterative tickets, a row a seed and a column a level, 0 for the dense network."""
    rows = networks_of(table)
    return rows[rows["strategy"] == "iterative"].pivot(index="seed", columns="level", values=measure)


def _change(measure: str):
    """Its change from the dense network to the highest level."""

    def change(table: pd.DataFrame):
        wide = _levels(table, measure)
        return (wide[wide.columns.max()] - wide[0.0]).to_numpy()

    return change


def _against(control: str, measure: str = ECE):
    """The ticket at the highest level minus a control there."""

    def gap(table: pd.DataFrame):
        wide, rows = _levels(table, measure), networks_of(table)
        other = rows[(rows["strategy"] == control) & (rows["level"] == wide.columns.max())].set_index("seed")[measure]
        return (wide[wide.columns.max()] - other).to_numpy()

    return gap


def _outside_change(measure: str):
    """Its change from the dense network to the highest level, mean over the sets of images from outside."""

    def change(table: pd.DataFrame):
        rows = outside_of(table)
        rows = rows[rows["strategy"] == "iterative"]
        wide = rows.pivot_table(index="seed", columns="level", values=measure)
        return (wide[wide.columns.max()] - wide[0.0]).to_numpy()

    return change


def winner_early(table: pd.DataFrame):
    """Best epoch at the level nearest to S0's winning ticket, minus the mean over all other levels."""
    wide = _levels(table, "best_epoch")
    winner = min(wide.columns, key=lambda level: abs(level - WINNER))
    return (wide[winner] - wide.drop(columns=winner).mean(axis=1)).to_numpy()


def tickets_late(table: pd.DataFrame):
    """Best epoch of the tickets, mean over levels, minus that of the dense network."""
    wide = _levels(table, "best_epoch")
    return (wide.drop(columns=0.0).mean(axis=1) - wide[0.0]).to_numpy()


TOP = "iterative tickets of the highest level, linear layers"
CLAIMS = [
    Claim(
        "S0.fig6.winning-ticket", "05", "S0", "Fig 6, §5.1",
        "The ticket of level 0.6 needs fewer epochs than those of other levels do on average.",
        "best epoch at level 0.6 minus the mean over the other levels, epochs",
        winner_early, "<", 0.0,
    ),
    Claim(
        "S0.fig6.learn-as-fast", "05", "S0", "Fig 6, §3.1.1",
        "Convolutional tickets learn at least as fast as the dense network: not an epoch later.",
        "best epoch of the tickets minus that of the dense network, mean over levels, epochs",
        tickets_late, "<", 1.0,
    ),
    Claim(
        "S0.fig7.accuracy-kept", "05", "S0", "Fig 7, §5.2",
        "A ticket of level 0.8 loses at most two points of accuracy.",
        f"accuracy of {TOP}, minus that of the dense network",
        _change("accuracy"), ">", -MARGIN,
    ),
    Claim(
        "S0.fig9.calibration-improves", "05", "S0", "Fig 9, §5.2",
        "Pruning has a positive effect on the calibration of a convolutional net.",
        f"ECE (10 bins) of {TOP}, minus that of the dense network",
        _change(ECE), "<", 0.0,
    ),
    Claim(
        "S0.fig9.calibration-improves-last-epoch", "05", "S0", "Fig 9, §5.2",
        "The same of the networks that S0's code keeps: those of the epoch in which training stopped.",
        f"ECE (10 bins) of the last epoch of {TOP}, minus that of the dense network",
        _change(f"stop_{ECE}"), "<", 0.0,
    ),
    Claim(
        "S0.fig9.five-points", "05", "S0", "§5.2",
        "At level 0.8 the calibration error is five points lower.",
        f"ECE (10 bins) of {TOP}, minus that of the dense network",
        _change(ECE), "<", -0.05,
    ),
    Claim(
        "S0.s6.not-the-length", "05", "S0", "§6",
        "It is pruning that improves calibration: more than a dense network trained for as many epochs.",
        f"ECE (10 bins) of {TOP}, minus that of the dense network after as many epochs",
        _against("same length"), "<", 0.0,
    ),
    Claim(
        "S0.s6.not-the-size", "05", "S0", "§6",
        "It is pruning that improves calibration: more than a network as small, with other initial weights.",
        f"ECE (10 bins) of {TOP}, minus that of the same architecture from scratch",
        _against("from scratch"), "<", 0.0,
    ),
    Claim(
        "S0.s6.not-a-temperature", "05", "S0", "§6",
        "Pruning improves calibration by more than one number fitted on validation images could.",
        f"ECE (10 bins) after temperature scaling of {TOP}, minus that of the dense network, scaled too",
        _change(f"scaled_{ECE}"), "<", 0.0,
    ),
    Claim(
        "S0.fig10.less-confident-outside", "05", "S0", "Fig 10, §5.3",
        "Pruned networks are less confident on images from outside.",
        f"mean confidence on outside images of {TOP}, minus that of the dense network, mean over sets",
        _outside_change("confidence"), "<", 0.0,
    ),
    Claim(
        "S0.s5.3.detects-outside", "05", "S0", "§5.3",
        "Pruning makes a network safer: it tells images from outside better.",
        f"AUROC of 1 − confidence of {TOP}, minus that of the dense network, mean over sets",
        _outside_change("auroc"), ">", 0.0,
    ),
    Claim(
        "S2.confidence-reallocated", "05", "S2", "Uncertainty",
        "Pruning moves probability away from the class that a kind of outside image is mistaken for.",
        f"probability of that class, named by a network apart, with {TOP}, minus that with the dense network",
        _outside_change("judged_class"), "<", 0.0,
    ),
]  # fmt: skip
