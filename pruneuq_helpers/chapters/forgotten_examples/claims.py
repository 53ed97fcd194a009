"""Chapter 8's claims: what S4 says a pruned network forgets, each with its rule."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pruneuq_helpers.chapters.forgotten_examples.tables import (
    at,
    gaps,
    impacted,
    over_index,
    part,
    present,
    sample_accuracy,
    smallest_group,
)
from pruneuq_helpers.claims import Claim

TOP, LOW = "the highest level", "the lowest level"


def decidable(claims: Sequence[Claim], table: pd.DataFrame) -> list[Claim]:
    """The claims that this table can decide: a run may leave an experiment out, and a rule may have no value."""
    return [claim for claim in _asked(claims, table) if len(claim.measure(table))]


def without_value(claims: Sequence[Claim], table: pd.DataFrame) -> pd.DataFrame:
    """The claims for which some repetitions have no value, and how many have one: id finding with_value
    repetitions.

    A claim about gains and losses has none where a repetition has only one of the two, and one about PIEs none where
    nothing was identified.
    """
    rows = [(claim.id, claim.finding, len(claim.measure(table))) for claim in _asked(claims, table)]
    found = pd.DataFrame(rows, columns=["id", "finding", "with_value"])
    found["repetitions"] = table["seed"].nunique()
    return found[found["with_value"] < found["repetitions"]].reset_index(drop=True)


def _asked(claims: Sequence[Claim], table: pd.DataFrame) -> list[Claim]:
    """Those about an experiment that the run made."""
    there = set(table["experiment"])
    needs = {claim.id: "plain" for claim in claims} | dict.fromkeys(PLANTED, "planted")
    needs |= dict.fromkeys(MINORITY, "minority")
    return [claim for claim in claims if needs[claim.id] in there]


def _more_than_chance(which: str):
    def more(table: pd.DataFrame) -> np.ndarray:
        return (impacted(table, which)["impacted"] - impacted(table, "again")["impacted"]).to_numpy(float)

    return more


def worst_beyond_whole(table: pd.DataFrame) -> np.ndarray:
    """The largest loss of a class beyond that of the whole, less the same between two dense populations and less
    the loss of the whole; at the highest level.
    """
    rows = part(table, "sample", "plain")
    whole = [sample_accuracy(table, networks, "all", held_out=False) for networks in ("dense", "pruned")]
    worst = impacted(table, "top")["worst"] - impacted(table, "again")["worst"]
    return (worst - (whole[0] - whole[1])).reindex(rows["seed"].unique()).to_numpy()


def _balance(table: pd.DataFrame) -> np.ndarray:
    rows = impacted(table, "top")
    return (rows["gaining"] - rows["losing"]).to_numpy(float)


def _larger_losses(table: pd.DataFrame) -> np.ndarray:
    rows = impacted(table, "top")
    return present(rows["mean_loss"] - rows["mean_gain"])


def _share_impacted(table: pd.DataFrame) -> np.ndarray:
    rows = impacted(table, "top")
    return (rows["impacted"] / rows["classes"]).to_numpy(float)


def _excess(which: str):
    def excess(table: pd.DataFrame) -> np.ndarray:
        return at(part(table, "level", "plain"), which)["excess"].to_numpy(float)

    return excess


def _against_all(networks: str, sample: str):
    def gap(table: pd.DataFrame) -> np.ndarray:
        return present(sample_accuracy(table, networks, sample) - sample_accuracy(table, networks, "all"))

    return gap


def _planted(group: str, images: str):
    def difference(table: pd.DataFrame) -> np.ndarray:
        return present(over_index(table, "planted", group, images))

    return difference


def _minority(table: pd.DataFrame) -> np.ndarray:
    return present(over_index(table, "minority", smallest_group(table)))


def _wider_gap(table: pd.DataFrame) -> np.ndarray:
    found = gaps(table)
    return (found["pruned"] - found["dense"]).to_numpy()


HELD_OUT = "networks that did not take part in the choice"
CLAIMS = [
    Claim(
        "S4.table2.classes-impacted", "08", "S4", "§1.2, Table 2",
        "At high levels pruning shifts the accuracy of some classes more than that of the whole.",
        f"classes with p ≤ 0.05 at {TOP}, minus those between two dense populations",
        _more_than_chance("top"),
    ),
    Claim(
        "S4.table2.classes-impacted-low", "08", "S4", "Table 2, Table 3",
        "At low levels, too, pruning shifts the accuracy of some classes more than that of the whole.",
        f"classes with p ≤ 0.05 at {LOW}, minus those between two dense populations",
        _more_than_chance("low"),
    ),
    Claim(
        "S4.s1.top1-hides", "08", "S4", "§1, finding 1",
        "Top-1 accuracy hides what is lost: the worst class loses more, beyond the whole, than the whole does.",
        f"largest loss of a class beyond the whole at {TOP}, less the same between two dense populations, minus the "
        "loss of accuracy",
        worst_beyond_whole,
    ),
    Claim(
        "S4.s1.2.few-classes", "08", "S4", "§1.2",
        "A small subset of classes bears the cost: less than half.",
        f"share of the classes with p ≤ 0.05 at {TOP}",
        _share_impacted, "<", 0.5,
    ),
    Claim(
        "S4.s1.2.more-gain", "08", "S4", "§1.2",
        "Of the impacted classes more gain than lose, relative to the whole.",
        f"impacted classes that gain minus those that lose, at {TOP}",
        _balance,
    ),
    Claim(
        "S4.s1.2.losses-larger", "08", "S4", "§1.2",
        "Of the impacted classes the losing ones lose more than the gaining ones gain.",
        f"mean loss minus mean gain of the impacted classes at {TOP}, normalised recall difference",
        _larger_losses,
    ),
    Claim(
        "S4.table2.pies-beyond-null", "08", "S4", "Table 2",
        "At high levels pruning identifies more examples than a second dense population does.",
        f"PIEs at {TOP} minus those between dense populations, of as many members, mean over random splits",
        _excess("top"),
    ),
    Claim(
        "S4.table2.pies-beyond-null-low", "08", "S4", "Table 2",
        "At low levels, too, pruning identifies more examples than a second dense population does.",
        f"PIEs at {LOW} minus those between dense populations, of as many members, mean over random splits",
        _excess("low"),
    ),
    Claim(
        "S4.fig3.harder-for-dense", "08", "S4", "Fig 3, §1.2",
        "PIEs are harder than other images for dense networks.",
        f"accuracy on PIEs minus accuracy on all, dense {HELD_OUT}, {TOP}",
        _against_all("dense", "PIE"), "<",
    ),
    Claim(
        "S4.fig3.harder-for-pruned", "08", "S4", "Fig 3, §1.2",
        "PIEs are harder than other images for pruned networks.",
        f"accuracy on PIEs minus accuracy on all, pruned {HELD_OUT}, {TOP}",
        _against_all("pruned", "PIE"), "<",
    ),
    Claim(
        "S4.fig3.removal-helps-dense", "08", "S4", "Fig 3, §1.2",
        "Without its PIEs a test set is easier for dense networks.",
        f"accuracy on all but PIEs minus accuracy on all, dense {HELD_OUT}, {TOP}",
        _against_all("dense", "non-PIE"),
    ),
    Claim(
        "S4.fig3.removal-helps-pruned", "08", "S4", "Fig 3, §1.2",
        "Without its PIEs a test set is easier for pruned networks.",
        f"accuracy on all but PIEs minus accuracy on all, pruned {HELD_OUT}, {TOP}",
        _against_all("pruned", "non-PIE"),
    ),
    Claim(
        "S4.table1.minority-over-indexed", "08", "S4", "Table 1, §1.3",
        "The minority whose attribute goes against its label is over-represented among PIEs.",
        f"its share among PIEs minus its share among other images, {TOP}",
        _minority,
    ),
    Claim(
        "S4.s1.3.bias-amplified", "08", "S4", "§1.3",
        "Pruning amplifies the bias: the minority falls further behind.",
        f"accuracy of the others minus that of the minority, pruned at {TOP}, less the same of dense networks",
        _wider_gap,
    ),
    Claim(
        "S4.fig4.wrong-labels", "08", "S4", "Fig 4, §3.4",
        "Images whose labels are wrong, at random here, are over-represented among PIEs.",
        f"share of planted wrong labels among PIEs minus among other images, images asked about, {TOP}",
        _planted("wrong label", "test"),
    ),
    Claim(
        "S4.fig4.wrong-labels-learnt", "08", "S4", "Fig 4, §3.4",
        "Images that networks learnt with wrong labels are over-represented among PIEs.",
        f"share of planted wrong labels among PIEs minus among other images, images learnt from, {TOP}",
        _planted("wrong label", "train"),
    ),
    Claim(
        "S4.fig4.corrupted", "08", "S4", "§3.4",
        "Images of low quality are over-represented among PIEs: so it looked; S4's own count says the opposite.",
        f"share of planted corruptions among PIEs minus among other images, images asked about, {TOP}",
        _planted("corrupted", "test"),
    ),
]  # fmt: skip
PLANTED = [claim.id for claim in CLAIMS if claim.id.startswith("S4.fig4.")]
MINORITY = ["S4.table1.minority-over-indexed", "S4.s1.3.bias-amplified"]
