"""Images from outside the training distribution."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_images

from pruneuq_helpers import data
from pruneuq_helpers.errors import ParameterError


def test_held_out_classes_leave_every_part_and_come_back_whole():
    digits = data.load("digits")
    kept, held = data.hold_out(digits, ["3", "7"])
    assert kept.classes == ("0", "1", "2", "4", "5", "6", "8", "9")
    for before, after in [(digits.train, kept.train), (digits.validation, kept.validation), (digits.test, kept.test)]:
        stay = (before.labels != 3) & (before.labels != 7)
        assert torch.equal(after.images, before.images[stay])
        old_names = [digits.classes[label] for label in before.labels[stay]]
        assert [kept.classes[label] for label in after.labels] == old_names
    whole = torch.cat([part.labels for part in (digits.train, digits.validation, digits.test)])
    assert len(held) == int(((whole == 3) | (whole == 7)).sum())
    assert set(held.labels.tolist()) == {3, 7}


def test_statistics_and_identity_are_those_of_what_is_left():
    digits = data.load("digits")
    kept, _ = data.hold_out(digits, ["0"])
    assert float(kept.mean) == pytest.approx(float(kept.train.images.double().mean() / 255), rel=1e-5)
    assert kept.identity != digits.identity


def test_groups_are_kept():
    coloured = data.load("coloured_digits")
    kept, held = data.hold_out(coloured, ["9"])
    assert kept.group_names == coloured.group_names
    assert len(kept.train.groups) == len(kept.train)
    assert len(held.groups) == len(held)


@pytest.mark.parametrize("classes", [[], ["ten"], [str(digit) for digit in range(9)]])
def test_a_selection_that_leaves_no_task_is_refused(classes):
    with pytest.raises(ParameterError, match="parameter `classes` got"):
        data.hold_out(data.load("digits"), classes)


def test_a_patch_as_large_as_the_photograph_is_the_photograph():
    pictures = load_sample_images().images
    patches = data.photographs((3, 427, 640), count=2, zoom=1)
    for patch, picture in zip(patches, pictures, strict=True):
        np.testing.assert_array_equal(patch.permute(1, 2, 0), picture)
    grey = data.photographs((1, 427, 640), count=1, zoom=1)
    np.testing.assert_array_equal(grey[0, 0], np.rint(pictures[0].mean(axis=2)))


def test_patches_are_averages_reproducible_and_varied():
    small = data.photographs((1, 8, 8), count=40, seed=1)
    assert small.shape == (40, 1, 8, 8)
    assert torch.equal(small, data.photographs((1, 8, 8), count=40, seed=1))
    assert not torch.equal(small, data.photographs((1, 8, 8), count=40, seed=2))
    assert len({tuple(image.flatten().tolist()) for image in small}) == 40
    whole = data.photographs((1, 1, 1), count=1, zoom=427)
    assert 0 < int(whole) < 255


@pytest.mark.parametrize("shape", [(2, 8, 8), (3, 200, 8), (1, 8, 400)])
def test_shapes_that_the_photographs_cannot_give_are_refused(shape):
    with pytest.raises(ParameterError, match="parameter `shape` got"):
        data.photographs(shape)


def test_inverting_twice_and_turning_four_times_change_nothing():
    images = data.load("digits").test.images
    assert torch.equal(data.invert(data.invert(images)), images)
    assert int(data.invert(images).max()) == 255
    assert torch.equal(data.rotate(images, 4), images)
    np.testing.assert_array_equal(data.rotate(images), np.rot90(images.numpy(), axes=(2, 3)))
