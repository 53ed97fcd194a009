"""The folder of a report: it takes nothing of others along, and is replaced whole or not at all."""

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from pruneuq_helpers.checks import paths
from pruneuq_helpers.errors import ParameterError


def check_folder(out: str | Path, files: Collection[str], mark: str) -> Path:
    """Refuse a folder that cannot take a report, before hours of work; one that holds `mark` is an earlier report."""
    path = paths.path("out", out, "the path of a folder")
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise ParameterError(f"parameter `out` got {str(out)!r}, which is no folder; it takes a new or an empty one")
    if path.is_dir() and any(path.iterdir()) and not (path / mark).is_file():
        raise ParameterError(
            f"parameter `out` got the folder {str(out)!r}, which holds other things; it takes a new or an empty one, "
            "or an earlier report, which is replaced"
        )
    foreign = sorted(each.name for each in path.iterdir() if each.name not in files) if path.is_dir() else []
    if foreign:
        raise ParameterError(
            f"parameter `out` got the folder {str(out)!r}, an earlier report that also holds {foreign[0]!r}; "
            "it takes one without other files, for it is replaced as a whole"
        )
    there = next(folder for folder in path.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryDirectory(dir=there, prefix=".report-"):
            pass
    except OSError as error:
        takes = f"it takes a folder that can be written ({error.strerror})"
        raise ParameterError(f"parameter `out` got {str(out)!r}; {takes}") from None
    return path


def check_unfinished(out: str | Path, files: Collection[str]) -> Path:
    """Where the tables of a report lie while it is made: beside it, and nothing of others is in there."""
    path = Path(f"{Path(out)}.unfinished")
    foreign = sorted(each.name for each in path.iterdir() if each.name not in files) if path.is_dir() else []
    if foreign or (path.exists() and not path.is_dir()):
        holds = f", which holds {foreign[0]!r}" if foreign else ", which is no folder"
        raise ParameterError(f"parameter `out` got {str(out)!r}, beside which lies {path.name}{holds}; it is needed")
    return path


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Give a place to write to, which takes the folder's name at the end; what was there before goes."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".report-") as scratch:
        made = Path(scratch, "report")
        made.mkdir()
        yield made
        if folder.exists():
            os.replace(folder, Path(scratch, "earlier"))
        os.replace(made, folder)
