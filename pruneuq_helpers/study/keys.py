"""The key of a cell: what it says, the version of its part, and the content of its data. Nothing else.

Code, torch, processor, precision, device and the place of files stand in the record, and not in the key.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

# Entries of a cell, at any depth, that say where or how it is computed and not what.
PLACES = frozenset({"device", "download", "folder", "precision", "root", "workers"})


def bare(value: Any) -> Any:
    """A cell without its places; of a folder of images the last part of its path is left."""
    if isinstance(value, dict):
        return {name: bare(part) for name, part in value.items() if name not in PLACES}
    if isinstance(value, list | tuple):
        return [bare(part) for part in value]
    if isinstance(value, str) and value.startswith("imagefolder:"):
        return f"imagefolder:{PurePath(value.partition(':')[2].rstrip('/')).name}"
    return value


def data_named(cell: dict) -> dict[str, str]:
    """The data sets that a cell names, at any depth: as the cell calls them, and as `bare` does."""
    from pruneuq_helpers.study.parameters import KNOWN_DATA

    return {text: bare(text) for text in _texts(cell) if text in KNOWN_DATA or text.startswith("imagefolder:")}


def contents_of(cells: list[dict]) -> list[dict[str, str] | None]:
    """What identifies the data that each cell names, by the names that `bare` gives; None where a set is not there."""
    known: dict[tuple, str | None] = {}
    return [_contents(cell, known) for cell in cells]


def _contents(cell: dict, known: dict[tuple, str | None]) -> dict[str, str] | None:
    named = data_named(cell)
    places = (next(entries(cell, "root"), "data"), next(entries(cell, "download"), False))
    for name in named:
        if (name, *places) not in known:
            known[name, *places] = _content(name, *places)
    found = {short: known[name, *places] for name, short in named.items()}
    return None if None in found.values() else found


def _content(name: str, root: str, download: bool) -> str | None:
    from pruneuq_helpers import data
    from pruneuq_helpers.data.content import content
    from pruneuq_helpers.study.parameters import repository

    kind, _, path = name.partition(":")
    place = f"{kind}:{repository() / path}" if path else name
    found = content(place, repository() / root)
    if found is None and download:
        data.load(name, root=str(repository() / root), download=True)
        found = content(place, repository() / root)
    return found


def cell_key(scope: list, cell: dict, data: dict[str, str]) -> str:
    """The key of a bare cell: 64 hexadecimal digits; `scope` is chapter, part and version, or a reader's own code."""
    return _digest([scope, cell, data])


def trace_of(scope: list, cell: dict) -> str:
    """As the key, but without the data's content: finds what is kept of data that are not here."""
    return _digest([scope, cell])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


def entries(value: Any, name: str) -> Iterator[Any]:
    """All that a cell says under a name, at any depth."""
    if isinstance(value, dict):
        yield from (part for key, part in value.items() if key == name)
        for part in value.values():
            yield from entries(part, name)


def but_for_the_seed(cell: dict[str, Any]) -> str:
    """What cells that may be trained in one stack have in common."""
    return json.dumps(cell | {"seed": 0}, sort_keys=True)
