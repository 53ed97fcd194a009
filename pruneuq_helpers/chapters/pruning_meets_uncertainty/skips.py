"""What misaligned skip connections do: tied layers that lose the same channels, against layers that lose their own."""

from typing import TYPE_CHECKING, Any

from pruneuq_helpers import pruning
from pruneuq_helpers.chapters.pruning_meets_uncertainty.bases import (
    bases,
    fit,
    images_for_hrank,
    load_data,
    member_seed,
)
from pruneuq_helpers.chapters.pruning_meets_uncertainty.scores import score
from pruneuq_helpers.uncertainty import ensemble

if TYPE_CHECKING:
    from pruneuq_helpers.chapters.pruning_meets_uncertainty.study import GridStudy

ALIGNMENTS = {"groups": "aligned", "none": "misaligned"}


def skip_spec(study: "GridStudy") -> dict[str, Any]:
    """A residual network, whatever the grid's network is."""
    return study.spec(network="resnet8", channels=[study.skip_width], dropout=None)


def skip_cells(study: "GridStudy") -> list[dict[str, Any]]:
    """One cell a seed and level, 0 among them; all criteria but ResRep, which removes no channel of a skip."""
    spec = skip_spec(study)
    criteria = [name for name in study.criteria if name != "resrep"]
    shared = {"data": study.data, "base": spec, "tune": study.tune, "criteria": criteria}
    return [shared | {"seed": seed, "level": level} for seed in study.of_grid for level in [0.0, *study.skip_levels]]


def skip_work(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Prune a residual network aligned and misaligned, fine-tune, and measure; a row a criterion and alignment."""
    loaded, spec = load_data(cell["base"], cell["seed"]), cell["base"]
    found = bases(spec, cell["seed"], 1)
    (network,), (check,) = found.members, found.checks
    seed, place = member_seed(cell["seed"], 0), {"normalise": loaded.normalise, "device": spec["device"]}

    def row(model, before, **names) -> dict[str, Any]:
        measured = score(ensemble([model], loaded.test.images, **place), loaded.test.labels)
        del measured["curve"]
        return names | {"accuracy_before": before} | measured | {"cut_from": check}

    if not cell["level"]:
        return [row(network, None, criterion="dense", alignment="dense")]
    rows = []
    for criterion in cell["criteria"]:
        images = images_for_hrank(loaded, seed) if criterion == "hrank" else None
        for align, name in ALIGNMENTS.items():
            smaller = pruning.remove_channels(
                network, cell["level"], criterion, images, seed, order="at_once", align=align
            )
            logits = ensemble([smaller], loaded.test.images, **place)[0]
            before = float((logits.argmax(1) == loaded.test.labels).double().mean())
            (tuned,) = fit([smaller], loaded, [seed], cell["tune"], spec)
            rows.append(row(tuned, before, criterion=criterion, alignment=name))
    return rows
