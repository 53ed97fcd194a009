"""Every option of every command × odd values: one sentence that names the option, and nothing is begun."""

from collections import Counter

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import nn

from pruneuq_helpers.cli import main
from pruneuq_helpers.errors import ParameterError

REACHED = "everything was accepted"
NOTHING = ("", " ", "\t")
WORDS = ("nonsense", "None", "nan", "-inf", "1e308", "-1", "9" * 30, "é", "x" * 5000, "--", "[]")
NO_COUNT = (*NOTHING, "nonsense", "None", "nan", "inf", "1.5", "1e3", "-1", "0", "9" * 30, "True", "٣x", "0x10")
NO_RATE = (*NOTHING, "nonsense", "None", "nan", "inf", "-inf", "-1", "0", "1e308", "0,1")
NO_SHARE = (*NO_RATE, "1", "1.0", "2", "95%")
NO_SEED = (*NOTHING, "nonsense", "None", "nan", "1.5", "-1", "9" * 30, "1e3", str(2**63))
NO_FILE = ("nowhere.npz", "/dev/null/x", "x" * 5000, ".", "\udcff")
NO_CHAPTER = (*WORDS[:-1], "", "0", "11", "99", "1.5", "chapter 3", "/etc/passwd", "..", "3\n4")
NO_PROFILE = (
    "",
    "nonsense",
    "full ",
    "..",
    "/etc/passwd",
    "/dev/null/x.yaml",
    "nowhere.yaml",
    "x" * 5000,
    "bad.yaml",
    "list.yaml",
    "odd.yaml",
)
NO_SETTING = (
    "",
    "=",
    "seeds",
    "seeds=",
    "seeds=x",
    "seeds=-1",
    "=3",
    "nothing=3",
    "seeds=1e308",
    "seeds=.nan",
    "seeds=[",
    "seeds={}",
    "seeds=!!python/object:os.system",
    "level=2",
    "seeds: 3",
    "seeds=null",
    "device=gpu",
    "out=3",
)
NO_FORM = (
    "",
    "=",
    "seeds",
    "=3",
    "seeds=[",
    "seeds=!!python/object:os.system",
    "seeds: 3",
)  # the notebook refuses the rest
NO_MARGIN = (
    "",
    "=",
    "accuracy",
    "accuracy=",
    "accuracy=x",
    "accuracy=-1",
    "accuracy=nan",
    "accuracy=inf",
    "nothing=0.1",
    "=0.1",
    "accuracy=0.1=2",
    "accuracy:0.1",
)

