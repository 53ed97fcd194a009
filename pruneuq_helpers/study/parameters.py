"""Parameters of a study, checked at once: one sentence names the parameter, what it got and what it takes."""

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, PrivateAttr, ValidationError, model_validator

from pruneuq_helpers.errors import ParameterError, suggestion
from pruneuq_helpers.study.parts import Networks, Part
from pruneuq_helpers.study.sentences import Takes, sentences

KNOWN_DATA = ("digits", "moons", "line", "coloured_digits", "mnist", "fashion_mnist", "cifar10", "cifar100", "celeba")
KNOWN_DATA += ("coloured_mnist", "coloured_fashion_mnist")


def _known_data(name: str) -> str:
    kind, colon, path = name.partition(":")
    if name in KNOWN_DATA or (kind == "imagefolder" and path):
        return name
    hint = suggestion(name, KNOWN_DATA)
    raise ValueError(f"it takes one of {', '.join(KNOWN_DATA)} or imagefolder:PATH{hint}")


def _of_images(name: str) -> str:
    if name in ("moons", "line"):
        raise ValueError("it takes a data set of images with classes")
    return name


def _present_device(name: str) -> str:
    if name == "cuda":
        import torch  # only who asks for a GPU pays for the import

        if not torch.cuda.is_available():
            raise ValueError("it takes `cpu` here, because torch finds no CUDA device")
    return name


_LONGEST = 100


def _folder_name(name: str) -> str:
    if not name or not all(c.isalnum() or c in "-_." for c in name) or name.startswith("."):
        raise ValueError("it takes letters, digits, `-` and `_`, because it names a folder")
    if len(name) > _LONGEST:
        raise ValueError(f"it takes at most {_LONGEST} letters, because it names a folder")
    return name


def _path(name: str) -> str:
    if not name.strip() or "\0" in name:
        raise ValueError("it takes the path of a folder")
    return name


_MAY_REPEAT = ("hidden", "channels", "conv")  # widths: layers may be equally wide

Share = Annotated[float, Ge(0), Lt(1)]
Level = Share
Levels = Annotated[list[Level], MinLen(1)]
InnerLevel = Annotated[float, Gt(0), Lt(1)]  # something is removed, and something left
InnerLevels = Annotated[list[InnerLevel], MinLen(1)]
Positive = Annotated[float, Gt(0)]
Positives = Annotated[list[Positive], MinLen(1)]
NotNegative = Annotated[float, Ge(0)]
Natural = Annotated[int, Ge(0)]
Count = Annotated[int, Ge(1)]
Counts = Annotated[list[Count], MinLen(1)]
Widths = Counts
DataName = Annotated[str, AfterValidator(_known_data), Takes(f"one of {', '.join(KNOWN_DATA)} or imagefolder:PATH")]
ImageDataName = Annotated[DataName, AfterValidator(_of_images)]
Device = Annotated[Literal["cpu", "cuda"], AfterValidator(_present_device)]


@dataclass
class Progress:
    """What a study did so far: the one part of it that changes, and no part of what makes two studies equal."""

    started: datetime = field(compare=False)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict, compare=False)  # name -> what its run counted


