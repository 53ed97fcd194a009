"""The log of a run: a line a cell, with the time left, for whoever looks in from another shell."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pruneuq_helpers.errors import StudyError
from pruneuq_helpers.text import duration

FORMAT = "%Y-%m-%d %H:%M:%S"


class Log:
    """Lines of date, time (UTC) and words, added to a file; without a path nothing is written."""

    def __init__(self, path: Path | None = None):
        self.path = path
        self._began, self._at_first, self._total, self._over = time.monotonic(), 0, 0, 0

    def begin(self, total: int, stored: int, where: str, part: str = "") -> None:
        """Note what there is to do."""
        self._began, self._at_first, self._total, self._over = time.monotonic(), stored, total, stored
        self.line(
            f"began{part and f' {part}'}: {stored} of {total} cells stored, {total - stored} to compute with {where}"
        )

    def cell(self, stored: int, seconds: float) -> None:
        """Note that a cell is stored, and what it took."""
        self._over += 1
        elapsed = time.monotonic() - self._began  # a clock may be set back meanwhile
        left = elapsed / (self._over - self._at_first) * (self._total - self._over)
        self.line(f"stored {stored} of {self._total} ({duration(seconds)}), about {duration(left)} left")

    def failed(self, cell: dict, error: str) -> None:
        """Note that a cell failed."""
        self._over += 1
        first, *_ = error.splitlines()
        self.line(f"failed: {first}; in {cell}")

    def line(self, words: str) -> None:
        """Add a line."""
        if self.path is None:
            return
        try:
            with open(self.path, "a", encoding="utf-8", newline="\n") as file:
                file.write(f"{datetime.now(UTC).strftime(FORMAT)}  {words}\n")
        except OSError as error:
            raise StudyError(
                f"{self.path.name} could not be written ({error.strerror}); what was stored before is whole: "
                "mend this and run again to go on from there"
            ) from error


class _Notes(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def noted() -> Iterator[list[str]]:
    """Collect what the package says while it works, wherever the process runs; it travels with the cell's result."""
    handler, logger = _Notes(), logging.getLogger("pruneuq_helpers")
    logger.addHandler(handler)
    try:
        yield handler.said
    finally:
        logger.removeHandler(handler)
