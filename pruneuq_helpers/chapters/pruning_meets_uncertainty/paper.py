"""S1's tables in their own form, with our numbers beside the printed ones."""

from functools import cache

import pandas as pd

from pruneuq_helpers.claims import published

WORDS = {
    "l1": "L1", "random": "random", "bn": "batch norm", "hrank": "HRank", "resrep": "ResRep",
    "msp": "softmax", "ensemble": "ensemble", "mc_dropout": "MC dropout",
}  # fmt: skip
METHODS = ("msp", "ensemble", "mc_dropout")
SETTINGS = {"ResNet18": ("resnet18", "cifar100"), "VGG19": ("vgg19", "cifar100"), "ImageNet": ("resnet18", "imagenet")}


def printed(metric: str) -> pd.DataFrame:
    """S1's values of a measure as fractions: 0.319 of a table "times 0.1" becomes 0.0319."""
    table = published.table("S1_tables2to7").query("metric == @metric")
    named = {pair: name for name, pair in SETTINGS.items()}
    setting = [named[pair] for pair in zip(table["network"], table["data"], strict=True)]
    found = table.assign(setting=setting, accuracy=table["accuracy"] / 100, value=table["value"] / 10)
    return found[["setting", "method", "uncertainty", "level", "accuracy", "value"]].reset_index(drop=True)


@cache  # every claim of S1 asks for one of three
def as_ours(setting: str) -> pd.DataFrame:
    """S1's numbers of one network in the form of our grid: of one seed, for S1 has one training."""
    keys = ["setting", "method", "uncertainty", "level"]
    ause, ece = (printed(metric).rename(columns={"value": metric}) for metric in ("ause", "ece"))
    both = ause.merge(ece[[*keys, "ece"]], on=keys).query("setting == @setting")
    dense = both[(both["level"] == 0) & (both["method"] == "l1")].assign(method="dense")
    rows = pd.concat([dense, both[both["level"] > 0]]).rename(columns={"method": "criterion", "uncertainty": "method"})
    return rows.assign(seed=0, error=1 - rows["accuracy"])
