"""Chapter 8's gallery: what is shown of single images."""

import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples.images import Shown
from pruneuq_helpers.chapters.forgotten_examples.tables import part

_KINDS = {"plain": "untouched", "corrupted": "spoilt"}


def pictures(table: pd.DataFrame, shown: Shown, experiment: str) -> pd.DataFrame:
    """A row an image and level, images counted over those asked about and then those learnt from."""
    rows = part(table, "image", experiment).rename(columns={"identified": "pie"})
    learnt = rows["set"] == "train"
    words = {"test": "asked", "train": "learnt"}
    kinds = [f"{words[name]}: {_KINDS.get(kind, kind)}" for name, kind in zip(rows["set"], rows["kind"], strict=True)]
    places = rows["image"].astype(int) + learnt * len(shown.asked["test"].raw)
    return rows.assign(image=places, kind=kinds)
