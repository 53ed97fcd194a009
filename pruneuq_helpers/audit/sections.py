"""The sections of the report: the same tables as the CSV files, with words and pictures."""

import math
from functools import partial

import pandas as pd

from pruneuq_helpers.audit import charts
from pruneuq_helpers.audit.examination import Audit
from pruneuq_helpers.audit.gallery import gallery
from pruneuq_helpers.audit.measures import DISTANCE
from pruneuq_helpers.audit.neighbours import MOST, NEIGHBOUR
from pruneuq_helpers.audit.page import Folded, Images, Picture, Table, Text
from pruneuq_helpers.audit.rules import NAMES, shown
from pruneuq_helpers.audit.session import CONTROL, DENSE
from pruneuq_helpers.audit.verdicts import worst_of
from pruneuq_helpers.audit.wording import rules, words
from pruneuq_helpers.text import interval, number, percent

_MOST_CLASSES = 50
_SHOWN = ("accuracy", "ece", "nll", "brier", "ause", "auroc")


def sections(audit: Audit, facts: dict[str, str]) -> list[tuple[str, list]]:
    """Headings and bodies of the report, in order."""
    network = charts.featured(audit)
    return [
        ("In short", _short(audit)),
        ("Accuracy and uncertainty", _measures(audit)),
        *([("Measured once more", _again(audit))] if len(audit.again) else []),
        *([("Repairs without training", _repairs(audit))] if len(audit.repairs) else []),
        ("Who pays: classes", _classes(audit, network)),
        *([("Who pays: groups", _groups(audit))] if len(audit.groups) else []),
        ("Who pays: images", _images(audit, network)),
        *([("Images of no class", _detection(audit))] if len(audit.detection) else []),
        ("What it costs and saves", _costs(audit)),
        ("What was audited", _facts(facts)),
        ("How to read this", _method(audit)),
    ]


def _short(audit: Audit) -> list:
    first, *others = words(audit)
    found = audit.by_level.pivot(index="criterion", columns="level", values="verdict")
    order = list(dict.fromkeys(audit.by_level["criterion"]))
    rows = [[shown(name), *found.loc[name].fillna("–")] for name in order]
    grid = Table("Verdict by criterion and level", ["criterion", *(f"level {x:g}" for x in found.columns)], rows)
    checks = [
        [shown(row["network"]), NAMES[row["rule"]], f"{row['margin']:g}", number(row["worse"], signed=True),
         f"{number(row['low'], signed=True)} to {number(row['high'], signed=True)}", row["verdict"]]
        for row in audit.verdicts.to_dict("records")
    ]  # fmt: skip
    columns = ["network", "rule", "margin", "worse by", "interval", "verdict"]
    detail = Folded("Every rule at every level", [Table("Rules, one by one", columns, checks, text=(1,))])
    return [Text([first], "lead"), Text(audit.notes, "note"), grid, Text([rules(audit), *others]), detail]


def _again(audit: Audit) -> list:
    said = (
        f"{shown(audit.chosen)} was chosen because its changes look small, and so it looks a little better than it is. "
        f"On {audit.again['images'].iloc[0]} test images that were held out, and that decided nothing, it changes so:"
    )
    first = audit.measures[audit.measures["network"] == audit.chosen].set_index("measure")
    rows = [
        [NAMES[row.measure], number(first.loc[row.measure, "change"], signed=True),
         interval(row.change, row.low, row.high, 4, row.measure != "changed")]
        for row in audit.again.itertuples()
    ]  # fmt: skip
    columns = ["measure", "on the images that decided", "on those held out"]
    return [Text([said]), Table("Change from the dense network", columns, rows)]


def _repairs(audit: Audit) -> list:
    said = [
        "Tried for each network that is not safe as it is: batch norm's means and variances taken again on training "
        "images, and one temperature, fitted on validation images, by which all logits are divided. No weight moves."
    ]
    rows = []
    for (network, repair), part in audit.repairs.groupby(["network", "repair"], sort=False):
        before = audit.overall.set_index("network").loc[network, "verdict"]
        worst = part.loc[(part["worse"] / part["margin"]).idxmax()]
        way = f"{NAMES[worst['rule']]} worse by {number(worst['worse'], 3)}, margin {worst['margin']:g}"
        rows.append(
            [shown(network), repair, f"{part['temperature'].iloc[0]:.3g}", before, worst_of(part["verdict"]), way]
        )
    columns = ["network", "repair", "temperature", "before", "after", "nearest to its margin"]
    return [Text(said), Table("What a repair does to the verdict", columns, rows, text=(1,), long=(5,))]


