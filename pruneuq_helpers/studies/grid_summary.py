"""The grid of chapter 7 in a few numbers: dense beside the highest level, for this run and for a larger one."""

import pandas as pd

from pruneuq_helpers.studies.grid_claims import by_level, over_cells
from pruneuq_helpers.studies.grid_paper import METHODS, WORDS, plus_minus

# As S1 reads an ensemble and MC dropout (variance of logits, stretched by min and max), then by mean probabilities.
MEASURES = {
    "accuracy": "accuracy", "ause": "AUSE, S1", "aurg": "AURG, S1", "ece": "ECE, S1",
    "auroc_mean": "AUROC of errors", "ece_softmax": "ECE", "nll": "NLL in nats",
}  # fmt: skip


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """All measures of every method: dense, and at the highest level as the mean over the criteria but ResRep.

    Parameters
    ----------
    table : pandas.DataFrame
        The grid's table.

    Returns
    -------
    pandas.DataFrame
        A row a method and level, a column a measure; mean ± sample standard deviation over seeds.

    Examples
    --------
    >>> row = dict.fromkeys(MEASURES, 0.5) | {"seed": 0}
    >>> rows = [row | {"method": name, "criterion": "dense", "level": 0.0} for name in METHODS]
    >>> rows += [one | {"criterion": "l1", "level": 0.8, "accuracy": 0.25} for one in rows]
    >>> overview(pd.DataFrame(rows))["accuracy"].head(2).to_dict()
    {('softmax', 0.0): '0.500', ('softmax', 0.8): '0.250'}
    """
    columns = {}
    for column, title in MEASURES.items():
        wide = {method: by_level(table, method, column) for method in METHODS}
        columns[title] = {
            (WORDS[method], level): plus_minus(values[level])
            for method, values in wide.items()
            for level in (0.0, values.columns.max())
        }
    return pd.DataFrame(columns).rename_axis(["method", "level"])


def changes(table: pd.DataFrame, column: str) -> str:
    """How a measure changes from the dense network to the highest level, method by method, in words.

    Parameters
    ----------
    table : pandas.DataFrame
        The grid's table.
    column : str
        What is measured.

    Returns
    -------
    str

    Examples
    --------
    >>> row = {"seed": 0, "criterion": "dense", "level": 0.0, "ause": 0.25}
    >>> rows = [row | {"method": m} | more for m in METHODS for more in ({}, {"criterion": "l1", "level": 0.8})]
    >>> changes(pd.DataFrame(rows), "ause")
    'from 0.250 to 0.250 for the softmax, from 0.250 to 0.250 for the ensemble and from 0.250 to 0.250 for MC dropout'
    """
    said = []
    for method in METHODS:
        wide = by_level(table, method, column)
        dense, highest = plus_minus(wide[0.0]), plus_minus(wide[wide.columns.max()])
        article = "" if method == "mc_dropout" else "the "
        said.append(f"from {dense} to {highest} for {article}{WORDS[method]}")
    return f"{', '.join(said[:-1])} and {said[-1]}"


def headline(table: pd.DataFrame) -> str:
    """What a grid found, in a sentence.

    Parameters
    ----------
    table : pandas.DataFrame
        The grid's table.

    Returns
    -------
    str

    Examples
    --------
    >>> rows = [("dense", 0.0, 0.1), ("l1", 0.5, 0.2), ("l1", 0.8, 0.6)]
    >>> table = pd.DataFrame([{"seed": 0, "method": "msp", "criterion": c, "level": s, "error": a, "ause": a / 4}
    ...                       for c, s, a in rows])
    >>> headline(table.assign(accuracy=1 - table["error"]))
    'From dense to level 0.8 the accuracy of one network goes from 0.900 to 0.400, and its AUSE from 0.025 to 0.150; \
over all cells AUSE correlates with the error rate at 1.00.'
    """
    read = {column: by_level(table, "msp", column) for column in ("accuracy", "ause")}
    highest = read["ause"].columns.max()
    went = {column: f"from {plus_minus(wide[0.0])} to {plus_minus(wide[highest])}" for column, wide in read.items()}
    correlation = over_cells("msp", "ause")(table).mean()
    return (
        f"From dense to level {highest:g} the accuracy of one network goes {went['accuracy']}, and its AUSE "
        f"{went['ause']}; over all cells AUSE correlates with the error rate at {correlation:.2f}."
    )
