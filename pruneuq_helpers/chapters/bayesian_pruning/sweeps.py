"""The sweeps of chapter 6 as tables: threshold, width of the prior, and what is trained on."""

import pandas as pd

from pruneuq_helpers.text import plus_minus


def passed(sweeps: pd.DataFrame, sweep: str) -> pd.DataFrame:
    """The share of prunes that the gate let pass in a sweep, one value a seed: how gate norm beta sigma seed share."""
    rows = sweeps[(sweeps["sweep"] == sweep) & (sweeps["state"] == "after")].astype({"gate_open": float})
    shares = rows.groupby(["how", "gate", "norm", "beta", "sigma", "seed"], as_index=False)["gate_open"].mean()
    return shares.rename(columns={"gate_open": "share"})


def by_threshold(sweeps: pd.DataFrame) -> pd.DataFrame:
    """The share of prunes that pass, by gate and threshold."""
    shares = passed(sweeps, "beta").rename(columns={"how": "criterion"})
    wide = shares.pivot_table(index=["gate", "criterion"], columns="beta", values="share")
    return wide.map("{:.0%}".format).rename(columns="β = {:g}".format).rename_axis(columns=None)


def by_prior(sweeps: pd.DataFrame) -> pd.DataFrame:
    """The share of prunes that pass the proposal gate, by normalisation and width of the prior."""
    wide = passed(sweeps, "sigma").pivot_table(index="norm", columns="sigma", values="share")
    wide = wide.rename(index={"mean": "means", "sum": "sums"}).rename_axis("log posterior")
    return wide.map("{:.0%}".format).rename(columns="σ = {:g}".format).rename_axis(columns=None)


def trained_on(sweeps: pd.DataFrame) -> pd.DataFrame:
    """The sweep of the objective at its last epoch: objective state seed accuracy sparsity."""
    rows = sweeps[(sweeps["sweep"] == "objective") & (sweeps["epoch"] == sweeps["epochs"])]
    rows = rows[rows["state"].isin(["before", "delivered"])].astype({"test_accuracy": float, "sparsity": float})
    prior = rows["objective"] + rows["sigma"].map(", σ = {:g}".format)
    objective = prior.where(rows["objective"] == "posterior", rows["objective"])
    return rows.assign(accuracy=rows["test_accuracy"], objective=objective)


def by_objective(sweeps: pd.DataFrame) -> pd.DataFrame:
    """Accuracies and zeros by what is trained on, for the reader."""
    rows = trained_on(sweeps)
    columns = {
        (moment, title): rows[rows["state"] == state].groupby("objective", sort=False)[column].apply(plus_minus, digits)
        for state, moment in (("before", "before the prune"), ("delivered", "pruned"))
        for column, title, digits in (("accuracy", "accuracy", 3), ("sparsity", "zeros", 2))
    }
    return pd.DataFrame(columns).rename_axis("trained on")
