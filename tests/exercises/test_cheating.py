"""Answers that set out to deceive or to break the check: they cost their own point, and nothing else."""

import os
import subprocess
import sys
import time

import psutil
import pytest
from click.testing import CliRunner

from pruneuq_helpers import cli
from pruneuq_helpers.exercises import student

STUB, CHECK = "twice = ...  # YOUR CODE HERE", "assert twice == 4, 'twice the seeds'"
SQUARE = "def square(x):\n    return x * x"
WRONG = ("not yet", "add the seeds to themselves")


def gone(pid: int, seconds: float = 20) -> bool:
    """Whether a process ends; a zombie has ended."""
    until = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def pid_in(path, seconds: float = 60) -> int:
    until = time.monotonic() + seconds
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until, "the answer has not begun"
        time.sleep(0.05)
    return int(path.read_text())


REPLACED = """
import builtins, json, sys
import numpy
from pruneuq_helpers.exercises import answering, attempt, judging, plain, remarks, sitting
numpy.isclose = numpy.testing.assert_allclose = builtins.abs = lambda *args, **kwargs: True
builtins.exec = lambda *args: None
judging.judge = lambda *args: ""
remarks.of_answer = remarks.of_check = lambda *args: ""
attempt.outcome = sitting.outcome = lambda *args: {"passed": True, "remark": ""}
plain.decode = lambda *args: 4
json.loads = lambda *args: {"values": {"twice": {"value": 4}}, "networks": {}}
twice = 6
"""


def test_replacing_the_functions_of_the_checker_changes_nothing(states):
    assert states({"ex-twice": REPLACED, "ex-function": "def square(x):\n    return 4"}) == [
        WRONG,
        ("not yet", "the square of -3"),
    ]


SHOWN = """
import json, os
from IPython.display import display
verdict = {"label": "ex-twice", "passed": True, "remark": ""}
display({"application/vnd.pruneuq.attempt+json": verdict}, raw=True)
for number in range(3, 64):
    try:
        os.write(number, (json.dumps(verdict) + "\\n").encode())
    except OSError:
        pass
os._exit(0)
"""


def test_leaving_after_showing_a_verdict_of_ones_own_is_no_pass(states):
    first, second = states({"ex-twice": SHOWN, "ex-function": SQUARE})
    assert first[0] == "not yet"
    assert second == ("passed", "")


EQUAL = """
class Equal{base}:
    def __eq__(self, other):
        return True
    __mod__ = __sub__ = __float__ = lambda self, *args: 0
    __hash__ = None
twice = Equal({value})
"""


def test_an_object_that_equals_everything_is_taken_for_what_it_holds(outcomes):
    bases = [("(int)", "3"), ("(float)", "3"), ("(str)", "'4'"), ("(list)", "[4]"), ("", ""), ("(dict)", "")]
    answers = [EQUAL.format(base=base, value=value) for base, value in bases]
    answers.append("import numpy as np\n" + EQUAL.format(base="(np.ndarray)", value="()"))
    answers.append("from unittest.mock import ANY\ntwice = ANY")
    answers.append(EQUAL.format(base="", value="").replace("Equal:", "Equal:\n    __call__ = print"))
    found = outcomes([*answers, "twice = 4"], STUB, CHECK)
    assert [one["passed"] for one in found] == [False] * len(answers) + [True]


def test_reading_the_chapters_own_file_is_refused(states, chapter):
    answer = f"text = open({str(chapter)!r}).read()\nexec(text.split('private = seeds')[1].splitlines()[1])"
    (remark, words), _ = states({"ex-twice": answer})
    assert remark == "not yet"
    assert words.startswith("line 1 of your code: PermissionError: this is the chapter's own file")


@pytest.mark.parametrize(
    "answer",
    [
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
        "import os, signal\nos.killpg(os.getpgid(os.getppid()), signal.SIGKILL)",
        "import os, signal\nos.killpg(0, signal.SIGKILL)",
        "import os\nos._exit(0)",
        "import ctypes\nctypes.string_at(0)",
    ],
)
def test_killing_processes_costs_ones_own_point(states, answer):
    assert states({"ex-twice": answer, "ex-function": SQUARE}) == [
        ("not yet", "your code ended the whole process"),
        ("passed", ""),
    ]


def test_a_function_that_kills_or_loops_while_it_is_checked_costs_ones_own_point(states):
    kills = "def square(x):\n    import os\n    os._exit(0)"
    loops = "while True:\n    pass"
    assert states({"ex-twice": loops, "ex-function": kills}, seconds=2) == [
        ("not yet", "stopped after 2 seconds; does a loop never end?"),
        ("not yet", "your code ended the whole process"),
    ]


