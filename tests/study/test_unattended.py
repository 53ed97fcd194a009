"""Days alone: a study that is killed, finds the disk full or a second run beside it, and ends with the same table."""

import os
import random
import resource
import signal
import sys
import time
import traceback

import numpy as np
import pytest
import torch
from pandas.testing import assert_frame_equal

from pruneuq_helpers import population
from pruneuq_helpers.errors import StudyError
from pruneuq_helpers.study import run

CELLS = [{"seed": seed} for seed in range(12)]
LONG = 400  # numbers in a result, so that a file takes more than one page


def work(cell):
    time.sleep(0.002)
    return {"draw": np.random.default_rng(cell["seed"]).normal(size=LONG), "seed": cell["seed"]}


def rows(cell):
    """The same as a list of rows."""
    return [{"draw": value} for value in work(cell)["draw"].tolist()]


def growing(cell):
    """Results of which the later ones are too large for a small disk."""
    return rows(cell)[: 40 * cell["seed"] + 40]


def slow(cell):
    time.sleep(0.05)
    return rows(cell)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return run(CELLS, rows, tmp_path_factory.mktemp("unbroken"))


def in_child(call) -> int:
    """Call it in a process of its own, which has read all modules already; gives its number."""
    child = os.fork()
    if child == 0:
        try:
            call()
        except BaseException:  # noqa: BLE001 - told by the exit code: nothing may run on in the copy of the tests
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_a_random_point_and_resumed(tmp_path, unbroken, seed):
    draws = random.Random(seed)
    # Before the last cell it waits for its death, which a busy machine may send late.
    child = in_child(lambda: (run(CELLS[:-1], rows, tmp_path), time.sleep(600)))
    stored = draws.randrange(len(CELLS) - 1)
    while len(list(tmp_path.glob("*.cell"))) < stored:
        time.sleep(0.0005)
    time.sleep(draws.uniform(0, 0.006))  # into the work, the writing or the renaming of the next cell
    os.kill(child, signal.SIGKILL)
    assert ended(child) == -signal.SIGKILL
    there = len(list(tmp_path.glob("*.cell")))
    assert stored <= there < len(CELLS)
    table = run(CELLS, rows, tmp_path)
    assert table.attrs.items() >= {"computed": len(CELLS) - there, "read": there}.items()
    assert_frame_equal(table, unbroken, check_exact=True)
    assert list(tmp_path.glob("*.tmp")) == []


def test_killed_again_and_again(tmp_path, unbroken):
    draws, there = random.Random(1), 0
    while there < len(CELLS) - 1:
        child = in_child(lambda: run(CELLS, rows, tmp_path))
        while len(list(tmp_path.glob("*.cell"))) <= there:
            time.sleep(0.0005)
        time.sleep(draws.uniform(0, 0.004))
        os.kill(child, signal.SIGKILL)
        ended(child)
        there = len(list(tmp_path.glob("*.cell")))
    assert_frame_equal(run(CELLS, rows, tmp_path), unbroken, check_exact=True)


def test_a_disk_that_fills_up(tmp_path):
    """A limit on the size of a file stops writing half-way, as a full disk does."""
    said = tmp_path / "said"

    def fill():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
        try:
            run(CELLS, growing, tmp_path / "cells")
        except StudyError as error:
            said.write_text(str(error))

    assert ended(in_child(fill)) == 0
    stored = len(list((tmp_path / "cells").glob("*.cell")))
    assert 0 < stored < len(CELLS)
    words = r"could not be written (File too large); what was stored before is whole: mend this and run again"
    assert words in said.read_text()
    assert said.read_text().endswith(f"; {stored} of 12 cells are stored")
    assert list((tmp_path / "cells").glob("*.tmp")) == []
    table = run(CELLS, growing, tmp_path / "cells")
    assert table.attrs["read"] == stored
    assert_frame_equal(table, run(CELLS, growing, tmp_path / "unbroken"), check_exact=True)


def test_two_processes_at_once(tmp_path, unbroken):
    """One works, the other is refused; the store is that of one."""

    def begin():
        try:
            run(CELLS, slow, tmp_path)
        except StudyError as error:
            os._exit(3 if str(error).startswith("another run is working on the store") else 4)

    codes = sorted(ended(child) for child in [in_child(begin), in_child(begin)])
    assert codes == [0, 3]
    table = run(CELLS, slow, tmp_path)
    assert table.attrs.items() >= {"computed": 0, "read": len(CELLS)}.items()
    assert_frame_equal(table, unbroken, check_exact=True)


def trained(cell):
    """What chapters do: train networks from a seed, and measure them."""
    points = torch.randn(60, 2, generator=torch.Generator().manual_seed(cell["seed"]))
    labels = (points.sum(1) > 0).long()
    some = population.train(population.mlp(2, 8, 2), points, labels, [cell["seed"]], epochs=3, dtype=torch.float32)
    return [{"logit": value} for value in some.predict(points).flatten().tolist()]


def test_the_same_seeds_twice_give_the_same_table_to_the_last_digit(tmp_path):
    first, second = (run(CELLS[:4], trained, tmp_path / name) for name in "ab")
    assert all(one.attrs.items() >= {"computed": 4, "read": 0}.items() for one in (first, second))
    assert_frame_equal(first, second, check_exact=True)
    assert first.to_csv() == second.to_csv()


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign"])
def test_damage_in_the_store_of_a_killed_run(tmp_path, unbroken, damage):
    child = in_child(lambda: run(CELLS, rows, tmp_path))
    while len(list(tmp_path.glob("*.cell"))) < 3:
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    ended(child)
    victim = min(tmp_path.glob("*.cell"))
    content = bytearray(victim.read_bytes())
    flipped = content[:500] + bytes([content[500] ^ 1]) + content[501:]
    victim.write_bytes({"truncated": content[:4096], "flipped": flipped, "foreign": b"\x89PNG"}[damage])
    with pytest.warns(UserWarning, match=f"stored cell {victim.stem[:12]} is damaged .* it is computed again"):
        table = run(CELLS, rows, tmp_path)
    assert_frame_equal(table, unbroken, check_exact=True)
