"""One try at a cell, or at several in one stack: what a worker does."""

import time
import traceback
from collections.abc import Callable
from typing import Any

from pruneuq_helpers.errors import StudyError
from pruneuq_helpers.study.digest import package_digest
from pruneuq_helpers.study.keys import entries
from pruneuq_helpers.study.log import noted
from pruneuq_helpers.study.machine import machine
from pruneuq_helpers.study.parts import networks_in
from pruneuq_helpers.study.table import columns_of


def attempt(
    chunk: list[tuple[str, dict]], work: Callable, stacked: bool, digest: str, networks: str | None, device: str
) -> list[tuple[str, dict[str, Any]]]:
    """Work on the cells of a chunk; what fails is told in their records, so that other cells go on."""
    start = time.perf_counter()
    with noted() as notes:
        try:
            same_code(digest)
            with networks_in(networks):
                results = _results(chunk, work, stacked)
        except Exception as error:  # noqa: BLE001 - recorded and told at the end
            text = f"{type(error).__name__}: {error}"
            records = [{"error": text, "traceback": traceback.format_exc()}] * len(chunk)
        else:
            each = round((time.perf_counter() - start) / len(chunk), 3)
            where = machine(device, next(entries(chunk[0][1], "precision"), None))
            records = [{"seconds": each, "machine": where, "columns": columns} for columns in results]
            if stacked and len(chunk) > 1:  # float32 rounds otherwise where a network is trained alone
                seeds = [cell["seed"] for _, cell in chunk]
                records = [record | {"stack": seeds} for record in records]
    if notes:
        records[0] = records[0] | {"notes": notes}
    return [(key, record) for (key, _), record in zip(chunk, records, strict=True)]


def _results(chunk: list[tuple[str, dict]], work: Callable, stacked: bool) -> list[dict[str, list]]:
    cells = [cell for _, cell in chunk]
    rows = list(work(cells)) if stacked else [work(cell) for cell in cells]
    if len(rows) != len(cells):
        raise TypeError(f"the work gave {len(rows)} results for {len(cells)} cells; it takes one entry a cell")
    return [columns_of(one) for one in rows]


def same_code(digest: str) -> None:
    """Refuse to work with other code than that of the process which started the run."""
    if digest != package_digest():
        raise StudyError(
            "this worker has other code than the process that started the run; "
            "it takes the same on both (was a file of the package edited meanwhile?)"
        )
