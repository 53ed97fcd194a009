"""The sweeps of chapter 6 as tables: threshold, width of the prior, and what is trained on."""

import pandas as pd


def passed(sweeps: pd.DataFrame, sweep: str) -> pd.DataFrame:
    """The share of prunes that the gate let pass in a sweep, one value a seed: how gate norm beta sigma seed share."""
    rows = sweeps[(sweeps["sweep"] == sweep) & (sweeps["state"] == "after")].astype({"gate_open": float})
    shares = rows.groupby(["how", "gate", "norm", "beta", "sigma", "seed"], as_index=False)["gate_open"].mean()
    return shares.rename(columns={"gate_open": "share"})


def trained_on(sweeps: pd.DataFrame) -> pd.DataFrame:
    """The sweep of the objective at its last epoch: objective state seed accuracy sparsity."""
    rows = sweeps[(sweeps["sweep"] == "objective") & (sweeps["epoch"] == sweeps["epochs"])]
    rows = rows[rows["state"].isin(["before", "delivered"])].astype({"test_accuracy": float, "sparsity": float})
    prior = rows["objective"] + rows["sigma"].map(", σ = {:g}".format)
    objective = prior.where(rows["objective"] == "posterior", rows["objective"])
    return rows.assign(accuracy=rows["test_accuracy"], objective=objective)
