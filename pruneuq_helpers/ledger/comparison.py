"""The numbers that the papers print, each beside ours at every scale where there is a counterpart."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.paper import beside_the_paper
from pruneuq_helpers.chapters.lottery_tickets.measures import main as first_network
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import WORDS as GRID_WORDS
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import printed
from pruneuq_helpers.chapters.tickets_and_calibration.tables import networks_of, outside_of
from pruneuq_helpers.claims import decide, published
from pruneuq_helpers.ledger.reading import table
from pruneuq_helpers.ledger.scales import runs

_NUMBERS = ("printed", "ours", "difference", "low", "high", "values")
COLUMNS = ("place", "theirs", "row", "measure", "level", "scale", "data", *_NUMBERS)
_LONG = ["row", "measure", "level", "seed", "ours"]
_S1_TABLES = {
    "ause": {"ResNet18": 2, "VGG19": 3, "ImageNet": 6},
    "ece": {"ResNet18": 4, "VGG19": 5, "ImageNet": 7},
}
_STATES = {"before": "scored before the prune", "delivered": "at the level named", "frozen": "zeros held"}


def beside(source: str, places: Sequence[Path] | None = None) -> pd.DataFrame:
    """A paper's printed numbers beside ours: the difference with its 95 % t interval over seeds.

    The papers print no spread, so the interval is that of our mean alone.
    """
    parts = []
    for run in runs(places).itertuples():
        for theirs, ours in _PAIRS.get((source, run.chapter[:2]), ()):
            read = table(run.folder / "table.csv")
            measured = ours(read)
            both = theirs(read).merge(measured, on=["row", "measure", "level"])
            if len(both.dropna(subset="ours")):
                data = measured.attrs.get("data", run.data)
                parts.append(_differences(both).assign(scale=run.scale, data=data))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else pd.DataFrame(columns=list(COLUMNS))


def _differences(both: pd.DataFrame) -> pd.DataFrame:
    rows = []
    keys = ["place", "theirs", "row", "measure", "level", "printed"]
    for key, part in both.dropna(subset="ours").groupby(keys, sort=False):
        row = dict(zip(keys, key, strict=True))
        found = decide(part["ours"] - row["printed"])
        numbers = {"ours": part["ours"].mean(), "difference": found.effect, "low": found.low, "high": found.high}
        rows.append(row | numbers | {"values": found.seeds})
    return pd.DataFrame(rows, columns=[*keys, *_NUMBERS[1:]])


def _tickets_printed(data: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def theirs(table: pd.DataFrame) -> pd.DataFrame:
        found = published.table("S0_figures")
        names = {"strategy": "row", "value": "printed", "data": "theirs"}
        return found[found["data"] == data].rename(columns=names).drop(columns=["read", "source"])

    return theirs


def _long(table: pd.DataFrame, row: str, **measures: str) -> pd.DataFrame:
    """Measures of a study's table under one another; `measures` are the printed names with our columns."""
    parts = [
        table.assign(row=table[row], measure=name, ours=pd.to_numeric(table[column]))[_LONG]
        for name, column in measures.items()
        if column in table
    ]
    return pd.concat(parts)


def _moons(table: pd.DataFrame) -> pd.DataFrame:
    rows = first_network(table)
    rows = rows[rows["data"] == "moons"]  # other data have no counterpart in the figures
    return _long(rows, "strategy", epochs="stop_epoch", accuracy="accuracy", ECE="ece")


def _convolutional(table: pd.DataFrame) -> pd.DataFrame:
    return _long(networks_of(table), "strategy", epochs="stop_epoch", accuracy="accuracy", ECE="ece10")


def _panel_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S2_panel").rename(columns={"strategy": "row", "value": "printed"})
    theirs = "one photograph of a " + found["image"] + ", probability of " + found["class"]
    return found.assign(theirs=theirs)[["place", "theirs", "row", "measure", "level", "printed"]]


def _outside(table: pd.DataFrame) -> pd.DataFrame:
    means = outside_of(table).groupby(["strategy", "level", "seed"])["judged_class"].mean().reset_index()
    return _long(means, "strategy", probability="judged_class")


def _sizes_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S1_table1").query("method == 'l1'")
    names = {"row": found["network"], "measure": "parameters, millions", "theirs": "10 classes", "place": "Table 1"}
    return found.assign(**names, printed=found["millions"])[["place", "theirs", *_LONG[:3], "printed"]]


