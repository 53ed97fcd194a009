import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from pruneuq_helpers.population import mlp
from pruneuq_helpers.population.batches import Images, Order
from pruneuq_helpers.population.stack import stacked


@settings(max_examples=25, deadline=None, derandomize=True)
@given(size=st.integers(1, 200), seed=st.integers(0, 2**31), batch=st.integers(1, 64))
def test_order_is_that_of_a_shuffling_data_loader(size, seed, batch):
    loader = DataLoader(range(size), batch, shuffle=True, generator=torch.Generator().manual_seed(seed))
    order = Order(seed, size)
    for _ in range(3):
        assert [one.tolist() for one in loader] == [one.tolist() for one in order.epoch().split(batch)]


def test_images_shared_or_one_set_each():
    shared, own = torch.arange(12.0).view(6, 2), torch.arange(36.0).view(3, 6, 2)
    labels = torch.arange(6)
    index = torch.tensor([[5, 0], [1, 2]])
    for images, expected in ((shared, shared[index]), (own, torch.stack([own[0, index[0]], own[2, index[1]]]))):
        data = Images(images, labels, (2,), torch.tensor([0, 2]), 3, torch.float32, "cpu")
        x, y = data.at(index)
        assert torch.equal(x, expected)
        assert torch.equal(y, labels[index])
        data.select(torch.tensor([1]))
        assert torch.equal(data.at(index[1:])[0], expected[1:])
        assert torch.equal(data.all()[0][0], shared if images is shared else own[2])


def test_what_counts_as_one_image():
    assert stacked(torch.zeros(6, 1, 8, 8), (64,), 3).shape == (3, 6, 64)
    assert stacked(torch.zeros(3, 6, 64), (1, 8, 8), 3).shape == (3, 6, 1, 8, 8)
    assert stacked(torch.zeros(3, 1, 64), (64,), 3).shape == (3, 1, 64)
    with pytest.raises(ValueError, match="`images`"):
        stacked(torch.zeros(2, 6, 64), (64,), 3)


def test_initial_weights_are_torchs_own_and_leave_the_global_state_alone():
    torch.manual_seed(7)
    expected = torch.nn.Linear(3, 4)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    state = mlp(3, 4, 2).initial(7)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(state["fc1.weight"], expected.weight)
    assert torch.equal(state["fc1.bias"], expected.bias)
