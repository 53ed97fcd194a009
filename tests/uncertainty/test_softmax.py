import numpy as np
import pytest
import torch
from scipy.special import softmax as reference

from pruneuq_helpers import uncertainty


@pytest.mark.parametrize("shape", [(7, 3), (2, 7, 3)])
@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_against_scipy(shape, temperature):
    logits = np.random.default_rng(0).standard_normal(shape).astype(np.float32) * 5
    found = uncertainty.softmax(logits, temperature)
    np.testing.assert_allclose(found, reference(logits.astype(float) / temperature, axis=-1), rtol=1e-12)


def test_float64_ranks_what_float32_cannot():
    logits = torch.tensor([[20.0, 0.0], [25.0, 0.0]])
    assert torch.equal(logits.softmax(dim=1)[0], torch.tensor([1.0, 2.0611537e-09]))
    assert logits.softmax(dim=1)[0, 0] == logits.softmax(dim=1)[1, 0]
    assert uncertainty.softmax(logits)[0, 0] < uncertainty.softmax(logits)[1, 0]


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_refuses_a_temperature_that_is_not_positive(temperature):
    with pytest.raises(ValueError, match="`temperature` got .*; it takes a finite number above 0"):
        uncertainty.softmax(torch.zeros(1, 2), temperature)
