"""ResRep: compactors that change nothing, gradients by hand, masks, and a cut without loss."""

import copy
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import Residual, scrambled
from torch import nn

from pruneuq_helpers import data, models, population, training
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics.cost import macs, parameters
from pruneuq_helpers.pruning.compactors import Compactor, Plan, fold, insert
from pruneuq_helpers.pruning.resrep import ResRep, train_and_cut
from pruneuq_helpers.pruning.resrep_settings import Settings, annealed, shrinkages

RANGES = {0.2: (7.63, 10.50), 0.4: (4.69, 9.02), 0.6: (2.33, 6.65), 0.8: (0.86, 3.68)}  # millions, all layouts
UNIFORM = {0.2: 8.99, 0.4: 6.80, 0.6: 4.59, 0.8: 2.40}


def hook(model, level, **given):
    names = set(Settings.__dataclass_fields__)
    own = Settings(**{name: value for name, value in given.items() if name in names})
    rest = {"steps": 10, "epoch_steps": 1, "rate": 0.1} | {k: v for k, v in given.items() if k not in names}
    return ResRep(model, level, settings=own, **rest)


def compactors(model):
    return [layer for layer in model.modules() if isinstance(layer, Compactor)]


@pytest.mark.parametrize(
    ("name", "count", "channels"), [("resnet18", 8, 1920), ("vgg19", 16, 5504), ("resnet8", 3, 112), ("wrn", 7, 912)]
)
def test_compactors_stand_behind_internal_layers_only(name, count, channels):
    plan = Plan.of(models.build(name, 10, (3, 32, 32)))
    assert (len(plan.targets), sum(plan.widths)) == (count, channels)


@pytest.mark.parametrize("name", ["resnet8", "vgg_small", "wrn"])
def test_inserted_compactors_leave_the_logits_unchanged(name):
    model = scrambled(models.build(name, 10, (3, 16, 16)).double(), seed=0).eval()
    images = torch.randn(3, 3, 16, 16, dtype=torch.float64)
    assert torch.equal(insert(model, Plan.of(model))(images), model(images))


def test_a_pooling_between_convolution_and_batch_norm_keeps_a_compactor_out():
    def layers(*between):
        return [
            nn.Conv2d(1, 4, 3, padding=1),
            *between,
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 6, 3),
            nn.BatchNorm2d(6),
        ]

    rest = (nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 3))
    direct, pooled = nn.Sequential(*layers(), *rest), nn.Sequential(*layers(nn.MaxPool2d(2)), *rest)
    assert [target.conv for target in Plan.of(direct, (1, 8, 8)).targets] == ["0", "3"]
    assert [target.conv for target in Plan.of(pooled, (1, 8, 8)).targets] == ["4"]
    model = scrambled(pooled.double(), seed=0).eval()
    images = torch.randn(3, 1, 8, 8, dtype=torch.float64)
    plan = Plan.of(model, (1, 8, 8))
    torch.testing.assert_close(fold(insert(model, plan), plan, threshold=0.0)(images), model(images))


widths = st.integers(2, 5)
residual = st.builds(
    lambda stem, inner, outputs: Residual(stem, inner, outputs[: len(inner)], norm=True),
    widths,
    st.lists(widths, min_size=2, max_size=2),
    st.lists(st.none() | widths, min_size=2, max_size=2),
)


@given(residual, st.integers(0, 99), st.floats(0.1, 0.9))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_conversion_equals_the_network_with_zero_rows(model, seed, share):
    model = scrambled(model.double(), seed).eval()
    resrep = hook(model, 0.5, input_shape=(1, 6, 6))
    scrambled(resrep.model, seed + 1)
    for compactor in resrep.compactors:
        short = torch.rand(len(compactor.mask), generator=torch.Generator().manual_seed(seed)) < share
        compactor.weight.data[short] *= 1e-9
    images = torch.randn(4, 1, 6, 6, dtype=torch.float64)
    smaller = resrep.convert()
    torch.testing.assert_close(smaller(images), resrep.zeroed()(images), rtol=1e-9, atol=1e-9)
    assert compactors(smaller) == []
    removed = round(resrep.reached()["channels"] * sum(resrep.plan.widths))
    shorter = [model.blocks[i][0].out_channels - smaller.blocks[i][0].out_channels for i in range(2)]
    assert removed == sum(shorter)


def test_conversion_in_float32_equals_the_masked_network_to_1e_5():
    torch.manual_seed(0)
    model = models.build("vgg_small", 10, (3, 16, 16)).eval()
    resrep = hook(model, 0.5)
    for compactor in resrep.compactors:
        compactor.weight.data += 0.1 * torch.randn_like(compactor.weight)
        compactor.weight.data[::2] = 0
    images = torch.randn(8, 3, 16, 16)
    smaller = resrep.convert()
    torch.testing.assert_close(smaller(images), resrep.zeroed()(images), rtol=0, atol=1e-5)
    assert models.architecture(smaller)["conv"] == [8, 8, 16, 16, 32, 32]


