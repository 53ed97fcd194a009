"""What a data set holds, as one short hash: the same for the same files, whatever folder they lie in."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

from pruneuq_helpers.data.coloured import BASES
from pruneuq_helpers.data.decode import SUFFIXES
from pruneuq_helpers.data.downloads import folder_of
from pruneuq_helpers.data.files import remembered
from pruneuq_helpers.data.named import EMBEDDED


def content(name: str, root: str | Path = "data") -> str | None:
    """Hash of the names and bytes of a data set's files, None where they are not there; of a set made here its name."""
    kind, _, path = name.partition(":")
    if name in EMBEDDED:
        return name
    if kind == "imagefolder":
        return _hash(Path(path).expanduser(), lambda file: file.suffix.lower() in SUFFIXES)
    return _hash(folder_of(BASES.get(name, name), root), lambda file: not file.name.startswith("."))


def _hash(folder: Path, counts: Callable[[Path], bool]) -> str | None:
    files = sorted(file for file in folder.rglob("*") if counts(file) and file.is_file())
    files = [file for file in files if file.suffix != ".gz" or not file.with_suffix("").exists()]
    return remembered(f"data {folder.resolve()}", files, lambda: _bytes_hash(folder, files)) if files else None


def _bytes_hash(folder: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        packed = file.suffix == ".gz"  # torchvision unpacks them beside, Debian's packages do not
        name = (file.with_suffix("") if packed else file).relative_to(folder).as_posix()
        data = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]