def _sizes(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.dropna(subset="our_millions").assign(seed=0)
    counted = _long(rows, "network", **{"parameters, millions": "our_millions"})
    counted.attrs = {"data": "counted, without data"}
    return counted


def _grid_printed(table: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for metric in ("ause", "ece"):
        found = printed(metric)
        place = "Table " + found["setting"].map(_S1_TABLES[metric]).astype(str)
        found = found.assign(place=place, theirs=found["setting"], row=_grid_row(found))
        for measure, column in ((metric.upper(), "value"), ("accuracy", "accuracy")):
            parts.append(found.assign(measure=measure, printed=found[column]))
    return pd.concat(parts)[["place", "theirs", "row", "measure", "level", "printed"]]


def _grid_row(table: pd.DataFrame, criterion: str = "method", method: str = "uncertainty") -> pd.Series:
    return table[method].map(GRID_WORDS) + ", " + table[criterion].map(GRID_WORDS)


def _grid(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[(table["part"] == "grid") & table["method"].isin(["msp", "ensemble", "mc_dropout"])]
    dense = rows[rows["criterion"] == "dense"]
    known = rows[rows["criterion"].isin(["random", "l1", "bn", "hrank", "resrep"])]
    # S1 prints the dense network once for every criterion.
    rows = pd.concat([known, *(dense.assign(criterion=name) for name in known["criterion"].unique())])
    rows = rows.assign(row=_grid_row(rows, "criterion", "method"))
    return _long(rows, "row", AUSE="ause", ECE="ece", accuracy="accuracy")


def _bayesian_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = beside_the_paper(table).drop_duplicates(["data", "network", "level", "method", "state"])
    found = found[found["state"].isin(_STATES)]
    names = {"place": "Table 1", "theirs": found["network"].str.upper(), "row": _bayesian_row(found)}
    found = found.assign(**names, measure="accuracy", printed=found["paper"])
    return found[["place", "theirs", "row", "measure", "level", "printed"]]


def _bayesian_row(table: pd.DataFrame) -> pd.Series:
    return table["network"].str.upper() + ", " + table["method"] + ", " + table["state"].map(_STATES)


def _bayesian(table: pd.DataFrame) -> pd.DataFrame:
    rows = beside_the_paper(table)
    rows = rows[rows["state"].isin(_STATES)]
    return _long(rows.assign(row=_bayesian_row(rows)), "row", accuracy="accuracy")


def _forgetting_printed(table: pd.DataFrame) -> pd.DataFrame:
    found = published.table("S4_tables2and3")
    shares = {
        "accuracy": found["top1"] / 100,
        "PIEs, share of images": found["pies"] / found["images"],
        "classes with p ≤ 0.05, share": found["significant_classes"] / found["classes"],
    }
    named = found.assign(place="Table " + found["table"].astype(str), theirs=found["data"], row="populations")
    parts = [named.assign(measure=name, printed=values) for name, values in shares.items()]
    return pd.concat(parts).dropna(subset="printed")[["place", "theirs", "row", "measure", "level", "printed"]]


def _forgetting(table: pd.DataFrame) -> pd.DataFrame:
    populations = table["population"].isin(["dense again", "pruned"])  # and not the controls, which have a level too
    plain = table[(table["experiment"] == "plain") & populations].assign(row="populations")
    levels = plain[plain["part"] == "level"]
    levels = levels.assign(share=levels["pies"].where(levels["level"] > 0) / levels["images"])
    classes = plain[(plain["part"] == "class") & (plain["level"] > 0)]
    hit = classes.assign(hit=classes["significant"].astype(float)).groupby(["row", "level", "seed"])["hit"].mean()
    per_level = _long(levels, "row", accuracy="accuracy", **{"PIEs, share of images": "share"})
    return pd.concat([per_level, _long(hit.reset_index(), "row", **{"classes with p ≤ 0.05, share": "hit"})])


# Paper and chapter: which printed numbers stand beside which part of the chapter's table.
_PAIRS = {
    ("S0", "03"): [(_tickets_printed("moons"), _moons)],
    ("S0", "05"): [(_tickets_printed("cifar10"), _convolutional)],
    ("S2", "05"): [(_panel_printed, _outside)],
    ("S1", "02"): [(_sizes_printed, _sizes)],
    ("S1", "07"): [(_grid_printed, _grid)],
    ("S3", "06"): [(_bayesian_printed, _bayesian)],
    ("S4", "08"): [(_forgetting_printed, _forgetting)],
}
