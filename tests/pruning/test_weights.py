"""Masks of one tensor, and the cubic schedule."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.ao.pruning.scheduler.cubic_scheduler import CubicSL
from torch.nn.utils import prune

from pruneuq_helpers import pruning
from pruneuq_helpers.errors import ParameterError


@pytest.mark.parametrize(
    ("step", "level"),
    list(
        zip(
            range(2000, 20001, 2000),
            [0.1348, 0.3625, 0.5399, 0.6733, 0.7688, 0.8328, 0.8717, 0.8916, 0.8990, 0.9000],
            strict=True,
        )
    ),
)
def test_schedule_of_s4(step, level):
    assert round(pruning.cubic_level(step, 1000, 20000, 0.9), 4) == level


def test_schedule_of_s4_at_level_03_and_its_naive_grid():
    levels = pruning.cubic_level(np.arange(2000, 20001, 2000), 1000, 20000, 0.3)
    expected = [0.0449, 0.1208, 0.1800, 0.2244, 0.2563, 0.2776, 0.2906, 0.2972, 0.2997, 0.3000]
    np.testing.assert_array_equal(levels.round(4), expected)
    assert round(pruning.cubic_level(19000, 1000, 20000, 0.9), 5) == 0.89987


def test_schedule_outside_its_steps():
    assert pruning.cubic_level(0, 1000, 9000, 0.5) == pruning.cubic_level(1000, 1000, 9000, 0.5) == 0
    assert pruning.cubic_level(9000, 1000, 9000, 0.5) == pruning.cubic_level(10**6, 1000, 9000, 0.5) == 0.5


@given(st.integers(0, 500), st.integers(1, 300), st.floats(0, 0.99))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_schedule_agrees_with_the_one_in_torch(step, length, final):
    expected = CubicSL.sparsity_compute_fn(0.0, final, step, 100, 1, length)
    assert pruning.cubic_level(step, 100, 100 + length, final) == pytest.approx(expected, abs=1e-12)


@given(st.integers(1, 60), st.floats(0, 0.99), st.integers(0, 1000))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_magnitude_mask_agrees_with_torch(size, level, seed):
    weight = torch.randn(size, generator=torch.Generator().manual_seed(seed))
    removed = int(np.floor(level * size + 1e-9))
    expected = prune.L1Unstructured(removed).compute_mask(weight, torch.ones(size))
    assert torch.equal(pruning.weight_mask(weight, level), expected)


@pytest.mark.parametrize("how", ["magnitude", "random"])
def test_both_ways_remove_the_same_number_and_keep_the_shape(how):
    weight = torch.randn(2, 16, 3, 3, dtype=torch.float64)
    mask = pruning.weight_mask(weight, 0.99, how)
    assert mask.shape == weight.shape
    assert mask.dtype == weight.dtype
    assert mask.sum() == 3  # of 288: floor(285.12) go
    assert set(mask.unique().tolist()) == {0.0, 1.0}


def test_rounding_of_s3_and_of_s4():
    weight = torch.arange(1.0, 11.0)
    assert pruning.weight_mask(weight, 0.27).sum() == 8
    assert pruning.weight_mask(weight, 0.27, rounding="nearest").sum() == 7


def test_random_mask_depends_on_the_seed_alone():
    weight = torch.randn(100)
    state = torch.get_rng_state()
    first = pruning.weight_mask(weight, 0.5, "random", seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(pruning.weight_mask(weight * 2, 0.5, "random", seed=1), first)
    assert not torch.equal(pruning.weight_mask(weight, 0.5, "random", seed=2), first)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"level": 1.0}, "`level` got 1.0"),
        ({"level": -0.1}, "`level` got -0.1"),
        ({"level": 0.5, "how": "l1"}, "`how` got 'l1'; it takes one of magnitude, random"),
        ({"level": 0.5, "rounding": "up"}, "`rounding` got 'up'"),
        ({"level": 0.5, "how": "random", "seed": "one"}, "`seed` got 'one'"),
    ],
)
def test_a_mask_that_cannot_be_made_is_refused(options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        pruning.weight_mask(torch.ones(4), **options)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [((5, 10, 10, 0.5), "`end` got 10"), ((5, 0, 10, 1.0), "`final` got 1.0"), ((5, 0, 10, -0.1), "`final`")],
)
def test_a_schedule_that_cannot_be_followed_is_refused(arguments, sentence):
    with pytest.raises(ParameterError, match=sentence):
        pruning.cubic_level(*arguments)