OPTIONS = {
    "audit": {
        "--model": (
            *NOTHING,
            "net.py",
            "net.py:",
            ":build",
            "net.py:nothing",
            "nowhere.py:build",
            "net.py:number",
            "net.py:raises",
            "net.py:cls",
            "bad.py:build",
            "x" * 5000,
        ),
        "--weights": (*NOTHING, *NO_FILE, "net.py", "empty.pt", "noise.safetensors", "few.npz"),
        "--data": (*NOTHING, *NO_FILE, "net.py", "noise.safetensors", "bad.npz"),
        "--levels": (*NOTHING, *WORDS[:-1], "0", "1", "0.5,", "0.5,x", "0.5,0.5", "0.2;0.4", "50%", ",", "0.5,nan"),
        "--criteria": (*NOTHING, "nonsense", "L1", "l1,l1", "l1,nonsense", ",", "hrank;l1", "0"),
        "--fine-tune": tuple(value for value in NO_COUNT if value != "0"),
        "--learning-rate": NO_RATE,
        "--train-batch": NO_COUNT,
        "--ood": ("", *NO_FILE, "net.py"),
        "--groups": ("", *NO_FILE, "net.py", "noise.safetensors"),
        "--seeds": (*NO_COUNT, "2"),  # several, where nothing is trained
        "--hold-out": ("", "nonsense", "nan", "inf", "-0.1", "1", "2"),
        "--export": ("", "nonsense", "TORCH", "torch,nonsense"),
        "--safe": NO_MARGIN,
        "--confidence": NO_SHARE,
        "--keep": (*NOTHING, "nonsense", "nan", "inf", "-1", "1", "2", "0.3", "SAFE", "0.5,0.2", "True"),
        "--normalise": (
            *NOTHING,
            "nonsense",
            "0.5",
            "0.5/",
            "/0.5",
            "0.5/0",
            "nan/1",
            "0.5/nan",
            "0.5/-1",
            "0.5,0.5/1,1",
            "0.5/inf",
            "x/y",
        ),
        "--size": NO_COUNT,
        "--channels": (*NO_COUNT, "2", "4"),
        "--batch": NO_COUNT,
        "--resamples": NO_COUNT,
        "--repeats": NO_COUNT,
        "--timed-batch": NO_COUNT,
        "--seed": NO_SEED,
        "--device": (*NOTHING, "gpu", "meta", "cuda:99", "cpu:x", "None", "mps", "x" * 5000),
        "--out": ("", "net.py", "/dev/null/x", "x" * 5000, ".", "full"),
    },
    "compare": {
        "BEFORE": (*NOTHING, *NO_FILE, "net.py", "bad.npz", "noise.safetensors"),
        "AFTER": (*NOTHING, *NO_FILE, "net.py", "bad.npz", "noise.safetensors", "other.npz"),
        "--safe": NO_MARGIN,
        "--groups": (*NO_FILE, "net.py", "short.csv", "noise.safetensors"),
        "--confidence": NO_SHARE,
        "--resamples": NO_COUNT,
        "--seed": NO_SEED,
        "--out": ("net.py", "/dev/null/x", "x" * 5000, "full"),
    },
    "plan": {
        "CHAPTER": NO_CHAPTER,
        "--profile": NO_PROFILE,
        "-p": NO_SETTING,
        "--gpus": NO_COUNT,
        "--workers": NO_COUNT,
        "--images": (*NO_COUNT, "15"),
        "--seconds": (*NOTHING, "nonsense", "nan", "-1", "-inf", "None", "1,5"),
        "--out": (),
    },
    "run": {
        "CHAPTER": NO_CHAPTER,
        "--profile": NO_PROFILE[:-1],
        "-p": NO_FORM,
        "--out": ("", "/dev/null/x", "x" * 5000, "\udcff", "net.py"),
    },
    "results keep": {
        "PROFILE": ("", "nonsense", "..", "/etc", "x" * 5000),
        "CHAPTER": NO_CHAPTER[1:],
        "--out": ("nowhere", "/dev/null/x", "x" * 5000, "net.py"),
    },
    "results recheck": {
        "PROFILE": ("", "nonsense", "..", "/etc", "x" * 5000),
        "CHAPTER": NO_CHAPTER[1:],
        "--seconds": (*NOTHING, "nonsense", "nan", "-1", "-inf", "None"),
    },
    "status": {
        "RUN": ("nonsense", "..x", "x" * 5000, "full/99", "/dev/null/x", "\udcff"),
        "--out": ("nowhere", "/dev/null/x", "x" * 5000, "net.py"),
    },
    "doctor": {},
    "chapters": {},
}
BASE = {
    "audit": {"--model": "net.py:build", "--weights": "weights.pt", "--data": "few.npz", "--out": "new"},
    "compare": {"BEFORE": "before.npz", "AFTER": "before.npz"},
    "plan": {"CHAPTER": "2"},
    "run": {"CHAPTER": "2", "--out": "results"},
    "results keep": {"PROFILE": "real", "CHAPTER": "2", "--out": "results"},
    "results recheck": {"PROFILE": "real", "CHAPTER": "2"},
    "status": {},
}
SAID = {"--model": "model", "--weights": "weights", "--data": "images of|data|folder", "-p": "parameter"}


