"""Checkpoints, and a training that is really killed."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import killed
import pandas as pd
import pytest
import torch

from pruneuq_helpers import data, training
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.training import checkpoint


def program(*arguments):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, killed.__file__, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_a_killed_training_ends_as_if_it_had_never_stopped(tmp_path):
    first = program(tmp_path / "run.pt", tmp_path / "weights.pt")
    done = 0
    while done < 4:
        done = int(first.stdout.readline())
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    assert not (tmp_path / "weights.pt").exists()

    second = program(tmp_path / "run.pt", tmp_path / "weights.pt")
    epochs = [int(line) for line in second.communicate()[0].split()]
    assert second.returncode == 0
    assert epochs[0] >= 4, "it started from the beginning"
    assert epochs[-1] == killed.EPOCHS

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    unbroken = killed.train(None)
    torch.set_num_threads(threads)
    weights = torch.load(tmp_path / "weights.pt", weights_only=True)
    for name, expected in unbroken.model.state_dict().items():
        assert torch.equal(weights[name], expected), name
    history = pd.DataFrame(checkpoint.read(tmp_path / "run.pt")["history"])
    pd.testing.assert_frame_equal(history.drop(columns="seconds"), unbroken.history.drop(columns="seconds"))


def small(checkpoint_file, **changes):
    torch.manual_seed(0)
    settings = {"epochs": 3, "learning_rate": 0.05, "checkpoint": checkpoint_file} | changes
    return training.train(torch.nn.Linear(2, 2), data.load("moons"), **settings)


def test_a_finished_training_is_read_not_repeated(tmp_path):
    first = small(tmp_path / "run.pt", patience=2)
    seen = []
    again = small(tmp_path / "run.pt", patience=2, on_epoch=lambda model, row: seen.append(row))
    assert seen == []
    assert torch.equal(first.model.weight, again.model.weight)
    assert (first.best_epoch, first.stop_epoch) == (again.best_epoch, again.stop_epoch)
    pd.testing.assert_frame_equal(first.history, again.history)


def test_a_cycle_in_mixed_precision_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    settings = {"schedule": "one-cycle", "optimiser": "sgd", "precision": "auto"}

    def stop(model, row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(tmp_path / "run.pt", on_epoch=stop, **settings)
    resumed, unbroken = small(tmp_path / "run.pt", **settings), small(None, **settings)
    assert torch.equal(resumed.model.weight, unbroken.model.weight)
    columns = ["epoch", "learning_rate", "train_loss", "validation_loss"]
    pd.testing.assert_frame_equal(resumed.history[columns], unbroken.history[columns])
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    with pytest.raises(ParameterError, match="`precision` is 'bfloat16' there and 'float32' here"):
        small(tmp_path / "run.pt", **settings)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 1}, "`seed` is 0 there and 1 here"),
        ({"learning_rate": 0.1}, "`learning_rate` is 0.05 there and 0.1 here"),
        ({"epochs": 9}, "`epochs` is 3 there and 9 here"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(tmp_path, change, sentence):
    small(tmp_path / "run.pt")
    with pytest.raises(ParameterError, match=sentence):
        small(tmp_path / "run.pt", **change)


def test_a_checkpoint_of_other_data_is_refused(tmp_path):
    small(tmp_path / "run.pt")
    settings = {"epochs": 3, "learning_rate": 0.05, "checkpoint": tmp_path / "run.pt"}
    with pytest.raises(ParameterError, match="`data` is 'moons-"):
        training.train(torch.nn.Linear(2, 2), data.load("moons", seed=1), **settings)


def test_a_damaged_checkpoint_is_named(tmp_path):
    small(tmp_path / "run.pt")
    whole = (tmp_path / "run.pt").read_bytes()
    (tmp_path / "run.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ParameterError, match=r"run.pt cannot be read .*; delete it to start again") as error:
        small(tmp_path / "run.pt")
    assert "\n" not in str(error.value)


class Trap:
    """What unpickling would run."""

    def __reduce__(self):
        return Path.touch, (Path("sprung"),)


def test_a_checkpoint_cannot_run_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("run.pt").write_bytes(pickle.dumps(Trap(), protocol=2))
    with pytest.raises(ParameterError, match="cannot be read"):
        checkpoint.read(Path("run.pt"))
    assert not Path("sprung").exists()


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    file = tmp_path / "run.pt"
    checkpoint.write(file, {"epoch": 1})

    def full(state, opened):
        Path(opened).write_bytes(b"half of it")
        raise OSError(28, "disk full")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(StudyError, match=r"run.pt could not be written \(disk full\); what was stored before is whole"):
        checkpoint.write(file, {"epoch": 2})
    assert checkpoint.read(file) == {"epoch": 1}
    assert list(tmp_path.iterdir()) == [file]


class Counter:
    """A hook with a memory."""

    def __init__(self):
        self.steps = 0

    def __call__(self, model, step):
        self.steps += 1

    def state_dict(self):
        return {"steps": self.steps}

    def load_state_dict(self, state):
        self.steps = state["steps"]


def test_hooks_with_a_memory_resume_with_it(tmp_path):
    first, second = Counter(), Counter()
    small(tmp_path / "run.pt", on_step=first, stateful=[first])
    small(tmp_path / "run.pt", on_step=second, stateful=[second])
    assert first.steps == second.steps == 3 * 11
