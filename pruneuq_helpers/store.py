"""The store of a study: one checksummed file a cell, written whole or not at all."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pruneuq_helpers.errors import ParameterError

_HEADER = "pruneuq cell, sha256 "


class StudyError(RuntimeError):
    """A study that could not be finished: the message says what is stored and how to go on.

    Examples
    --------
    >>> raise StudyError("1 of 4 cells failed")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.store.StudyError: 1 of 4 cells failed
    """

    def _render_traceback_(self) -> list[str]:
        # IPython's hook, as in ParameterError: the sentence is what a reader needs.
        return [f"{type(self).__name__}: {self}"]


class DamagedFile(ValueError):
    """A stored file that is not what was written.

    Examples
    --------
    >>> raise DamagedFile("its checksum does not match")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.store.DamagedFile: its checksum does not match
    """


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it holds all of the text or is not there, whatever happens meanwhile.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder exists.
    text : str
        Its new content.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "note.txt"
    >>> write_whole(path, "kept")
    >>> path.read_text()
    'kept'
    """
    unfinished = path.with_name(f"{path.stem[:16]}.{os.getpid()}.tmp")
    try:
        with open(unfinished, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise StudyError(
            f"{path.name} could not be written ({error.strerror}); what was stored before is whole: "
            "mend this and run again to go on from there"
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


class Store:
    """Results of cells in a folder, each under its key.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made if it is not there.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> store = Store(mkdtemp())
    >>> store.write("a1", {"columns": {"loss": [0.1, float("inf")]}})
    >>> store.read("a1")["columns"]
    {'loss': [0.1, inf]}
    >>> print(store.read("b2"))
    None
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            takes = f"it takes a folder that can be written ({error.strerror})"
            raise ParameterError(f"`store` got {str(folder)!r}; {takes}") from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the store for this run alone; a second run is refused. The lock ends with its process.

        Examples
        --------
        >>> from tempfile import mkdtemp
        >>> store = Store(mkdtemp())
        >>> with store.locked():
        ...     store.write("a1", {"columns": {}})
        """
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0.3, poll_interval=0.05)  # `is_busy` holds it for an instant
        except Timeout:
            raise StudyError(
                f"another run is working on the store {str(self.folder)!r}; "
                "wait until it has ended, or give another `out`"
            ) from None
        except OSError as error:  # the lock is another user's, or a network disk has none
            takes = f"it takes a folder that this run can lock ({error.strerror})"
            raise ParameterError(f"`store` got {str(self.folder)!r}; {takes}") from None
        try:
            for left_over in self.folder.glob("*.tmp"):  # of a run that was killed while it wrote
                left_over.unlink()
            yield
        finally:
            lock.release()

    def path(self, key: str) -> Path:
        """The file of a cell.

        Parameters
        ----------
        key : str
            The cell's key.

        Returns
        -------
        pathlib.Path

        Examples
        --------
        >>> from tempfile import mkdtemp
        >>> Store(mkdtemp()).path("a1").name
        'a1.cell'
        """
        return self.folder / f"{key}.cell"

    def write(self, key: str, record: dict[str, Any]) -> None:
        """Store what a cell gave.

        Parameters
        ----------
        key : str
            The cell's key.
        record : dict
            JSON values; floats come back to the last bit, NaN and infinities too.

        Examples
        --------
        >>> from tempfile import mkdtemp
        >>> Store(mkdtemp()).write("a1", {"columns": {"loss": [0.1]}})
        """
        body = json.dumps({"key": key, **record})
        write_whole(self.path(key), f"{_HEADER}{_digest(body)}\n{body}\n")

    def read(self, key: str) -> dict[str, Any] | None:
        """What is stored under a key.

        Parameters
        ----------
        key : str
            The cell's key.

        Returns
        -------
        dict or None
            None where nothing is stored. A file that is not as it was written raises ``DamagedFile``.

        Examples
        --------
        >>> from tempfile import mkdtemp
        >>> store = Store(mkdtemp())
        >>> store.write("a1", {"columns": {"loss": [0.1]}})
        >>> size = store.path("a1").write_text("something else")
        >>> store.read("a1")
        Traceback (most recent call last):
        ...
        pruneuq_helpers.store.DamagedFile: it is not a file of this store
        """
        try:
            content = self.path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:  # a bad block, or another user's file
            raise DamagedFile(f"its reading failed: {error.strerror}") from None
        header, newline, body = content.partition(b"\n")
        if not header.startswith(_HEADER.encode()) or not newline:
            raise DamagedFile("it is not a file of this store")
        if header.removeprefix(_HEADER.encode()).decode(errors="replace") != _digest(body.removesuffix(b"\n")):
            raise DamagedFile("its checksum does not match")
        record = json.loads(body)
        if record["key"] != key:
            raise DamagedFile("it is the result of another cell")
        return record


def is_busy(folder: Path) -> bool:
    """Whether a run is working on the store in this folder.

    Parameters
    ----------
    folder : pathlib.Path
        Need not be there.

    Returns
    -------
    bool

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> store = Store(mkdtemp())
    >>> with store.locked():
    ...     is_busy(store.folder)
    True
    >>> is_busy(store.folder)
    False
    """
    if not (folder / "lock").exists():
        return False
    try:
        with FileLock(folder / "lock", timeout=0):
            return False
    except Timeout:
        return True


def _digest(body: str | bytes) -> str:
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()
