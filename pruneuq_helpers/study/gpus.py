"""One process a GPU: which of a machine's GPUs `cuda` means in a worker."""

import getpass
import os
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

_ROUNDS = 64
_own: list["Claim"] = []


class Claim:
    """A GPU that a process has taken, as long as the process lives."""

    def __init__(self, count: int, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        # When all are taken, a second round begins. Runs of the same user on one machine see each other's.
        for round_ in range(_ROUNDS):
            for index, name in enumerate(_names(count)):
                self._lock = FileLock(folder / f"{name}.{round_}")
                try:
                    self._lock.acquire(timeout=0)
                except Timeout:
                    continue
                self.index = index
                return
        raise RuntimeError(f"{_ROUNDS * count} processes work on {count} GPUs already; it takes fewer workers")

    def give_back(self) -> None:
        """Let another process have it; the end of the process does so too."""
        self._lock.release()


def take_one(device: str) -> None:
    """Make `cuda` mean a GPU of this process's own, where a machine has several; the same one for every call."""
    if device != "cuda":
        return
    import torch

    count = torch.cuda.device_count()
    if count < 2:
        return
    if not _own:
        _own.append(Claim(count, Path(tempfile.gettempdir()) / f"pruneuq-gpus-{getpass.getuser()}"))
    torch.cuda.set_device(_own[0].index)  # for this thread: that of a Dask worker may be another one each time


def gpus_here() -> int:
    """How many GPUs this process can see; at least 1, so that it can be a number of workers."""
    import torch

    return max(1, torch.cuda.device_count())


def _names(count: int) -> list[str]:
    """What the GPUs are called outside of this process, which may have been given some of them only."""
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    return visible[:count] if len(visible) >= count and all(visible) else [str(index) for index in range(count)]