def test_the_longest_row_stays_when_all_are_short():
    model = models.build("vgg_small", 10, (3, 16, 16)).eval()
    resrep = hook(model, 0.5)
    for compactor in resrep.compactors:
        compactor.weight.data *= 1e-7
        compactor.weight.data[1] *= 2
    assert models.architecture(resrep.convert())["conv"] == [1] * 6


@pytest.mark.parametrize(("masked", "expected"), [(1.0, [[0.0, 0.25], [0.0, 0.5]]), (0.0, [[0.0, 0.0], [0.0, 0.5]])])
def test_the_step_by_hand(masked, expected):
    compactor = Compactor(2)
    compactor.weight.data = torch.tensor([[3.0, 4.0], [0.0, 2.0]]).view(2, 2, 1, 1)
    compactor.weight.grad = torch.tensor([[0.0, 0.25], [0.0, 0.5]]).view(2, 2, 1, 1)
    compactor.mask[0] = masked
    before = compactor.weight.detach().clone()
    compactor.step(rate=0.1, strength=0.5, momentum=0.9)
    pull = torch.tensor([[0.6, 0.8], [0.0, 1.0]])  # each row over its norm
    velocity = torch.tensor(expected) + 0.5 * pull
    torch.testing.assert_close(compactor.velocity, velocity)
    torch.testing.assert_close(compactor.weight.data.view(2, 2), before.view(2, 2) - 0.1 * velocity)
    compactor.weight.grad = torch.zeros(2, 2, 1, 1)
    now = compactor.weight.detach().view(2, 2).clone()
    compactor.step(rate=0.1, strength=0.0, momentum=0.9)
    torch.testing.assert_close(compactor.weight.data.view(2, 2), now - 0.1 * 0.9 * velocity)


def test_a_row_of_zeros_does_not_become_nan():
    compactor = Compactor(2)
    compactor.weight.data.zero_()
    compactor.weight.grad = torch.zeros(2, 2, 1, 1)
    compactor.step(rate=0.1, strength=0.5, momentum=0.9)
    assert torch.equal(compactor.weight.data, torch.zeros(2, 2, 1, 1))


def with_norms(resrep, norms):
    for compactor, values in zip(resrep.compactors, norms, strict=True):
        compactor.weight.data = torch.diag(torch.tensor(values)).view(len(values), len(values), 1, 1)


def masked_rows(resrep):
    return [(c.mask == 0).nonzero().flatten().tolist() for c in resrep.compactors]


def row_of_three():
    layers = [nn.Conv2d(1, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4, 2))


def test_masks_take_the_shortest_rows_a_few_at_a_time_until_the_target():
    resrep = hook(row_of_three(), 0.5, input_shape=(1, 1, 1), mask_more=3)
    with_norms(resrep, [[0.1, 0.5, 0.2, 0.9], [0.3, 0.8, 0.7, 0.6]])
    resrep.update_masks()
    assert masked_rows(resrep) == [[0, 2], [0]]
    resrep.update_masks()
    assert masked_rows(resrep) == [[0, 1, 2], [0]]  # four of eight: the target, although two more were allowed
    assert resrep.masked == 4


def test_masks_are_drawn_anew_so_a_row_is_released():
    resrep = hook(row_of_three(), 0.25, input_shape=(1, 1, 1))
    with_norms(resrep, [[0.1, 0.2, 0.8, 0.9], [0.5, 0.6, 0.7, 0.8]])
    resrep.update_masks()
    assert masked_rows(resrep) == [[0, 1], []]
    with_norms(resrep, [[0.9, 0.8, 0.8, 0.9], [0.1, 0.2, 0.7, 0.8]])
    resrep.update_masks()
    assert masked_rows(resrep) == [[], [0, 1]]


def test_one_row_of_a_layer_is_never_masked():
    resrep = hook(row_of_three(), 0.9, input_shape=(1, 1, 1), mask_more=100)
    with_norms(resrep, [[0.1, 0.1, 0.1, 0.1], [1.0, 1.0, 1.0, 1.0]])
    resrep.update_masks()
    assert [len(rows) for rows in masked_rows(resrep)] == [3, 3]


