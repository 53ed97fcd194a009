"""A run that is killed or interrupted goes on where it was, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from pandas.testing import assert_frame_equal

from pruneuq_helpers.study import run

LONG = """
    import os, time
    from pathlib import Path
    import numpy as np
    from pruneuq_helpers.study import run

    HERE = Path(__file__).parent
    CELLS = [{"seed": seed} for seed in range(16)]

    def work(cell):
        with open(HERE / "calls", "a") as file:
            file.write(f"{cell['seed']}\\n")
        time.sleep(float(os.environ.get("PAUSE", 0)))
        return {"draw": np.random.default_rng(cell["seed"]).normal(), "nothing": None}

    def main(workers):
        run(CELLS, work, HERE / "cells", workers)
"""


@pytest.fixture
def long_study(tmp_path, monkeypatch):
    """A study in a process of its own, and the same study here."""
    (tmp_path / "long_study.py").write_text(textwrap.dedent(LONG))
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("long_study", None)
    import long_study

    started = []

    def start(workers, stored=3):
        # What was begun in the background of a shell ignores Ctrl-C, and so would all that it starts.
        heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        command = [sys.executable, "-c", f"{heeds}; import long_study; long_study.main({workers})"]
        started.append(
            subprocess.Popen(
                command,
                cwd=tmp_path,
                env=os.environ | {"PAUSE": "0.2"},
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        wait_for(lambda: len(list((tmp_path / "cells").glob("*.cell"))) >= stored)
        return started[-1]

    yield long_study, start, tmp_path
    for process in started:
        process.stderr.close()
        process.wait()
        try:
            os.killpg(process.pid, signal.SIGKILL)  # workers of a killed process
        except ProcessLookupError:
            assert process.poll() is not None


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited for a minute"
        time.sleep(0.01)


def resumed(long_study, folder: Path) -> None:
    stored = len(list((folder / "cells").glob("*.cell")))
    assert 3 <= stored < 16
    table = run(long_study.CELLS, long_study.work, folder / "cells", workers=1)
    assert table.attrs.items() >= {"computed": 16 - stored, "read": stored}.items()
    assert_frame_equal(table, run(long_study.CELLS, long_study.work, folder / "unbroken"), check_exact=True)
    assert list((folder / "cells").glob("*.tmp")) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_in_the_middle_and_resumed(long_study, workers):
    module, start, folder = long_study
    process = start(workers)
    process.kill()
    process.wait()
    resumed(module, folder)
    wait_for(lambda: not group_of(process))  # its workers have ended too


def test_killed_while_its_workers_start(long_study):
    module, start, folder = long_study
    process = start(2, stored=0)
    wait_for(lambda: len(group_of(process)) > 2)
    process.kill()
    process.wait()
    wait_for(lambda: not group_of(process))
    assert run(module.CELLS, module.work, folder / "cells", workers=1)["draw"].notna().all()


def group_of(leader):
    """Processes that live on of those started with this one."""
    living = (process for process in psutil.process_iter(["status"]) if process.info["status"] != "zombie")
    return [process.pid for process in living if group(process.pid) == leader.pid]


def group(pid):
    try:
        return os.getpgid(pid)
    except ProcessLookupError:  # ended while we looked
        return None


def test_interrupted_in_the_middle_and_resumed(long_study):
    module, start, folder = long_study
    process = start(2)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode != 0
    assert said.splitlines()[-1].startswith("KeyboardInterrupt: stopped with ")
    assert said.splitlines()[-1].endswith(" of 16 cells stored; run the same again to go on from there")
    resumed(module, folder)
