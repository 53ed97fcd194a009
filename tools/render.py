"""Render the book's pages from the outputs that the cache holds, on all cores; a warning is a failure."""

import argparse
import shutil
import sys
from pathlib import Path

from joblib import cpu_count
from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).resolve().parent.parent
SITE, DOCTREES = ROOT / "_build" / "html", ROOT / "_build" / ".doctrees"


def main() -> None:
    """What `jupyter-book build . -n -W --keep-going -q` does, which has no option for the number of processes."""
    # An incremental Sphinx build can report success over a page that failed before: always render afresh.
    for folder in (SITE, DOCTREES):
        shutil.rmtree(folder, ignore_errors=True)
    result = build_sphinx(
        ROOT,
        SITE,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={"external_toc_path": str(ROOT / "_toc.yml"), "nitpicky": True, "latex_individualpages": False},
        warningiserror=True,
        keep_going=True,
        quiet=True,
        jobs=cpu_count(),
    )
    if result:  # the number of an error, or the exception, which Sphinx has told
        sys.exit("the pages were not rendered (see above)")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
