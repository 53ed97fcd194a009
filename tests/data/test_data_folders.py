"""Folders of images."""

import numpy as np
import pytest
import torch
from PIL import Image

from pruneuq_helpers import data
from pruneuq_helpers.data import decode
from pruneuq_helpers.errors import ParameterError


def picture(number, shape=(6, 5, 3)):
    return np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)


def fill(folder, count, first=0, shape=(6, 5, 3), suffix="png", classes=("cat", "dog")):
    """`count` images a class, numbered on from `first`; returns the arrays in the order of the folders."""
    arrays = []
    for place, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            arrays.append(picture(first + place * count + number, shape))
            Image.fromarray(arrays[-1]).save(folder / name / f"{number:03d}.{suffix}")
    return np.stack(arrays)


def channels_first(arrays):
    return torch.from_numpy(arrays).permute(0, 3, 1, 2)


def as_set(images):
    return sorted(images.flatten(1).tolist())


def test_train_and_test_with_validation_cut_from_train(tmp_path):
    train, test = fill(tmp_path / "train", 10), fill(tmp_path / "test", 3, first=100)
    loaded = data.load(f"imagefolder:{tmp_path}", validation=0.2)
    assert torch.equal(loaded.test.images, channels_first(test))
    assert loaded.test.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert loaded.validation.labels.tolist() == [0, 0, 1, 1]
    assert as_set(torch.cat([loaded.train.images, loaded.validation.images])) == as_set(channels_first(train))
    assert loaded.classes == ("cat", "dog")


def test_a_lone_val_folder_is_the_test_part(tmp_path):
    fill(tmp_path / "train", 10)
    val = fill(tmp_path / "val", 2, first=100)
    loaded = data.load(f"imagefolder:{tmp_path}")
    assert torch.equal(loaded.test.images, channels_first(val))
    assert len(loaded.validation) == 2


def test_three_folders_are_taken_as_they_are(tmp_path):
    arrays = [fill(tmp_path / part, 2, first=10 * place) for place, part in enumerate(("train", "val", "test"))]
    loaded = data.load(f"imagefolder:{tmp_path}")
    for part, expected in zip((loaded.train, loaded.validation, loaded.test), arrays, strict=True):
        assert torch.equal(part.images, channels_first(expected))


def test_one_folder_of_classes_is_split(tmp_path):
    arrays = fill(tmp_path, 20)
    loaded = data.load(f"imagefolder:{tmp_path}", seed=1)
    parts = (loaded.train, loaded.validation, loaded.test)
    assert [len(part) for part in parts] == [28, 6, 6]
    assert as_set(torch.cat([part.images for part in parts])) == as_set(channels_first(arrays))
    assert loaded.identity != data.load(f"imagefolder:{tmp_path}", seed=2).identity


def test_identity_is_that_of_the_content_not_of_the_place(tmp_path):
    for copy in ("here", "there"):
        fill(tmp_path / copy, 10)
    here, there = (data.load(f"imagefolder:{tmp_path / copy}").identity for copy in ("here", "there"))
    assert here == there


def test_grey_images_have_one_channel_unless_asked_otherwise(tmp_path):
    fill(tmp_path, 4, shape=(6, 5))
    assert data.load(f"imagefolder:{tmp_path}").input_shape == (1, 6, 5)
    colour = data.load(f"imagefolder:{tmp_path}", channels=3)
    assert colour.input_shape == (3, 6, 5)
    assert torch.equal(colour.test.images[:, 0], colour.test.images[:, 2])


def test_palettes_are_read_as_their_colours(tmp_path):
    arrays = fill(tmp_path, 4)
    for file in tmp_path.rglob("*.png"):
        Image.open(file).convert("P").save(file, transparency=bytes(range(256)))
    loaded = data.load(f"imagefolder:{tmp_path}", channels=3)
    parts = torch.cat([loaded.train.images, loaded.validation.images, loaded.test.images])
    assert abs(parts.double().mean() - arrays.mean()) < 10


def test_size_scales_and_cuts_the_middle(tmp_path):
    whole = np.zeros((20, 40, 3), np.uint8)
    whole[:, 10:30] = 200
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(4):
            Image.fromarray(whole).save(tmp_path / name / f"{number}.png")
    loaded = data.load(f"imagefolder:{tmp_path}", size=10)
    assert loaded.input_shape == (3, 10, 10)
    assert int(loaded.test.images[..., 1:-1].min()) == 200


