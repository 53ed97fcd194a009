"""Build the book: scripts, pairs, execution, pages, checks. A second call with nothing changed builds nothing."""

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / "site.state"
SOURCES = ("book", "notebooks", "pruneuq_helpers", "sphinx_ext", "tools", "_config.yml", "_toc.yml", "requirements.txt")


def inputs_hash() -> str:
    """One hash over everything that the site is made of."""
    digest = hashlib.sha256()
    for name in SOURCES:
        base = ROOT / name
        for path in [base] if base.is_file() else sorted(base.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and ".ipynb_checkpoints" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def step(*command: str) -> None:
    """Run one step; stop the build when it fails."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"the book was not built: `{' '.join(command)}` failed (see above)")


def main() -> None:
    """Build what changed, and say where the book is."""
    step("tools/vendor.py")
    state = inputs_hash()
    if not (STAMP.exists() and STAMP.read_text() == state and (SITE / "index.html").exists()):
        STAMP.unlink(missing_ok=True)
        step("tools/pairs.py")
        step("tools/execute.py")
        step("tools/render.py")
        step("tools/slides.py")
        step("tools/check_site.py")
        STAMP.write_text(state)
    print(f"The book is at {SITE / 'index.html'}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
