"""The store: what comes back is what went in, or the damage is noticed."""

import math
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pruneuq_helpers.data import files as module
from pruneuq_helpers.data.files import write_whole
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study.store import DamagedFile, Store

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
KEY = "a" * 64


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.dictionaries(st.text(), st.lists(VALUES)))
def test_what_was_written_comes_back(store, columns):
    store.write(KEY, {"columns": columns})
    found = store.read(KEY)
    assert found == {"key": KEY, "columns": columns}
    assert repr(found["columns"]) == repr(columns)  # 0.0 is not -0.0, 1 is neither 1.0 nor True


def test_nan_comes_back(store):
    store.write(KEY, {"columns": {"loss": [math.nan, math.inf, -math.inf, 5e-324]}})
    nan, *others = store.read(KEY)["columns"]["loss"]
    assert math.isnan(nan)
    assert others == [math.inf, -math.inf, 5e-324]


def test_a_file_that_cannot_be_read_is_damaged(tmp_path):
    store = Store(tmp_path)
    store.path(KEY).mkdir()
    with pytest.raises(DamagedFile, match="its reading failed: Is a directory"):
        store.read(KEY)


def test_nothing_stored_is_none(store):
    assert store.read("b" * 64) is None


def test_every_truncation_is_noticed(store):
    store.write(KEY, {"columns": {"loss": [0.25, 0.5]}})
    whole = store.path(KEY).read_bytes()
    for length in range(len(whole) - 1):
        store.path(KEY).write_bytes(whole[:length])
        with pytest.raises(DamagedFile):
            store.read(KEY)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.data())
def test_every_flipped_bit_is_noticed(store, data):
    store.write(KEY, {"columns": {"loss": [0.25, 0.5]}})
    whole = bytearray(store.path(KEY).read_bytes())
    position = data.draw(st.integers(0, len(whole) - 2))
    whole[position] ^= 1 << data.draw(st.integers(0, 7))
    store.path(KEY).write_bytes(whole)
    with pytest.raises(DamagedFile):
        store.read(KEY)


def test_a_foreign_file_is_noticed(store):
    store.path(KEY).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    with pytest.raises(DamagedFile, match="not a file of this store"):
        store.read(KEY)


def test_the_file_of_another_cell_is_noticed(store):
    store.write("c" * 64, {"columns": {}})
    store.path(KEY).write_bytes(store.path("c" * 64).read_bytes())
    with pytest.raises(DamagedFile, match="another cell"):
        store.read(KEY)


def test_a_file_is_no_store(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ParameterError, match="^`store` got '.*'; it takes a folder that can be written"):
            Store(folder)


def test_a_read_only_folder_is_no_store(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(ParameterError, match=r"can be written \(Read-only file system\)$"):
        Store(tmp_path)


def test_a_full_disk_keeps_what_was_stored(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.write(KEY, {"columns": {"loss": [1.0]}})

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(StudyError, match=r"could not be written \(No space left on device\); what was stored"):
        store.write(KEY, {"columns": {"loss": [2.0]}})
    assert store.read(KEY)["columns"] == {"loss": [1.0]}
    assert [path.name for path in tmp_path.iterdir()] == [f"{KEY}.cell"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_whole(path, "old")

    def interrupt(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_who_reads_while_another_writes_sees_the_old_file_whole(tmp_path):
    path = tmp_path / "table.csv"
    write_whole(path, "old")
    with open(path, encoding="utf-8") as reader:
        write_whole(path, "new and longer")
        assert reader.read() == "old"
    assert path.read_text() == "new and longer"


def test_one_run_at_a_time(tmp_path):
    first, second = Store(tmp_path), Store(tmp_path)
    with first.locked():
        refused = pytest.raises(StudyError, match="^another run is working on the store '.*'; wait until it has ended")
        with refused, second.locked():
            pass
        first.write(KEY, {"columns": {}})
    with second.locked():
        assert second.read(KEY) == {"key": KEY, "columns": {}}


def test_left_overs_of_a_killed_run_are_removed(tmp_path):
    (tmp_path / "half.123.tmp").write_text("half a res")
    with Store(tmp_path).locked():
        assert [path.name for path in tmp_path.glob("*.tmp")] == []
