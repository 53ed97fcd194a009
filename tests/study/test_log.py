"""The log of a study, and what is read from it in another shell."""

import errno
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from toys import toy

from pruneuq_helpers.cli import main
from pruneuq_helpers.commands.execute import _alone
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study import run
from pruneuq_helpers.study.log import FORMAT, Log
from pruneuq_helpers.study.status import find_runs, status
from pruneuq_helpers.study.store import Store
from pruneuq_helpers.text import duration


def work(cell):
    if cell["seed"] == 2:
        raise ValueError("no luck\nat all")
    logging.getLogger("pruneuq_helpers.population").warning("half as many")
    return {"twice": 2 * cell["seed"]}


def words(path: Path) -> list[str]:
    return [line[21:] for line in path.read_text().splitlines()]


CELLS = [{"seed": seed} for seed in (0, 1, 3)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_line_a_cell(tmp_path, workers):
    cells = CELLS[:1]
    study = toy(lambda study: cells, work)(seeds=3, workers=workers, out=str(tmp_path))
    study.run("toy")
    cells += CELLS[1:]
    study.finish(study.run("toy"))
    said = words(study.folder / "log.txt")
    assert said[0] == f"began toy: 0 of 1 cells stored, 1 to compute with up to {workers} worker(s)"
    assert said[3] == "ended: 1 of 1 cells stored"
    assert said[4] == f"began toy: 1 of 3 cells stored, 2 to compute with up to {workers} worker(s)"
    assert [line for line in said[5:9] if line.startswith("note")] == ["note: half as many"] * 2
    stored = [line.partition(" (")[0] for line in said[5:9] if line.startswith("stored")]
    assert stored == ["stored 2 of 3", "stored 3 of 3"]
    assert said[9:] == ["ended: 3 of 3 cells stored", "finished: the table and its provenance are written"]


def test_what_is_said_is_kept_with_the_cell(tmp_path):
    run(CELLS[:1], work, tmp_path)
    (file,) = tmp_path.glob("*.cell")
    assert Store(tmp_path).read(file.stem)["notes"] == ["half as many"]


def test_failures_and_interrupts_are_logged(tmp_path):
    def stops(cell):
        raise KeyboardInterrupt

    log = tmp_path / "log.txt"
    with pytest.raises(StudyError, match="1 of 2 cells failed"):
        run([{"seed": 2}, {"seed": 1}], work, tmp_path, log=log)
    with pytest.raises(KeyboardInterrupt):
        run([{"seed": 4}], stops, tmp_path, log=log)
    said = words(log)
    assert said[1] == "failed: ValueError: no luck; in {'seed': 2}"
    assert said[4] == "ended: 1 of 2 cells stored"
    assert said[-1] == "stopped with 0 of 1 cells stored; run the same again to go on from there"


def test_the_time_left_is_that_of_the_cells_so_far(tmp_path):
    log = Log(tmp_path / "log.txt")
    log.begin(total=10, stored=2, where="one")
    log._began -= 1000
    log.cell(stored=3, seconds=900)
    assert words(log.path)[-1] == "stored 3 of 10 (15 min), about 117 min left".replace("117 min", duration(7000))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (99.4, "99 s"), (100, "2 min"), (5940, "99 min"), (7200, "2 h 0 min"), (172800, "2 d 0 h")],
)
def test_durations_in_words(seconds, said):
    assert duration(seconds) == said


def test_a_log_on_a_full_disk_is_an_error():
    with pytest.raises(StudyError, match=r"^full could not be written \(No space left on device\); what was stored"):
        Log(Path("/dev/full")).line("some words")


@pytest.fixture
def runs(tmp_path):
    """Runs that ended in every way."""

    def made(profile, chapter, *lines, ago=0):
        folder = tmp_path / profile / chapter
        folder.mkdir(parents=True)
        then = (datetime.now(UTC) - timedelta(seconds=ago)).strftime(FORMAT)
        (folder / "log.txt").write_text("".join(f"{then}  {line}\n" for line in lines))
        return folder

    began = "began: 0 of 8 cells stored, 8 to compute with up to 2 worker(s)"
    made("full", "03_lottery_tickets", began, "stored 1 of 8 (41 s), about 5 min left", ago=120)
    made("full", "04_uncertainty_metrics", began, "stopped with 3 of 8 cells stored; run the same again to go on")
    made("real", "04_uncertainty_metrics", began, "finished: the table and its provenance are written")
    made("real", "05_tickets_and_calibration", began, "a worker process died, perhaps, with 2 of 8 cells stored")
    made("real", "06_bayesian_pruning", began, "ended: 8 of 8 cells stored")
    made("real", "07_pruning_meets_uncertainty")
    return tmp_path


