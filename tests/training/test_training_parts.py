"""Schedules, batch orders, predictions."""

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


def rates_of(scheduler, optimiser, epochs):
    rates = []
    for _ in range(epochs):
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
            {"schedule": "step", "milestones": (6, 12, 16), "factor": 0.2},
            lambda o: torch.optim.lr_scheduler.MultiStepLR(o, milestones=[6, 12, 16], gamma=0.2),
        ),
    ],
)
def test_schedules_are_those_of_torch(recipe, scheduler):
    recipe = training.Recipe(epochs=20, learning_rate=0.1, **recipe)
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    expected = rates_of(scheduler(optimiser), optimiser, 20)
    assert [recipe.rate(epoch) for epoch in range(1, 21)] == pytest.approx(expected)


def test_the_warm_up_rises_in_equal_steps():
    recipe = training.Recipe(epochs=10, learning_rate=1.0, warmup=4)
    assert [recipe.rate(epoch) for epoch in range(1, 7)] == [0.25, 0.5, 0.75, 1, 1, 1]


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
    mixed = training.predict(dropping(), held.images, normalise=digits.normalise, precision="bfloat16")
    assert mixed.dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "parameter `images` got torch.uint8; raw images also need `normalise`"),
        ({"batch": 0}, "parameter `batch` got 0"),
        ({"precision": "int8"}, "parameter `precision` got 'int8'"),
    ],
)
def test_mistakes_in_predict_get_one_sentence(options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        training.predict(dropping(), data.load("digits").test.images, **options)


def test_an_unknown_device_is_refused():
    with pytest.raises(ParameterError, match="parameter `device` got 'abacus'; it takes cpu or cuda"):
        training.predict(dropping(), torch.zeros(2, 64), device="abacus")


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ParameterError, match="parameter `device` got cuda; torch finds no GPU here"):
        training.predict(dropping(), torch.zeros(2, 64), device="cuda")


def test_no_images_give_no_logits():
    assert training.predict(dropping(), torch.zeros(0, 64)).shape == (0, 10)
