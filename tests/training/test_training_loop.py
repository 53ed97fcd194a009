"""The training loop against a plain one, and what it promises."""

import copy
import dataclasses
import math

import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from pruneuq_helpers import data, training
from pruneuq_helpers.errors import ParameterError


def network(*extra, dtype=torch.float32, seed=0):
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(2, 16), torch.nn.ReLU(), *extra, torch.nn.Linear(16, 2)]
    return torch.nn.Sequential(*layers).to(dtype)


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def assert_same(left, right, **tolerance):
    for name, value in left.items():
        torch.testing.assert_close(value, right[name], **({"atol": 0, "rtol": 0} | tolerance))


def without(loaded, **parts):
    empty = loaded.train.take(torch.arange(0))
    return dataclasses.replace(loaded, **({"validation": empty} | parts))


def plain_loop(model, loaded, optimiser, epochs, batch, seed):
    """The loop everybody writes."""
    images = loaded.train.images.to(model[0].weight.dtype)
    dataset = TensorDataset(images, loaded.train.labels)
    loader = DataLoader(dataset, batch, shuffle=True, generator=torch.Generator().manual_seed(seed))
    for _ in range(epochs):
        for inputs, labels in loader:
            optimiser.zero_grad()
            functional.cross_entropy(model(inputs), labels).backward()
            optimiser.step()


@pytest.mark.parametrize(
    ("settings", "make"),
    [
        (
            {"optimiser": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
            lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
        ),
        (
            {"optimiser": "sgd", "learning_rate": 0.1, "momentum": 0.0},
            lambda p: torch.optim.SGD(p, lr=0.1),
        ),
        (
            {"optimiser": "adam", "learning_rate": 0.01, "weight_decay": 1e-3},
            lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=1e-3),
        ),
    ],
)
def test_it_does_what_the_plain_loop_does(settings, make):
    moons = data.load("moons")
    ours, plain = network(dtype=torch.float64), network(dtype=torch.float64)
    training.train(ours, moons, seed=3, epochs=4, batch=64, **settings)
    plain_loop(plain, moons, make(plain.parameters()), epochs=4, batch=64, seed=3)
    assert_same(weights(ours), weights(plain), atol=1e-12, rtol=1e-10)


def test_a_batch_larger_than_the_data_is_one_batch():
    seen = []
    training.train(network(), data.load("moons"), epochs=2, batch=10_000, on_step=lambda model, step: seen.append(step))
    assert seen == [1, 2]


def test_files_through_a_loader_give_what_tensors_give():
    moons = data.load("moons")
    parts = {"train": moons.train, "validation": moons.validation}
    datasets = {name: TensorDataset(part.images, part.labels) for name, part in parts.items()}
    tensors, loaded = network(), network()
    first = training.train(tensors, moons, epochs=3, seed=2)
    second = training.train(loaded, dataclasses.replace(moons, **datasets), epochs=3, seed=2)
    assert_same(weights(tensors), weights(loaded))
    assert first.history.drop(columns="seconds").equals(second.history.drop(columns="seconds"))


def test_early_stopping_takes_the_best_epoch_and_counts_from_one():
    moons, model, seen = data.load("moons", points=200), network(torch.nn.Linear(16, 16)), {}
    result = training.train(
        model, moons, epochs=400, learning_rate=0.1, batch=32, patience=3,
        on_epoch=lambda model, row: seen.update({row["epoch"]: weights(model)}),
    )  # fmt: skip
    losses = result.history.validation_loss.to_numpy()
    assert result.history.epoch.tolist() == list(range(1, result.stop_epoch + 1))
    assert result.best_epoch == losses.argmin() + 1
    assert result.stop_epoch == result.best_epoch + 3 < 400
    assert_same(weights(model), seen[result.best_epoch])
    logits = training.predict(model, moons.validation.images)
    assert float(functional.cross_entropy(logits, moons.validation.labels)) == pytest.approx(losses.min(), rel=1e-5)


