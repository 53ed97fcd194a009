"""Counted tables of chapter 2, and its two measured ones as one."""

from functools import cache

import pandas as pd
import torch

from pruneuq_helpers import metrics, models, pruning
from pruneuq_helpers.chapters.structured_pruning.work import CLASSES, IMAGE
from pruneuq_helpers.claims import published
from pruneuq_helpers.figures.tables import Table
from pruneuq_helpers.text import count, in_the_middle

WAYS = {"masking": "masked, measured", "removal": "smaller, measured", "theory": "smaller, promised"}


def scope_table(levels: list[float]) -> pd.DataFrame:
    """Compression and theoretical speed-up of LeNet when only its linear layers, or all layers, lose units."""
    torch.manual_seed(0)
    dense = models.build("lenet", CLASSES, IMAGE["lenet"])
    rows = []
    for scope in ("fc", "all"):
        for level in levels:
            smaller = pruning.remove_channels(dense, level, scope=scope)
            ratios = metrics.cost_ratios(dense, smaller, IMAGE["lenet"])
            counts = {"parameters": metrics.parameters(smaller), "macs": metrics.macs(smaller, IMAGE["lenet"])}
            rows.append({"scope": scope, "level": level, **counts, **ratios})
    return pd.DataFrame(rows)


def table_1() -> pd.DataFrame:
    """S1's Table 1 for L1, beside our counts with heads of 10 and of 100 classes."""
    printed = published.table("S1_table1").query("method == 'l1'").drop(columns=["method", "source"])
    counts = [_counts(network, level) for network, level in zip(printed["network"], printed["level"], strict=True)]
    counts = pd.DataFrame(counts, index=printed.index)
    joined = printed.rename(columns={"millions": "printed_millions"}).join(counts)
    return joined.assign(our_millions=(joined["parameters"] / 1e6).round(2)).reset_index(drop=True)


@cache
def _counts(network: str, level: float) -> dict[str, int]:
    """Parameters with a head of 10 classes, and of 100: the head is all that differs, for no class is removed."""
    smaller = pruning.remove_channels(_dense(network), level)
    head = [layer for layer in smaller.modules() if isinstance(layer, torch.nn.Linear)][-1]
    counted = metrics.parameters(smaller)
    return {"parameters": counted, "parameters_100_classes": counted + 90 * (head.in_features + 1)}


@cache
def _dense(network: str) -> torch.nn.Module:
    return models.build(network, CLASSES, IMAGE[network])


def table_1_of_the_page(table: pd.DataFrame) -> Table:
    """Table 1 with headings for the reader."""
    names = {"network": "network", "level": "level", "printed_millions": "S1 prints, millions"}
    names |= {
        "our_millions": "ours, millions",
        "parameters": "ours, exactly",
        "parameters_100_classes": "with 100 classes",
    }
    shown = table[list(names)].rename(columns=names).set_index(["network", "level"])
    counts = ["ours, exactly", "with 100 classes"]
    shown[counts] = shown[counts].map(count)
    return Table(shown, "Parameters that are left, as S1's Table 1 prints them and as we count them.")


def times_faster(cost: pd.DataFrame) -> pd.DataFrame:
    """How many times as fast as the dense network: masking, removal, and what multiply–adds promise."""
    return cost.assign(
        masking=cost["dense_seconds"] / cost["masked_seconds"],
        removal=cost["dense_seconds"] / cost["removed_seconds"],
        theory=1 / cost["mac_fraction"],
    )


def times_faster_of_the_page(cost: pd.DataFrame) -> Table:
    """The same at the highest level, median and range of the repetitions."""
    top = times_faster(cost[cost["level"] == cost["level"].max()]).groupby("network", sort=False)
    shown = pd.DataFrame({words: top[name].apply(in_the_middle) for name, words in WAYS.items()})
    level = cost["level"].max()
    return Table(shown, f"Times as fast as the dense network at level {level:g}: median and range of the repetitions.")


def whole_table(accuracy: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    """The study's two tables as one, for its claims and to be kept; `part` says of which a row is."""
    parts = {"accuracy": accuracy, "cost": cost}
    there = [part.assign(part=name) for name, part in parts.items() if len(part)]
    return pd.concat(there, ignore_index=True) if there else pd.DataFrame()