def test_threads_decode_the_same(tmp_path, monkeypatch):
    fill(tmp_path, 40, suffix="jpg", shape=(32, 32, 3))
    alone = data.load(f"imagefolder:{tmp_path}").identity
    monkeypatch.setattr(decode, "_THREADS_PAY_FROM", 0)
    monkeypatch.setattr(decode, "_BLOCK", 3)
    assert data.load(f"imagefolder:{tmp_path}").identity == alone


def spoil_size(folder):
    Image.fromarray(picture(0, (7, 7, 3))).save(folder / "train" / "dog" / "999.png")


def spoil_bytes(folder):
    (folder / "train" / "dog" / "001.png").write_bytes(b"no picture")


def spoil_end(folder):
    file = folder / "train" / "dog" / "001.png"
    file.write_bytes(file.read_bytes()[:60])


def spoil_depth(folder):
    Image.fromarray(np.full((6, 5), 40_000, np.uint16)).save(folder / "train" / "dog" / "001.png")


def spoil_class(folder):
    (folder / "test" / "cow").mkdir()


def spoil_content(folder):
    for file in (folder / "test" / "dog").iterdir():
        file.unlink()


def spoil_test(folder):
    (folder / "test").rename(folder / "tests")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_size, "999.png is 7×7 and others are 6×5; set `size`"),
        (spoil_bytes, "001.png is not an image that can be read"),
        (spoil_end, "001.png is damaged"),
        (spoil_depth, "001.png has more than 8 bits a channel"),
        (spoil_class, "differs from the other parts in its classes: cow"),
        (spoil_content, "class folder .*dog holds no image"),
        (spoil_test, "there is neither `test` nor `val`"),
    ],
)
def test_a_folder_that_cannot_be_used_gets_one_sentence(tmp_path, spoil, sentence):
    fill(tmp_path / "train", 4)
    fill(tmp_path / "test", 2)
    spoil(tmp_path)
    with pytest.raises(ParameterError, match=sentence) as error:
        data.load(f"imagefolder:{tmp_path}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": 0}, "parameter `size` got 0"),
        ({"channels": 2}, "parameter `channels` got 2"),
        ({"stream": True}, "parameter `stream` got True"),
        ({}, "holds no class folders"),
    ],
)
def test_options_that_cannot_be_used_get_one_sentence(tmp_path, options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        data.load(f"imagefolder:{tmp_path}", **options)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ParameterError, match=f"it takes a folder that is there, unlike '{tmp_path}/nowhere'"):
        data.load(f"imagefolder:{tmp_path}/nowhere")


def test_more_than_the_memory_points_to_streaming(tmp_path, monkeypatch):
    fill(tmp_path, 4)
    monkeypatch.setattr(decode, "_MOST_BYTES", 100)
    with pytest.raises(ParameterError, match="8 images of 6×5 take .* `stream: true`"):
        data.load(f"imagefolder:{tmp_path}")


@pytest.mark.parametrize("held", [None, "val"])
def test_streamed_parts_hold_the_same_files_and_read_them_when_asked(tmp_path, held):
    fill(tmp_path / "train", 10, shape=(8, 8, 3))
    test = fill(tmp_path / "test", 2, first=50, shape=(8, 8, 3))
    if held:
        fill(tmp_path / held, 3, first=80, shape=(8, 8, 3))
    streamed = data.load(f"imagefolder:{tmp_path}", stream=True, size=7, validation=0.2)
    assert (len(streamed.train), len(streamed.validation), len(streamed.test)) == ((20, 6, 4) if held else (16, 4, 4))
    assert streamed.input_shape == (3, 7, 7)
    image, label = streamed.test[3]
    assert image.dtype == torch.uint8
    assert label == int(streamed.test.labels[3]) == 1
    # Scaled to 8/7 of the size, which is the file's own, and cut in the middle.
    assert torch.equal(image, channels_first(test)[3][:, :7, :7])
    assert not set(streamed.train.paths()) & set(streamed.validation.paths())
    again = data.load(f"imagefolder:{tmp_path}", stream=True, size=7, validation=0.2)
    assert again.identity == streamed.identity
    assert torch.equal(again.mean, streamed.mean)


def test_streamed_classes_must_agree(tmp_path):
    fill(tmp_path / "train", 2)
    fill(tmp_path / "test", 2, classes=("cat", "cow"))
    with pytest.raises(ParameterError, match="class folders differ"):
        data.load(f"imagefolder:{tmp_path}", stream=True, size=4)
