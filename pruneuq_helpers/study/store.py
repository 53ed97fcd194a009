"""The store of a run: one checksummed file a cell, written whole or not at all."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pruneuq_helpers.data.files import write_whole
from pruneuq_helpers.errors import ParameterError, StudyError

_HEADER = "pruneuq cell, sha256 "
LOCK = "lock"  # the file that a run holds in the folder of its cells, and in its own


class DamagedFile(ValueError):
    """A stored file that is not what was written."""


class Store:
    """Results of cells in a folder, each under its key."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            takes = f"it takes a folder that can be written ({error.strerror})"
            raise ParameterError(f"`store` got {str(folder)!r}; {takes}") from None

    @property
    def networks(self) -> Path:
        """Where the networks lie that its cells share."""
        return self.folder / "networks"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the store for this run alone; a second run is refused. The lock ends with its process."""
        try:
            lock = hold(self.folder, f"on the store {str(self.folder)!r}")
        except OSError as error:  # the lock is another user's, or a network disk has none
            takes = f"it takes a folder that this run can lock ({error.strerror})"
            raise ParameterError(f"`store` got {str(self.folder)!r}; {takes}") from None
        try:
            for left_over in [*self.folder.glob("*.tmp"), *self.networks.glob("*.tmp")]:  # of a run that was killed
                left_over.unlink()
            yield
        finally:
            lock.release()

    def path(self, key: str) -> Path:
        """The file of a cell."""
        return self.folder / f"{key}.cell"

    def write(self, key: str, record: dict[str, Any]) -> None:
        """Store what a cell gave: JSON values; floats come back to the last bit, NaN and infinities too."""
        body = json.dumps({"key": key, **record})
        write_whole(self.path(key), f"{_HEADER}{_digest(body)}\n{body}\n")

    def read(self, key: str) -> dict[str, Any] | None:
        """What is stored under a key, or None; a file that is not as it was written raises `DamagedFile`."""
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

    def records(self) -> Iterator[dict[str, Any]]:
        """All whole records of cells that were computed; damaged files are left to the run that needs them."""
        for path in sorted(self.folder.glob("*.cell")):
            try:
                record = self.read(path.stem)
            except DamagedFile:
                continue
            if record is not None and "error" not in record:
                yield record


def hold(folder: Path, where: str) -> FileLock:
    """Take the lock of a folder, or refuse where another run has it; it ends with the process."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0.3, poll_interval=0.05)  # `is_busy` holds it for an instant
    except Timeout:
        raise StudyError(f"another run is working {where}; wait until it has ended, or give another `out`") from None
    return lock


def is_busy(folder: Path) -> bool:
    """Whether a run is working on the store in this folder, or in the folder of the whole run."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def _digest(body: str | bytes) -> str:
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()
