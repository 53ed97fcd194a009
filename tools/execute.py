"""Execute the book's notebooks into its cache, two at a time: the build then only renders."""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "sphinx_ext"))
from book_state import CACHE, stamp  # noqa: E402

CELL_SECONDS = 600


def read(path: Path):
    """The notebook as the book reads it, its state included."""
    text = stamp(path.read_text(encoding="utf-8"))
    return read_myst_markdown_notebook(text, config=MdParserConfig(), add_source_map=True, path=str(path))


def execute(path: Path, notebook):
    """Run one notebook from top to bottom in its own kernel."""
    return path, single_nb_execution(
        notebook, cwd=str(path.parent), timeout=CELL_SECONDS, allow_errors=False, shutdown_kernel="immediate"
    )


def main(jobs: int) -> int:
    """Execute what the cache does not hold; print a line each; return the number of failures."""
    # The kernels share the cores: each gets its part of the workers, and one torch thread a worker.
    os.environ.setdefault("PRUNEUQ_WORKERS", str(max(1, (os.cpu_count() or 1) // jobs)))
    os.environ["PRUNEUQ_QUIET"] = "1"
    cache, todo, failed = get_cache(CACHE), [], 0
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.md"))
    for path in paths:
        notebook = read(path)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            todo.append((path, notebook))
    with ThreadPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(execute, *item) for item in todo]):
            path, result = future.result()
            if result.err is not None:
                failed += 1
                print(f"FAILED   {path.name}\n{result.exc_string}", file=sys.stderr)
                continue
            bundle = CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            print(f"{result.time:6.1f} s  {path.name}", flush=True)
    print(f"{len(todo) - failed} executed, {failed} failed, {len(paths) - len(todo)} from the cache")
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time")
    sys.exit(1 if main(parser.parse_args().jobs) else 0)
