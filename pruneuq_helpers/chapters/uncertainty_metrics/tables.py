"""Chapter 4's table by experiment, and what S1 prints."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pruneuq_helpers.claims import published


def whole(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The study's two parts as one; `part` names the experiment that a row is of."""
    there = [part for part in (run("traps"), run("sizes")) if len(part)]
    return pd.concat(there, ignore_index=True) if there else pd.DataFrame()


def experiment(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of one experiment, with the columns that it fills."""
    rows = table[table["part"] == name].drop(columns=["part", "data"], errors="ignore")
    return rows.dropna(axis="columns", how="all").reset_index(drop=True)


def printed_ause() -> pd.DataFrame:
    """Accuracy and AUSE of S1's unpruned networks, as fractions, and the AUSE of a random order."""
    unpruned = "method == 'random' and level == 0 and metric == 'ause'"
    rows = published.table("S1_tables2to7").query(unpruned).reset_index(drop=True)
    # The lowest oracle removes all mistakes first: at an error rate e its curve is (e - x) / (1 - x) up to x = e, then
    # 0. What lies between it and the line at e is -(1 - e) log(1 - e).
    right = rows["accuracy"] / 100
    return pd.DataFrame({
        "network": rows["network"] + ", " + rows["data"],
        "uncertainty": rows["uncertainty"].replace({"msp": "MSP", "mc_dropout": "MC dropout"}),
        "accuracy": right,
        # Printed "scaled by 1e-1", of an area over per cent.
        "AUSE": rows["value"] / 10,
        "random order": -right * np.log(right),
    })  # fmt: skip