def test_an_equal_validation_loss_is_no_improvement():
    def always_one(logits, labels):
        return 0 * logits.sum() + 1

    result = training.train(network(), data.load("moons"), loss=always_one, epochs=50, patience=4)
    assert (result.best_epoch, result.stop_epoch) == (1, 5)


def test_without_patience_the_last_weights_stay_and_the_best_epoch_is_told():
    model, seen = network(), {}
    result = training.train(
        model, data.load("moons", points=100), epochs=30, learning_rate=0.3,
        on_epoch=lambda model, row: seen.update({row["epoch"]: weights(model)}),
    )  # fmt: skip
    assert result.stop_epoch == 30
    assert result.best_epoch == result.history.validation_loss.argmin() + 1
    assert_same(weights(model), seen[30])


def test_a_run_depends_on_its_seed_only_and_leaves_the_global_state_alone():
    loaded = data.load("digits")

    def run(seed, noise):
        torch.manual_seed(5)
        model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(64, 10))
        torch.manual_seed(noise)
        before = torch.get_rng_state()
        training.train(model, loaded, seed=seed, epochs=2, augment=data.crop_flip)
        assert torch.equal(torch.get_rng_state(), before)
        return weights(model)

    assert_same(run(1, noise=10), run(1, noise=11))
    assert not torch.equal(run(1, noise=10)["2.weight"], run(2, noise=10)["2.weight"])


def test_only_training_images_are_augmented_and_each_batch_anew():
    drawn, gradients = [], []

    def blacken(images, generator):
        assert images.dtype == torch.uint8
        drawn.append(float(torch.rand((), generator=generator)))
        return torch.zeros_like(images)

    digits, model = data.load("digits"), torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    result = training.train(
        model, digits, epochs=2, batch=512, augment=blacken,
        on_gradients=lambda model, step: gradients.append(model[1].weight.grad.clone()),
    )  # fmt: skip
    assert len(set(drawn)) == len(drawn) == 2 * 3
    # A black image has the same value everywhere, so a unit's weights all have the same gradient.
    assert all(torch.allclose(gradient, gradient[:, :1].expand(-1, 64)) for gradient in gradients)
    logits = training.predict(model, digits.validation.images, normalise=digits.normalise)
    whole = functional.cross_entropy(logits, digits.validation.labels).item()
    assert result.history.validation_loss.iloc[-1] == pytest.approx(whole, rel=1e-5)


def test_hooks_see_gradients_then_weights_and_can_hold_a_mask():
    mask = torch.ones(16, 2)
    mask[::2] = 0
    calls, model = [], network()
    with torch.no_grad():
        model[0].weight.mul_(mask)

    def before(model, step):
        calls.append(("gradients", step))
        model[0].weight.grad.mul_(mask)

    def after(model, step):
        calls.append(("step", step))

    training.train(model, data.load("moons"), epochs=2, batch=350, on_gradients=before, on_step=after)
    assert calls == [(kind, step) for step in (1, 2, 3, 4) for kind in ("gradients", "step")]
    assert torch.equal(model[0].weight != 0, mask != 0)


def test_train_loss_is_the_mean_over_images_not_over_batches():
    def first_label(logits, labels):
        return 0 * logits.sum() + labels.double().mean()

    loaded = data.load("moons", points=30)
    result = training.train(network(), loaded, epochs=1, batch=16, loss=first_label)
    assert result.history.train_loss[0] == pytest.approx(float(loaded.train.labels.double().mean()))


def test_regression_has_a_loss_but_no_accuracy():
    torch.manual_seed(0)
    model = torch.nn.Linear(1, 1)
    line = data.load("line", points=400)

    def squared(outputs, targets):
        return functional.mse_loss(outputs.squeeze(1), targets)

    history = training.train(model, line, loss=squared, epochs=60, learning_rate=0.05).history
    assert history.validation_accuracy.isna().all()
    assert history.validation_loss.iloc[-1] == pytest.approx(0.25, abs=0.08)
    assert model.weight.item() == pytest.approx(3, abs=0.4)


