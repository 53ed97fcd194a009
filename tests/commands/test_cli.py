"""The command `pruneuq`: on a small checkout with one toy chapter, and once as it is installed."""

import json
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from jupyter_client.provisioning import LocalProvisioner
from nbformat.v4 import new_code_cell, new_notebook

from pruneuq_helpers import chapters, cli
from pruneuq_helpers.commands import doctor
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study import parameters as study_parameters
from pruneuq_helpers.study import profiles

NAME = "01_aleatoric_regression"
PARAMETERS = """\
profile = "quick"  # where results go
seeds = 2
rate = 0.1
levels = [0.0, 0.5]
level = 0.5
kind = "ParameterError"
ending = "well"  # "badly", "wrongly" or "suddenly"
out = "runs"
"""
WORK = """\
import json
import os
from pathlib import Path
folder = Path(out) / profile / "01_aleatoric_regression"
folder.mkdir(parents=True, exist_ok=True)
if level >= 1:
    from pruneuq_helpers.study.parameters import Level, Study
    class Toy(Study):
        level: Level
    study = Toy.from_notebook({"seeds": seeds, "level": level, "out": out})
"""
RESULTS = """\
(folder / "table.json").write_text(json.dumps([seeds, rate, levels]))
if ending == "badly":
    raise ValueError("the loss became nan")
if ending == "wrongly":
    from pruneuq_helpers import errors
    raise getattr(errors, kind)("parameter `ending` got 'wrongly'; it takes 'well'")
if ending == "suddenly":
    os._exit(1)
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose only notebook is a toy one; the current folder is elsewhere."""
    home = tmp_path / "book"
    cells = [new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), new_code_cell(WORK), new_code_cell(RESULTS)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    smoke = home / "notebooks" / "parameters" / "smoke"
    smoke.mkdir(parents=True)
    (smoke / f"{NAME}.yaml").write_text("profile: smoke\nseeds: 1\nlevels: [0.9]\n")
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), home / "notebooks" / f"{NAME}.ipynb")
    for module in (profiles, cli, doctor):
        monkeypatch.setattr(module, "checkout", lambda: home)
    monkeypatch.setattr(study_parameters, "repository", lambda: home)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return home


def pruneuq(*words: str):
    """Call the command; `output` holds both streams."""
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def test_chapters_are_listed_as_they_are_in_the_table():
    done = pruneuq("chapters")
    lines = done.output.splitlines()
    assert done.exit_code == 0
    assert lines[0].split() == ["no", "title", "source", "minutes", "to", "read", "data"]
    assert len(lines) == 1 + len(chapters.CHAPTERS)
    for line, chapter in zip(lines[1:], chapters.CHAPTERS, strict=True):
        for text in (chapter.number, chapter.title, chapter.source, str(chapter.minutes), chapter.data):
            assert f" {text} " in f" {line} "


def test_installed_command_lists_the_chapters():
    command = Path(sys.executable).with_name("pruneuq")
    done = subprocess.run([command, "chapters"], capture_output=True, text=True, check=True)
    assert chapters.CHAPTERS[0].title in done.stdout


def test_run_takes_the_profile_then_the_settings_and_writes_to_out(checkout):
    words = ("run", "1", "--profile", "smoke", "-p", "seeds=3", "-p", "rate=1e-3", "--out", "here")
    done = pruneuq(*words)
    results = Path("here", "smoke", NAME)
    assert done.exit_code == 0, done.output
    assert str(results) in done.output
    assert json.loads((results / "table.json").read_text()) == [3, 0.001, [0.9]]
    executed = nbformat.read(results / f"{NAME}.ipynb", as_version=4)
    assert all(cell.execution_count for cell in executed.cells)
    assert not (checkout / "runs").exists()


def test_failing_cell_and_its_error_are_shown_and_what_ran_is_kept(checkout):
    profile = Path("mine.yaml")
    profile.write_text("ending: badly\n")
    done = pruneuq("run", NAME, "--profile", profile, "-p", f"out={checkout / 'there'}")
    kept = checkout / "there" / "mine" / NAME
    assert done.exit_code == 1
    assert 'if ending == "badly":' in done.output
    assert "ValueError: the loss became nan" in done.output
    assert str(kept / f"{NAME}.ipynb") in done.output
    assert json.loads((kept / "table.json").read_text()) == [2, 0.1, [0.0, 0.5]]


def test_a_parameter_that_the_notebook_refuses_is_one_sentence(checkout):
    done = pruneuq("run", "01", "-p", "level=1.0")
    assert done.exit_code == 1
    assert done.output.endswith("Error: parameter `level` got 1.0; it takes a number in [0, 1)\n")