def _measures(audit: Audit) -> list:
    shown = [name for name in _SHOWN if name in set(audit.measures["measure"])]
    values = _grid(audit.measures, "value", shown, signed=False)
    changes = _grid(audit.measures, "change", [*shown, "changed"], signed=True)
    sure = percent(audit.settings.confidence_level)
    heads = ["network", *(NAMES[name] for name in shown)]
    drawn = [name for name in ("accuracy", "ece", "nll", "ause", "auroc") if name in shown]
    drawn = Picture.of(
        partial(charts.curves, audit, drawn), f"Measures of every network with {sure} intervals over images."
    )
    return [
        drawn,
        Table(f"Values, with {sure} intervals over images", heads, values),
        Table(f"Change from the dense network, with {sure} intervals", [*heads, NAMES["changed"]], changes),
    ]


def _grid(measures: pd.DataFrame, column: str, names: list[str], signed: bool) -> list[list[str]]:
    low, high = ("low", "high") if signed else ("value_low", "value_high")
    rows = []
    for network, part in measures.groupby("network", sort=False):
        if signed and network == DENSE:
            continue
        part = part.set_index("measure")
        cells = [
            interval(*(part.loc[name, of] for of in (column, low, high)), 4, signed and name != "changed")
            for name in names
        ]
        rows.append([shown(network), *cells])
    return rows


def _classes(audit: Audit, network: str) -> list:
    table = audit.classes[audit.classes["network"] == network]
    by_chance = 0.05 * len(table)
    said = Text([
        f"Looked at closely: {shown(network)}. Of {len(table)} classes {int(table['significant'].sum())} change their "
        f"recall significantly at 0.05, where chance alone would give {by_chance:.1f} or fewer; "
        f"{int(table['significant_bh'].sum())} still do after Benjamini and Hochberg's correction.",
    ])  # fmt: skip
    caption = f"Change of each class's recall with {shown(network)}, with its interval."
    drawn = Picture.of(partial(charts.classes, audit, network), caption)
    rest = [_class_table(name, part) for name, part in audit.classes.groupby("network", sort=False)]
    return [said, drawn, Folded("Every class in every network", rest)]


def _groups(audit: Audit) -> list:
    rows = [
        [shown(row["network"]), row["group"], row["examples"], number(row["before"]), number(row["after"]),
         interval(row["change"], row["low"], row["high"], 4, signed=True)]
        for row in audit.groups.to_dict("records")
    ]  # fmt: skip
    columns = ["network", "group", "images", "accuracy, dense", "accuracy, here", "change"]
    return [Table("Accuracy by group", columns, rows, text=(1,))]


def _detection(audit: Audit) -> list:
    rows = [
        [shown(row["network"]), row["score"], number(row["dense"]), number(row["pruned"]),
         interval(row["change"], row["low"], row["high"], 4, signed=True)]
        for row in audit.detection.to_dict("records")
    ]  # fmt: skip
    said = ["The AUROC of telling images of no class from the test images, by three scores of the same logits."]
    if DISTANCE in set(audit.detection["score"]):
        said.append(
            f"The fourth score looks at what the last layer sees, scaled to length one: the distance to the "
            f"{NEIGHBOUR}th nearest of {min(len(audit.data.train), MOST):,} training images, in the same network."
        )
    columns = ["network", "score", "AUROC, dense", "AUROC, here", "change"]
    return [Text(said), Table("Detection by score", columns, rows, text=(1,))]


