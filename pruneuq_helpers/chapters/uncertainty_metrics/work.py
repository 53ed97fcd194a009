"""Chapter 4's work: from a seed to networks, and from networks to the rows of every experiment."""

from pruneuq_helpers.chapters.uncertainty_metrics import calibration, ranking, samples
from pruneuq_helpers.chapters.uncertainty_metrics.foreign import foreign_rows
from pruneuq_helpers.chapters.uncertainty_metrics.members import dropouts, ensembles, images_of


def work(cells: list[dict]) -> list[list[dict]]:
    """Train the networks of the cells' seeds together and run every experiment on each; `part` names it."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    asked = first["asked"]
    shown = [images_of(first["where"], seed) for seed in seeds]
    trained = [train(shown, seeds, first["recipe"]) for train in (ensembles, dropouts)]
    rows: list[list[dict]] = []
    for ensemble, dropout in zip(*trained, strict=True):
        networks = {"ensemble": ensemble, "dropout": dropout}
        parts = {
            "ranking": ranking.ranking_rows(networks),
            "ties": ranking.tie_rows(ensemble, asked["sharpness"]),
            "temperature": calibration.temperature_rows(networks),
            "sweep": calibration.sweep_rows(ensemble, asked["temperatures"]),
            "calibrated": samples.calibrated_rows(ensemble),
            "bias": samples.bias_rows(ensemble, asked["samples"], asked["bins"], asked["repeats"]),
            "interval": samples.interval_rows(ensemble, asked["samples"], asked["resamples"]),
            "foreign": foreign_rows(ensemble),
        }
        rows.append([{"part": part} | row for part, of in parts.items() for row in of])
    return rows


def size_work(cells: list[dict]) -> list[list[dict]]:
    """Train ensembles on one number of images, and stretch their variances until they look like confidences."""
    first, seeds = cells[0], [cell["seed"] for cell in cells]
    shown = [images_of(first["where"], seed) for seed in seeds]
    size = first["where"]["training_images"]
    return [
        [{"part": "normalised", "training_images": size} | row for row in calibration.normalised_rows(ensemble)]
        for ensemble in ensembles(shown, seeds, first["recipe"])
    ]
