"""What the papers say of removing channels, as rules that the results of chapter 2 decide."""

from pruneuq_helpers.claims import Claim


def _part(table, name: str):
    return table[table["part"] == name]


def _table_1_error(table):
    """The largest distance over the levels, one value a network: a mean would hide one wrong cell among right ones."""
    counted = _part(table, "table 1")
    return (counted["our_millions"] - counted["printed_millions"]).abs().groupby(counted["network"]).max().to_numpy()


def _l1_advantage(table):
    wide = _part(table, "accuracy").pivot_table(index=["seed", "level"], columns="criterion", values="accuracy")
    return (wide["l1"] - wide["random"]).groupby("seed").mean().to_numpy()


CLAIMS = [
    Claim(
        "S1.table1.parameters", "02", "S1", "Table 1",
        "Pruning by L1 leaves the numbers of parameters that the table prints, all of them.",
        "largest distance over the levels between our count for L1 and the printed one, millions of parameters",
        _table_1_error, "<", 0.005, over="networks",
    ),
    Claim(
        "S0.s3.1.l1-better-than-random", "02", "S0", "§3.1",
        "Units with a small L1 norm matter least: the premise of Algorithm 1.",
        "accuracy after L1 removal minus after random removal, mean over levels, no training afterwards",
        _l1_advantage, ">", 0.0,
    ),
]  # fmt: skip
