"""What a network costs: the papers' numbers, and torch's own counts."""

import pytest
import torch
from torch import nn

from pruneuq_helpers import models, pruning
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics import cost

IMAGE = (3, 32, 32)
MILLIONS = {
    "resnet18": (555.42, 360.36, 202.96, 91.09, 23.11),
    "vgg19": (398.14, 256.86, 144.96, 64.96, 16.59),
}


@pytest.mark.parametrize("name", MILLIONS)
def test_macs_of_s1(name):
    with torch.device("meta"):
        model = models.build(name, 10, IMAGE)
    pruned = [pruning.remove_channels(model, level, "random") for level in (0, 0.2, 0.4, 0.6, 0.8)]
    assert tuple(round(cost.macs(one, IMAGE) / 1e6, 2) for one in pruned) == MILLIONS[name]


def test_macs_and_ratios_of_s0():
    dense = models.build("lenet", 10, IMAGE)
    assert cost.macs(dense, IMAGE) == 651_720
    fc, everything = (pruning.remove_channels(dense, 0.8, scope=scope) for scope in ("fc", "all"))
    assert cost.macs(fc, IMAGE) == 602_978
    assert cost.macs(everything, IMAGE) == 140_578
    ratios = cost.cost_ratios(dense, fc, IMAGE)
    assert ratios.round(2).to_dict() == {
        "compression": 4.73, "speed_up": 1.08, "parameter_fraction": 0.21, "mac_fraction": 0.93
    }  # fmt: skip
    assert round(cost.cost_ratios(dense, everything, IMAGE)["speed_up"], 1) == 4.6


def test_macs_by_hand():
    model = nn.Sequential(nn.Conv2d(2, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5 * 4 * 4, 3))
    assert cost.macs(model, (2, 6, 6)) == 5 * 2 * 9 * 16 + 80 * 3
    assert cost.parameters(model) == 5 * 2 * 9 + 5 + 80 * 3 + 3


def test_a_mask_costs_what_the_dense_network_costs():
    model = models.build("lenet", 10, IMAGE)
    masked = pruning.mask_channels(model, 0.8)
    assert cost.parameters(masked) == cost.parameters(model)
    assert cost.macs(masked, IMAGE) == cost.macs(model, IMAGE)


def test_shared_weights_count_once():
    layer = nn.Linear(3, 3)
    assert cost.parameters(nn.Sequential(layer, layer)) == 12


def test_counting_and_timing_leave_the_model_as_it_was():
    model = models.build("resnet8", 10, (1, 8, 8)).double()
    model.bn1.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    cost.macs(model, (1, 8, 8))
    assert cost.latency(model, (1, 8, 8), repeats=1, batch=2) > 0
    assert model.training
    assert not model.bn1.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_latency_is_the_median_after_a_warm_up(monkeypatch):
    """A clock of our own: three runs warm up, then five are timed at 1, 9, 2, 8 and 3 seconds."""
    lengths = iter([100, 100, 100, 1, 9, 2, 8, 3])
    ticks = iter([tick for length in lengths for tick in (0, length)])
    monkeypatch.setattr(cost.time, "perf_counter", lambda: next(ticks))
    assert cost.latency(nn.Linear(2, 2), (2,), repeats=5) == 3
    assert next(ticks, None) is None


def test_latency_times_the_whole_batch():
    seen = []
    model = nn.Linear(2, 2)
    model.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0].shape))
    cost.latency(model, (2,), repeats=2, batch=7)
    assert set(seen) == {(7, 2)}


@pytest.mark.parametrize("options", [{"repeats": 0}, {"repeats": 1.5}, {"batch": 0}, {"batch": True}])
def test_a_timing_that_cannot_be_done_is_refused(options):
    name = next(iter(options))
    with pytest.raises(ParameterError, match=f"`{name}` got .*; it takes a whole number of at least 1"):
        cost.latency(nn.Linear(2, 2), (2,), **options)
