import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning import masks


def by_sorting(scores, keep):
    """The same masks by a stable sort: the plainest way to say it."""
    order = scores.sort(dim=1, descending=True, stable=True).indices
    mask = torch.zeros_like(scores)
    for row, count in enumerate(keep):
        mask[row, order[row, :count]] = 1
    return mask


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_top_is_what_a_stable_sort_keeps(data):
    rows, size = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 40))
    values = st.sampled_from([0.0, -0.0, 0.1, 0.2, 1.5, -3.0, float("inf")])
    scores = torch.tensor([[data.draw(values) for _ in range(size)] for _ in range(rows)])
    keep = [data.draw(st.integers(0, size)) for _ in range(rows)]
    assert torch.equal(masks.top(scores, keep), by_sorting(scores, keep))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_top_on_a_large_stack_with_ties(dtype):
    generator = torch.Generator().manual_seed(0)
    scores = (torch.randn(6, 3001, generator=generator, dtype=dtype) * 20).round().abs()
    keep = [3001, 2000, 900, 100, 1, 0]
    mask = masks.top(scores, keep)
    assert torch.equal(mask, by_sorting(scores, keep))
    assert mask.sum(1).tolist() == keep
    assert mask.dtype == dtype


def test_not_a_number_is_the_lowest_score():
    scores = torch.tensor([[float("nan"), 0.0, float("nan"), 1.0]])
    assert masks.top(scores, 2).tolist() == [[0, 1, 0, 1]]
    assert masks.top(scores, 3).tolist() == [[1, 1, 0, 1]]


def test_counts_follow_the_two_papers():
    assert masks.counts(288, [0.99]) == [3]  # S3: conv1 keeps 3 of 288 weights at 99 %
    assert masks.counts(864, [0.99]) == [9]
    assert masks.counts(10, [0.3]) == [7]  # 0.3 * 10 is a shade below 3 in floating point
    assert masks.counts(1000, [0.1348], rounding="nearest") == [865]


def test_per_layer_and_overall_by_hand():
    scores = {"a": torch.tensor([[1.0, 4.0], [9.0, 8.0]]), "b": torch.tensor([[2.0, 3.0], [7.0, 6.0]])}
    layers = masks.per_layer(scores, [0.5, 0.0])
    assert layers["a"].tolist() == [[0, 1], [1, 1]]
    assert layers["b"].tolist() == [[0, 1], [1, 1]]
    everywhere = masks.overall(scores, [0.75, 0.5])
    assert everywhere["a"].tolist() == [[0, 1], [1, 1]]
    assert everywhere["b"].tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: masks.top(torch.zeros(3), 1), "scores"),
        (lambda: masks.top(torch.zeros(2, 3), 4), "keep"),
        (lambda: masks.top(torch.zeros(2, 3), [1.5, 1.0]), "keep"),
        (lambda: masks.counts(10, [1.0]), "levels"),
        (lambda: masks.counts(10, [-0.1]), "levels"),
        (lambda: masks.counts(10, [float("nan")]), "levels"),
        (lambda: masks.counts(10, [0.1], rounding="up"), "rounding"),
        (lambda: masks.per_layer({"a": torch.zeros(2, 3)}, [0.5]), "levels"),
        (lambda: masks.overall({}, []), "scores"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ParameterError, match=f"`{named}`"):
        call()
