"""The real sets, on tiny folders in each set's own format on disk, through torchvision's own readers."""

import gzip
import hashlib
import pickle
import struct

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from pruneuq_helpers import data
from pruneuq_helpers.data import debian
from pruneuq_helpers.data.content import content
from pruneuq_helpers.data.vision import torchvision
from pruneuq_helpers.errors import ParameterError


def pixels(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write_idx(file, array):
    """The IDX format: two zero bytes, the type (8: unsigned byte), the number of axes, their lengths, the bytes."""
    content = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)


def write_digits(folder, suffix=""):
    """40 training and 10 test images with their labels, in four IDX files."""
    folder.mkdir(parents=True)
    train, test = pixels(0, 40, 28, 28), pixels(1, 10, 28, 28)
    labels = np.arange(40, dtype=np.uint8) % 10
    for kind, images, targets in (("train", train, labels), ("t10k", test, labels[:10])):
        write_idx(folder / f"{kind}-images-idx3-ubyte{suffix}", images)
        write_idx(folder / f"{kind}-labels-idx1-ubyte{suffix}", targets)
    return train, test


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")])
def test_idx_files(tmp_path, name, folder):
    train, test = write_digits(tmp_path / folder / "raw")
    loaded = data.load(name, root=str(tmp_path), validation=0.25)
    assert (len(loaded.train), len(loaded.validation), len(loaded.classes)) == (30, 10, 10)
    np.testing.assert_array_equal(loaded.test.images, test[:, None])
    assert loaded.test.labels.tolist() == list(range(10))
    assert loaded.validation.labels.bincount().tolist() == [1] * 10
    both = torch.cat([loaded.train.images, loaded.validation.images]).flatten(1).tolist()
    assert sorted(both) == sorted(train.reshape(40, -1).tolist())


def test_fashion_mnist_is_found_where_debian_lays_it(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "FOLDER", tmp_path / "datasets" / "fashion-mnist")
    write_digits(debian.FOLDER, suffix=".gz")
    laid = data.load("fashion_mnist", root=str(tmp_path / "empty"), validation=0.25)
    write_digits(tmp_path / "FashionMNIST" / "raw")
    fetched = data.load("fashion_mnist", root=str(tmp_path), validation=0.25)
    assert laid.identity == fetched.identity
    assert torch.equal(laid.train.images, fetched.train.images)
    assert laid.classes[0] == "T-shirt/top"


def test_what_lies_in_root_comes_before_debians(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "FOLDER", tmp_path / "datasets")
    debian.FOLDER.mkdir()  # with nothing in it: reading it would fail
    write_digits(tmp_path / "FashionMNIST" / "raw")
    assert len(data.load("fashion_mnist", root=str(tmp_path)).train) == 36


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.unlink(), "train-labels-idx1-ubyte.gz cannot be read as a compressed IDX file"),
        (lambda file: file.write_bytes(b"not gzip"), "train-labels-idx1-ubyte.gz cannot be read"),
        (lambda file: file.write_bytes(file.read_bytes()[:30]), "train-labels-idx1-ubyte.gz cannot be read"),
        (lambda file: file.write_bytes(gzip.compress(b"")), "train-labels-idx1-ubyte.gz cannot be read"),
        (lambda file: write_idx(file, np.zeros(39, dtype=np.uint8)), "do not belong together"),
    ],
)
def test_damaged_files_of_debian_are_named(tmp_path, monkeypatch, spoil, sentence):
    monkeypatch.setattr(debian, "FOLDER", tmp_path / "datasets")
    write_digits(debian.FOLDER, suffix=".gz")
    spoil(debian.FOLDER / "train-labels-idx1-ubyte.gz")
    with pytest.raises(ParameterError, match=sentence) as error:
        data.load("fashion_mnist", root=str(tmp_path / "empty"))
    assert "\n" not in str(error.value)


