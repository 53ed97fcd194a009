"""Make .venv and install the pinned list into it; only standard library, so that a bare Python can run it."""

import argparse
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"


def create(python: Path, unfinished: Path) -> None:
    """A fresh environment, in the place of whatever was there."""
    python.unlink(missing_ok=True)  # first: half of an old environment must not pass for a whole one
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    ENVIRONMENT.mkdir()
    unfinished.touch()
    venv.create(ENVIRONMENT, with_pip=True)


def install(python: Path) -> None:
    """The pinned list, then the package itself from this folder."""
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(ROOT / "requirements-test.txt")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True)


def main() -> None:
    """Create or complete the environment; the last act is the file that says it is ready."""
    if sys.version_info < (3, 11):
        found = sys.version.split()[0]
        sys.exit(f"Python 3.11 or newer is needed, this is {found}: call `make book PYTHON=python3.11`")
    if ENVIRONMENT.is_symlink():
        sys.exit(".venv is a link, and installing would change what it leads to: remove the link and repeat")
    python = ENVIRONMENT / "bin" / "python"
    ready, unfinished = ENVIRONMENT / "ready", ENVIRONMENT / "unfinished"
    ready.unlink(missing_ok=True)
    # An installation that was killed can leave packages that look installed and are not: begin again.
    if unfinished.exists() or not python.exists():
        create(python, unfinished)
    unfinished.touch()
    try:
        install(python)
    except subprocess.CalledProcessError:
        unfinished.unlink()  # pip took back what it had begun
        sys.exit("the pinned packages could not be installed (see pip's message above); mend that and repeat")
    ready.touch()
    unfinished.unlink()
    print("the environment .venv is ready")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
