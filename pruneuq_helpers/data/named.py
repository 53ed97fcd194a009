"""`load`: a data set by its name."""

import inspect
from functools import partial

from pruneuq_helpers import checks
from pruneuq_helpers.checks import paths
from pruneuq_helpers.data.celeba import celeba
from pruneuq_helpers.data.coloured import BASES, coloured
from pruneuq_helpers.data.downloads import from_torchvision
from pruneuq_helpers.data.embedded import coloured_digits, digits, line, moons
from pruneuq_helpers.data.folders import imagefolder
from pruneuq_helpers.data.parts import Data
from pruneuq_helpers.errors import ParameterError, suggestion

EMBEDDED = {"line": line, "moons": moons, "digits": digits, "coloured_digits": coloured_digits}
_DOWNLOADED = {name: partial(from_torchvision, name) for name in ("mnist", "fashion_mnist", "cifar10", "cifar100")}
_DOWNLOADED |= {name: partial(coloured, name) for name in BASES}
_DOWNLOADED["celeba"] = celeba

NAMES = (*EMBEDDED, *_DOWNLOADED, "imagefolder:PATH")


def load(name: str, root: str = "data", download: bool = False, seed: int = 0, **options) -> Data:
    """Load a data set by name: three disjoint parts of tensors, with the statistics of its training part.

    Parameters
    ----------
    name : str
        `line`, `moons`, `digits` and `coloured_digits` need nothing; `mnist`, `fashion_mnist`, `cifar10`,
        `cifar100` and `celeba` are read from `root` (`fashion_mnist` also from where Debian's package
        `dataset-fashion-mnist` lays it); `coloured_mnist` and `coloured_fashion_mnist` are made of the files of the
        grey sets; `imagefolder:PATH` is a folder with one sub-folder a class,
        or with such folders under `train` and `test` or `val`.
    root : str
        The folder of the downloaded sets.
    download : bool
        Fetch a set that is missing.
    seed : int
        Of the split, and of what is generated.
    **options
        Of the set: `noise` and `points` (`line`, `moons`), `minority` (coloured sets), `validation` (a share;
        sets with a test part of their own), `size`, `channels` and `stream` (`imagefolder`), `size` and `target`
        (`celeba`).

    Returns
    -------
    Data
        Reading is not cached: a study that loads the same folder in each of many cells keeps what it got.

    Examples
    --------
    >>> from pruneuq_helpers import data
    >>> moons = data.load("moons", seed=42)
    >>> len(moons.train), len(moons.validation), len(moons.test)
    (700, 150, 150)
    >>> data.load("moon")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `name` got 'moon'; it takes line, moons, digits, coloured_digits, \
mnist, fashion_mnist, cifar10, cifar100, coloured_mnist, coloured_fashion_mnist, celeba, imagefolder:PATH; \
did you mean `moons`?
    """
    kind, _, path = checks.text("name", name, "the name of a data set").partition(":")
    root, download = str(paths.path("root", root, "the path of a folder")), checks.flag("download", download)
    seed = checks.seed("seed", seed, 2**32 - 1)  # the range of scikit-learn's
    if kind == "imagefolder" and path:
        return imagefolder(path, seed=seed, **_accepted(name, imagefolder, options))
    if name in EMBEDDED:
        return EMBEDDED[name](seed=seed, **_accepted(name, EMBEDDED[name], options))
    if name in _DOWNLOADED:
        read = _DOWNLOADED[name]
        return read(root=root, download=download, seed=seed, **_accepted(name, read, options))
    near = suggestion(kind, [known.split(":")[0] for known in NAMES])
    raise ParameterError(f"parameter `name` got {name!r}; it takes {', '.join(NAMES)}{near}")


def _accepted(name: str, read, options: dict) -> dict:
    known = set(inspect.signature(read).parameters) - {"name", "path", "root", "download", "seed"}
    for option in options:
        if option not in known:
            takes = f"no option but {', '.join(sorted(known))}" if known else "no option"
            raise ParameterError(f"parameter `{option}` got a value for the data set `{name}`; it takes {takes}")
    return options
