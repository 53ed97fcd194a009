"""Where a study's results come from, written beside them and shown at the end of a chapter."""

import html
import io
import json
import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from pruneuq_helpers.fingerprints import fingerprints
from pruneuq_helpers.log import Log, in_time
from pruneuq_helpers.store import write_whole

if TYPE_CHECKING:
    from pruneuq_helpers.parameters import Progress, Study

_PACKAGES = ("torch", "torchvision", "numpy", "scipy", "pandas", "scikit-learn", "torch-pruning")
# An absolute path, perhaps after what kind of thing it is: `imagefolder:/home/ann/birds`.
_ABSOLUTE = re.compile(r"(\w{2,}:)?((?:~\w*|[A-Za-z]:)?[/\\].*)", re.DOTALL)


@dataclass(frozen=True, repr=False)
class Provenance:
    """Parameters, code, libraries and machine of one run; shows as a small table in a notebook.

    Parameters
    ----------
    chapter, profile : str
        Which study, at which scale.
    parameters : dict
        All its parameters; absolute paths are shortened to their last part.
    commit : str or None
        Commit of the checkout, ``+ changes`` where files differ from it; None outside a checkout.
    packages : dict
        Package to version.
    python, device, platform : str
        What it ran on.
    started : str
        Date and time (UTC).
    seconds : float
        From the check of the parameters to the end.
    computed, read : int
        Cells computed in this run, and those found in the store.
    source : dict
        File of the package to the fingerprint of its code, for all that the study depends on; kept, not shown.
    worked : float
        Seconds that the cells took when they were computed, in this run or an earlier one, summed over workers.

    Examples
    --------
    >>> here = Provenance("00_coins", "quick", {"seeds": 3}, None, {"numpy": "2.0"}, "3.11", "cpu", "Linux",
    ...                   "2026-01-01T00:00:00+00:00", 1.5, 3, 0)
    >>> here
    chapter     00_coins
    profile     quick
    parameters  seeds = 3
    commit      not in a checkout
    packages    numpy 2.0
    python      3.11
    device      cpu
    platform    Linux
    started     2026-01-01T00:00:00+00:00
    seconds     1.5
    cells       3 computed, 0 read from the store
    """

    chapter: str
    profile: str
    parameters: dict[str, Any]
    commit: str | None
    packages: dict[str, str]
    python: str
    device: str
    platform: str
    started: str
    seconds: float
    computed: int
    read: int
    source: dict[str, str] = field(default_factory=dict)
    worked: float = 0.0

    def _rows(self) -> dict[str, str]:
        hidden = ("computed", "read", "source", "worked")
        rows = {name: str(value) for name, value in asdict(self).items() if name not in hidden}
        rows["parameters"] = ", ".join(f"{name} = {value!r}" for name, value in self.parameters.items())
        rows["packages"] = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        rows["commit"] = self.commit or "not in a checkout"
        took = f"; they took {in_time(self.worked)} of one worker" if self.worked >= 1 else ""
        return rows | {"cells": f"{self.computed} computed, {self.read} read from the store{took}"}

    def __repr__(self) -> str:
        return "\n".join(f"{name:<12}{value}" for name, value in self._rows().items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{html.escape(value)}</td></tr>' for name, value in self._rows().items()
        )
        head = '<thead><tr><th scope="col">this run</th><th scope="col">value</th></tr></thead>'
        return f'<table class="pruneuq-provenance">{head}<tbody>{rows}</tbody></table>'


def write_results(
    study: "Study", progress: "Progress", table: pd.DataFrame, verdicts: pd.DataFrame | None = None
) -> Provenance:
    """Write ``table.csv``, ``claims.csv`` and ``provenance.json`` into the study's folder.

    Parameters
    ----------
    study : Study
        The parameters.
    progress : Progress
        When it started, how many cells it computed and read, and the seconds that these took.
    table : pandas.DataFrame
        Its tidy table.
    verdicts : pandas.DataFrame, optional
        What :func:`pruneuq_helpers.claims.check` found.

    Returns
    -------
    Provenance

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from pruneuq_helpers.parameters import Progress, Study
    >>> study = Study(seeds=1, out=mkdtemp())
    >>> write_results(study, Progress(datetime.now(UTC)), pd.DataFrame({"seed": [0]})).chapter
    'study'
    """
    provenance = Provenance(
        chapter=study.chapter,
        profile=study.profile,
        parameters=without_paths(study.model_dump()),
        commit=_commit(),
        packages={name: version(name) for name in _PACKAGES},
        python=platform.python_version(),
        device=_device(study.device),
        platform=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        started=progress.started.isoformat(timespec="seconds"),
        seconds=round((datetime.now(UTC) - progress.started).total_seconds(), 1),
        computed=progress.computed,
        read=progress.read,
        source=fingerprints(_modules(study, progress)),
        worked=round(progress.worked, 1),
    )
    _write_table(study.folder / "table.csv", table)
    if verdicts is not None:
        _write_table(study.folder / "claims.csv", verdicts)
    write_whole(study.folder / "provenance.json", json.dumps(asdict(provenance), indent=1) + "\n")
    if progress.computed or progress.read:
        Log(study.folder / "log.txt").line("finished: the table and its provenance are written")
    return provenance


def without_paths(value: Any) -> Any:
    """The same value with each absolute path shortened to its last part: pages must not show a reader's machine.

    Parameters
    ----------
    value : object
        JSON values.

    Returns
    -------
    object

    Examples
    --------
    >>> without_paths({"data": "imagefolder:/home/ann/birds", "out": "runs/may"})
    {'data': 'imagefolder:…/birds', 'out': 'runs/may'}
    """
    if isinstance(value, str):
        found = _ABSOLUTE.fullmatch(value)
        return f"{found[1] or ''}…/{PureWindowsPath(found[2]).name}" if found else value
    if isinstance(value, dict):
        return {name: without_paths(part) for name, part in value.items()}
    return [without_paths(part) for part in value] if isinstance(value, list | tuple) else value


def _write_table(path: Path, table: pd.DataFrame) -> None:
    text = io.StringIO()
    table.to_csv(text, index=False, lineterminator="\n")
    write_whole(path, text.getvalue())


def _modules(study: "Study", progress: "Progress") -> set[str]:
    names = {type(study).__module__, *progress.modules}
    return {name for name in names if name.partition(".")[0] == __package__}


def _device(device: str) -> str:
    if device != "cuda":
        return device
    import torch

    return f"cuda ({torch.cuda.get_device_name()})"


def _commit() -> str | None:
    checkout = Path(__file__).resolve().parent.parent
    if not (checkout / "_toc.yml").exists():
        return None
    try:
        commit = _git(checkout, "rev-parse", "HEAD")
        changes = _git(checkout, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):  # no git, or a copy without its history
        return None
    return commit + (" + changes" if changes else "")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()