def test_missing_fashion_mnist_names_both_places(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "FOLDER", tmp_path / "datasets")
    with pytest.raises(ParameterError, match=r"FashionMNIST/raw, nor in .*datasets \(Debian's dataset-fashion-mnist\)"):
        data.load("fashion_mnist", root=str(tmp_path))


def write_pickle(file, content):
    file.write_bytes(pickle.dumps(content))
    return [file.name, hashlib.md5(file.read_bytes()).hexdigest()]


@pytest.mark.parametrize(
    ("name", "kind", "key"), [("cifar10", "CIFAR10", "labels"), ("cifar100", "CIFAR100", "fine_labels")]
)
def test_cifar_batches(tmp_path, monkeypatch, name, kind, key):
    reader = getattr(torchvision.datasets, kind)
    folder = tmp_path / reader.base_folder
    folder.mkdir()
    batches = {split: (pixels(seed, 20, 3, 32, 32), np.arange(20) % 2) for seed, split in enumerate(("train", "test"))}
    # The sums of these files in place of the official ones: the check itself stays on.
    for split, (images, labels) in batches.items():
        written = write_pickle(folder / f"{split}_batch", {"data": images.reshape(20, -1), key: labels.tolist()})
        monkeypatch.setattr(reader, f"{split}_list", [written])
    names = write_pickle(folder / "names", {reader.meta["key"]: ["cat", "dog"]})
    monkeypatch.setattr(reader, "meta", {"filename": names[0], "key": reader.meta["key"], "md5": names[1]})
    loaded = data.load(name, root=str(tmp_path))
    assert loaded.classes == ("cat", "dog")
    assert (len(loaded.train), len(loaded.validation)) == (18, 2)
    np.testing.assert_array_equal(loaded.test.images, batches["test"][0])
    assert loaded.test.labels.tolist() == batches["test"][1].tolist()


ATTRIBUTES = pd.DataFrame(
    {"Blond_Hair": [1, -1, 1, -1, -1, 1], "Male": [-1, -1, 1, 1, -1, -1]}, index=[f"{n:06d}.jpg" for n in range(1, 7)]
)
PARTITION = pd.Series([0, 0, 0, 1, 2, 2], index=ATTRIBUTES.index)


def write_faces(folder):
    (folder / "img_align_celeba").mkdir(parents=True)
    for number, name in enumerate(ATTRIBUTES.index):
        Image.new("RGB", (178, 218), (40 * number, 0, 255)).save(folder / "img_align_celeba" / name, quality=100)


def write_text_lists(folder):
    lines = [str(len(ATTRIBUTES)), " ".join(ATTRIBUTES.columns) + " "]
    lines += ["  ".join([name, *map(str, row)]) for name, *row in ATTRIBUTES.itertuples()]
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines) + "\n")
    (folder / "list_eval_partition.txt").write_text("".join(f"{name} {part}\n" for name, part in PARTITION.items()))


def write_csv_lists(folder):
    ATTRIBUTES.to_csv(folder / "list_attr_celeba.csv", index_label="image_id")
    PARTITION.rename("partition").to_csv(folder / "list_eval_partition.csv", index_label="image_id")


@pytest.mark.parametrize("write_lists", [write_text_lists, write_csv_lists])
def test_celeba(tmp_path, write_lists):
    write_faces(tmp_path / "celeba")
    write_lists(tmp_path / "celeba")
    faces = data.load("celeba", root=str(tmp_path), size=16)
    assert (len(faces.train), len(faces.validation), len(faces.test)) == (3, 1, 2)
    assert faces.train.labels.tolist() == [1, 0, 1]
    assert faces.attribute_names == ("Blond_Hair", "Male")
    assert faces.train.attributes.tolist() == [[True, False], [False, False], [True, True]]
    assert faces.input_shape == (3, 16, 16)
    assert faces.test.images[:, 0].flatten(1).double().mean(1).tolist() == pytest.approx([160, 200], abs=3)
    male = data.load("celeba", root=str(tmp_path), size=16, target="Male")
    assert male.classes == ("not Male", "Male")
    assert male.train.labels.tolist() == [0, 0, 1]
    with pytest.raises(ParameterError, match="parameter `target` got 'Bald'.*Blond_Hair, Male"):
        data.load("celeba", root=str(tmp_path), target="Bald")


