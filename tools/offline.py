"""Pack the whole book for a machine without a network: its pages, the notebooks, and the package as a wheel."""

import argparse
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from pages import ROOT, SITE, TARGET, TITLE, version

ARCHIVE = TARGET / "pruneuq-offline.zip"
START = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>
<meta http-equiv="refresh" content="0; url=site/index.html"></head>
<body><p><a href="site/index.html">{TITLE}</a></p></body></html>
"""
README = """Pruning and uncertainty, version {version}: the whole book without a network.

Read it
    Open start.html in a browser. Search, formulas and sliders work from this folder.

Run it
    Python 3.11 or newer is needed, with the packages of requirements.txt. Then, in this folder:
        pip install --no-deps {wheel}
        pruneuq run 02 --out runs
    The quick values of every chapter use data that is generated or comes with scikit-learn.
    The notebooks lie in notebooks/, as .ipynb and as .md, with the profiles in notebooks/parameters/.
"""
# Beside the notebooks: what `pruneuq run` looks for, and the tables of larger runs that chapters show.
ALONG = ("notebooks", "_toc.yml", "requirements.txt", "LICENSE", "CITATION.cff", "book/results", "book/references.bib")
NOT_ALONG = {"__pycache__", ".ipynb_checkpoints", "runs", "data"}


def wheel(folder: Path) -> Path:
    """Build the package into a folder, without a network."""
    folder.mkdir(parents=True, exist_ok=True)
    tree = folder / "tree"  # a copy: setuptools leaves its build folder where it works
    shutil.copytree(ROOT / "pruneuq_helpers", tree / "pruneuq_helpers", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-index"]
    words = [*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(tree)]
    done = subprocess.run(words, check=False)
    shutil.rmtree(tree)
    if done.returncode:
        sys.exit("the package's wheel was not built (see pip's message above)")
    return next(folder.glob("*.whl"))


def along() -> list[Path]:
    """The files that lie beside the pages."""
    found = []
    for name in ALONG:
        base = ROOT / name
        found += [base] if base.is_file() else sorted(path for path in base.rglob("*") if path.is_file())
    return [path for path in found if not NOT_ALONG & set(path.relative_to(ROOT).parts)]


def main() -> None:
    """Write the archive and say where it is."""
    if not (SITE / "index.html").exists():
        sys.exit(f"{SITE} holds no book: run `make book` first")
    TARGET.mkdir(parents=True, exist_ok=True)
    folder, top = TARGET / "wheel", f"pruneuq-{version()}"
    shutil.rmtree(folder, ignore_errors=True)
    made = wheel(folder)
    with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{top}/start.html", START)
        archive.writestr(f"{top}/README.txt", README.format(version=version(), wheel=made.name))
        archive.write(made, f"{top}/{made.name}")
        for path in along():
            archive.write(path, f"{top}/{path.relative_to(ROOT).as_posix()}")
        for path in sorted(SITE.rglob("*")):
            if path.is_file() and "downloads" not in path.relative_to(SITE).parts:
                archive.write(path, f"{top}/site/{path.relative_to(SITE).as_posix()}")
    shutil.rmtree(folder)
    print(f"The offline book is at {ARCHIVE}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