def test_a_refused_run_leaves_the_notebook_of_the_one_before(checkout):
    assert pruneuq("run", "01").exit_code == 0
    folder = checkout / "runs" / "quick" / NAME
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = pruneuq("run", "01", "-p", "level=1.0")
    assert "`level` got 1.0" in done.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("kind", ["ParameterError", "StudyError"])
def test_what_the_data_or_the_store_refuse_is_one_sentence_and_a_place_to_look(checkout, kind):
    done = pruneuq("run", "01", "-p", "ending=wrongly", "-p", f"kind={kind}")
    sentence, place = done.output.splitlines()
    assert (done.exit_code, sentence) == (1, "Error: parameter `ending` got 'wrongly'; it takes 'well'")
    assert place == f"The notebook up to there: {checkout / 'runs' / 'quick' / NAME / NAME}.ipynb"


def test_a_notebook_that_is_through_is_not_interrupted(checkout, monkeypatch):
    sent, send = [], LocalProvisioner.send_signal

    async def noted(provisioner, number):
        sent.append(number)
        await send(provisioner, number)

    monkeypatch.setattr(LocalProvisioner, "send_signal", noted)
    assert pruneuq("run", "01").exit_code == 0
    assert signal.SIGINT not in sent  # a process that ends slowly is told to by other signals


def test_kernel_that_dies_ends_the_command(checkout):
    done = pruneuq("run", "01", "-p", "ending=suddenly")
    assert done.exit_code == 1
    assert "Kernel died" in done.output
    assert isinstance(done.exception, SystemExit)


def test_second_profile_of_a_scale_has_a_name(checkout):
    folder = checkout / "notebooks" / "parameters" / "real"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}_mars.yaml").write_text("profile: real-mars\nseeds: 7\n", encoding="utf-8")
    assert profiles.changes(NAME, "real-mars") == {"profile": "real-mars", "seeds": 7}
    whole = profiles.parameters(NAME, "real-mars")
    assert (whole["profile"], whole["seeds"], whole["rate"]) == ("real-mars", 7, 0.1)


def test_profile_is_not_a_file_of_its_name(checkout):
    Path("smoke").write_text("seeds: 9\n", encoding="utf-8")  # in the current folder
    assert profiles.changes(NAME, "smoke") == {"profile": "smoke", "seeds": 1, "levels": [0.9]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["99"], "chapter got '99'; it takes one of 01"),
        (["1", "--profile", "quik"], "`profile` got 'quik'; it takes one of quick, smoke, real, full, or a YAML file"),
        (["1", "--profile", "full"], "`profile` got 'full'; chapter 01 has none of that name"),
        (["1", "--profile", "real-mars"], "`profile` got 'real-mars'; chapter 01 has none of that name"),
        (["1", "-p", "seeds"], "option -p got 'seeds'; it takes name=value"),
        (["1", "-p", "=2"], "option -p got '=2'; it takes name=value"),
        (["1", "-p", "1x=2"], "option -p got the name '1x'; it takes that of a parameter, such as seeds"),
        (["1", "-p", "class=2"], "option -p got the name 'class'; it takes that of a parameter, such as seeds"),
        (["1", "-p", "_seeds=2"], "option -p got the name '_seeds'; it takes that of a parameter, such as seeds"),
        (["1", "-p", "profile=2026-01-31"], "parameter `profile` got datetime.date(2026, 1, 31) from option -p"),
        (["1", "-p", "profile=2026-13-31"], "option -p got 'profile=2026-13-31'; it takes a value in YAML"),
        (["1", "-p", "profile=../there"], "parameter `profile` got '../there'; it takes letters, digits"),
        (["1", "-p", "profile=3"], "parameter `profile` got 3; it takes text"),
        (["1", "-p", "out=[1]"], "parameter `out` got [1]; it takes text"),
        (["1", "--out", "there\udce9"], "/there\\udce9' from option --out; it takes a number, a text"),
        (["1", "--out", ""], "parameter `out` got ''; it takes the path of a folder"),
        (["1", "-p", "levels=[0.1"], "option -p got 'levels=[0.1'; it takes a value in YAML"),
        (["1", "--out", "/dev/null/x"], "it takes a folder that can be written (Not a directory)"),
    ],
)
def test_bad_words_end_with_one_sentence(checkout, words, message):
    done = pruneuq("run", *words)
    assert done.exit_code == 1
    assert message in done.output
    assert len(done.output.splitlines()) == 1
    assert isinstance(done.exception, SystemExit)
    assert not (checkout / "runs").exists()  # nothing was begun


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[1, 2]", "holds list; it takes lines `name: value`"),
        (b"# later", "holds nothing; it takes lines `name: value`"),
        (b"a: [", "is not YAML (line 2); it takes lines `name: value`"),
        (b"a: 2026-13-31", "got a value that YAML cannot read (month must be in 1..12)"),
        (b"\xff\xfe", "cannot be read (it is no text in UTF-8); it takes lines `name: value`"),
        (b"3: 4", "got the name 3; it takes that of a parameter, such as seeds"),
        (b"a b: 4", "got the name 'a b'; it takes that of a parameter, such as seeds"),
        (b"a: !!set {1}", "parameter `a` got {1} from profile file mine.yaml; it takes a number, a text"),
    ],
)
def test_bad_profile_file_ends_with_one_sentence(checkout, text, message):
    Path("mine.yaml").write_bytes(text + b"\n")
    done = pruneuq("run", "1", "--profile", "mine.yaml")
    assert done.exit_code == 1
    assert message in done.output
    assert len(done.output.splitlines()) == 1


