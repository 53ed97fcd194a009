"""The environment is made once, completed when it can be, and made anew when its making was cut short."""

import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def setup(load, tree, monkeypatch):
    """The tool with a `venv` and a `pip` that only leave traces."""
    tool = load("tools/setup.py")
    tool.done = []

    def create(folder, with_pip):
        tool.done.append("create")
        assert (folder / "unfinished").exists()
        (folder / "bin").mkdir()
        (folder / "bin" / "python").touch()

    def run(command, check):
        tool.done.append(command[-1])
        assert command[0] == str(tree / ".venv" / "bin" / "python")

    monkeypatch.setattr(tool.venv, "create", create)
    monkeypatch.setattr(tool.subprocess, "run", run)
    return tool


@pytest.fixture
def left(tree):
    """What is in the environment, beside its programs."""
    return lambda: {path.name for path in (tree / ".venv").iterdir()} - {"bin"}


def test_bare_machine_gets_everything_and_a_repetition_keeps_it(setup, tree, left):
    installs = [str(tree / "requirements-test.txt"), str(tree)]
    setup.main()
    assert setup.done == ["create", *installs]
    assert left() == {"ready"}
    setup.main()
    assert setup.done == ["create", *installs, *installs]
    assert left() == {"ready"}


def test_killed_installation_is_begun_again(setup, tree, left, monkeypatch):
    def killed(command, check):
        raise KeyboardInterrupt

    whole = setup.subprocess.run
    monkeypatch.setattr(setup.subprocess, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        setup.main()
    assert left() == {"unfinished"}
    (tree / ".venv" / "stray").touch()
    monkeypatch.setattr(setup.subprocess, "run", whole)
    setup.main()
    assert setup.done[:2] == ["create", "create"]
    assert left() == {"ready"}


def test_environment_without_its_python_is_made_anew(setup, tree, left):
    (tree / ".venv" / "bin").mkdir(parents=True)
    (tree / ".venv" / "bin" / "python").symlink_to(tree / "gone")
    setup.main()
    assert setup.done[0] == "create"
    assert left() == {"ready"}


def test_package_that_cannot_be_had_is_told_and_nothing_is_ready(setup, left, monkeypatch):
    setup.main()

    def failed(command, check):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(setup.subprocess, "run", failed)
    with pytest.raises(SystemExit, match="could not be installed"):
        setup.main()
    assert left() == set()


def test_old_python_is_refused_before_anything_is_touched(setup, tree, monkeypatch):
    monkeypatch.setattr(setup.sys, "version_info", (3, 10, 4))
    with pytest.raises(SystemExit, match=r"Python 3.11 or newer is needed.*make book PYTHON=python3.11"):
        setup.main()
    assert not (tree / ".venv").exists()


def test_tool_imports_only_the_standard_library(setup):
    lines = Path(setup.__file__).read_text().splitlines()
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= set(setup.sys.stdlib_module_names)


def test_an_environment_of_another_checkout_is_left_alone(setup, tmp_path):
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").write_text("theirs")
    (other / "unfinished").touch()
    setup.ENVIRONMENT.symlink_to(other)
    with pytest.raises(SystemExit, match="is a link"):
        setup.main()
    assert sorted(path.name for path in other.iterdir()) == ["bin", "unfinished"]
    assert (other / "bin" / "python").read_text() == "theirs"
