"""Files that are written whole or not at all, and files that are read once."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pruneuq_helpers.errors import StudyError

_remembered: dict[str, str] = {}  # in this process


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a place to write to; what is there at the end takes the name `path` at once, or nothing is left of it."""
    unfinished = path.with_name(f"{path.stem[:16]}.{os.getpid()}.tmp")
    try:
        yield unfinished
        descriptor = os.open(unfinished, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(unfinished, path)
    except OSError as error:
        raise StudyError(
            f"{path.name} could not be written ({error.strerror or error}); what was stored before is whole: "
            "mend this and run again to go on from there"
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it holds all of the content or is as it was, whatever happens meanwhile."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)


def remembered(about: str, files: list[Path], compute: Callable[[], str]) -> str:
    """What a slow reading of these files gave, done again only where a name, size or time among them has changed."""
    stats = [(str(file), at.st_size, at.st_mtime_ns, at.st_ctime_ns) for file in files for at in [file.stat()]]
    manifest = hashlib.sha256(json.dumps([about, stats]).encode()).hexdigest()
    note = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pruneuq" / manifest[:32]
    if manifest not in _remembered:
        try:
            text = note.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        said, _, value = text.partition(" ")
        if said != manifest:  # not there, or damaged
            value = compute()
            with suppress(OSError, StudyError):  # where nothing can be written it is read again next time
                note.parent.mkdir(parents=True, exist_ok=True)
                write_whole(note, f"{manifest} {value}")
        _remembered[manifest] = value
    return _remembered[manifest]
