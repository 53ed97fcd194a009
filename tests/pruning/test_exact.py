import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pruneuq_helpers.pruning import exact


def by_sorting(scores, keep):
    """The same masks by a stable sort: the plainest way to say it."""
    order = scores.sort(dim=1, descending=True, stable=True).indices
    mask = torch.zeros_like(scores)
    for row, count in enumerate(keep):
        mask[row, order[row, :count]] = 1
    return mask


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_highest_is_what_a_stable_sort_keeps(data):
    rows, size = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 40))
    values = st.sampled_from([0.0, -0.0, 0.1, 0.2, 1.5, -3.0, float("inf")])
    scores = torch.tensor([[data.draw(values) for _ in range(size)] for _ in range(rows)])
    keep = [data.draw(st.integers(0, size)) for _ in range(rows)]
    assert torch.equal(exact.highest(scores, torch.tensor(keep)), by_sorting(scores, keep))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_highest_on_a_large_stack_with_ties(dtype):
    generator = torch.Generator().manual_seed(0)
    scores = (torch.randn(6, 3001, generator=generator, dtype=dtype) * 20).round().abs()
    keep = [3001, 2000, 900, 100, 1, 0]
    mask = exact.highest(scores, torch.tensor(keep))
    assert torch.equal(mask, by_sorting(scores, keep))
    assert mask.sum(1).tolist() == keep
    assert mask.dtype == dtype


def test_not_a_number_is_the_lowest_score():
    scores = torch.tensor([[float("nan"), 0.0, float("nan"), 1.0]])
    assert exact.highest(scores, torch.tensor([2])).tolist() == [[0, 1, 0, 1]]
    assert exact.highest(scores, torch.tensor([3])).tolist() == [[1, 1, 0, 1]]


def test_counts_follow_the_two_papers():
    assert exact.staying(288, 0.99, "floor") == 3  # S3: conv1 keeps 3 of 288 weights at 99 %
    assert exact.staying(864, 0.99, "floor") == 9
    assert exact.staying(10, 0.3, "floor") == 7  # 0.3 * 10 is a shade below 3 in floating point
    assert exact.staying(1000, 0.1348, "nearest") == 865


def test_by_layer_by_hand():
    scores = {"a": torch.tensor([[1.0, 4.0], [9.0, 8.0]]), "b": torch.tensor([[2.0, 3.0], [7.0, 6.0]])}
    masks = exact.by_layer(scores, [0.5, 0.0])
    assert masks["a"].tolist() == [[0, 1], [1, 1]]
    assert masks["b"].tolist() == [[0, 1], [1, 1]]