def said(runs, *which):
    done = CliRunner().invoke(main, ["status", *which, "--out", str(runs)])
    return done.exit_code, done.output.splitlines()


def test_the_state_of_every_run(runs):
    code, lines = said(runs)
    assert code == 0
    assert [line for line in lines if not line.startswith(" ")] == [
        "full/03_lottery_tickets: broken off; run the same again to go on from there",
        "full/04_uncertainty_metrics: stopped",
        "real/04_uncertainty_metrics: finished",
        "real/05_tickets_and_calibration: stopped",
        "real/06_bayesian_pruning: all cells of its last part are done; its notebook goes on, or was stopped there",
        "real/07_pruning_meets_uncertainty: nothing in its log yet",
    ]
    assert lines[1] == "  1 of 8 cells stored; last line 2 min ago"
    assert lines[3].endswith("about 5 min left")


def test_a_run_is_running_while_it_holds_its_store(runs):
    folder = runs / "full" / "03_lottery_tickets"
    with Store(folder / "cells").locked():
        assert status(folder)[0] == "full/03_lottery_tickets: running"
    assert "broken off" in status(folder)[0]


def test_a_second_run_of_a_folder_is_refused_between_the_parts_of_the_first(runs):
    """A store is held only while a part computes: without more a later run took it from the earlier one."""
    folder = runs / "full" / "03_lottery_tickets"
    left_over = folder / ".03_lottery_tickets-123.ipynb"
    left_over.write_text("of a run that was killed")
    target = folder / "03_lottery_tickets.ipynb"
    with _alone(target):
        assert not left_over.exists()
        assert status(folder)[0] == "full/03_lottery_tickets: running"
        with pytest.raises(click.ClickException, match="another run is working in"), _alone(target):
            pass
    assert "broken off" in status(folder)[0]


def test_a_disk_without_locks_has_a_state_too(runs, monkeypatch):
    def read_only(folder):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pruneuq_helpers.study.status.is_busy", read_only)
    assert "a disk that cannot be locked (Read-only file system)" in said(runs, "real/06")[1][0]


@pytest.mark.parametrize(
    ("which", "count"), [("full", 2), ("04", 2), ("4", 2), ("real/4", 1), ("real/04_uncertainty_metrics", 1)]
)
def test_runs_are_named_in_short(runs, which, count):
    assert len(find_runs(which, runs)) == count


def test_a_run_is_named_by_its_folder(runs):
    assert find_runs(str(runs / "full" / "03_lottery_tickets"), Path("elsewhere"))[0].name == "03_lottery_tickets"


def test_an_unknown_run_is_one_sentence(runs):
    code, lines = said(runs, "smoke/3")
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("Error: run got smoke/3; it takes a folder with a log, or PROFILE/CHAPTER of one in ")
    with pytest.raises(ParameterError, match="^no run has begun in .*nothing; option --out takes another folder"):
        find_runs(None, runs / "nothing")


def test_a_torn_log_and_one_of_another_user_are_read(tmp_path, monkeypatch):
    folder = tmp_path / "full" / "03_lottery_tickets"
    log = Log(folder / "log.txt")
    Store(folder / "cells")
    log.begin(total=3, stored=1, where="one")
    with open(log.path, "ab") as file:
        file.write(b"\0\xff\n2026-01-3")
    (tmp_path / "full" / "04_uncertainty_metrics" / "log.txt").mkdir(parents=True)
    assert find_runs(None, tmp_path) == [folder]
    assert status(folder)[0].endswith("broken off; run the same again to go on from there")
    monkeypatch.setattr("pruneuq_helpers.study.status.is_busy", denied)
    assert status(folder)[0].endswith("another user's, so that it is not known whether it is running")
    monkeypatch.setattr("pruneuq_helpers.study.store.FileLock.acquire", denied)
    with pytest.raises(ParameterError, match=r"it takes a folder that this run can lock \(Permission denied\)$"):
        run([{"seed": 0}], work, folder / "cells")


def denied(*words, **settings):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_it_is_said_again_and_again(runs, monkeypatch):
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 2:
            raise KeyboardInterrupt

    from pruneuq_helpers.commands import status as command

    monkeypatch.setattr(command.time, "sleep", nap)
    _, lines = said(runs, "full/3", "--watch")
    assert sum("broken off" in line for line in lines) == 2
