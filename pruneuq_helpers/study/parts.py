"""The parts of a study: which cells it has, what works on one, and which version of the numbers that is."""

import contextvars
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.keys import bare, cell_key, contents_of
from pruneuq_helpers.study.own_code import source_of

if TYPE_CHECKING:
    from torch import Tensor

_LOG = logging.getLogger(__name__)
_folder: contextvars.ContextVar[Path | None] = contextvars.ContextVar("folder of the networks", default=None)


_MOST = 10_000  # versions


def _refused(name: str, value: Any, takes: str) -> ParameterError:  # without `checks`, which imports NumPy
    return ParameterError(f"parameter `{name}` got {value!r}; it takes {takes}")


@dataclass(frozen=True)
class _Versioned:
    cells: Callable[[Any], list[dict]]
    work: Callable
    version: int = 1
    history: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("cells", "work"):
            if not callable(getattr(self, name)):
                raise _refused(name, getattr(self, name), "a function")
        if not isinstance(self.version, int) or isinstance(self.version, bool) or not 1 <= self.version <= _MOST:
            raise _refused("version", self.version, f"a whole number from 1 to {_MOST}")
        if not isinstance(self.history, Mapping) or not all(isinstance(number, int) for number in self.history):
            raise _refused("history", self.history, "a dict of version to the reason for it")
        if sorted(self.history) != list(range(2, self.version + 1)):
            takes = f"it takes a reason for each of the versions 2 to {self.version}, and for no other"
            raise ParameterError(f"parameter `history` got the versions {sorted(self.history)}; {takes}")

    def since(self, version: int) -> str:
        """Why numbers of an older version no longer count."""
        return "; ".join(reason for number, reason in sorted(self.history.items()) if number > version)


@dataclass(frozen=True)
class Part(_Versioned):
    """One kind of cell of a study.

    Parameters
    ----------
    cells : callable
        From the study to its cells: dicts of JSON values, of one ``seed`` each.
    work : callable
        From a cell to its rows: a dict, a list of dicts or a DataFrame. With `together`, from a list of cells that
        differ in nothing but their seed to a list of rows, one entry a cell.
    version : int
        Raised by whoever changes the numbers of this part on purpose; results of older versions do not count.
    history : mapping
        Version to the reason for it.
    together : str
        The study's parameter that says how many seeds are handed to `work` at once, to be trained in one stack.
    timed : tuple of str
        Columns that are measured times: nobody expects them twice.
    alone : bool
        Whether its cells want the machine for themselves: they are computed one after the other.
    needs : tuple of Networks
        The networks that its cells are made of: a new version of these is a new version of the part.
    """

    together: str = ""
    timed: tuple[str, ...] = ()
    alone: bool = False
    needs: tuple["Networks", ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.together, str):
            raise _refused("together", self.together, "the name of a parameter")
        if not isinstance(self.timed, tuple) or not all(isinstance(name, str) for name in self.timed):
            raise _refused("timed", self.timed, "a tuple of names of columns")
        if not isinstance(self.alone, bool):
            raise _refused("alone", self.alone, "True or False")
        if not isinstance(self.needs, tuple) or not all(isinstance(one, Networks) for one in self.needs):
            raise _refused("needs", self.needs, "a tuple of Networks")

    def scope(self, chapter: str, name: str) -> list:
        """What a key holds beside the cell and its data: for a reader's own function its source too."""
        inside = f"{self.work.__module__}.".startswith("pruneuq_helpers.")
        needs = [[network.name, network.version] for network in self.needs]
        return [chapter, name, self.version, *needs, *([] if inside else [source_of(self.work)])]


@dataclass(frozen=True)
class Networks(_Versioned):
    """A part whose result is a file: weights, a dict of tensors, that cells of other parts share and ask for."""

    chapter: str = ""
    name: str = ""

    def of(self, cell: dict) -> "tuple[dict[str, Tensor], str]":
        """The weights of a cell and their checksum, from the store of the run at work; made and stored if need be."""
        if not isinstance(cell, dict):
            raise _refused("cell", cell, "a dict of JSON values")
        folder = _folder.get()
        if folder is None:  # called by hand, outside of a run
            weights = self.work(cell)
            return weights, checksum(weights)
        from filelock import FileLock

        key = cell_key([self.chapter, self.name, self.version], bare(cell), contents_of([cell])[0] or {})
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{key[:32]}.safetensors"
        with FileLock(path.with_suffix(".lock")):  # whoever else needs it waits, and does not train it again
            if path.is_file():
                try:
                    return _read(path)
                except ValueError as error:
                    _LOG.warning("stored networks %s are damaged (%s); they are trained again", path.name[:12], error)
            weights = {name: value.detach().cpu().contiguous() for name, value in self.work(cell).items()}
            _write(path, weights)
            return weights, checksum(weights)


@contextmanager
def networks_in(folder: str | Path | None) -> Iterator[None]:
    """Inside, networks that cells ask for are looked for and stored in this folder."""
    token = _folder.set(None if folder is None else Path(folder))
    try:
        yield
    finally:
        _folder.reset(token)


def checksum(weights: "Mapping[str, Tensor]") -> str:
    """Twelve hexadecimal digits of the names and numbers of all weights: which dense network a row comes from."""
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().numpy())
    return digest.hexdigest()[:12]


def _write(path: Path, weights: "Mapping[str, Tensor]") -> None:
    from safetensors.torch import save_file

    from pruneuq_helpers.data.files import replacing

    with replacing(path) as unfinished:
        save_file(dict(weights), unfinished, metadata={"checksum": checksum(weights)})


def _read(path: Path) -> "tuple[dict[str, Tensor], str]":
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            said = (file.metadata() or {}).get("checksum")
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError) as error:
        raise ValueError(str(error)) from error
    if checksum(weights) != said:
        raise ValueError("their checksum does not match")
    return weights, said