def test_masks_for_multiply_adds_meet_them_and_no_more():
    model = models.build("resnet8", 10, (3, 16, 16))
    resrep = hook(model, 0.3, target="flops", mask_more=1000)
    for seed, compactor in enumerate(resrep.compactors):
        compactor.weight.data *= 1 + 0.5 * torch.rand(1, generator=torch.Generator().manual_seed(seed))
    resrep.update_masks()
    kept = [int(compactor.mask.sum()) for compactor in resrep.compactors]
    dense = macs(model, (3, 16, 16))
    assert resrep.plan.macs(resrep.plan.widths) == dense
    assert resrep.plan.macs(kept) <= 0.7 * dense
    for place in [p for p, width in enumerate(resrep.plan.widths) if kept[p] < width]:
        one_more = [count + (at == place) for at, count in enumerate(kept)]
        assert resrep.plan.macs(one_more) > 0.7 * dense or place != 0


def test_planned_multiply_adds_are_those_of_the_smaller_network():
    model = models.build("resnet8", 10, (3, 16, 16)).eval()
    resrep = hook(model, 0.3)
    for compactor, short in zip(resrep.compactors, (3, 7, 11), strict=True):
        compactor.weight.data[:short] = 0
    kept = [width - short for width, short in zip(resrep.plan.widths, (3, 7, 11), strict=True)]
    assert resrep.plan.macs(kept) == macs(resrep.convert(), (3, 16, 16))
    assert resrep.reached()["flops"] == pytest.approx(1 - resrep.plan.macs(kept) / macs(model, (3, 16, 16)))


@pytest.mark.parametrize("level", RANGES)
def test_parameters_of_resnet18_lie_where_so_many_channels_can_put_them(level):
    model = models.build("resnet18", 10, (3, 32, 32))
    plan = Plan.of(model)
    network = insert(model, plan)
    behind = [network.get_submodule(target.norm).compactor for target in plan.targets]
    left = int(level * sum(plan.widths))
    for compactor in reversed(behind):  # from the deepest layer on, as a global ranking does more often than not
        short = min(left, len(compactor.mask) - 1)
        compactor.weight.data[:short] = 0
        left -= short
    millions = parameters(fold(network, plan, 1e-5)) / 1e6
    low, high = RANGES[level]
    assert low - 0.005 <= millions <= high + 0.005
    assert millions < UNIFORM[level]


def test_the_hook_counts_its_masks_from_the_end_of_the_warm_up():
    resrep = hook(row_of_three(), 0.5, input_shape=(1, 1, 1), epoch_steps=2, mask_after=1, mask_every=2, mask_more=1)
    with_norms(resrep, [[0.1, 0.2, 0.8, 0.9], [0.5, 0.6, 0.7, 0.8]])
    counts = []
    for step in range(1, 8):
        resrep.model(torch.ones(2, 1, 1, 1)).sum().backward()
        resrep(resrep.model, step)
        counts.append(resrep.masked)
        resrep.model.zero_grad()
    assert counts == [0, 0, 1, 1, 2, 2, 3]


def test_the_hook_doubles_biases_and_decays_weights_only():
    resrep = hook(row_of_three(), 0.5, input_shape=(1, 1, 1), weight_decay=0.1, strength=0.0)
    resrep.model(torch.ones(2, 1, 1, 1)).square().sum().backward()
    before = {name: parameter.grad.clone() for name, parameter in resrep.model.named_parameters()}
    resrep(resrep.model, 1)
    named = dict(resrep.model.named_parameters())
    torch.testing.assert_close(named["0.weight"].grad, before["0.weight"] + 0.1 * named["0.weight"].detach())
    torch.testing.assert_close(named["7.bias"].grad, 2 * before["7.bias"])
    torch.testing.assert_close(named["1.norm.weight"].grad, before["1.norm.weight"])
    assert named["1.compactor.weight"].grad is None


@pytest.fixture(scope="module")
def cut_digits():
    digits = data.load("digits")
    few = data.make("few", digits.train.take(torch.arange(256)), digits.validation, digits.test, digits.classes)
    network = population.convnet((1, 8, 8), (8, 16, 16), (), 10, batch_norm=True)
    images = few.normalise(few.train.images)
    trained = population.train(network, images, few.train.labels, [0], epochs=12, batch=32, rate=0.003).member(0)
    own = Settings(strength=0.1, compactor_momentum=0.9, compactor_rate=0.1, mask_after=1, mask_every=3, threshold=1e-3)
    state = copy.deepcopy(trained.state_dict())
    found = train_and_cut(
        trained, few, 0.4, settings=own, input_shape=(1, 8, 8), epochs=12, batch=32, optimiser="adam",
        learning_rate=0.003, schedule="constant",
    )  # fmt: skip
    assert all(torch.equal(trained.state_dict()[name], value) for name, value in state.items())
    return few, found


