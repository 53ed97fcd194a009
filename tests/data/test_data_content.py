"""What identifies a data set: the bytes of its files and their names, and nothing of where they lie."""

import gzip
import os
import shutil
import struct
import time

import numpy as np
import pytest
from PIL import Image

from pruneuq_helpers.data import debian, files
from pruneuq_helpers.data.content import content
from pruneuq_helpers.data.named import EMBEDDED


@pytest.fixture(autouse=True)
def own_notes(tmp_path_factory, monkeypatch):
    """A folder of notes of its own, and a process that has read nothing yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(files, "_remembered", {})


@pytest.fixture
def birds(tmp_path):
    """A folder of images: two classes in two parts."""
    folder = tmp_path / "birds"
    for number, place in enumerate(("train/owl", "train/wren", "test/owl", "test/wren")):
        (folder / place).mkdir(parents=True)
        for picture in range(2):
            save(folder / place / f"{picture}.png", 10 * number + picture)
    return folder


def save(path, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(path, compress_level=0)  # so that all files are of one size


def of(folder) -> str | None:
    return content(f"imagefolder:{folder}")


def test_the_same_files_elsewhere_are_the_same_set(birds, tmp_path):
    shutil.copytree(birds, tmp_path / "deep" / "in" / "flowers")
    assert of(birds) == of(tmp_path / "deep" / "in" / "flowers")
    assert len(of(birds)) == 16


def test_a_replaced_image_of_the_same_name_and_size_is_another_set(birds):
    before, path = of(birds), birds / "train" / "owl" / "0.png"
    size = path.stat().st_size
    save(path, seed=999)
    assert path.stat().st_size == size
    assert of(birds) != before


def test_a_replaced_image_is_noticed_when_its_time_was_put_back_too(birds):
    before, path = of(birds), birds / "train" / "owl" / "0.png"
    times = path.stat()
    time.sleep(0.02)  # the time of the change itself cannot be put back
    save(path, seed=999)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (times.st_size, times.st_mtime_ns)
    assert of(birds) != before


@pytest.mark.parametrize("change", ["renamed", "moved", "added", "removed"])
def test_names_and_places_count(birds, change):
    before, path = of(birds), birds / "train" / "owl" / "0.png"
    if change == "renamed":
        path.rename(path.with_name("5.png"))
    elif change == "moved":
        path.rename(birds / "train" / "wren" / "7.png")
    elif change == "added":
        save(path.with_name("9.png"), seed=9)
    else:
        path.unlink()
    assert of(birds) != before


def test_what_no_image_is_does_not_count(birds):
    before = of(birds)
    for name in (".DS_Store", "train/notes.txt", "train/owl/Thumbs.db"):
        (birds / name).write_text("of somebody's computer")
    assert of(birds) == before


def test_touched_files_are_read_again_and_are_the_same(birds):
    before = of(birds)
    for path in birds.rglob("*.png"):
        path.touch()
    assert of(birds) == before


def test_bytes_are_read_once(birds, monkeypatch):
    before = of(birds)
    monkeypatch.setattr("pruneuq_helpers.data.content._bytes_hash", lambda *_: pytest.fail("they were read before"))
    assert of(birds) == before
    files._remembered.clear()  # as another process finds it, by the note
    assert of(birds) == before


def idx(folder, suffix="", seed=0):
    folder.mkdir(parents=True, exist_ok=True)
    for number, kind in enumerate(("train", "t10k")):
        pixels = np.random.default_rng(seed + number).integers(0, 256, (5, 28, 28), dtype=np.uint8)
        written = struct.pack(">HBB3I", 0, 8, 3, *pixels.shape) + pixels.tobytes()
        path = folder / f"{kind}-images-idx3-ubyte{suffix}"
        path.write_bytes(gzip.compress(written, mtime=number) if suffix else written)
    return folder


def test_idx_files_are_the_same_packed_unpacked_and_both(tmp_path):
    idx(tmp_path / "packed" / "MNIST" / "raw", ".gz")
    idx(tmp_path / "unpacked" / "MNIST" / "raw")
    for suffix in ("", ".gz"):  # as torchvision leaves them
        idx(tmp_path / "both" / "MNIST" / "raw", suffix)
    found = {content("mnist", tmp_path / name) for name in ("packed", "unpacked", "both")}
    assert len(found) == 1
    assert None not in found
    idx(tmp_path / "other" / "MNIST" / "raw", seed=5)
    assert content("mnist", tmp_path / "other") not in found


def test_fashion_mnist_of_debian_is_that_of_torchvision(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "FOLDER", idx(tmp_path / "datasets" / "fashion-mnist", ".gz"))
    laid = content("fashion_mnist", tmp_path / "nowhere")
    idx(tmp_path / "FashionMNIST" / "raw")
    assert laid == content("fashion_mnist", tmp_path)
    assert laid is not None


@pytest.mark.parametrize("name", ["mnist", "cifar10", "celeba", "imagefolder:nowhere"])
def test_what_is_not_there_has_no_content(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert content(name, tmp_path / "data") is None
    (tmp_path / "nowhere").mkdir()
    assert content(name, tmp_path / "data") is None, "an empty folder is no set either"


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_set_of_the_package_is_known_by_its_name(name):
    assert content(name, "nowhere") == name