def test_without_validation_images_it_trains_to_the_end():
    result = training.train(network(), without(data.load("moons")), epochs=2)
    assert result.history.validation_loss.isna().all()
    assert (result.best_epoch, result.stop_epoch) == (0, 2)


@pytest.mark.parametrize("options", [{"channels_last": True}, {"compile": "eager"}])
def test_layout_and_compilation_change_speed_not_results(options):
    def convolutional():
        torch.manual_seed(2)
        layers = [torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.Flatten()]
        return torch.nn.Sequential(*layers, torch.nn.Linear(144, 10))

    plain, other = convolutional(), convolutional()
    loaded = data.load("coloured_digits")
    settings = {"epochs": 1, "batch": 256, "optimiser": "sgd", "learning_rate": 0.05}
    training.train(plain, loaded, **settings)
    training.train(other, loaded, **settings, **options)
    assert_same(weights(plain), weights(other), atol=1e-4, rtol=1e-4)
    assert all(value.is_contiguous() for value in other.state_dict().values())


def test_mixed_precision_keeps_float32_weights_and_learns(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})  # emulated where it is not so
    model = network()
    result = training.train(model, data.load("moons"), epochs=20, learning_rate=0.02, precision="bfloat16")
    assert {value.dtype for value in model.state_dict().values()} == {torch.float32}
    assert result.history.validation_accuracy.iloc[-1] > 0.85


@pytest.mark.parametrize(("capabilities", "same_as"), [({"amx_bf16": True}, "bfloat16"), ({}, "float32")])
def test_auto_trains_in_what_it_says_bit_for_bit(monkeypatch, capabilities, same_as):
    def trained(precision):
        torch.manual_seed(2)
        layers = [torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.Flatten()]
        model = torch.nn.Sequential(*layers, torch.nn.Linear(144, 10))
        return weights(training.train(model, data.load("digits"), epochs=1, precision=precision).model)

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert training.precision_on("cpu") == same_as
    assert_same(trained("auto"), trained(same_as))


@pytest.mark.parametrize("epochs", [1, 2])
@pytest.mark.parametrize("schedule", ["cosine", "one-cycle"])
def test_the_rate_that_the_weights_feel_anneals_within_the_last_epoch(schedule, epochs):
    model, felt, before = network(), [], {}

    def keep(model, step):
        before["weight"] = model[0].weight.detach().clone()

    def measure(model, step):
        moved, gradient = before["weight"] - model[0].weight.detach(), model[0].weight.grad
        felt.append(float((moved * gradient).sum() / gradient.square().sum()))

    recipe = {"epochs": epochs, "batch": 32, "optimiser": "sgd", "momentum": 0.0, "learning_rate": 0.5}
    recipe |= {"schedule": schedule}
    history = training.train(model, data.load("moons"), on_gradients=keep, on_step=measure, **recipe).history
    steps = [training.Recipe(**recipe).rate(step, 22) for step in range(1, 22 * epochs + 1)]
    assert felt == pytest.approx(steps, rel=1e-3, abs=1e-4)
    assert felt[-1] < 0.05 * max(felt)
    assert history.learning_rate.tolist() == steps[21::22]


def test_the_bar_tells_the_time_left(capsys):
    training.train(network(), data.load("moons"), epochs=2, progress=True)
    assert "step/s" in capsys.readouterr().err
    training.train(network(), data.load("moons"), epochs=2)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("part", ["training", "validation"])