def test_training_reaches_the_target_and_says_what_it_reached(cut_digits):
    few, found = cut_digits
    convolutions = [layer for layer in found.model.modules() if isinstance(layer, nn.Conv2d)]
    assert found.reached["channels"] == 1 - sum(layer.out_channels for layer in convolutions) / 40
    assert 0.35 <= found.reached["channels"] <= 0.45
    assert found.level == 0.4
    assert len(found.history) == 12


def test_the_cut_network_still_knows_the_digits(cut_digits):
    few, found = cut_digits
    logits = found.model(few.normalise(few.test.images))
    assert (logits.argmax(1) == few.test.labels).float().mean() > 0.6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"target": "weights"}, "`target` got 'weights'; it takes one of channels, flops"),
        ({"mask_more": 0}, "`mask_more` got 0; it takes a whole number of at least 1"),
        ({"strength": -1.0}, "`strength` got -1.0; it takes a number of at least 0"),
        ({"mask_every": 1.5}, "`mask_every` got 1.5; it takes a whole number of at least 1"),
    ],
)
def test_a_wrong_setting_is_named(change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        Settings(**change)


def test_networks_without_a_place_for_a_compactor_are_refused():
    with pytest.raises(ParameterError, match="without a convolution that a batch norm follows"):
        hook(models.build("lenet", 10, (3, 32, 32)), 0.5)
    with pytest.raises(ParameterError, match="parameter `level` got 1.0"):
        hook(models.build("resnet8", 10, (3, 32, 32)), 1.0)


def test_the_shrinkage_is_that_of_a_row_that_nothing_holds():
    steps, rate, momentum, strength = 40, 0.1, 0.9, 0.05
    for begin in (0, 7, 39):
        compactor = Compactor(2)
        for step in range(begin, steps):
            compactor.weight.grad = torch.zeros(2, 2, 1, 1)
            compactor.step(annealed(rate, step + 1, steps), strength, momentum)
        assert 1 - compactor.norms()[0] == pytest.approx(strength * shrinkages(steps, rate, momentum)[begin], abs=1e-6)
    long = shrinkages(3000, 0.01, 0.99)[0]
    assert long == pytest.approx(0.01 * 1500 / 0.01, rel=0.1)  # the sum of rates over 1 - momentum


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"strength": 1e-4}, r"shortens a row by 0.00\d+ in 60 steps, and rows are 1 long; it takes more, or auto"),
        ({"strength": "auto", "mask_more": 1, "mask_every": 10}, r"masks 3 of 112 rows in time to vanish in 60 steps"),
        ({"strength": 0.3, "mask_more": 8, "mask_every": 6}, r"masks \d+ of 112 rows in time to vanish"),
        ({"strength": "auto", "mask_more": 8, "mask_every": 1}, None),
        ({"strength": 0, "mask_more": 8, "mask_every": 1}, None),
    ],
)
def test_what_cannot_be_reached_is_said(settings, sentence, caplog):
    model = models.build("vgg_small", 10, (1, 8, 8), conv=(16, 16, 32, 32, 64, 64))
    found = hook(model, 0.5, steps=60, epoch_steps=20, rate=0.1, compactor_momentum=0.5, mask_after=0, **settings)
    assert found.strength > 0
    assert bool(caplog.messages) == (sentence is not None)
    if sentence:
        assert re.search(sentence, caplog.messages[0])


def test_a_strength_is_a_number_or_auto():
    with pytest.raises(ParameterError, match="`strength` got 'strong'; it takes a number of at least 0, or auto"):
        Settings(strength="strong")


def test_the_masks_reach_the_target_and_accuracy_falls_with_the_level():
    """With a strength that ignored the number of steps every level had the same accuracy, and the target was missed."""
    digits = data.load("digits")
    torch.manual_seed(0)
    dense = models.build("vgg_small", 10, (1, 8, 8), conv=(4, 4, 6, 6, 8, 8))
    training.train(dense, digits, epochs=4, learning_rate=0.01, batch=64)
    settings = Settings(
        strength="auto", compactor_momentum=0.9, compactor_rate=0.05, mask_after=0, mask_every=1, mask_more=2,
        threshold=0.01,
    )  # fmt: skip
    right = []
    for level in (0.0, 0.4, 0.8):
        found = train_and_cut(
            dense, digits, level, settings=settings, epochs=6, learning_rate=0.02, batch=64, optimiser="sgd"
        )
        logits = training.predict(found.model, digits.test.images, normalise=digits.normalise)
        right.append(float((logits.argmax(1) == digits.test.labels).double().mean()))
        assert level * 36 - 2 < round(36 * found.reached["channels"]) <= level * 36  # of 36 channels
    assert right[0] > right[1] > right[2]
    assert right[0] > 0.9
