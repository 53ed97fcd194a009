"""Where a study's results come from, written beside them and shown at the end of a chapter."""

import html
import io
import json
import os
import platform
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from pruneuq_helpers.data.files import write_whole
from pruneuq_helpers.study.log import Log
from pruneuq_helpers.study.machine import commit
from pruneuq_helpers.text import duration

if TYPE_CHECKING:
    from pruneuq_helpers.study.parameters import Progress, Study

_PACKAGES = ("torch", "torchvision", "numpy", "scipy", "pandas", "scikit-learn", "torch-pruning")
# An absolute path, perhaps after what kind of thing it is: `imagefolder:/home/ann/birds`.
_ABSOLUTE = re.compile(r"(\w{2,}:)?((?:~\w*|[A-Za-z]:)?[/\\].*)", re.DOTALL)


@dataclass(frozen=True, repr=False)
class Provenance:
    """Parameters, code, libraries and machine of one run; shows as a small table in a notebook."""

    chapter: str
    profile: str
    parameters: dict[str, Any]
    commit: str | None  # of the checkout, None outside of one
    packages: dict[str, str]
    python: str
    device: str
    platform: str
    started: str
    seconds: float  # from the check of the parameters to the end
    # Of each part its version, the cells computed, read from the store and kept with the book, and the seconds that all
    # of them took when they were computed, summed over workers.
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def _rows(self) -> dict[str, str]:
        rows = {name: str(value) for name, value in asdict(self).items() if name != "parts"}
        rows["parameters"] = ", ".join(f"{name} = {value!r}" for name, value in self.parameters.items())
        rows["packages"] = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        rows["commit"] = self.commit or "not in a checkout"
        return rows | {f"part {name}": _in_words(about) for name, about in self.parts.items()}

    def __repr__(self) -> str:
        return "\n".join(f"{name:<12}{value}" for name, value in self._rows().items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{html.escape(value)}</td></tr>' for name, value in self._rows().items()
        )
        head = '<thead><tr><th scope="col">this run</th><th scope="col">value</th></tr></thead>'
        return f'<table class="pruneuq-provenance">{head}<tbody>{rows}</tbody></table>'


def _in_words(about: dict[str, Any]) -> str:
    counts = [f"{about[name]} {said}" for name, said in _COUNTED.items() if about[name]]
    took = f"; they took {duration(about['seconds'])} of one worker" if about["seconds"] >= 1 else ""
    note = f"; {about['note']}" if about["note"] else ""
    return f"version {about['version']}: {', '.join(counts)}{took}{note}"


_COUNTED = {"computed": "cells computed", "read": "read from the store", "kept": "kept with the book"}


def write_results(
    study: "Study", progress: "Progress", table: pd.DataFrame, verdicts: pd.DataFrame | None = None
) -> Provenance:
    """Write ``table.csv``, ``claims.csv`` and ``provenance.json`` into the study's folder."""
    provenance = Provenance(
        chapter=study.chapter,
        profile=study.profile,
        parameters=without_paths(study.model_dump()),
        commit=commit(),
        packages={name: version(name) for name in _PACKAGES},
        python=platform.python_version(),
        device=_device(study.device),
        platform=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        started=progress.started.isoformat(timespec="seconds"),
        seconds=round((datetime.now(UTC) - progress.started).total_seconds(), 1),
        parts=progress.parts,
    )
    _write_table(study.folder / "table.csv", table)
    if verdicts is not None:
        _write_table(study.folder / "claims.csv", verdicts)
    write_whole(study.folder / "provenance.json", json.dumps(asdict(provenance), indent=1) + "\n")
    if progress.parts:
        Log(study.folder / "log.txt").line("finished: the table and its provenance are written")
    return provenance


def without_paths(value: Any) -> Any:
    """The same value with each absolute path shortened to its last part: pages must not show a reader's machine."""
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


def _device(device: str) -> str:
    if device != "cuda":
        return device
    import torch

    return f"cuda ({torch.cuda.get_device_name()})"
