"""What this machine has for the book: each line is ok, or says how to mend it."""

import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from pruneuq_helpers.study.profiles import checkout

CHROMIUMS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FREE_GB = 5
DATA = {
    "mnist": "MNIST/raw",
    "fashion_mnist": "FashionMNIST/raw",
    "cifar10": "cifar-10-batches-py",
    "cifar100": "cifar-100-python",
    "celeba": "celeba",
}


def find_chromium() -> str | None:
    """The path of a Chromium on this machine, if there is one."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


def _python() -> tuple[bool, str]:
    found = sys.version.split()[0]
    return sys.version_info >= (3, 11), f"Python {found}; 3.11 or newer is needed"


def _package(name: str, mend: str) -> tuple[bool, str]:
    try:
        return True, f"{name} {version(name)}"
    except PackageNotFoundError:
        return False, f"{name} is missing: {mend}"


def _torch() -> tuple[bool, str]:
    ok, line = _package("torch", "pip install -r requirements.txt")
    if not ok:
        return ok, line
    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU only (enough for quick and real)"
    return True, f"{line}, {device}"


def _torchvision() -> tuple[bool, str]:
    ok, line = _package("torchvision", "pip install -r requirements.txt")
    if not ok:
        return ok, line
    from pruneuq_helpers.data import vision

    return True, f"{line}, data sets and transforms load ({vision.__name__})"


def _data(root: str) -> list[tuple[bool, str]]:
    from pruneuq_helpers.study.parameters import repository  # where runs look, from whatever folder this is asked

    lines = [(True, "digits, moons, line, coloured_digits: embedded")]
    for name, folder in DATA.items():
        there = (repository() / root / folder).is_dir()
        mend = "" if there else f"; only its profiles need it: put it there, or set `download: true` (root {root})"
        lines.append((True, f"{name}: {'found' if there else 'not found'} in {root}/{folder}{mend}"))
    return lines


def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(".").free / 1e9
    return free > FREE_GB, f"{free:.0f} GB free here; {FREE_GB} GB are enough for the book"


def _chromium() -> tuple[bool, str]:
    path = find_chromium()
    mend = "no Chromium: `make test`, `make pdf` and `make epub` need it; install `chromium`"
    return path is not None, f"Chromium: {path}" if path else mend


def _notebooks() -> tuple[bool, str]:
    """No fault where there is none: the book builds without, and an editor such as VS Code opens notebooks itself."""
    found = next((name for name in ("jupyterlab", "notebook") if find_spec(name)), None)
    mend = "no JupyterLab here: to open notebooks in the browser, pip install jupyterlab"
    return True, f"notebooks open with {found}" if found else mend


def _book() -> tuple[bool, str]:
    return True, f"notebooks in {checkout() / 'notebooks'}"


def examine(root: str = "data") -> list[tuple[bool, str]]:
    """All lines: whether it is well, and the sentence that says what was found or how to mend it."""
    checks = (_python, _torch, _torchvision, _disk, _chromium, _notebooks, _book)
    lines = []
    for check in checks:
        try:
            lines.append(check())
        except (ImportError, RuntimeError, ValueError, OSError) as error:
            # A broken part must not hide the others: it becomes its own line.
            lines.append((False, f"{check.__name__.strip('_')}: {error}"))
    return lines + _data(root)
