"""Sentences and small tables of chapter 3, computed from its results so that they stay true at any scale."""

import pandas as pd

from pruneuq_helpers.chapters.lottery_tickets.measures import behind_from, by_seed, high, main, where_both_learnt
from pruneuq_helpers.claims import decide
from pruneuq_helpers.text import plus_minus

VERBS = ("higher", "lower", "neither clearly higher nor lower")


def against_dense(rows: pd.DataFrame, column: str, strategy: str, level: float, verbs=VERBS) -> str:
    """Say how a strategy differs from the dense network, paired by seed."""
    found = decide(by_seed(rows, column, strategy, [level]) - by_seed(rows, column, "dense", []))
    return dict(zip(("holds", "fails", "undecided"), verbs, strict=True))[found.verdict]


def collapsed(rows: pd.DataFrame, strategy: str, level: float = 0.0) -> str:
    """Count the collapsed runs of a strategy at a level."""
    return _count(rows[rows["level"] == level], strategy)


def _count(rows: pd.DataFrame, strategy: str) -> str:
    runs = rows.loc[rows["strategy"] == strategy, "collapsed"]
    return f"{int(runs.sum())} of {len(runs)}"


def behind(rows: pd.DataFrame, strategy: str = "random", other: str = "re-initialised") -> str:
    """Say from which level on a strategy is less accurate than another one, by the paired interval.

    >>> rows = pd.DataFrame({"seed": [0, 1] * 2, "level": 0.9, "accuracy": [0.5, 0.51, 0.9, 0.9],
    ...                      "strategy": ["random"] * 2 + ["re-initialised"] * 2})
    >>> behind(rows), behind(rows, "re-initialised", "random")
    ('from level 0.9 on', 'not at the highest level, 0.9')
    """
    found = behind_from(rows, strategy, other)
    return f"from level {found:g} on" if found else f"not at the highest level, {rows['level'].max():g}"


def without_collapses(rows: pd.DataFrame, strategy: str = "random", other: str = "re-initialised") -> str:
    """Say how many runs of two strategies collapsed at the high levels, and what is left without them."""
    top = rows[rows["level"].isin(high(rows["level"]))]
    counts = f"of the {strategy} runs {_count(top, strategy)} collapsed, of the {other} {_count(top, other)}"
    values = where_both_learnt(rows, strategy, other)
    if len(values) < 2:
        return f"{counts}. Too few pairs are left to compare those that did not"
    found = decide(values)
    side = {"holds": "above zero", "fails": "below zero", "undecided": "and zero lies in it"}[found.verdict]
    said = f"{found.effect:.3f} ({found.low:.3f} to {found.high:.3f}; {len(values)} seeds), {side}".replace("-", "−")
    return f"{counts}. Over the pairs in which neither did, the difference is {said}"


def calibration_by_fate(rows: pd.DataFrame) -> str:
    """Say how well calibrated the collapsed runs are, beside the others."""
    means = rows.groupby("collapsed")["ece"].agg(["mean", "count"])
    learnt, fallen = (means.loc[fate] if fate in means.index else None for fate in (False, True))
    if learnt is None or fallen is None:
        share = "all" if learnt is None else "none"
        return f"{rows['ece'].mean():.3f} over {len(rows)} runs, of which {share} collapsed"
    first = f"{learnt['mean']:.3f} over {learnt['count']:.0f} runs that learnt"
    return f"{first}, and {fallen['mean']:.3f} over {fallen['count']:.0f} that collapsed"


def headline(table: pd.DataFrame) -> str:
    """Say in one sentence what a study found at its highest level."""
    if table.empty:
        note = table.attrs["note"]
        return f"{note[0].upper()}{note[1:]}."
    rows = main(table)
    top, seeds = rows["level"].max(), rows["seed"].nunique()
    reached = {
        (column, strategy): plus_minus(by_seed(rows, column, strategy, [top]))
        for column, strategies in (
            ("accuracy", ("dense", "iterative", "re-initialised", "random")),
            ("ece", ("dense", "iterative")),
        )
        for strategy in strategies
    }
    accuracy = [f"{value} {strategy}" for (column, strategy), value in reached.items() if column == "accuracy"]
    return (
        f"{rows['network'].iloc[0]} on {rows['data'].iloc[0]}, {seeds} seeds, level {top:g} of units: accuracy "
        f"{', '.join(accuracy)}; ECE {reached['ece', 'dense']} dense and {reached['ece', 'iterative']} iterative."
    )


def beside(verdicts: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Put verdicts beside those of a run that is kept with the book.

    >>> here = pd.DataFrame({"id": ["S9.a"], "finding": ["Coins favour heads."], "value": [0.5], "verdict": ["fails"]})
    >>> beside(here, pd.DataFrame()).to_dict("records")
    [{'here': '0.500, fails', 'real': 'not kept'}]
    """
    rows = verdicts.set_index("id")
    there = {row["id"]: f"{row['value']:.3f}, {row['verdict']}" for row in kept.to_dict("records")}
    return pd.DataFrame(
        {
            "finding": rows["finding"],
            "here": rows["value"].map("{:.3f}".format) + ", " + rows["verdict"],
            "real": [there.get(claim, "not kept") for claim in rows.index],
        }
    ).set_index("finding")


def survives(verdicts: pd.DataFrame, kept: pd.DataFrame) -> str:
    """Say how many verdicts are the same in a run that is kept with the book, and which are not."""
    if kept.empty:
        return ""
    both = verdicts.merge(kept[["id", "verdict"]], on="id", suffixes=("", "_kept"))
    changed = both[both["verdict"] != both["verdict_kept"]].to_dict("records")
    same = len(both) - len(changed)
    words = {"holds": "holds", "fails": "fails", "undecided": "is undecided"}
    names = [
        f'"{row["finding"].rstrip(".")}" {words[row["verdict"]]} here and {words[row["verdict_kept"]]} there'
        for row in changed
    ]
    return f"{same} of {len(both)} verdicts {'is' if same == 1 else 'are'} the same at both scales." + (
        f" Changed: {'; '.join(names)}." if names else ""
    )
