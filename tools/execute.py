"""Execute the book's notebooks into its cache, two at a time: the build then only renders."""

import argparse
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from digest import CACHE, stamp
from joblib import cpu_count
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import NbArtifacts
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from traitlets.config import Config

from pruneuq_helpers.claims.expect import BUILD

ROOT = Path(__file__).resolve().parent.parent
CELL_SECONDS = 600
RESULTS = ROOT / "_build" / "results" / "quick"  # what the chapters' studies gave, for the ledger
LEFT = ("example/report.html", "table.csv", "claims.csv", "provenance.json")  # where a chapter leaves them
ENCRYPTED = Config(KernelManager={"transport_encryption": "required"})  # else each kernel warns of eavesdroppers


def read(path: Path):
    """The notebook as the book reads it, its state included."""
    text = stamp(path.read_text(encoding="utf-8"), path.stem)
    return read_myst_markdown_notebook(text, config=MdParserConfig(), add_source_map=True, path=str(path))


def held(cache, notebook) -> bool:
    """Whether the cache holds this notebook's outputs, whole: a build that was killed may have left half of them."""
    try:
        bundle = cache.get_cache_bundle(cache.match_cache_notebook(notebook).pk)
    except (KeyError, ValueError):  # not there; or its file is missing or cut short
        return False
    finishes = any("study.finish(" in cell.source for cell in notebook.cells if cell.cell_type == "code")
    return not finishes or LEFT[-1] in {path.name for path in bundle.artifacts.relative_paths}


def execute(path: Path, notebook) -> tuple[float, str]:
    """Run one notebook from top to bottom in its own kernel; give the seconds and, when it failed, the reason."""
    try:
        result = single_nb_execution(
            notebook,
            cwd=str(path.parent),
            timeout=CELL_SECONDS,
            allow_errors=False,
            shutdown_kernel="immediate",
            config=ENCRYPTED,
        )
    except RuntimeError as error:  # the kernel died, or never answered
        return 0.0, f"{error}, perhaps for lack of memory"
    return result.time, "" if result.err is None else str(result.err)


def left_behind(path: Path, since: float) -> NbArtifacts:
    """The results that a notebook's run wrote: kept beside its outputs, for a later run may write others."""
    folder = ROOT / "runs" / "quick" / path.stem
    written = [folder / name for name in LEFT]
    return NbArtifacts([file for file in written if file.exists() and file.stat().st_mtime >= since], folder)


def hand_out_results(cache, notebooks: list) -> None:
    """Lay out the results of every notebook whose outputs the cache holds, as they were when it was executed."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    for path, notebook in notebooks:
        if held(cache, notebook):
            for name, handle in cache.get_cache_bundle(cache.match_cache_notebook(notebook).pk).artifacts or ():
                target = RESULTS / path.stem / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(handle.read())


def main(jobs: int) -> int:
    """Execute what the cache does not hold; print a line each; return the number of failures."""
    # The kernels share the cores: each gets its part of the workers, and one torch thread a worker.
    os.environ.setdefault("PRUNEUQ_WORKERS", str(max(1, cpu_count() // jobs)))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ |= {"PRUNEUQ_QUIET": "1", BUILD: "1"}
    cache, failed, started = get_cache(CACHE), 0, time.time()
    notebooks = [(path, read(path)) for path in sorted((ROOT / "notebooks").glob("[0-9]*.md"))]
    # The later chapters compute most: begun first, so that none of them ends alone.
    todo = [(path, notebook) for path, notebook in reversed(notebooks) if not held(cache, notebook)]
    with ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(execute, *item): item for item in todo}
        for run in as_completed(runs):
            (path, notebook), (seconds, reason) = runs[run], run.result()
            if reason:
                failed += 1
                print(f"FAILED    {path.name}\n{reason}", file=sys.stderr, flush=True)
                continue
            # What a killed build left in this entry's folder would be in the way.
            shutil.rmtree(CACHE / "executed" / cache.create_hashed_notebook(notebook)[1], ignore_errors=True)
            kept = {"artifacts": left_behind(path, started), "data": {"execution_seconds": seconds}}
            bundle = CacheBundleIn(notebook, str(path), **kept)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            print(f"{seconds:6.1f} s  {path.name}", flush=True)
    hand_out_results(cache, notebooks)
    print(f"{len(todo) - failed} executed, {failed} failed, {len(notebooks) - len(todo)} from the cache", flush=True)
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time")
    sys.exit(1 if main(parser.parse_args().jobs) else 0)