def test_a_face_that_is_listed_but_not_there_is_named(tmp_path):
    write_faces(tmp_path / "celeba")
    write_text_lists(tmp_path / "celeba")
    (tmp_path / "celeba" / "img_align_celeba" / "000004.jpg").unlink()
    with pytest.raises(ParameterError, match="000004.jpg"):
        data.load("celeba", root=str(tmp_path), size=16)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("mnist", "MNIST/raw"),
        ("fashion_mnist", "FashionMNIST/raw"),
        ("cifar10", "cifar-10-batches-py"),
        ("cifar100", "cifar-100-python"),
        ("celeba", "celeba"),
    ],
)
def test_missing_data_says_where_it_looked_and_what_fetches_it(tmp_path, monkeypatch, name, folder):
    monkeypatch.setattr(debian, "FOLDER", tmp_path / "none")
    with pytest.raises(ParameterError) as error:
        data.load(name, root=str(tmp_path))
    sentence = str(error.value)
    assert str(tmp_path / folder) in sentence
    assert "`download: true`" in sentence
    assert "\n" not in sentence


def test_a_failed_download_says_why(tmp_path, monkeypatch):
    def unreachable(self):
        raise OSError("no route to host")

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", unreachable)
    with pytest.raises(ParameterError, match=r"fetching it failed \(no route to host\)"):
        data.load("mnist", root=str(tmp_path), download=True)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_leaves_nothing_to_train_on_is_refused(tmp_path, share):
    (tmp_path / "train" / "a").mkdir(parents=True)
    with pytest.raises(ParameterError, match="parameter `validation` got"):
        data.load(f"imagefolder:{tmp_path}", validation=share)


def test_one_root_serves_sets_that_lie_beside_each_other(tmp_path):
    for name, folder in (("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")):
        write_digits(tmp_path / name / folder / "raw")
    root = str(tmp_path)
    beside = [data.load(name, root=root).identity for name in ("mnist", "fashion_mnist")]
    assert beside == [data.load(name, root=f"{root}/{name}").identity for name in ("mnist", "fashion_mnist")]
    assert None not in [content(name, root) for name in ("mnist", "fashion_mnist")]


@pytest.mark.parametrize(("name", "folder"), [("coloured_mnist", "MNIST"), ("coloured_fashion_mnist", "FashionMNIST")])
def test_a_grey_set_in_colours(tmp_path, name, folder):
    write_digits(tmp_path / folder / "raw")
    grey = data.load(name.removeprefix("coloured_"), root=str(tmp_path), seed=2, validation=0.25)
    found = data.load(name, root=str(tmp_path), seed=2, validation=0.25, minority=0.5)
    assert found.input_shape == (3, 28, 28)
    assert found.group_names == ("its own colour", "another class's colour")
    for part in ("train", "validation", "test"):
        plain, dyed = getattr(grey, part), getattr(found, part)
        assert torch.equal(dyed.labels, plain.labels)
        # In the most saturated of the three channels nothing of the grey is lost.
        assert torch.equal(dyed.images.amax(1, keepdim=True), plain.images)
        assert int(dyed.groups.sum()) == round(0.5 * len(dyed))
    assert content(name, tmp_path) == content(name.removeprefix("coloured_"), tmp_path)
    with pytest.raises(ParameterError, match="`minority` got 1.5; it takes a share"):
        data.load(name, root=str(tmp_path), minority=1.5)
    with pytest.raises(ParameterError, match="nothing usable in"):
        data.load(name, root=str(tmp_path / "nowhere"))
