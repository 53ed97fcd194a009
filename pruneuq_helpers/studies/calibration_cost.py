"""Chapter 5's clock: how much faster every pruned network of the study is, beside what its multiply-adds promise."""

from typing import Any

import pandas as pd

from pruneuq_helpers import metrics, models
from pruneuq_helpers.studies.calibration import CalibrationStudy
from pruneuq_helpers.studies.calibration_images import Shown


def cost_cells(study: CalibrationStudy, table: pd.DataFrame, shown: Shown) -> list[dict[str, Any]]:
    """One cell a shape of network that the study's table holds.

    Parameters
    ----------
    study : CalibrationStudy
        The parameters.
    table : pandas.DataFrame
        What its cells gave.
    shown : Shown
        The images that the networks were made for.

    Returns
    -------
    list of dict
    """
    shared = study.model_dump(include={"network", "conv", "hidden", "timed_images", "repetitions"})
    shared |= {"classes": len(shown.classes), "input_shape": list(shown.input_shape)}
    return [shared | {"widths": widths} for widths in table["widths"].dropna().unique()]


def cost_work(cell: dict[str, Any]) -> list[dict[str, float]]:
    """Time the dense and the smaller network in turn; a row a repetition.

    Parameters
    ----------
    cell : dict
        One of `cost_cells`.

    Returns
    -------
    list of dict
        repetition dense_seconds seconds measured_speed_up.
    """
    widths, layers, shape = [int(width) for width in cell["widths"].split("-")], len(cell["conv"]), cell["input_shape"]
    dense, smaller = (
        models.build(cell["network"], cell["classes"], shape, conv=every[:layers], hidden=every[layers:])
        for every in (cell["conv"] + cell["hidden"], widths)
    )
    rows = []
    for repetition in range(cell["repetitions"]):
        before, after = (metrics.latency(one, shape, batch=cell["timed_images"]) for one in (dense, smaller))
        seconds = {"dense_seconds": before, "seconds": after, "measured_speed_up": before / after}
        rows.append({"repetition": repetition} | seconds)
    return rows
