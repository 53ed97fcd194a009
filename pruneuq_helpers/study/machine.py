"""Where a number was made: what a record says of the code, the libraries and the processor."""

import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pruneuq_helpers.study.digest import package_digest

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def circumstances() -> dict[str, Any]:
    """What stands in each record of a run: the day, the commit, and the digest of the code."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "digest": package_digest(),
    }


def machine(device: str, precision: str | None = None) -> dict[str, str]:
    """What may change the last digits of a result: two records with equal ones must agree."""
    import torch

    if precision is not None:
        from pruneuq_helpers.training import precision_on

        precision = precision_on(device, precision)
    there = processor() if device == "cpu" else torch.cuda.get_device_name()
    return {
        "processor": there,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "torch": version("torch"),
        "numpy": version("numpy"),
        "precision": precision or str(torch.get_default_dtype()).removeprefix("torch."),
    }


@cache
def processor() -> str:
    """The name of the processor; on Linux platform.processor() says nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "CPU part")))
    return next(names, platform.processor() or platform.machine())


@cache
def commit() -> str | None:
    """The checkout's commit, ``+ changes`` where files differ from it; None outside a checkout."""
    if not (CHECKOUT / "_toc.yml").exists():
        return None
    try:
        number = _git("rev-parse", "HEAD")
        changes = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):  # no git, or a copy without its history
        return None
    return number + (" + changes" if changes else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", CHECKOUT, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()
