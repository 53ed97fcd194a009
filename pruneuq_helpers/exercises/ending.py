"""Ending what a submission started: it has a session of its own, and nothing of it outlives its score."""

import os
import signal
import sys

MARK = "PRUNEUQ_SUBMISSION"  # in the environment of all that a submission starts
_ROUNDS = 100


def die_with_parent() -> None:
    """End this process when the one that started it is killed, where the system knows how (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def end_all(session: int, mark: str) -> None:
    """Kill every process of a session, and those that left it but carry its mark."""
    import psutil

    for _ in range(_ROUNDS):  # what is killed may have started another in the meantime
        alive = [process for process in psutil.process_iter() if _belongs(process, session, mark)]
        for process in alive:
            process.kill()
        if not alive:
            return
        psutil.wait_procs(alive, timeout=0.1)


def _belongs(process, session: int, mark: str) -> bool:
    import psutil

    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            return False
        return os.getsid(process.pid) == session or process.environ().get(MARK) == mark
    except (psutil.Error, OSError):  # gone in the meantime, or another user's
        return False