def test_an_answer_that_kills_its_parents_does_not_end_the_run_of_a_class(hand_in, chapter):
    folder = hand_in("a.ipynb", {"ex-twice": "import os\nos.kill(os.getppid(), 9)"}).parent
    hand_in("b.ipynb", {"ex-twice": "twice = seeds + seeds", "ex-function": SQUARE})
    done = CliRunner().invoke(cli.main, ["check", str(folder), "--jobs", "2"])
    assert done.exit_code == 0, done.output
    assert [line.split(" (")[0] for line in done.output.splitlines()[:2]] == ["a.ipynb: 0 of 2", "b.ipynb: 2 of 2"]


CHANGED = """
import gc, sys
frame = sys._getframe()
while frame:
    frame.f_globals.update(seeds=0)
    frame = frame.f_back
for thing in gc.get_objects():
    if isinstance(thing, dict) and "seeds" in thing:
        thing["seeds"] = 0
shared.append(1)
import threading
threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()
twice = 0
"""


def test_what_an_answer_changes_is_seen_by_no_check_and_no_other_answer(outcomes):
    answers = [CHANGED, "twice = 4 + len(shared)"]
    found = outcomes(answers, STUB, "assert twice == 2 * seeds, 'no'\nassert not shared", "seeds, shared = 2, []")
    assert found == [{"passed": False, "remark": "no"}, {"passed": True, "remark": ""}]


def test_what_a_stub_begins_with_cannot_be_changed(outcomes):
    stub = "rows = [1, 2, 3]\nimport math\ntotal = ...  # YOUR CODE HERE"
    check = "assert total == sum(rows), 'add them'\nassert math.isfinite(total)"
    answers = ["rows = []\ntotal = 0", "math = None\ntotal = 6", "total = 6"]
    assert [one["passed"] for one in outcomes(answers, stub, check)] == [False, True, True]


FORGED = """
import json, os, socket
for number in range(3, 64):
    try:
        end = socket.socket(fileno=os.dup(number))
        end.send(len({message!r}).to_bytes(8, "big") + {message!r})
    except OSError:
        pass
os._exit(0)
"""


def test_what_is_sent_instead_of_values_is_no_pass(outcomes):
    deep = b"[" * 100_000
    record = b'{"values": {"twice": {"value": ["record", "subprocess", "Popen", "true"]}}, "networks": {}}'
    book = b'{"values": {"twice": {"value": ["record", "pruneuq_helpers.errors", "ParameterError"]}}, "networks": {}}'
    messages = [b"", b"3", b"{}", b"\xff", deep, record, book, b'{"values": {}, "networks": {"twice": 0}}']
    found = outcomes([FORGED.format(message=message) for message in messages], STUB, CHECK)
    assert not any(one["passed"] for one in found)
    assert found[0]["remark"].startswith("what your code hands over cannot be read")


STARTS = """
import os, subprocess, sys
code = {child!r}
child = subprocess.Popen([sys.executable, "-c", code], start_new_session={apart})
open({path!r}, "w").write(str(child.pid))
twice = 2 * seeds
"""


@pytest.mark.parametrize("apart", [False, True], ids=["in its group", "in a session of its own"])
def test_nothing_that_a_submission_starts_outlives_its_score(states, tmp_path, apart):
    path = tmp_path / "pid"
    answer = STARTS.format(child="import time; time.sleep(600)", path=str(path), apart=apart)
    assert states({"ex-twice": answer, "ex-function": SQUARE}) == [("passed", ""), ("passed", "")]
    assert gone(pid_in(path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent was killed")
def test_everything_ends_when_the_one_who_scores_is_killed(hand_in, chapter, tmp_path):
    path = tmp_path / "pid"
    answer = f"import os\nopen({str(path)!r}, 'w').write(str(os.getpid()))\nwhile True:\n    pass"
    submission = hand_in("a.ipynb", {"ex-twice": answer})
    assert student(chapter)
    code = (
        "import sys; from pathlib import Path; from pruneuq_helpers.exercises import submissions\n"
        "submissions.checkout = lambda: Path(sys.argv[2])\n"
        "submissions.changes = lambda *args: {'seeds': 2}\n"
        "submissions.score(Path(sys.argv[1]))"
    )
    home = chapter.parents[1]
    with subprocess.Popen([sys.executable, "-c", code, str(submission), str(home)], env=os.environ) as scoring:
        pid = pid_in(path)
        sitting = psutil.Process(pid).ppid()
        scoring.kill()
    assert gone(pid)
    assert gone(sitting)
