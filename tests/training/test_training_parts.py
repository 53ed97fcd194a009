"""Schedules, batch orders, predictions."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, TensorDataset

from pruneuq_helpers import data, training
from pruneuq_helpers.errors import ParameterError


@given(count=st.integers(1, 60), batch=st.integers(1, 70), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=30, derandomize=True)
def test_batch_orders_are_those_of_a_loader_epoch_after_epoch(count, batch, seed):
    loader = DataLoader(range(count), batch, shuffle=True, generator=torch.Generator().manual_seed(seed))
    generator = torch.Generator().manual_seed(seed)
    for _ in range(3):
        ours = training.batch_order(count, generator).split(batch)
        assert [part.tolist() for part in ours] == [part.tolist() for part in loader]


def rates_of(scheduler, optimiser, steps):
    rates = []
    for _ in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize(
    ("recipe", "scheduler"),
    [
        ({"schedule": "constant"}, lambda o: torch.optim.lr_scheduler.ConstantLR(o, factor=1)),
        ({"schedule": "cosine"}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=20)),
        (
            {"schedule": "step", "milestones": (2, 3), "factor": 0.2},
            lambda o: torch.optim.lr_scheduler.MultiStepLR(o, milestones=[8, 12], gamma=0.2),
        ),
    ],
)
def test_schedules_are_those_of_torch_at_every_step(recipe, scheduler):
    recipe = training.Recipe(epochs=5, learning_rate=0.1, **recipe)
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    expected = rates_of(scheduler(optimiser), optimiser, 20)
    assert rates(recipe, epoch_steps=4) == pytest.approx(expected)


def rates(recipe, epoch_steps):
    return [recipe.rate(step, epoch_steps) for step in range(1, recipe.epochs * epoch_steps + 1)]


def test_the_warm_up_rises_in_equal_steps():
    recipe = training.Recipe(epochs=3, learning_rate=1.0, warmup=2)
    assert rates(recipe, epoch_steps=2) == [0.25, 0.5, 0.75, 1, 1, 1]


@pytest.mark.parametrize("epochs", [1, 2, 3, 30])
@pytest.mark.parametrize("schedule", ["cosine", "one-cycle"])
def test_annealing_ends_near_zero_for_any_number_of_epochs(schedule, epochs):
    found = rates(training.Recipe(epochs=epochs, learning_rate=0.4, schedule=schedule), epoch_steps=25)
    top = found.index(max(found))
    assert found[top] == pytest.approx(0.4, rel=0.1)
    assert all(later <= earlier for earlier, later in pairwise(found[top:]))
    assert 0 < found[-1] < 0.4 * 0.04


def test_one_cycle_is_two_straight_lines_and_half_of_a_constant_rate():
    recipe = training.Recipe(epochs=2, learning_rate=0.8, schedule="one-cycle", rise=0.3)
    middles = (np.arange(50) + 0.5) / 50
    assert rates(recipe, epoch_steps=25) == pytest.approx(np.interp(middles, [0, 0.3, 1], [0, 0.8, 0]))
    assert np.mean(rates(recipe, epoch_steps=25)) == pytest.approx(0.4, rel=0.01)


def test_one_cycle_of_a_single_step_still_learns():
    only = rates(training.Recipe(epochs=1, learning_rate=0.3, schedule="one-cycle"), epoch_steps=1)
    assert only == [pytest.approx(0.2)]


def dropping():
    torch.manual_seed(0)
    layers = [torch.nn.BatchNorm1d(64), torch.nn.Dropout(0.5), torch.nn.Linear(64, 10)]
    return torch.nn.Sequential(torch.nn.Flatten(), *layers)


@pytest.mark.parametrize("batch", [1, 7, 449, 10_000])
def test_predictions_do_not_depend_on_the_batch(batch):
    digits, model = data.load("digits"), dropping()
    model.eval()
    with torch.no_grad():
        expected = model(digits.normalise(digits.test.images))
    predicted = training.predict(model, digits.test.images, batch=batch, normalise=digits.normalise)
    torch.testing.assert_close(predicted, expected, atol=1e-5, rtol=1e-5)
    assert not predicted.requires_grad


def test_predicting_leaves_every_module_in_its_mode():
    digits, model = data.load("digits"), dropping()
    model.eval()
    model[2].train()
    statistics = model[1].running_mean.clone()
    first, second = (training.predict(model, digits.normalise(digits.test.images)) for _ in range(2))
    assert torch.equal(first, second), "dropout was on"
    assert [module.training for module in model] == [False, False, True, False]
    assert torch.equal(model[1].running_mean, statistics)


def test_predictions_come_in_the_weights_type_and_for_datasets():
    digits, model = data.load("digits"), dropping().double()
    held = digits.test
    predicted = training.predict(model, held.images, normalise=digits.normalise)
    assert predicted.dtype == torch.float64
    dataset = TensorDataset(held.images, held.labels)
    assert torch.equal(training.predict(model, dataset, normalise=digits.normalise), predicted)


def test_predictions_in_mixed_precision_come_in_float32_and_near(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    digits, model = data.load("digits"), dropping()
    plain, mixed, auto = (
        training.predict(model, digits.test.images, normalise=digits.normalise, precision=precision)
        for precision in ("float32", "bfloat16", "auto")
    )
    assert mixed.dtype == torch.float32
    assert 0 < float((mixed - plain).abs().max()) < 0.05
    assert torch.equal(auto, mixed)


@pytest.mark.parametrize(
    ("capabilities", "dtype", "became"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, torch.float32, "bfloat16"),
        ({"avx512_bf16": False, "amx_bf16": True}, torch.float32, "bfloat16"),
        ({"avx512_bf16": False, "amx_bf16": False}, torch.float32, "float32"),
        ({"architecture": "aarch64"}, torch.float32, "float32"),
        ({"avx512_bf16": True}, torch.float64, "float32"),
    ],
)
def test_auto_is_what_the_processor_computes_in(monkeypatch, capabilities, dtype, became):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert training.precision_on("cpu", "auto", dtype) == became
    assert training.precision_on("cpu", "float32", dtype) == "float32"


@pytest.mark.parametrize(("able", "became"), [(True, "bfloat16"), (False, "float32")])
def test_auto_is_what_the_gpu_computes_in(monkeypatch, able, became):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: able or including_emulation)
    assert training.precision_on("cuda") == became


def test_bfloat16_by_name_is_refused_where_it_would_be_emulated(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    sentence = "parameter `precision` got 'bfloat16', which cpu has no instructions for here; it takes float32, or auto"
    with pytest.raises(ParameterError, match=sentence):
        training.predict(dropping(), torch.zeros(2, 64), precision="bfloat16")
    with pytest.raises(ParameterError, match=sentence):
        training.train(dropping(), data.load("digits"), epochs=1, precision="bfloat16")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "parameter `images` got torch.uint8; it takes normalised images"),
        ({"batch": 0}, "parameter `batch` got 0"),
        ({"precision": "int8"}, "parameter `precision` got 'int8'"),
    ],
)
def test_mistakes_in_predict_get_one_sentence(options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        training.predict(dropping(), data.load("digits").test.images, **options)


def test_an_unknown_device_is_refused():
    with pytest.raises(ParameterError, match="parameter `device` got 'abacus'; it takes `cpu`"):
        training.predict(dropping(), torch.zeros(2, 64), device="abacus")


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ParameterError, match="parameter `device` got 'cuda'; it takes `cpu`: torch finds no GPU here"):
        training.predict(dropping(), torch.zeros(2, 64), device="cuda")


def test_no_images_are_refused():
    with pytest.raises(ParameterError, match="`images` got"):
        training.predict(dropping(), torch.zeros(0, 64))
