"""Splits, statistics, identity."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pruneuq_helpers import data
from pruneuq_helpers.errors import ParameterError


def images(seed, count=12, channels=3):
    pixels = np.random.default_rng(seed).integers(0, 256, (count, channels, 4, 5), dtype=np.uint8)
    return data.Part(torch.from_numpy(pixels), torch.arange(count) % 3)


@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=80),
    shares=st.lists(st.floats(0, 0.45), min_size=1, max_size=2),
    seed=st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_a_split_is_disjoint_complete_and_keeps_the_mix(labels, shares, seed):
    labels = torch.tensor(labels)
    sets = data.split(labels, shares, seed)
    assert torch.cat(sets).sort().values.tolist() == list(range(len(labels)))
    assert all(chosen.tolist() == sorted(chosen.tolist()) for chosen in sets)
    for chosen, share in zip(sets, shares, strict=False):
        assert len(chosen) == round(share * len(labels))
        for label in labels.unique():
            expected = len(chosen) / len(labels) * int((labels == label).sum())
            assert abs(int((labels[chosen] == label).sum()) - expected) <= 2


def test_a_split_depends_on_its_seed_only():
    labels = torch.zeros(50)
    torch.manual_seed(5)
    first = data.split(labels, [0.5], seed=1)[0]
    torch.manual_seed(6)
    assert torch.equal(first, data.split(labels, [0.5], seed=1)[0])
    assert not torch.equal(first, data.split(labels, [0.5], seed=2)[0])


def test_statistics_come_from_the_training_part_only():
    train, other = images(0), images(1)
    other.images.fill_(255)
    made = data.make("made", train, other, other, ("a", "b", "c"))
    scaled = train.images.numpy() / 255
    np.testing.assert_allclose(made.mean, scaled.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(made.std, scaled.std((0, 2, 3)), rtol=1e-6)


def test_normalised_training_images_have_mean_zero_and_deviation_one():
    made = data.make("made", images(0), images(1), images(2), ("a", "b", "c"))
    normal = made.normalise(made.train.images)
    assert normal.dtype == torch.float32
    torch.testing.assert_close(normal.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(normal.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-5, rtol=0)


def test_a_channel_of_one_colour_is_not_divided_by_zero():
    part = data.Part(torch.full((3, 1, 2, 2), 51, dtype=torch.uint8), torch.tensor([0, 1, 0]))
    made = data.make("flat", part, part, part, ("a", "b"))
    torch.testing.assert_close(made.normalise(part.images), torch.zeros(3, 1, 2, 2), atol=1e-6, rtol=0)


def test_points_are_left_as_they_are():
    moons = data.load("moons")
    assert torch.equal(moons.normalise(moons.test.images), moons.test.images)


def test_identity_follows_the_content():
    def identity(part, classes=("a", "b", "c")):
        return data.make("made", part, images(1), images(2), classes).identity

    changed = images(0)
    changed.images[3, 1, 2, 2] += 1
    relabelled = images(0)
    relabelled.labels[0] = 2
    kinds = {identity(images(0)), identity(changed), identity(relabelled), identity(images(0), ("a", "b", "d"))}
    assert len(kinds) == 4
    assert identity(images(0)) == identity(images(0))


def test_parts_move_and_take_all_their_columns():
    part = data.Part(torch.zeros(3, 2), torch.arange(3), torch.arange(3), torch.eye(3) > 0)
    taken = part.take(torch.tensor([2, 0])).to("cpu")
    assert taken.labels.tolist() == taken.groups.tolist() == [2, 0]
    assert taken.attributes.tolist() == [[False, False, True], [True, False, False]]


def test_an_empty_training_part_is_refused():
    empty = data.Part(torch.zeros(0, 2), torch.zeros(0))
    with pytest.raises(ParameterError, match="empty part"):
        data.make("none", empty, empty, empty)
