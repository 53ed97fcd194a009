"""The sets that need no download."""

import colorsys

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, make_moons

from pruneuq_helpers import data
from pruneuq_helpers.errors import ParameterError


def parts(loaded):
    return loaded.train, loaded.validation, loaded.test


def rows(tensors):
    """All rows, sorted: the same for the same multiset of rows."""
    return np.array(sorted(np.concatenate([tensor.flatten(1).numpy() for tensor in tensors]).tolist()))


def test_moons_are_those_of_scikit_learn_split_70_15_15():
    moons = data.load("moons", seed=42)
    assert [len(part) for part in parts(moons)] == [700, 150, 150]
    points, _ = make_moons(1000, noise=0.2, random_state=42)
    found = rows([part.images for part in parts(moons)])
    np.testing.assert_array_equal(found, rows([torch.from_numpy(points).float()]))
    assert [part.labels.bincount().tolist() for part in parts(moons)] == [[350, 350], [75, 75], [75, 75]]


def test_digits_are_those_of_scikit_learn_each_once():
    digits = data.load("digits")
    pixels, labels = load_digits(return_X_y=True)
    levels = [(part.images.double() * 16 / 255).round() for part in parts(digits)]
    np.testing.assert_array_equal(rows(levels), rows([torch.from_numpy(pixels)]))
    assert sum(part.labels.bincount() for part in parts(digits)).tolist() == np.bincount(labels).tolist()
    assert [len(part) for part in parts(digits)] == [1078, 270, 449]
    assert digits.train.images.dtype == torch.uint8
    assert int(digits.train.images.max()) == 255


@pytest.mark.parametrize("name", ["line", "moons", "digits", "coloured_digits"])
def test_a_seed_gives_the_same_set_again_and_another_seed_another(name):
    assert data.load(name, seed=3).identity == data.load(name, seed=3).identity
    assert data.load(name, seed=3).identity != data.load(name, seed=4).identity


def test_the_plain_line_has_its_slope_intercept_and_noise():
    line = data.load("line", points=40_000)
    x, y = line.train.images.squeeze(1).double().numpy(), line.train.labels.double().numpy()
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - slope * x - intercept
    assert (slope, intercept) == pytest.approx((3, 2), abs=0.05)
    assert residuals.std() == pytest.approx(0.5, abs=0.02)
    assert [len(part) for part in parts(data.load("line"))] == [70, 15, 15]


def test_the_heteroskedastic_line_is_noisier_to_the_right():
    line = data.load("line", noise="heteroskedastic", points=40_000)
    x, y = line.train.images.squeeze(1), line.train.labels
    residuals = y - 3 * x - 2
    for low in (0.0, 0.45, 0.9):
        near = (x >= low) & (x < low + 0.1)
        assert float(residuals[near].std()) == pytest.approx(0.2 + 0.5 * (low + 0.05), rel=0.05)
    assert sum(len(part) for part in parts(data.load("line", noise="heteroskedastic"))) == 500


def hue(image):
    """Which of the ten hues an image wears, from its brightest pixel."""
    place = image.sum(0).flatten().argmax()
    return round(colorsys.rgb_to_hsv(*(image.flatten(1)[:, place] / 255).tolist())[0] * 10) % 10


@pytest.mark.parametrize("minority", [0.0, 0.1, 0.25, 1.0])
def test_colours_go_with_the_label_except_for_the_stated_minority(minority):
    coloured = data.load("coloured_digits", minority=minority)
    for part in parts(coloured):
        hues = torch.tensor([hue(image) for image in part.images])
        assert torch.equal((hues != part.labels).long(), part.groups)
        assert float(part.groups.double().mean()) == pytest.approx(minority, abs=1.5 / len(part) + 0.005)
    assert coloured.input_shape == (3, 8, 8)
    assert len(coloured.group_names) == 2


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("line", {"noise": "none"}, "parameter `noise` got 'none'.*homoskedastic, heteroskedastic"),
        ("line", {"points": 3}, "parameter `points` got 3"),
        ("moons", {"noise": -1.0}, "parameter `noise` got -1.0"),
        ("coloured_digits", {"minority": 1.2}, "parameter `minority` got 1.2"),
        ("digits", {"points": 10}, "`points` got a value for the data set `digits`; it takes no option"),
        ("mnist", {"sise": 10}, "`sise` got a value for the data set `mnist`; it takes no option but validation"),
        ("mnits", {}, r"`name` got 'mnits'; it takes line, moons.*did you mean `mnist`"),
        ("zzz", {}, "`name` got 'zzz'; it takes line, moons"),
        ("imagefolder:", {}, "`name` got 'imagefolder:'"),
    ],
)
def test_mistakes_get_one_sentence(name, options, sentence):
    with pytest.raises(ParameterError, match=sentence) as error:
        data.load(name, **options)
    assert "\n" not in str(error.value)
