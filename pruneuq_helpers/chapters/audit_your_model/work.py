"""Chapter 10's work: from a seed to an audit of its network, and to the verdicts on each half of the images."""

from typing import Any

from pruneuq_helpers import audit
from pruneuq_helpers.chapters.audit_your_model.networks import load_images, trained_network


def settings(spec: dict[str, Any]) -> dict[str, Any]:
    """What `audit.examine` is told."""
    return {
        "levels": spec["levels"], "criteria": spec["criteria"], "device": spec["device"],
        "learning_rate": spec["tune_rate"], "train_batch": spec["batch"], "rules": {"accuracy": spec["margin"]},
    }  # fmt: skip


def work(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Audit one network: a row a network, with its verdict on all images and on each half of them."""
    images = load_images(cell, cell["seed"])
    model = trained_network(cell, images, cell["seed"])
    # The rows hold no interval of the bootstrap and no time: as little of both as the audit takes.
    few = settings(cell) | {"resamples": 100, "repeats": 3}
    found = audit.examine(model, images, fine_tune=cell["fine_tune"], seed=cell["seed"], **few)
    return rows(found, cell["margin"])


def rows(found: audit.Audit, margin: float) -> list[dict[str, Any]]:
    """One row a network of an audit."""
    values = found.measures.pivot(index="network", columns="measure", values="value")
    changes = found.measures.pivot(index="network", columns="measure", values="change")
    verdicts = found.overall.set_index("network")["verdict"]
    table = []
    for row in found.networks.to_dict("records"):
        name = row["network"]
        one = {key: row[key] for key in ("network", "criterion", "level", "parameter_fraction")}
        one |= {measure: float(values.loc[name, measure]) for measure in ("accuracy", "ece")}
        for measure in ("accuracy", "ece"):
            one[f"{measure}_change"] = float(changes.loc[name, measure])
        one |= {measure: float(changes.loc[name, measure]) for measure in ("changed", "class_recall")}
        table.append(one | {"verdict": verdicts.get(name)} | _halves(found, name, margin))
    return table


def _halves(found: audit.Audit, network: str, margin: float) -> dict[str, Any]:
    """Change of accuracy on every second image and on the others, from the images whose prediction changed."""
    moved = found.changed[found.changed["network"] == network]
    halves = {}
    for place, name in enumerate(("first", "second")):
        own = moved.loc[moved["image"] % 2 == place, "what"]
        count = len(range(place, len(found.data.test), 2))
        change, low, high = audit.share_change((own == "lost").sum(), (own == "won").sum(), count)
        halves |= {f"{name}_change": change, f"{name}_verdict": audit.verdict_of(-high, -low, margin)}
    return halves