class Study(BaseModel):
    """The parameters of one chapter's study: a chapter adds its own fields.

    A wrong, missing or unknown parameter raises :class:`~pruneuq_helpers.errors.ParameterError` with one sentence
    a parameter. A validator of a subclass raises ``ValueError`` with the end of that sentence
    (``"it takes ..."``), a validator of the whole model with the whole sentence.

    Parameters
    ----------
    profile : str
        Name of the profile; results are kept apart by it.
    seeds : int
        How many seeds, 1 to 100 000.
    device : {"cpu", "cuda"}
        Where networks are trained.
    workers : int
        Processes that share the cells; 0 takes as many as there are cores, or GPUs.
    out : str
        Folder of the results; relative to the repository in a checkout, else to the current folder.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> class CoinStudy(Study):
    ...     chapter = "00_coins"
    ...     levels: Levels
    >>> study = CoinStudy(seeds=3, levels=[0, 0.5], out=mkdtemp())
    >>> study.levels
    [0.0, 0.5]
    >>> CoinStudy(seeds=3, levels=[0.5, 1.0])
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `levels` got 1.0 at position 1; it takes a list of at \
least 1 entry, each a number in [0, 1)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    chapter: ClassVar[str] = "study"
    parts: ClassVar[dict[str, Part | Networks]] = {}

    profile: Annotated[str, AfterValidator(_folder_name)] = "quick"
    # Far more than anybody will train, and few enough for a list of cells to be made of them.
    seeds: Annotated[int, Ge(1), Le(100_000)]
    device: Device = "cpu"
    workers: Annotated[int, Ge(0), Le(100_000)] = 0
    out: Annotated[str, AfterValidator(_path)] = "runs"
    _progress: Progress = PrivateAttr(default_factory=lambda: Progress(datetime.now(UTC)))

    def __init__(self, **parameters: Any):
        try:
            super().__init__(**parameters)
        except ValidationError as error:
            raise ParameterError(sentences(type(self), error)) from None

    @model_validator(mode="after")
    def _entries_differ(self) -> Self:
        for name in type(self).model_fields:
            entries = getattr(self, name)
            if isinstance(entries, list) and not any(word in name for word in _MAY_REPEAT):
                twice = [entry for place, entry in enumerate(entries) if entry in entries[:place]]
                if twice:
                    raise ValueError(f"parameter `{name}` got {twice[0]!r} twice; it takes each entry once")
        return self

    @model_validator(mode="after")
    def _writable(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            takes = f"it takes a folder that can be written ({error.strerror})"
            raise ValueError(f"parameter `out` got {self.out!r}; {takes}") from None
        return self

    @classmethod
    def from_notebook(cls, namespace: dict[str, Any]) -> Self:
        """Make the study from the names a notebook has set so far.

        Parameters
        ----------
        namespace : dict
            The notebook's ``globals()``.

        Returns
        -------
        Study
            The checked parameters.

        Examples
        --------
        >>> from tempfile import mkdtemp
        >>> Study.from_notebook({"seeds": 2, "out": mkdtemp()}).seeds
        2
        >>> Study.from_notebook({"seedz": 2, "seeds": 2, "out": mkdtemp()})
        Traceback (most recent call last):
        ...
        pruneuq_helpers.errors.ParameterError: unknown parameter `seedz`; did you mean `seeds`?
        """
        from pruneuq_helpers.study.names import parameters_set

        if not isinstance(namespace, dict) or not all(isinstance(name, str) for name in namespace):
            raise ParameterError("parameter `namespace` got no names of a notebook; it takes its `globals()`")
        required = {name for name, field in cls.model_fields.items() if field.is_required()}
        return cls(**parameters_set(namespace, set(cls.model_fields), required))

    @property
    def folder(self) -> Path:
        """Where this study keeps its results: ``out/profile/chapter``."""
        return repository() / self.out / self.profile / self.chapter

    @property
    def network_store(self) -> Path:
        """Where it keeps trained networks that several cells share."""
        return self.folder / "cells" / "networks"

    def part(self, name: str) -> Part:
        """The part of this name."""
        known = {key: part for key, part in self.parts.items() if isinstance(part, Part)}
        if not isinstance(name, str) or name not in known:
            takes = f"it takes one of {', '.join(known)}" if known else "it takes none, for this study has none"
            raise ParameterError(f"parameter `part` got {name!r}; {takes}{suggestion(str(name), known)}")
        return known[name]

    def run(self, part: str, fresh: bool = False):
        """Run a part of the study: what is stored, or kept with the book, is read, and the rest is computed.

        Parameters
        ----------
        part : str
            One of ``parts``.
        fresh : bool
            Compute all its cells anew, as after a change to the code that makes them.

        Returns
        -------
        pandas.DataFrame
            The parameters of each cell beside its rows.
        """
        from pruneuq_helpers.study.engine import run_part

        if not isinstance(fresh, bool):
            raise ParameterError(f"parameter `fresh` got {fresh!r}; it takes True or False")
        table = run_part(self, part, fresh)
        self._progress.parts[part] = dict(table.attrs)
        return table

    def finish(self, table, verdicts=None):
        """Write the table, the claims and where they come from into the study's folder.

        Parameters
        ----------
        table : pandas.DataFrame
            The study's tidy table; kept as ``table.csv``.
        verdicts : pandas.DataFrame, optional
            What :func:`pruneuq_helpers.claims.check` found; kept as ``claims.csv``.

        Returns
        -------
        pruneuq_helpers.study.provenance.Provenance
            Kept as ``provenance.json``; shows as a small table.

        Examples
        --------
        >>> import pandas
        >>> from tempfile import mkdtemp
        >>> study = Study(seeds=1, out=mkdtemp())
        >>> provenance = study.finish(pandas.DataFrame({"seed": [0], "accuracy": [0.5]}))
        >>> sorted(path.name for path in study.folder.iterdir())
        ['provenance.json', 'table.csv']
        """
        from pruneuq_helpers.study.provenance import write_results

        for name, given in {"table": table, "verdicts": verdicts}.items():
            frame = hasattr(given, "to_csv") and given.ndim == 2  # without pandas, which takes its time to import
            if not frame and not (name == "verdicts" and given is None):
                raise ParameterError(f"parameter `{name}` got a {type(given).__name__}; it takes a DataFrame")
        return write_results(self, self._progress, table, verdicts)


def repository() -> Path:
    """Where relative paths start: the book's folder, around the package or the notebook, else the current one."""
    above, here = Path(__file__).resolve().parent.parent.parent, Path.cwd()
    # A notebook of the offline book runs in notebooks/, with the package installed elsewhere.
    return next((folder for folder in (above, here, here.parent) if (folder / "_toc.yml").exists()), here)
