"""The tables of chapter 7 that are of its own form; those in S1's form are in `paper`."""

import pandas as pd

from pruneuq_helpers.figures.tables import Table
from pruneuq_helpers.study import Study, results
from pruneuq_helpers.text import plus_minus

KEPT = {"ResNet-10": "real", "VGG-like": "real-vgg"}
OWN = "small"  # the network of the run at hand


def kept_answers(own: pd.DataFrame, study: type[Study]) -> dict[str, pd.DataFrame]:
    """The answers of the larger runs that are kept with the book, the longest first, and that of the run at hand."""
    larger = {name: results.table(profile, study, "answer") for name, profile in KEPT.items()}
    found = {name: table for name, table in larger.items() if len(table)}
    if not found:
        print("No larger run is kept here: what follows shows the run of this notebook.")
    return found | {OWN: own}


def skip_connections(skips: pd.DataFrame) -> Table:
    """Accuracy of the residual network by level and alignment, mean ± sample standard deviation over seeds."""
    columns = {"accuracy_before": "right after the cut", "accuracy": "after fine-tuning"}
    seeds = skips.groupby(["level", "alignment", "seed"])[list(columns)].mean()
    shown = seeds.groupby(["level", "alignment"]).agg(plus_minus).rename(columns=columns)
    caption = "Accuracy of the residual network with its tied layers aligned or not; mean ± SD over seeds."
    return Table(shown.sort_index(ascending=[True, True]), caption)
