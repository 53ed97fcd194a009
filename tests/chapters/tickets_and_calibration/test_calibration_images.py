"""Chapter 5's study: its parameters, and what its networks are shown."""

import struct

import numpy as np
import pytest
import torch
from calibration_small import SMALL
from PIL import Image

from pruneuq_helpers.chapters.tickets_and_calibration import study as calibration
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.images import show
from pruneuq_helpers.study.keys import contents_of


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0"),
        ({"scopes": ["conv"]}, "`scopes` got 'conv'"),
        ({"scopes": ["all"]}, "`scopes` got .'all'.; it takes a list with 'fc' in it"),
        ({"strategies": ["one-shot"]}, "`strategies` got .'one-shot'.; it takes a list with 'iterative' in it"),
        ({"panel": []}, "`panel` got"),
        ({"strategies": []}, "`strategies` got"),
        ({"outside": ["cifr100"]}, "did you mean `cifar100`"),
        ({"hidden": [20]}, "`hidden` got"),
        ({"optimizer": "sgd"}, "did you mean `optimiser`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        calibration.CalibrationStudy(**SMALL | change, out=str(tmp_path))


def test_a_panel_of_images_that_are_not_there_stops_before_anything_is_trained(study, monkeypatch):
    monkeypatch.setattr(calibration, "networks", None)
    cell = calibration.cells(study)[0]
    with pytest.raises(ParameterError, match="`panel` got 'man'; it takes kinds of images from outside: 8, 9, photo"):
        calibration.work([cell | {"panel": ["8", "man"]}])


def write_idx(folder, part, images, labels):
    """Images and labels as torchvision's MNIST lays them."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        content = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
        (folder / f"{part}-{kind}-ubyte").write_bytes(content)


def test_the_outside_may_be_a_named_set_beside_the_inside(tmp_path, study):
    images, labels = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8), np.arange(40, dtype=np.uint8)
    for name, folder in (("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")):
        for part in ("train", "t10k"):
            write_idx(tmp_path / name / folder / "raw", part, images, labels % 10)
    where = study.where | {"data": "mnist", "root": str(tmp_path), "outside": ["fashion_mnist"], "far": []}
    shown = show(where | {"held_out": [], "training_images": 0}, [0])
    assert [one.name for one in shown.outside] == ["fashion_mnist"]
    cell = calibration.cells(study)[0] | {"where": where}
    before = contents_of([cell])[0]
    assert set(before) == {"mnist", "fashion_mnist", "digits"}
    write_idx(tmp_path / "fashion_mnist" / "FashionMNIST" / "raw", "t10k", images, labels % 5)
    after = contents_of([cell])[0]
    assert [name for name in before if before[name] != after[name]] == ["fashion_mnist"]


def test_no_network_is_shown_a_held_out_class(shown):
    assert shown.classes == tuple("01234567")
    assert shown.train[0].shape[:2] == (2, 80)
    held = next(one for one in shown.outside if one.name == "held-out classes")
    assert (held.near, held.groups) == (True, ("8", "9"))
    assert all(one.images.shape[1] <= shown.test[0].shape[1] for one in shown.outside)
    own = shown.train[0][0].flatten(1)
    assert torch.cdist(held.images[0].flatten(1), own).min() > 0


def test_changed_test_images_are_each_seed_s_own(study, shown):
    inverted = next(one for one in shown.outside if one.name == "inverted")
    assert not inverted.near
    # Inverting and normalising keeps the differences inside an image, with the other sign.
    steps, turned = shown.test[0].diff(dim=-1), inverted.images.diff(dim=-1)
    torch.testing.assert_close(turned[:, :100], -steps[:, :100], atol=1e-5, rtol=1e-4)


def write_folder(folder, classes, size=8):
    generator = np.random.default_rng(0)
    for part, count in (("train", 4), ("test", 3)):
        for name in classes:
            place = folder / part / name
            place.mkdir(parents=True)
            for number in range(count):
                pixels = generator.integers(0, 256, (size, size), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.png")


def test_another_set_loses_its_shared_classes_and_its_near_ones_stand_apart(tmp_path, study):
    write_folder(tmp_path / "shapes", ["circle", "cross", "nine"])
    where = study.where | {"outside": [f"imagefolder:{tmp_path / 'shapes'}"], "far": []}
    where |= {"outside_without": ["nine"], "outside_near": ["circle"]}
    outside = {one.name: one for one in show(where, [0]).outside}
    assert outside["shapes, near classes"].near
    assert outside["shapes, near classes"].groups == ("circle",)
    assert outside["shapes"].groups == ("cross",)
    assert len(outside["shapes"].images) == 7
    with pytest.raises(ParameterError, match="`outside_near` got 'square'"):
        show(where | {"outside_near": ["square"]}, [0])


def test_another_set_must_have_images_of_the_same_shape(tmp_path, study):
    write_folder(tmp_path / "large", ["circle", "cross"], size=9)
    with pytest.raises(ParameterError, match="`outside` got 'large' of shape"):
        show(study.where | {"outside": [f"imagefolder:{tmp_path / 'large'}"]}, [0])


def test_too_many_training_images_are_refused(study):
    with pytest.raises(ParameterError, match="`training_images` got 5000; it takes at most 862"):
        show(study.where | {"training_images": 5000}, [0])
