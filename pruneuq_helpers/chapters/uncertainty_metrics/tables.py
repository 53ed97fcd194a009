"""Chapter 4's table by experiment, and the tables that its reader sees."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.claims import published
from pruneuq_helpers.text import plus_minus

SOURCES = {"one network": "one network", "ensemble": "ensemble", "dropout": "MC dropout"}


def whole(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The study's two parts as one; `part` names the experiment that a row is of."""
    there = [part for part in (run("traps"), run("sizes")) if len(part)]
    return pd.concat(there, ignore_index=True) if there else pd.DataFrame()


def experiment(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of one experiment, with the columns that it fills.

    >>> table = pd.DataFrame([{"part": "ties", "seed": 0, "tied": 0.5}, {"part": "bias", "seed": 0, "ece": 0.1}])
    >>> experiment(table, "ties").to_dict("records")
    [{'seed': 0, 'tied': 0.5}]
    """
    rows = table[table["part"] == name].drop(columns=["part", "data"], errors="ignore")
    return rows.dropna(axis="columns", how="all").reset_index(drop=True)


def scaling(table: pd.DataFrame) -> pd.DataFrame:
    """ECE and log-loss on test images before and after temperature scaling, mean ± SD over seeds."""
    rows = experiment(table, "temperature")
    names = {"ece": ("ECE", 3), "nll": ("log-loss", 2)}
    shown = {
        f"{name} {state}": _means(rows[rows["state"] == state], "source", column, digits)
        for column, (name, digits) in names.items()
        for state in ("before", "after")
    }
    shown["temperature"] = _means(rows[rows["state"] == "after"], "source", "temperature", 2)
    return pd.DataFrame(shown).rename(index=SOURCES).rename_axis(None)


def calibrated(table: pd.DataFrame) -> pd.DataFrame:
    """ECE and UCE of one network as trained, after scaling, and calibrated by construction, mean ± SD over seeds."""
    rows = experiment(table, "calibrated")
    shown = {name: _means(rows, "case", name.lower()) for name in ("ECE", "UCE")}
    names = {"calibrated": "calibrated by construction"}
    return pd.DataFrame(shown).rename(index=names).rename_axis(None)


def detection(table: pd.DataFrame) -> pd.DataFrame:
    """AUROC and both FPR95 of one network's MSP, mean ± SD over seeds."""
    rows = experiment(table, "foreign")
    names = {
        "auroc": "AUROC",
        "fpr95_out": "FPR95, foreign is positive",
        "fpr95_in": "FPR95, own is positive",
    }
    shown = {name: _means(rows, "foreign", column, 2) for column, name in names.items()}
    return pd.DataFrame(shown).rename(index={"held out": "classes held out"}).rename_axis(None)


def printed_ause() -> pd.DataFrame:
    """Accuracy and AUSE of S1's unpruned networks, as fractions."""
    unpruned = "method == 'random' and level == 0 and metric == 'ause'"
    rows = published.table("S1_tables2to7").query(unpruned).reset_index(drop=True)
    names = {"msp": "MSP", "mc_dropout": "MC dropout"}
    return pd.DataFrame({
        "network": rows["network"] + ", " + rows["data"],
        "uncertainty": rows["uncertainty"].replace(names),
        "accuracy": rows["accuracy"] / 100,
        # Printed "scaled by 1e-1", of an area over per cent.
        "AUSE": rows["value"] / 10,
    })  # fmt: skip


def _means(rows: pd.DataFrame, by: str, column: str, digits: int = 3) -> pd.Series:
    return rows.groupby(by, sort=False)[column].agg(lambda values: plus_minus(values, digits))
