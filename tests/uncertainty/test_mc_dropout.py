import pytest
import torch
from torch import nn

from pruneuq_helpers import uncertainty


def network(rate=0.5, width=16):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(3, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(rate), nn.Linear(width, 2)
    ).train()


IMAGES = torch.randn(40, 3, generator=torch.Generator().manual_seed(1))


def test_passes_differ_and_a_seed_repeats_them():
    model = network()
    logits = uncertainty.mc_dropout(model, IMAGES, passes=4, seed=3)
    assert logits.shape == (4, 40, 2)
    assert not torch.equal(logits[0], logits[1])
    assert torch.equal(logits, uncertainty.mc_dropout(model, IMAGES, passes=4, seed=3))
    assert not torch.equal(logits, uncertainty.mc_dropout(model, IMAGES, passes=4, seed=4))
    assert torch.equal(logits[:2], uncertainty.mc_dropout(model, IMAGES, passes=2, seed=3))


def test_mean_and_variance_of_a_linear_unit():
    model = nn.Sequential(nn.Dropout(0.2), nn.Linear(3, 1, bias=False))
    weight, x = torch.tensor([[1.0, -2.0, 0.5]]), torch.tensor([[1.0, 0.5, 2.0]])
    model[1].weight.data = weight
    outputs = uncertainty.mc_dropout(model, x.expand(5000, 3), passes=4).double()
    terms = (weight * x).double()
    variance = float((terms**2).sum() * 0.2 / 0.8)
    assert float(outputs.mean()) == pytest.approx(float(terms.sum()), abs=5 * (variance / 20_000) ** 0.5)
    assert float(outputs.var()) == pytest.approx(variance, rel=0.05)


def test_batch_norm_stays_in_eval_mode_and_dropout_does_not():
    model = network()
    seen = []
    model[1].register_forward_hook(lambda module, *_: seen.append(("norm", module.training)))
    model[3].register_forward_hook(lambda module, *_: seen.append(("dropout", module.training)))
    before = model[1].running_mean.clone()
    uncertainty.mc_dropout(model, IMAGES, passes=2)
    assert seen == [("norm", False), ("dropout", True)] * 2
    assert torch.equal(model[1].running_mean, before)
    assert model[1].num_batches_tracked == 0


def test_an_image_does_not_see_its_neighbours():
    # with next to no dropout, only batch statistics could tell them apart
    model = network(rate=1e-12)
    alone = uncertainty.mc_dropout(model, IMAGES[:1], passes=1)
    torch.testing.assert_close(alone[0, 0], uncertainty.mc_dropout(model, IMAGES, passes=1)[0, 0])


def test_model_and_random_state_are_left_alone():
    model = network()
    model[1].eval()
    modes = [module.training for module in model.modules()]
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    logits = uncertainty.mc_dropout(model, IMAGES)
    assert torch.equal(torch.rand(3), expected)
    assert [module.training for module in model.modules()] == modes
    assert not logits.requires_grad


@pytest.mark.parametrize("layer", [nn.Dropout2d, nn.AlphaDropout, nn.Dropout1d])
def test_every_kind_of_dropout_counts(layer):
    model = nn.Sequential(layer(0.5), nn.Flatten(), nn.Linear(12, 2))
    shape = (2, 3, 2, 2) if layer is nn.Dropout2d else (2, 3, 4)
    logits = uncertainty.mc_dropout(model, torch.ones(shape), passes=8)
    assert logits.std(dim=0).min() > 0


@pytest.mark.parametrize(
    ("model", "passes", "sentence"),
    [
        (nn.Linear(3, 2), 2, "`model` got a network without active dropout"),
        (nn.Sequential(nn.Dropout(0.0)), 2, "`model` got a network without active dropout"),
        (nn.Dropout(), 0, "`passes` got 0; it takes a whole number of at least 1"),
        (nn.Dropout(), 2.5, "`passes` got 2.5"),
    ],
)
def test_refuses_what_has_no_answer(model, passes, sentence):
    with pytest.raises(ValueError, match=sentence):
        uncertainty.mc_dropout(model, IMAGES, passes=passes)
