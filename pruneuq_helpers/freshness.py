"""Whether a stored result still is what the code and the parameters of the checkout would give."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pruneuq_helpers.declared import declared
from pruneuq_helpers.fingerprints import PACKAGE, fingerprint
from pruneuq_helpers.provenance import without_paths

# They say where and how fast a study runs, and change no result beyond the last digits.
_PLACES = {"profile", "out", "root", "download", "workers", "device"}
_LIBRARIES = ("torch", "numpy")  # whose version is part of a cell's key


@dataclass(frozen=True)
class Freshness:
    """What is known of a stored result.

    Parameters
    ----------
    state : {"current", "stale", "unknown"}
        Unknown where the result was recorded before fingerprints, and nothing else speaks against it.
    reasons : tuple of str
        What changed since, in words.

    Examples
    --------
    >>> str(Freshness("stale", ("models.py changed", "parameter `seeds` was 3 and is 5")))
    'stale: models.py changed; parameter `seeds` was 3 and is 5'
    """

    state: str
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.state}: {'; '.join(self.reasons)}" if self.reasons else self.state


def freshness(provenance: dict[str, Any], root: Path, package: Path | None = None) -> Freshness:
    """Compare what was recorded beside a result with the checkout.

    Parameters
    ----------
    provenance : dict
        Content of its ``provenance.json``.
    root : pathlib.Path
        The checkout.
    package : pathlib.Path, optional
        Folder of the package, where it is another than this one.

    Returns
    -------
    Freshness

    Examples
    --------
    >>> from pruneuq_helpers.parameters import repository
    >>> kept = {"chapter": "00_coins", "profile": "quick", "parameters": {"seeds": 3}, "packages": {}}
    >>> str(freshness(kept, repository()))
    'stale: the checkout has no profile `quick` of 00_coins'
    """
    reasons = [*_files(provenance, package or PACKAGE), *_parameters(provenance, root), *_packages(provenance, root)]
    if reasons:
        return Freshness("stale", tuple(reasons))
    if not provenance.get("source"):
        return Freshness("unknown", ("recorded before fingerprints",))
    return Freshness("current")


def _files(provenance: dict, package: Path) -> list[str]:
    found = []
    for name, recorded in provenance.get("source", {}).items():
        path = package / name
        if not path.is_file():
            found.append(f"{name} is gone")
        elif fingerprint(path) != recorded:
            found.append(f"{name} changed")
    return found


def _parameters(provenance: dict, root: Path) -> list[str]:
    now = declared(root, provenance["chapter"], provenance["profile"])
    if now is None:
        return [f"the checkout has no profile `{provenance['profile']}` of {provenance['chapter']}"]
    now, then = without_paths(now), provenance["parameters"]
    names = sorted((now.keys() | then.keys()) - _PLACES)
    return [
        f"parameter `{name}` was {then[name]!r} and is {now[name]!r}" if name in then else f"parameter `{name}` is new"
        for name in names
        # One that the notebook does not name has the study's default, which the fingerprints know.
        if name in now and (name not in then or then[name] != now[name])
    ]


def _packages(provenance: dict, root: Path) -> list[str]:
    pins = root / "requirements.txt"
    text = pins.read_text(encoding="utf-8") if pins.is_file() else ""
    found = []
    for name in _LIBRARIES:
        pinned = re.search(rf"^{name}==(\S+)", text, re.M)
        used = provenance["packages"].get(name, "").partition("+")[0]
        if pinned and used and used != pinned[1]:
            found.append(f"{name} was {used} and is {pinned[1]}")
    return found