def build() -> nn.Sequential:
    """The network that is audited."""
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))


CODE = """
from torch import nn
cls = nn.Linear
def build(): return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
def number(): return 3
def raises(): raise KeyError("cat")
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with what the commands need, and commands that begin nothing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(CODE)
    (tmp_path / "bad.py").write_text("def build(:")
    torch.save(build().state_dict(), "weights.pt")
    (tmp_path / "empty.pt").write_bytes(b"")
    (tmp_path / "noise.safetensors").write_bytes(np.random.default_rng(0).bytes(200))
    images, labels = np.arange(8 * 16, dtype=np.uint8).reshape(8, 1, 4, 4), np.array([0, 1] * 4)
    np.savez("few.npz", train_images=images, train_labels=labels, test_images=images, test_labels=labels)
    np.savez("bad.npz", labels=labels)
    probs = np.full((8, 2), 0.5)
    np.savez("before.npz", labels=labels, probs=probs)
    np.savez("other.npz", labels=1 - labels, probs=probs)
    (tmp_path / "short.csv").write_text("group\na\n")
    (tmp_path / "bad.yaml").write_text("seeds: [")
    (tmp_path / "list.yaml").write_text("- 3\n")
    (tmp_path / "odd.yaml").write_text("nothing: 3\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    (tmp_path / "results").mkdir()

    def reached(*_, **__):
        raise ParameterError(REACHED)

    for name in ("audit.examination.examine", "commands.plan._measure", "cli.execute", "study.results.recheck"):
        monkeypatch.setattr(f"pruneuq_helpers.{name}", reached, raising=False)
    return tmp_path


def typed(command: str, given: dict[str, str]) -> list[str]:
    """A command line."""
    options = [word for name, value in given.items() if name.startswith("-") for word in (name, value)]
    arguments = [value for name, value in given.items() if not name.startswith("-")]
    return [*command.split(), *options, *(["--", *arguments] if arguments else [])]


@pytest.mark.parametrize("command", [command for command in OPTIONS if OPTIONS[command]])
def test_every_odd_value_gets_one_sentence(command, place, record_property):
    counts, wrong, runner = Counter(), [], CliRunner()
    for option, values in OPTIONS[command].items():
        for value in values:
            done = runner.invoke(main, typed(command, BASE[command] | {option: value}))
            outcome, what = judged(done, option)
            counts[outcome] += 1
            if outcome != "sentence":
                wrong.append(f"{outcome}: {command} {option} {value[:40]!r}: {what}")
    record_property(f"› pruneuq {command}", str({"functions": 1, "calls": counts.total(), **counts}))
    assert not wrong, "\n".join(wrong)


def judged(done, option: str) -> tuple[str, str]:
    """What became of a call."""
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return "traceback", f"{type(done.exception).__name__}: {str(done.exception)[:200]}"
    said = [line for line in done.output.splitlines() if line.startswith("Error: ")]
    if done.exit_code == 0 or REACHED in done.output:
        return "silent", "was accepted"
    if len(said) != 1 or len(said[0]) < 20 or len(said[0]) > 6000:
        return "unclear", done.output[-300:]
    return "sentence", ""


def test_every_command_and_option_is_in_the_table():
    found = {}

    def walk(group, name: str) -> None:
        for key, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, f"{name}{key} ")
            else:
                found[f"{name}{key}"] = {
                    item.opts[0] if item.opts[0][0] == "-" else item.human_readable_name for item in command.params
                }

    walk(main, "")
    flags = {"--repairs", "--json", "--markdown", "--watch", "--cluster", "--data"}
    left_out = {"check", "results list", "results check"}  # the first has tests of its own; two take no option
    for command, options in found.items():
        if command not in left_out:
            known = {name.partition(".")[0] for name in OPTIONS[command]}
            assert {
                name.partition(".")[0].upper() if name[0] != "-" else name for name in options
            } - flags - known == set(), command
