"""One answer, tried in a process of its own and judged in another, both forked from a chapter that has run so far."""

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from pruneuq_helpers.exercises.answering import answer_to
from pruneuq_helpers.exercises.channel import Channel
from pruneuq_helpers.exercises.checks import bound, used
from pruneuq_helpers.exercises.ending import die_with_parent
from pruneuq_helpers.exercises.judging import judge
from pruneuq_helpers.exercises.remarks import ENDED

_FILES = 65536  # file descriptors that an answer might have inherited


@dataclass(frozen=True)
class Attempt:
    """An answer, and what it answers."""

    label: str
    stub: str
    check: str
    answer: str
    chapter: str = ""

    @property
    def wanted(self) -> set[str]:
        """The names that an answer is asked for."""
        return bound(self.stub) & used(self.check)


def outcome(names: dict, attempt: Attempt, seconds: float) -> dict:
    """Whether an answer satisfies its check; if not, a sentence that helps."""
    reading, writing = os.pipe()
    asking, answering = socket.socketpair()

    def in_judge() -> None:
        answering.close()
        remark = judge(Channel(asking), names, attempt.stub, attempt.check, attempt.wanted)
        os.write(writing, json.dumps({"passed": not remark, "remark": remark[:4000]}).encode())

    def in_answer() -> None:
        _close_all_but(answering.fileno())
        channel = Channel(answering)
        answer_to(channel, names, attempt.stub, attempt.answer, attempt.wanted, attempt.chapter)

    # The process that calls this never runs the answer, and neither does the one that runs the check.
    judging = _forked(in_judge)
    trying = _forked(in_answer)
    for end in (asking, answering):
        end.close()
    os.close(writing)
    try:
        told = _wait(reading, trying, seconds)
    finally:
        os.close(reading)
        for child in (trying, judging):
            _end(child)
    return told


def _forked(work: Callable[[], None]) -> int:
    """A child of this process, in a group of its own, that does this work and nothing else."""
    child = os.fork()
    if child:
        with contextlib.suppress(OSError):  # the child has done it already
            os.setpgid(child, child)
        return child
    try:
        os.setpgid(0, 0)
        die_with_parent()
        work()
    finally:
        os._exit(0)


def _close_all_but(kept: int) -> None:
    """Leave an answer no open file but this one: not the judge's, not the chapter's."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    os.closerange(3, kept)
    os.closerange(kept + 1, _FILES)


def _wait(reading: int, trying: int, seconds: float) -> dict:
    """What the judge says, within the time limit."""
    end, parts, ended = time.monotonic() + seconds, b"", False
    while (left := end - time.monotonic()) > 0:
        if select.select([reading], [], [], min(left, 0.2))[0]:
            part = os.read(reading, 65536)
            if not part:
                return (
                    json.loads(parts) if parts else {"passed": False, "remark": "the check cannot end on your values"}
                )
            parts += part
        elif not ended and os.waitid(os.P_PID, trying, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            ended = True  # what it leaves behind may hold its end of the channel open
            _kill_group(trying)
    remark = ENDED if ended else f"stopped after {seconds} seconds; does a loop never end?"
    return {"passed": False, "remark": remark}


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _end(child: int) -> None:
    """End a child and all that it started in its group."""
    _kill_group(child)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
