"""Planted faults: as many as asked for, nowhere else, and the truth says where."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pruneuq_helpers import data
from pruneuq_helpers.errors import ParameterError

WAYS = {"noise", "blur", "contrast", "pixelate", "frame"}


def part(count=200, classes=4, size=8, channels=1):
    draw = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, channels, size, size), generator=draw, dtype=torch.uint8)
    return data.Part(images, torch.randint(0, classes, (count,), generator=draw))


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 99))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_truth_is_what_was_changed(wrong, corrupted, seed):
    whole = part()
    faulty, truth = data.plant(whole, 4, wrong, corrupted, seed)
    changed = (faulty.images != whole.images).flatten(1).any(1).numpy()
    assert truth["wrong_label"].sum() == round(wrong * 200)
    assert truth["corrupted"].sum() == round(corrupted * 200)
    assert not (truth["wrong_label"] & truth["corrupted"]).any()
    np.testing.assert_array_equal(truth["wrong_label"], (faulty.labels != whole.labels).numpy())
    np.testing.assert_array_equal(truth["true_label"], whole.labels)
    np.testing.assert_array_equal(changed, truth["corrupted"])
    np.testing.assert_array_equal(truth["corruption"] != "", truth["corrupted"])
    assert set(truth["corruption"]) <= WAYS | {""}
    assert int(faulty.labels.min()) >= 0
    assert int(faulty.labels.max()) < 4


def test_the_part_itself_stays_and_a_seed_says_all():
    whole = part()
    images, labels = whole.images.clone(), whole.labels.clone()
    state = torch.get_rng_state()
    first, truth = data.plant(whole, 4, seed=3)
    again, _ = data.plant(whole, 4, seed=3)
    other, _ = data.plant(whole, 4, seed=4)
    assert torch.equal(whole.images, images)
    assert torch.equal(whole.labels, labels)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.labels, again.labels)
    assert not torch.equal(first.images, other.images)
    assert torch.equal(torch.get_rng_state(), state)
    assert len(truth) == 200


def test_groups_and_attributes_are_kept():
    coloured = data.load("coloured_digits").test
    faulty, _ = data.plant(coloured, 10, wrong=0.2, corrupted=0.2)
    assert torch.equal(faulty.groups, coloured.groups)


def test_the_wrong_class_is_any_other_with_the_same_chance():
    labels = torch.zeros(6000, dtype=torch.int64)
    found = data.wrong_labels(labels, 4, np.arange(6000))
    counts = np.bincount(found.numpy(), minlength=4)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 0.01


def of_way(name, image):
    """The image spoilt in this way, by asking for many and taking the first of the way."""
    images, ways = data.corrupt(image.expand(100, *image.shape).clone(), np.arange(100), seed=0)
    return images[list(ways).index(name)]


def test_each_way_by_hand():
    image = torch.zeros(1, 8, 8, dtype=torch.uint8)
    image[0, 3, 3] = 180
    blurred = of_way("blur", image)
    assert blurred[0, 2:5, 2:5].flatten().tolist() == [20] * 9
    assert blurred.sum() == 180
    pixelated = of_way("pixelate", image)
    assert pixelated[0, 2:4, 2:4].flatten().tolist() == [45] * 4
    assert pixelated.sum() == 180
    framed = of_way("frame", image)
    assert framed[0, 1:7, 1:7].sum() == 180
    assert (framed == 255).sum() == 64 - 36
    flat = of_way("contrast", image)
    mean = 180 / 64
    assert flat[0, 3, 3] == round(mean + 0.25 * (180 - mean))
    assert flat[0, 0, 0] == round(0.75 * mean)


def test_noise_is_grey_and_of_a_quarter_of_the_scale():
    image = torch.full((3, 64, 64), 128, dtype=torch.uint8)
    noisy = of_way("noise", image).double()
    assert torch.equal(noisy[0], noisy[1])
    assert 50 < float(noisy[0].std()) < 66


@pytest.mark.parametrize("size", [5, 28, 33])
def test_every_way_keeps_the_shape(size):
    whole = part(count=60, size=size, channels=3)
    images, ways = data.corrupt(whole.images, np.arange(60))
    assert images.shape == whole.images.shape
    assert set(ways) == WAYS


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"wrong": 1.2}, "`wrong` got 1.2"),
        ({"corrupted": -0.1}, "`corrupted` got -0.1"),
        ({"wrong": 0.6, "corrupted": 0.6}, "they take at most 1 in all"),
        ({"classes": 1}, "`classes` got 1"),
        ({"classes": 3}, "`part.labels` got 0 to 3"),
    ],
)
def test_what_cannot_be_planted_is_refused(arguments, sentence):
    with pytest.raises(ParameterError, match=sentence):
        data.plant(part(), **{"classes": 4, **arguments})


def test_points_cannot_be_spoilt():
    with pytest.raises(ParameterError, match=r"`images` got torch.float32 of shape \(700, 2\)"):
        data.corrupt(data.load("moons").train.images, [0])
