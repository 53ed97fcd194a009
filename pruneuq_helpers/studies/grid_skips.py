"""What misaligned skip connections do: tied layers that lose the same channels, against layers that lose their own."""

from typing import Any

from pruneuq_helpers import pruning
from pruneuq_helpers.studies.grid import GridStudy
from pruneuq_helpers.studies.grid_bases import bases, fit, images_for_hrank, load_data, member_seed
from pruneuq_helpers.studies.grid_scores import score
from pruneuq_helpers.uncertainty import ensemble

ALIGNMENTS = {"groups": "aligned", "none": "misaligned"}


def skip_cells(study: GridStudy) -> list[dict[str, Any]]:
    """One cell a seed and level, and one a seed for the dense network; the network is a small residual one.

    Parameters
    ----------
    study : GridStudy
        The parameters.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> skip_cells.__name__
    'skip_cells'
    """
    spec = study.spec(network="resnet8", channels=[study.skip_width], members=1, dropout=None)
    tune = spec["recipe"] | {"epochs": study.tune_epochs, "learning_rate": study.tune_rate}
    criteria = [name for name in study.criteria if name != "resrep"]  # it leaves tied layers alone
    shared = {"data": study.data, "base": spec, "folder": {"path": study.bases_folder}, "tune": tune}
    shared |= {"criteria": criteria}
    return [
        shared | {"seed": seed, "level": level} for seed in range(study.seeds) for level in [0.0, *study.skip_levels]
    ]


def skip_work(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Prune one residual network by every criterion, aligned and misaligned, and fine-tune.

    Parameters
    ----------
    cell : dict
        One of `skip_cells`.

    Returns
    -------
    list of dict
        A row a criterion and alignment; the accuracy before fine-tuning beside the measures after it.

    Examples
    --------
    >>> skip_work.__name__
    'skip_work'
    """
    loaded, spec = load_data(cell["base"], cell["seed"]), cell["base"]
    (network,), _ = bases(spec, cell["seed"], cell["folder"]["path"])
    seed, place = member_seed(cell["seed"], 0), {"normalise": loaded.normalise, "device": spec["device"]}

    def row(model, before, **names) -> dict[str, Any]:
        found = score(ensemble([model], loaded.test.images, **place), loaded.test.labels)
        del found["curve"]
        return names | {"accuracy_before": before} | found

    if not cell["level"]:
        return [row(network, None, criterion="dense", alignment="dense")]
    rows = []
    for criterion in cell["criteria"]:
        images = images_for_hrank(loaded) if criterion == "hrank" else None
        for align, name in ALIGNMENTS.items():
            smaller = pruning.remove_channels(
                network, cell["level"], criterion, images, seed, order="at_once", align=align
            )
            logits = ensemble([smaller], loaded.test.images, **place)[0]
            before = float((logits.argmax(1) == loaded.test.labels).double().mean())
            (tuned,) = fit([smaller], loaded, [seed], cell["tune"], spec)
            rows.append(row(tuned, before, criterion=criterion, alignment=name))
    return rows
