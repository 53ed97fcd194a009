"""Run every check: style, spelling, pairs, then the tests (units, notebooks, the built site in a browser)."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = (
    ("-m", "ruff", "check", "."),
    ("-m", "codespell_lib"),
    ("-c", "from importlinter.cli import lint_imports_command as layers; layers()"),
    ("tools/pairs.py",),
    ("-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "--durations", "10"),
)


def main() -> None:
    """Run all checks, also after one failed; the exit status says whether all passed."""
    # One thread a worker: two torch threads on a busy core are slower than one.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PRUNEUQ_WORKERS": "1"}
    failed = []
    for check in CHECKS:
        print(f"--- {' '.join(check)}", flush=True)
        if subprocess.run([sys.executable, *check], cwd=ROOT, env=environment, check=False).returncode:
            failed.append(" ".join(check))
    if failed:
        sys.exit("failed: " + "; ".join(failed))


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
