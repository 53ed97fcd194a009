"""Write the notebooks for a course: `student` (no solutions, stubs and checks kept) or `instructor` (all of it)."""

import argparse
import shutil
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from pruneuq_helpers import exercises  # noqa: E402

KINDS = {"student": exercises.student, "instructor": exercises.instructor}


def write(kind: str) -> Path:
    """Write all chapters of one kind into a fresh folder below _build."""
    folder = ROOT / "_build" / kind
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.md")):
        text = nbformat.writes(KINDS[kind](path), version=4).rstrip() + "\n"
        (folder / f"{path.stem}.ipynb").write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    print(f"The notebooks are in {write(parser.parse_args().kind)}")
