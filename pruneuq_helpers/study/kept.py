"""Cells that are kept in the repository, in book/results: a layer of every store."""

import json
import lzma
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pruneuq_helpers.data.files import write_whole
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study.keys import bare, cell_key, trace_of

NEVER = ("quick", "smoke")  # computed with the book, and for the tests
_FIELDS = ("cell", "scope", "data", "seconds", "date", "commit", "digest", "machine", "stack", "columns")


class Kept:
    """The kept cells of one part, of one version, by key and by what they say of themselves without their data."""

    def __init__(self, records: Iterable[dict[str, Any]] = (), version: int = 0):
        current = [record for record in records if record["scope"][2] == version]
        self.by_key = {cell_key(record["scope"], record["cell"], record["data"]): record for record in current}
        self.by_trace = {trace_of(record["scope"], record["cell"]): record for record in current}

    @classmethod
    def of(cls, profile: str, chapter: str, part: str, version: int) -> "Kept":
        """What is kept of a part of a chapter in a profile."""
        return cls(read(path_of(profile, chapter, part)), version)


def folder_of(profile: str, chapter: str) -> Path:
    """Where the kept results of a chapter lie."""
    from pruneuq_helpers.study.parameters import repository

    return repository() / "book" / "results" / profile / chapter


def path_of(profile: str, chapter: str, part: str) -> Path:
    """The file of a part: a record a line, compressed."""
    return folder_of(profile, chapter) / f"{part}.jsonl.xz"


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a file; none where it is not there."""
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in lzma.decompress(path.read_bytes()).decode().splitlines()]
    except (lzma.LZMAError, ValueError, OSError) as error:
        raise StudyError(
            f"kept results in {path.name} are damaged ({error}); take the file from the repository again"
        ) from None


def keep(profile: str, chapter: str, part: str, records: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Add cells to what is kept of a part; gives how many are new, and how many there are now."""
    if profile in NEVER:
        raise ParameterError(
            f"parameter `profile` got {profile!r}; it takes one whose results are kept: not {' or '.join(NEVER)}"
        )
    path, records = path_of(profile, chapter, part), list(records)
    if not records:
        return 0, len(read(path))
    # Those of another version go, for no run reads them any more.
    version = records[0]["scope"][2]
    there = {_key(record): record for record in read(path) if record["scope"][2] == version}
    new = {_key(record): {name: record[name] for name in _FIELDS if name in record} for record in records}
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record) for _, record in sorted((there | new).items())]
    write_whole(path, lzma.compress("\n".join(lines).encode() + b"\n", preset=6 | lzma.PRESET_EXTREME))
    return len(new.keys() - there.keys()), len(there | new)


def _key(record: dict[str, Any]) -> str:
    return cell_key(record["scope"], bare(record["cell"]), record["data"])
