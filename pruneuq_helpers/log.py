"""The log of a study: a line a cell, with the time left, for whoever looks in from another shell."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pruneuq_helpers.store import StudyError

FORMAT = "%Y-%m-%d %H:%M:%S"


class Log:
    """Lines of date, time (UTC) and words, added to a file.

    Parameters
    ----------
    path : pathlib.Path, optional
        The file; without it nothing is written.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> log = Log(Path(mkdtemp()) / "log.txt")
    >>> log.begin(total=3, stored=1, where="1 worker")
    >>> log.cell(stored=2, seconds=41.2)
    >>> [line[21:] for line in log.path.read_text().splitlines()]
    ['began: 1 of 3 cells stored, 2 to compute with 1 worker', 'stored 2 of 3 (41 s), about 0 s left']
    """

    def __init__(self, path: Path | None = None):
        self.path = path
        self._began, self._at_first, self._total, self._over = datetime.now(UTC), 0, 0, 0

    def begin(self, total: int, stored: int, where: str) -> None:
        """Note what there is to do.

        Parameters
        ----------
        total, stored : int
            Cells of the study, and those that are there already.
        where : str
            What the others are computed with.
        """
        self._began, self._at_first, self._total, self._over = datetime.now(UTC), stored, total, stored
        self.line(f"began: {stored} of {total} cells stored, {total - stored} to compute with {where}")

    def cell(self, stored: int, seconds: float) -> None:
        """Note that a cell is stored.

        Parameters
        ----------
        stored : int
            How many are by now.
        seconds : float
            What it took.
        """
        self._over += 1
        elapsed = (datetime.now(UTC) - self._began).total_seconds()
        left = elapsed / (self._over - self._at_first) * (self._total - self._over)
        self.line(f"stored {stored} of {self._total} ({in_time(seconds)}), about {in_time(left)} left")

    def failed(self, cell: dict, error: str) -> None:
        """Note that a cell failed.

        Parameters
        ----------
        cell : dict
            Its parameters.
        error : str
            What it said.
        """
        self._over += 1
        first, *_ = error.splitlines()
        self.line(f"failed: {first}; in {cell}")

    def line(self, words: str) -> None:
        """Add a line.

        Parameters
        ----------
        words : str
            Without the time.
        """
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


def in_time(seconds: float) -> str:
    """A duration in words.

    Parameters
    ----------
    seconds : float
        At least 0.

    Returns
    -------
    str

    Examples
    --------
    >>> in_time(41.2), in_time(300), in_time(5 * 3600 + 600), in_time(50 * 3600)
    ('41 s', '5 min', '5 h 10 min', '2 d 2 h')
    """
    minutes, hours, days = round(seconds / 60), round(seconds / 60) // 60, round(seconds / 3600) // 24
    if seconds < 100:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {round(seconds / 3600) % 24} h"


class _Notes(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def noted() -> Iterator[list[str]]:
    """Collect what the package says while it works, wherever the process runs; it travels with the cell's result.

    Yields
    ------
    list of str
        Filled as it is said.

    Examples
    --------
    >>> with noted() as said:
    ...     logging.getLogger("pruneuq_helpers.population").warning("memory ran out")
    >>> said
    ['memory ran out']
    """
    handler, logger = _Notes(), logging.getLogger(__package__)
    logger.addHandler(handler)
    try:
        yield handler.said
    finally:
        logger.removeHandler(handler)