def test_a_loss_that_is_not_finite_stops_with_a_sentence(part):
    def bad(logits, labels):
        wrong = torch.is_grad_enabled() == (part == "training")
        return functional.cross_entropy(logits, labels) * (math.nan if wrong else 1)

    sentence = f"the {part} loss became nan in epoch 1; try a `learning_rate` below 0.001"
    with pytest.raises(ParameterError, match=sentence):
        training.train(network(), data.load("moons"), loss=bad, epochs=3)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"optimiser": "lbfgs"}, "parameter `optimiser` got 'lbfgs'; it takes one of adam, sgd"),
        ({"schedule": "linear"}, "`schedule` got 'linear'; it takes one of constant, cosine, step, one-cycle"),
        ({"schedule": "one-cycle", "warmup": 2}, "parameter `warmup` got 2; it takes 0 with `one-cycle`"),
        ({"rise": 1.0}, "parameter `rise` got 1.0; it takes a number between 0 and 1"),
        ({"rise": "fast"}, "parameter `rise` got 'fast'"),
        ({"schedule": "step"}, "parameter `milestones` got .*; it takes the epochs"),
        ({"patience": 0}, "parameter `patience` got 0; it takes a whole number of at least 1"),
        ({"epochs": 2.5}, "parameter `epochs` got 2.5; it takes a whole number of at least 1"),
        ({"seed": 2**63}, "parameter `seed` got 9223372036854775808; it takes a whole number from 0 to"),
        ({"seed": -1}, "parameter `seed` got -1; it takes"),
        ({"epochs": 0}, "parameter `epochs` got 0"),
        ({"epochs": "ten"}, "parameter `epochs` got 'ten'"),
        ({"batch": 0}, "parameter `batch` got 0"),
        ({"learning_rate": 0}, "parameter `learning_rate` got 0; it takes a finite number above 0"),
        ({"learning_rate": math.nan}, "parameter `learning_rate` got nan"),
        ({"weight_decay": -1}, "parameter `weight_decay` got -1"),
        ({"precision": "half"}, "parameter `precision` got 'half'; it takes one of float32, bfloat16, auto"),
        ({"learning_rat": 0.1}, "unknown training parameter `learning_rat`; it takes .*did you mean `learning_rate`?"),
        ({"zzz": 1}, "unknown training parameter `zzz`; it takes epochs, batch"),
    ],
)
def test_mistakes_get_one_sentence(settings, sentence):
    with pytest.raises(ParameterError, match=sentence):
        training.train(network(), data.load("moons"), **settings)


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (torch.tensor([[0.0], [math.nan]]), torch.tensor([0, 1]), "`train.images` got a value that is not finite"),
        (torch.zeros(2, 1), torch.tensor([0, 2]), "`train.labels` got 0 to 2; it takes class numbers from 0 to 1"),
        (torch.zeros(2, 1), torch.tensor([-1, 1]), "`train.labels` got -1 to 1; it takes class numbers from 0 to 1"),
    ],
)
def test_images_and_labels_that_cannot_be_learnt_are_refused(images, labels, sentence):
    part = data.Part(images, labels)
    with pytest.raises(ParameterError, match=sentence):
        data.make("own", part, part, part, ("a", "b"))


def test_labels_of_a_byte_are_learnt_like_any_others():
    loaded, rows = data.load("moons"), []
    for kind in (torch.int64, torch.uint8):
        parts = [data.Part(one.images, one.labels.to(kind)) for one in (loaded.train, loaded.validation, loaded.test)]
        trained = training.train(network(), data.make("own", *parts, loaded.classes), epochs=2)
        rows.append(trained.history["train_loss"].tolist())
    assert rows[0] == rows[1]


def test_early_stopping_needs_validation_images():
    with pytest.raises(ParameterError, match="parameter `patience` got 3, but `moons` has no validation images"):
        training.train(network(), without(data.load("moons")), patience=3)


def test_a_network_without_weights_is_refused():
    with pytest.raises(ParameterError, match="parameter `model` got a Flatten without weights"):
        training.train(torch.nn.Flatten(), data.load("moons"))


def test_the_initial_network_survives_as_a_copy():
    model = network()
    initial = copy.deepcopy(model)
    training.train(model, data.load("moons"), epochs=1)
    assert not torch.equal(model[0].weight, initial[0].weight)
    assert not model.training