def _class_table(name: str, table: pd.DataFrame) -> Table:
    caption = f"Recall by class: {shown(name)}"
    if len(table) > _MOST_CLASSES:
        table = table.sort_values("change", kind="stable").head(_MOST_CLASSES)
        caption += f", the {_MOST_CLASSES} classes that lose most (all stand in classes.csv)"
    rows = [
        [row["class"], row["images"], number(row["recall_dense"]), number(row["recall_pruned"]),
         interval(row["change"], row["low"], row["high"], 4, signed=True), f"{row['p_value']:.4f}",
         "yes" if row["significant_bh"] else "no"]
        for row in table.to_dict("records")
    ]  # fmt: skip
    columns = ["class", "images", "recall, dense", "recall, here", "change", "McNemar's p", "significant (BH)"]
    return Table(caption, columns, rows, text=(6,))


def _images(audit: Audit, network: str) -> list:
    counts = audit.changed.groupby(["network", "what"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["lost", "won", "both wrong"], fill_value=0)
    names = [name for name in audit.networks["network"] if name != DENSE]
    counts = counts.reindex(names, fill_value=0)
    rows = [
        [shown(name), row.sum(), *row, percent(row.sum() / len(audit.data.test), 2)] for name, row in counts.iterrows()
    ]
    columns = ["network", "changed", "right before only", "right after only", "wrong both times", "share"]
    said = [
        "An image whose prediction changes is, with one network before and one after, what Hooker and others (2019) "
        "call a pruning-identified exemplar. Accuracy shows only the difference of the second and the third number."
    ]
    if audit.settings.fine_tune:
        said.append(f"“{CONTROL}” is the control: as much training, and no pruning.")
    blocks = [Text(said), Table("Images with another prediction than the dense network's", columns, rows)]
    changed = gallery(audit, network)
    if changed:
        caption = f"Changed predictions with {shown(network)}, the surest of the dense network first."
        blocks.append(Images(changed, caption))
    return blocks


def _costs(audit: Audit) -> list:
    counted = (("parameters", "parameter_fraction"), ("macs", "mac_fraction"), ("bytes", "byte_fraction"))
    rows = [
        [shown(row["network"]), *(f"{row[count]:,} ({percent(row[share], 1)})" for count, share in counted),
         *_time(row)]
        for row in audit.networks.to_dict("records")
    ]  # fmt: skip
    columns = ["network", "parameters", "multiply–adds", "bytes on disk", "milliseconds", "times as fast"]
    many = audit.settings.timed_batch
    caption = f"Costs; milliseconds for {many} image{'s' * (many > 1)}"
    drawn = Picture.of(
        partial(charts.times, audit), "Measured speed-up on this machine, beside the promise of the multiply–adds."
    )
    said = "A level of channels is not a fraction of parameters: a weight stays where both its channels stay."
    return [Text([said]), drawn, Table(caption, columns, rows)]


def _time(row: dict) -> tuple[str, str]:
    if math.isnan(row["speed_up"]):
        return "too busy to measure", "–"
    spread = f" ({row['speed_up_low']:.2f} to {row['speed_up_high']:.2f})" if row["network"] != DENSE else ""
    return f"{row['milliseconds']:.3f}", f"{row['speed_up']:.2f}{spread}"


def _facts(facts: dict[str, str]) -> list:
    return [Table("What was audited, and with what", ["what", "value"], facts.items(), long=(1,))]


def _method(audit: Audit) -> list:
    sure = percent(audit.settings.confidence_level)
    sentences = [
        f"All intervals are over images, at {sure}: how far the numbers could have come out otherwise with other "
        "images of the same kind. They do not say how another network, trained with another seed, would fare; that "
        "takes several networks.",
        "Accuracy and recall: Wilson's interval for a value; for a change Agresti and Min's interval for paired "
        "shares, so that it has a width even where nothing changed. ECE (15 bins), NLL, Brier score and AUSE: a "
        "bootstrap in which both networks see the same resamples. AUROC: DeLong. Classes: McNemar's exact test. The "
        "rule on classes holds only if it holds for each class, and is broken only if it is for all classes "
        "considered together (Bonferroni).",
        "How many times as fast: each network is timed in turns with the dense one. The smallest time of each counts, "
        "because all that disturbs a timing adds to it; in brackets the quartiles of the turns. All milliseconds are "
        "the dense network's, divided by that ratio.",
        "Outsiders are told apart by 1 minus the largest probability; they are the positives. Channels that depend on "
        "each other are removed together, and removal was held against masking before anything was measured.",
    ]
    return [Text(sentences)]
