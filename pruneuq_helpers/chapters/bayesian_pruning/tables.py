"""The results of chapter 6 as tables: the last epoch, and paired differences."""

import pandas as pd

from pruneuq_helpers import text
from pruneuq_helpers.chapters.bayesian_pruning.study import WIDER
from pruneuq_helpers.claims import decide

EQUAL = 0.01  # measured sparsities that differ by no more are called equal
ACTS = (0.05, 0.95)  # a gate acts where it is open in more than the first, and less than the second share of epochs
MEMBER = ["data", "network", "level", "method", "masks", "seed"]
KEYS = ["data", "network", "level", "seed"]


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
    """One column of one method in one state, without failed members.

    >>> row = {"data": "digits", "network": "fcn", "level": 0.5, "seed": 0, "method": "random", "state": "before"}
    >>> chosen(pd.DataFrame([row | {"accuracy": 0.75}]), "random", "before").tolist()
    [0.75]
    """
    rows = result[(result["method"] == method) & (result["state"] == state)]
    return rows.set_index(KEYS)[column].dropna().astype(float)


def paired(
    result: pd.DataFrame, first: tuple[str, str], second: tuple[str, str], column: str = "accuracy"
) -> pd.Series:
    """First minus second, member by member: same data, network, seed and level (an unpruned network serves all
    levels).

    >>> row = {"data": "digits", "network": "fcn", "level": 0.5, "seed": 0, "method": "random"}
    >>> states = {"before": 0.75, "delivered": 0.5}
    >>> result = pd.DataFrame([row | {"state": state, "accuracy": share} for state, share in states.items()])
    >>> paired(result, ("random", "before"), ("random", "delivered")).tolist()
    [0.25]
    """
    ours, theirs = chosen(result, *first, column), chosen(result, *second, column)
    keys = [key for key in KEYS if key != "level" or second[0] != "unpruned"]
    both = ours.rename("first").reset_index().merge(theirs.rename("second").reset_index()[[*keys, "second"]], on=keys)
    return both.set_index(KEYS).eval("first - second")


def gate_pairs(result: pd.DataFrame, how: str, state: str = "delivered", column: str = "accuracy") -> pd.DataFrame:
    """A gated network and the plain one of the same seed, and whether their comparison decides anything."""
    ours, theirs = (f"Bayes {how}", state), (how, state)
    found = {
        "difference": paired(result, ours, theirs, column),
        "apart": paired(result, ours, theirs, "sparsity"),
        "gate_open": chosen(result, *ours, "gate_open"),
    }
    pairs = pd.DataFrame(found).dropna().reset_index()
    reasons = [_undecided(apart, share) for apart, share in zip(pairs["apart"], pairs["gate_open"], strict=True)]
    return pairs.assign(reason=pd.Series(reasons, dtype=object))


def _undecided(apart: float, share: float) -> str:
    if share >= ACTS[1]:
        return "the gate was never shut" if share == 1 else "the gate was hardly ever shut"
    if share <= ACTS[0]:
        return "the gate was hardly ever open"
    return "not equally sparse" if abs(apart) > EQUAL else ""


def deciding(pairs: pd.DataFrame) -> pd.Series:
    """The differences of those pairs that decide something, as `paired` gives them."""
    return pairs[pairs["reason"] == ""].set_index(KEYS)["difference"]


def intervals(differences: pd.Series) -> pd.DataFrame:
    """Mean and 95 % t interval over seeds of paired differences, for each data set, network and level.

    >>> index = pd.MultiIndex.from_product([["digits"], ["fcn"], [0.5], [0, 1]], names=KEYS)
    >>> intervals(pd.Series([0.1, 0.3], index=index))[["mean", "low", "high"]].round(2).values.tolist()
    [[0.2, -1.07, 1.47]]
    """
    rows = []
    for place, values in differences.groupby(KEYS[:3], sort=False):
        found = decide(values.to_numpy())
        rows.append((*place, found.effect, found.low, found.high, found.seeds))
    return pd.DataFrame(rows, columns=[*KEYS[:3], "mean", "low", "high", "seeds"])


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


def opened(result: pd.DataFrame) -> pd.DataFrame:
    """The share of epochs in which the gate let a prune pass, by level: mean over seeds."""
    rows = result[(result["state"] == "before") & result["method"].str.startswith("Bayes")]
    shares = rows.pivot_table(index=["network", "method"], columns="level", values="gate_open")
    return shares.map("{:.0%}".format).rename(columns="level {:.0%}".format).rename_axis(columns=None)


def of_gate(result: pd.DataFrame) -> pd.DataFrame:
    """Accuracy with the gate minus without, where a pair decides something; a row a network, level and moment."""
    rows = []
    for how in ("random", "magnitude"):
        for state, moment in (("before", "before the prune"), ("delivered", "pruned")):
            pairs = gate_pairs(result, how, state)
            found = intervals(deciding(pairs)).assign(criterion=how, moment=moment)
            rows.append(found[found["seeds"] > 1])
    return pd.concat(rows, ignore_index=True)


def gate_table(result: pd.DataFrame) -> pd.DataFrame:
    """What `of_gate` finds, for the reader: criterion and moment across."""
    found = of_gate(result)
    found["difference"] = [
        text.interval(row["mean"], row["low"], row["high"], signed=True) for row in found.to_dict("records")
    ]
    wide = found.pivot(index=["network", "level"], columns=["criterion", "moment"], values="difference")
    return wide.fillna("not decidable").rename_axis(columns=[None, None])


def rivals(result: pd.DataFrame) -> pd.DataFrame:
    """The wider network's accuracy minus that of networks with as many weights, with intervals over seeds."""
    rival, unpruned, frozen = (WIDER, "frozen"), ("unpruned", "dense"), ("magnitude", "frozen")
    rows = []
    for name, other in (("the unpruned network", unpruned), ("frozen zeros of equal number", frozen)):
        found = intervals(paired(result, rival, other)).to_dict("records")
        rows += [
            {
                "level": row["level"],
                "minus": name,
                "accuracy": text.interval(row["mean"], row["low"], row["high"], signed=True),
            }
            for row in found
        ]
    return pd.DataFrame(rows, columns=["level", "minus", "accuracy"]).pivot(
        index="level", columns="minus", values="accuracy"
    )


def _written(row: dict) -> str:
    return text.interval(row["mean"], row["low"], row["high"], signed=True)
