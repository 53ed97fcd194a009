"""Hold the bounds that pyproject.toml declares against the tests: at their lowest, and at the newest that they admit.

`python tools/bounds.py lowest` (and `newest`) makes an environment with the versions of that end, and runs the tests
of the package there. It downloads gigabytes, so it is no part of `make test`: run it after a change of the bounds.
"""

import argparse
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = {"lowest": "3.11", "newest": "3.13"}  # the tests were seen to pass on both
EXTRAS = ("book", "cluster", "onnx")
LEFT_OUT = ("tests/site", "tests/tools", "tests/test_packaging.py")  # these test how the book is built, with exact pins


def declared(end: str) -> list[str]:
    """What pip is asked for: each declared package at its lowest version, or as it is declared."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, extras = described["project"], described["project"]["optional-dependencies"]
    own = project["dependencies"] + [text for name in EXTRAS for text in extras[name]]
    own = [text.replace(">=", "==") for text in own] if end == "lowest" else own
    # What only tests and builds the package has no lowest version that a reader could meet.
    around = [text for text in extras["test"] if not text.startswith("pruneuq[")] + described["build-system"][
        "requires"
    ]
    return own + around


def environment(end: str, folder: Path, python: str) -> Path:
    """A new environment with these versions and the package of this checkout."""
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    inside = folder / "bin" / "python"
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    subprocess.run([*pip, *declared(end)], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True)
    return inside


def main() -> None:
    """Make the environment of one end and run the tests in it; the exit status is theirs."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("end", choices=PYTHONS)
    words.add_argument("tests", nargs="*", help="instead of all tests of the package")
    words.add_argument("--folder", type=Path, help="where the environment is made; by default in _build/bounds")
    words.add_argument("--python", help="the interpreter; by default the one of this version on the path")
    words.add_argument("--keep", action="store_true", help="take the environment that the folder has already")
    asked = words.parse_args()
    version = PYTHONS[asked.end]
    python = asked.python or shutil.which(f"python{version}")
    if python is None:
        sys.exit(f"this end of the bounds is Python {version}: put python{version} on the path, or name it by --python")
    folder = asked.folder or ROOT / "_build" / "bounds" / asked.end
    inside = folder / "bin" / "python" if asked.keep else environment(asked.end, folder, python)
    tests = asked.tests or ["tests", "pruneuq_helpers", *(f"--ignore={path}" for path in LEFT_OUT)]
    sys.exit(subprocess.run([str(inside), "-m", "pytest", "-q", *tests], cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