def test_outside_of_a_checkout_the_notebooks_are_missed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(profiles, "__file__", str(tmp_path / "lib" / "pruneuq_helpers" / "study" / "profiles.py"))
    done = pruneuq("run", "1")
    assert done.exit_code == 1
    assert "call this inside a clone of the book's repository" in done.output


# --- doctor ---


def lines(root="data") -> dict[str, bool]:
    """Each sentence of the doctor, and whether it is ok."""
    return {text: ok for ok, text in doctor.examine(root)}


def mended(beginning: str) -> str:
    """The one sentence that asks for something; it must begin like this."""
    asked = [text for text, ok in lines().items() if not ok]
    assert len(asked) == 1, asked
    assert asked[0].startswith(beginning)
    return asked[0]


@pytest.fixture
def healthy(checkout, monkeypatch):
    """A machine on which all is well, whatever it is that runs the tests."""
    monkeypatch.setattr(doctor, "find_chromium", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: namedtuple("Disk", "free")(50e9))
    return checkout


def test_doctor_says_ok_where_all_is_well(healthy):
    done = pruneuq("doctor")
    assert done.exit_code == 0, done.output
    assert all(line.startswith("ok    ") for line in done.output.splitlines())
    for word in ("Python 3", "torch 2", "torchvision 0", "50 GB free", "/usr/bin/chromium", "digits", "celeba"):
        assert word in done.output


def test_doctor_says_what_opens_notebooks(healthy, monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: name == "notebook" or None)
    assert lines()["notebooks open with notebook"]
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert lines()["no JupyterLab here: to open notebooks in the browser, pip install jupyterlab"]


def test_doctor_finds_data(healthy, tmp_path):
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    found = pruneuq("doctor", "--data", tmp_path).output
    assert f"mnist: found in {tmp_path}/MNIST/raw" in found
    assert f"cifar10: not found in {tmp_path}/cifar-10-batches-py; only its profiles need it" in found


def test_doctor_asks_for_a_browser_and_fails(healthy, monkeypatch):
    monkeypatch.setattr(doctor, "find_chromium", lambda: None)
    done = pruneuq("doctor")
    assert done.exit_code == 1
    assert "MEND  no Chromium: `make test`, `make pdf` and `make epub` need it; install `chromium`" in done.output


def test_browser_is_looked_for_under_its_names(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}" if name == "google-chrome" else None)
    assert doctor.find_chromium() == "/opt/google-chrome"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert doctor.find_chromium() is None


def test_doctor_asks_for_disk(healthy, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: namedtuple("Disk", "free")(1e9))
    assert mended("1 GB free here").endswith("5 GB are enough for the book")


def test_doctor_asks_for_a_newer_python(healthy, monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 2))
    mended("Python ")


@pytest.mark.parametrize("package", ["torch", "torchvision"])
def test_doctor_asks_for_a_missing_package(healthy, monkeypatch, package):
    real = doctor.version

    def version(name):
        if name == package:
            raise PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(doctor, "version", version)
    assert mended(f"{package} is missing").endswith("pip install -r requirements.txt")


def test_doctor_tells_of_a_part_that_breaks_and_goes_on(healthy, monkeypatch):
    monkeypatch.setitem(sys.modules, "pruneuq_helpers.data.vision", None)
    monkeypatch.delattr("pruneuq_helpers.data.vision", raising=False)
    mended("torchvision: ")


def test_doctor_misses_the_notebooks(healthy, monkeypatch):
    def nowhere():
        raise ParameterError("the notebooks were not found")

    monkeypatch.setattr(doctor, "checkout", nowhere)
    mended("book: the notebooks were not found")
