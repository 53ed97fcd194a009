"""Chapter 10's tables: what one audit found, and how often two halves of the images say the same."""

import pandas as pd

from pruneuq_helpers.audit import Audit
from pruneuq_helpers.audit.repairs import BOTH
from pruneuq_helpers.audit.rules import shown as named
from pruneuq_helpers.audit.verdicts import worst_of
from pruneuq_helpers.figures.tables import Table
from pruneuq_helpers.text import number

WORDS = ["safe", "undecided", "not safe"]


def verdicts(found: Audit) -> Table:
    """The verdict on every pruned network: a row a criterion, a column a level."""
    table = found.overall.pivot(index="criterion", columns="level", values="verdict")
    table.columns = [f"level {level:g}" for level in table.columns]
    return Table(table.rename(index=named), "The verdict on each pruned network, by criterion and level of channels.")


def costs(found: Audit) -> Table:
    """What each network keeps of its size, and how much faster it is."""
    names = {
        "parameter_fraction": "parameters kept",
        "mac_fraction": "multiply–adds kept",
        "byte_fraction": "bytes kept",
        "speed_up": "times as fast",
    }
    kept = found.networks.set_index("network")[list(names)].rename(columns=names).map(lambda value: number(value, 2))
    kept = kept.rename(index=named)
    return Table(kept, "Shares of the dense network's size that are kept, and how many times as fast each network is.")


def repairs(found: Audit) -> Table:
    """The verdict on each network that is not safe, before and after each repair."""
    before = found.overall.set_index("network")["verdict"]
    after = found.repairs.groupby(["network", "repair"], sort=False)["verdict"].agg(worst_of).unstack()
    both = pd.concat([before.loc[after.index].rename("as it is"), after], axis=1)
    both = both.rename(index=named, columns={BOTH: "both"})
    return Table(both, "The verdict as it is, with batch norm's statistics taken again, with a temperature, with both.")


def sizes(found: Audit) -> Table:
    """Sizes in millions, and how much faster each network is."""
    networks = found.networks.set_index("network")
    names = {"parameters": "parameters", "macs": "multiply–adds", "bytes": "bytes"}
    table = (networks[list(names)] / 1e6).rename(columns=names).add_suffix(" (millions)")
    shown = table.assign(**{"times as fast": networks["speed_up"]}).map(lambda value: number(value, 2))
    return Table(shown.rename(index=named), "Sizes, and how many times as fast as the dense network each one is.")


def worst_classes(found: Audit, criterion: str) -> Table:
    """The class that loses most of its recall at each level."""
    rows = found.classes[found.classes["criterion"] == criterion]
    worst = rows.loc[rows.groupby("level")["change"].idxmin()].set_index("level")
    names = {"class": "class", "change": "change of recall", "low": "interval from", "high": "to"}
    shown = worst[list(names)].rename(columns=names)
    shown[list(shown.columns[1:])] = shown[list(shown.columns[1:])].map(lambda value: number(value, 2, signed=True))
    return Table(
        shown, f"The class that loses most at each level by {named(criterion)}, with its 95 % interval over images."
    )


def ends(found: Audit) -> Table:
    """The level up to which each criterion is safe, and the network there."""
    rows = found.sequences.rename(columns={"level": "safe up to"}).replace({"network": {"": "none"}})
    words = ["criterion", "network"]
    return Table(rows.assign(**rows[words].map(named)), "How far each criterion is shown to be safe.")


def control(table: pd.DataFrame) -> pd.Series:
    """Change of accuracy of the dense network trained on, by seed."""
    rows = table[(table["criterion"] == "none") & (table["fine_tune"] > 0)]
    return rows.set_index("seed")["accuracy_change"].dropna()


def tuning_gain(table: pd.DataFrame) -> pd.Series:
    """Accuracy with fine-tuning minus without, mean over all pruned networks, by seed."""
    pruned = table[table["criterion"] != "none"]
    tuned = pruned["fine_tune"] > 0
    by_seed = [rows.groupby("seed")["accuracy"].mean() for rows in (pruned[tuned], pruned[~tuned])]
    return (by_seed[0] - by_seed[1]).dropna()


def agreement(table: pd.DataFrame) -> Table:
    """How often the verdict on one half of the images met each verdict on the other half."""
    pruned = table[table["criterion"] != "none"]
    counts = pd.crosstab(pruned["first_verdict"], pruned["second_verdict"])
    counts = counts.reindex(index=WORDS, columns=WORDS, fill_value=0)
    shown = counts.rename_axis(index="one half says", columns=None).add_prefix("other half: ")
    return Table(shown, "The verdicts of the two halves on the same networks: how many got which pair.")
