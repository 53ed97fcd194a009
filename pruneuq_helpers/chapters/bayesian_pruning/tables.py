"""The results of chapter 6 as tables: the last epoch, and paired differences."""

import pandas as pd

from pruneuq_helpers.claims import Contrast, contrast

EQUAL = 0.01  # measured sparsities that differ by no more are called equal
ACTS = (0.05, 0.95)  # a gate acts where it is open in more than the first, and less than the second share of epochs
ALIVE = 2 / 10  # an accuracy twice that of guessing: a network below it has nothing that a prune could cost
MEMBER = ["data", "network", "level", "method", "masks", "seed"]
KEYS = ["data", "network", "level", "seed"]
HOWS = ("random", "magnitude")


def outcome(table: pd.DataFrame) -> pd.DataFrame:
    """The study's result: a row a member and state at the last epoch, with what the epochs before it showed."""
    table = table.drop(columns="accuracy").rename(columns={"loss": "validation_loss", "test_accuracy": "accuracy"})
    last = table[table["epoch"] == table.groupby(MEMBER)["epoch"].transform("max")]
    numbers = ["sparsity", "weights_left", "zeros_at_dead", "accuracy", "ece", "nll", "validation_loss", "train_loss"]
    last = last[[*MEMBER, "state", *numbers, "failed"]].astype(dict.fromkeys(numbers, float))
    lowest = table.groupby([*MEMBER, "state"])["validation_loss"].min().astype(float).rename("lowest")
    last = last.merge(lowest.reset_index(), "left", on=[*MEMBER, "state"])
    # A delivered network comes after the last epoch: it has no epochs of its own to look back on.
    last["overfit"] = (last["validation_loss"] - last.pop("lowest")).where(last["state"] != "delivered")
    last = last.merge(_oscillation(table), "left", on=[*MEMBER, "state"])
    return last.merge(_gates(table), "left", on=MEMBER)


def _late(table: pd.DataFrame) -> pd.Series:
    """Which rows are of the second half of the training."""
    return table["epoch"] > table.groupby(MEMBER)["epoch"].transform("max") / 2


def _oscillation(table: pd.DataFrame) -> pd.DataFrame:
    """How far the validation loss of each member and state moves from one later epoch to the next."""
    rows = table.sort_values("epoch", kind="stable").astype({"validation_loss": float})
    moves = rows.groupby([*MEMBER, "state"])["validation_loss"].diff().abs()
    late = rows.assign(oscillation=moves)[_late(rows)]
    return late.groupby([*MEMBER, "state"])["oscillation"].mean().reset_index()


def _gates(table: pd.DataFrame) -> pd.DataFrame:
    """What the gate of each member did over its epochs."""
    left = table[table["state"].isin(["after", "frozen"])].copy()
    left["late"] = _late(left)
    asked = left[left["gate_open"].eq(True)].astype({"delta": float})
    halves = asked.groupby([*MEMBER, "late"])["delta"].mean().unstack("late")
    return pd.DataFrame(
        {
            "gate_open": left.astype({"gate_open": float}).groupby(MEMBER)["gate_open"].mean(),
            "wavering": left[left["late"]].astype({"sparsity": float}).groupby(MEMBER)["sparsity"].std(),
            "delta_early": halves.get(False),
            "delta_late": halves.get(True),
        }
    ).reset_index()


def chosen(result: pd.DataFrame, method: str, state: str, column: str = "accuracy") -> pd.Series:
    """One column of one method in one state, without failed members."""
    rows = result[(result["method"] == method) & (result["state"] == state)]
    return rows.set_index(KEYS)[column].dropna().astype(float)


def paired(
    result: pd.DataFrame, first: tuple[str, str], second: tuple[str, str], column: str = "accuracy"
) -> pd.Series:
    """First minus second, member by member; an unpruned network serves all levels."""
    ours, theirs = chosen(result, *first, column), chosen(result, *second, column)
    keys = [key for key in KEYS if key != "level" or second[0] != "unpruned"]
    both = ours.rename("first").reset_index().merge(theirs.rename("second").reset_index()[[*keys, "second"]], on=keys)
    return both.set_index(KEYS).eval("first - second")


def gate_pairs(result: pd.DataFrame, how: str, state: str = "delivered") -> pd.DataFrame:
    """A gated network and the plain one of the same seed, and whether their comparison decides anything."""
    ours, theirs = (f"Bayes {how}", state), (how, state)
    found = {
        "difference": paired(result, ours, theirs, "accuracy"),
        "apart": paired(result, ours, theirs, "sparsity"),
        "gate_open": chosen(result, *ours, "gate_open"),
        "better": pd.concat([chosen(result, *ours), chosen(result, *theirs)], axis=1).max(axis=1),
    }
    pairs = pd.DataFrame(found).dropna().reset_index()
    reasons = [_undecided(row.apart, row.gate_open, row.better) for row in pairs.itertuples()]
    return pairs.assign(reason=pd.Series(reasons, dtype=object))


def _undecided(apart: float, share: float, better: float) -> str:
    if better < ALIVE:
        return "both networks are too near to chance"
    if share >= ACTS[1]:
        return "the gate was never shut" if share == 1 else "the gate was hardly ever shut"
    if share <= ACTS[0]:
        return "the gate was hardly ever open"
    return "not equally sparse" if abs(apart) > EQUAL else ""


def deciding(pairs: pd.DataFrame) -> pd.Series:
    """The differences of those pairs that decide something, as `paired` gives them."""
    return pairs[pairs["reason"] == ""].set_index(KEYS)["difference"]


def main_part(result: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first data set and network: what the text tells of."""
    first = result.iloc[0]
    return result[(result["data"] == first["data"]) & (result["network"] == first["network"])]


def at_step(steps: pd.DataFrame, how: str, level: float, step: int, column: str) -> pd.Series:
    """One column of the watched epoch after a step, one value a seed, of the first data set and network."""
    rows = main_part(steps)
    rows = rows[(rows["how"] == how) & (rows["step"] == step)]
    nearest = min(rows["level"], key=lambda one: abs(one - level))
    return rows[rows["level"] == nearest].set_index("seed")[column].astype(float)


def open_shares(main: pd.DataFrame) -> pd.Series:
    """The share of epochs in which the gate let a prune pass: mean over seeds, by criterion and level."""
    shares = {how: chosen(main, f"Bayes {how}", "before", "gate_open").groupby("level").mean() for how in HOWS}
    return pd.concat(shares)


def of_gate(main: pd.DataFrame) -> dict[str, dict[tuple[str, float], Contrast]]:
    """Accuracy with the gate minus without, where two or more pairs decide something: by moment, criterion, level."""
    found: dict[str, dict] = {}
    for state, moment in (("before", "before the prune"), ("delivered", "pruned")):
        pairs = {how: deciding(gate_pairs(main, how, state)).groupby("level") for how in HOWS}
        found[moment] = {
            (how, level): contrast(values)
            for how, by_level in pairs.items()
            for level, values in by_level
            if len(values) > 1
        }
    return found
