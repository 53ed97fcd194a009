"""What is read once is read again when a file has changed, and a damaged note of it is no answer."""

import pytest

from pruneuq_helpers.data import files
from pruneuq_helpers.data.files import remembered


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Ask about a file; counts how often it was really read."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path, times = tmp_path / "data", []
    path.write_text("one")

    def read():
        times.append(1)
        return path.read_text()

    def ask(again=True):
        if again:  # as another process would
            monkeypatch.setattr(files, "_remembered", {})
        return remembered("data", [path], read), len(times)

    return path, ask


def test_it_is_read_once(asked):
    _, ask = asked
    assert ask() == ("one", 1)
    assert ask() == ("one", 1)
    assert ask(again=False) == ("one", 1)


def test_a_changed_file_is_read_again(asked):
    path, ask = asked
    ask()
    path.write_text("two")  # of the same size
    assert ask() == ("two", 2)


def test_a_damaged_note_is_no_answer(asked, tmp_path):
    _, ask = asked
    ask()
    for damage in (b"", b"\xff\xfe", b"something else"):
        (note,) = (tmp_path / "cache" / "pruneuq").iterdir()
        note.write_bytes(damage)
        assert ask()[0] == "one"


def test_a_home_that_cannot_be_written_costs_only_time(asked, tmp_path, monkeypatch):
    _, ask = asked
    (tmp_path / "cache").write_text("a file")
    assert ask() == ("one", 1)
    assert ask() == ("one", 2)
