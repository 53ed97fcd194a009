"""Files that are read, and files that are going to be written."""

import os
from contextlib import suppress
from pathlib import Path

from pruneuq_helpers.checks.words import refused

_LONGEST = 255  # bytes in a name, on the file systems of today


def path(name: str, value, takes: str = "the path of a file") -> Path:
    if not isinstance(value, str | os.PathLike) or not str(value) or "\0" in str(value):
        raise refused(name, value, takes)
    if any(len(os.fsencode(part)) > _LONGEST for part in Path(value).parts):
        raise refused(name, str(value), f"{takes}, of names of at most {_LONGEST} bytes")
    return Path(value)


def file(name: str, value, make: bool = False) -> Path:
    """Check where a file is going to be written; its folder must be there, or is made."""
    found = path(name, value)
    if make:
        with suppress(OSError):  # what is not there afterwards is refused
            found.parent.mkdir(parents=True, exist_ok=True)
    try:
        fits = found.parent.is_dir() and not found.is_dir() and os.access(found.parent, os.W_OK)
    except OSError:  # a name that is too long
        fits = False
    if not fits:
        raise refused(name, str(found), "the path of a file in a folder that is there and can be written to")
    return found
