"""Numbers for the text of chapter 2, a function a section."""

import pandas as pd

from pruneuq_helpers import metrics, models, pruning
from pruneuq_helpers.chapters.structured_pruning.tables import times_faster
from pruneuq_helpers.chapters.structured_pruning.work import CLASSES, IMAGE
from pruneuq_helpers.text import in_the_middle, percent, plus_minus


def accuracies(table: pd.DataFrame) -> pd.DataFrame:
    """A row a seed; a column a criterion and level."""
    return table.pivot(index="seed", columns=["criterion", "level"], values="accuracy").astype(float)


def accuracy(table: pd.DataFrame) -> dict:
    """Accuracies at the ends of the levels, and how far L1 is ahead of chance, mean over levels."""
    by_seed, low, top = accuracies(table), table["level"].min(), table["level"].max()
    return {
        "seeds": len(by_seed),
        "lowest-level": f"{low:g}",
        "top-level": f"{top:g}",
        "accuracy": plus_minus(by_seed["l1", low], 2),
        "accuracy-l1": plus_minus(by_seed["l1", top], 2),
        "accuracy-random": plus_minus(by_seed["random", top], 2),
        "advantage": plus_minus((by_seed["l1"] - by_seed["random"]).mean(axis=1), 2),
    }


def cost(table: pd.DataFrame) -> dict:
    """Names of the smallest and the largest network; of each what the highest level keeps, and its times."""
    sizes = table.groupby("network")["parameters"].max().sort_values()
    top = table["level"].max()
    told = {"square": f"{(1 - top) ** 2:.2f}"}
    for size, network in (("small", sizes.index[0]), ("large", sizes.index[-1])):
        own = times_faster(table[(table["network"] == network) & (table["level"] == top)])
        told |= {
            size: network,
            f"{size}-parameters": f"{own['parameter_fraction'].iloc[0]:.2f}",
            f"{size}-macs": f"{own['mac_fraction'].iloc[0]:.2f}",
            f"{size}-theory": f"{own['theory'].iloc[0]:.1f}",
            f"{size}-masking": in_the_middle(own["masking"]),
            f"{size}-removal": in_the_middle(own["removal"]),
        }
    return told


def scopes(table: pd.DataFrame) -> dict:
    """LeNet at the highest level by what is pruned; and its first layer, which keeps the square from holding."""
    top = table["level"].max()
    last = table[table["level"] == top].set_index("scope")
    dense = models.build("lenet", CLASSES, IMAGE["lenet"])
    height, width = (
        side - kernel + 1 for side, kernel in zip(IMAGE["lenet"][1:], dense.conv1.kernel_size, strict=True)
    )
    first = dense.conv1.weight.numel() * height * width / metrics.macs(dense, IMAGE["lenet"])
    maps = pruning.remove_channels(dense, top).conv1.out_channels
    told = {"first-layer": percent(first), "first-maps": f"{maps} of {dense.conv1.out_channels}"}
    for scope in ("fc", "all"):
        told[f"{scope}-compression"] = f"{last.loc[scope, 'compression']:.1f}"
        told[f"{scope}-faster"] = f"{last.loc[scope, 'speed_up']:.2f}"
    return told


def table_1(table: pd.DataFrame) -> dict:
    """How many of the printed numbers come out with heads of 10 and of 100 classes."""
    hundred = (table["parameters_100_classes"] / 1e6).round(2)
    return {
        "printed": len(table),
        "exact-hundred": int((hundred == table["printed_millions"]).sum()),
    }
