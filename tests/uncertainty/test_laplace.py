"""Laplace approximations: held against laplace-torch to four decimals, and against cases worked by hand."""

import copy
import math
from dataclasses import replace

import pytest
import torch
from laplace import FullSubnetLaplace, Laplace
from laplace.curvature import CurvlinopsGGN
from laplace.utils import LargestMagnitudeSubnetMask, LargestVarianceDiagLaplaceSubnetMask
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pruneuq_helpers import population, pruning
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.metrics import nll
from pruneuq_helpers.uncertainty import curvature, fit_laplace, last_layer, subnetwork, survivors
from pruneuq_helpers.uncertainty.predictives import averaged, from_logits, probit

EXACT = {"rtol": 0, "atol": 5e-5}  # four decimals


def trained(network: population.Network, classes: int, seed: int = 0) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """A network trained on noisy labels, so that it is sure of nothing; float64, as both sides then compute in it."""
    draw = torch.Generator().manual_seed(seed)
    images = torch.randn(60, *network.input_shape, generator=draw)
    labels = (images.flatten(1)[:, :classes] + 0.7 * torch.randn(60, classes, generator=draw)).argmax(1)
    member = population.train(network, images, labels, [seed], epochs=40, batch=20, rate=0.01).member(0)
    return member.double(), images.double(), labels


MLP = population.mlp(5, 8, 6, 3)
CNN = population.convnet((2, 8, 8), (3, 4), (6,), 3)


@pytest.fixture(scope="module", params=[MLP, CNN], ids=["mlp", "cnn"])
def case(request):
    return trained(request.param, 3)


def loader(images, labels):
    return DataLoader(TensorDataset(images, labels), batch_size=25)


def theirs_on(case, kept, precision):
    """laplace-torch's posterior over the same weights."""
    model, images, labels = case
    flat = torch.cat([kept.get(name, torch.zeros_like(w)).flatten().bool() for name, w in model.named_parameters()])
    index = flat.nonzero().squeeze(1)
    theirs = FullSubnetLaplace(model, "classification", index, prior_precision=precision, backend=CurvlinopsGGN)
    theirs.fit(loader(images, labels))
    return theirs


def everything(model):
    return {name: torch.ones_like(value, dtype=torch.bool) for name, value in model.named_parameters()}


@pytest.mark.parametrize("precision", [0.3, 5.0])
@pytest.mark.parametrize("how", ["all", "magnitude", "variance", "random"])
def test_subnetwork_equals_laplace_torch(case, how, precision):
    model, images, labels = case
    kept = everything(model) if how == "all" else subnetwork(model, 30, how, images, seed=3)
    ours, theirs = fit_laplace(model, images, labels, kept, precision), theirs_on(case, kept, precision)
    points = 3 * torch.randn(20, *images.shape[1:], generator=torch.Generator().manual_seed(9)).double()
    mean, covariance = theirs._glm_predictive_distribution(points)
    torch.testing.assert_close(ours.logits(points)[0], mean.detach(), **EXACT)
    torch.testing.assert_close(ours.logits(points)[1], covariance.detach(), **EXACT)
    probs = theirs(points, pred_type="glm", link_approx="probit")
    torch.testing.assert_close(ours.predict(points), probs.detach(), **EXACT)
    assert ours.log_evidence() == pytest.approx(float(theirs.log_marginal_likelihood()), abs=5e-5)


@pytest.mark.parametrize("precision", [0.3, 5.0])
def test_last_layer_equals_laplace_torch(case, precision):
    model, images, labels = case
    ours = fit_laplace(model, images, labels, prior_precision=precision)
    theirs = Laplace(model, "classification", "last_layer", "full", prior_precision=precision, backend=CurvlinopsGGN)
    theirs.fit(loader(images, labels))
    points = 3 * torch.randn(20, *images.shape[1:], generator=torch.Generator().manual_seed(9)).double()
    probs = theirs(points, pred_type="glm", link_approx="probit")
    torch.testing.assert_close(ours.predict(points), probs.detach(), **EXACT)
    assert ours.log_evidence() == pytest.approx(float(theirs.log_marginal_likelihood()), abs=5e-5)


def test_prior_precision_is_where_laplace_torch_finds_it(case):
    model, images, labels = case
    kept = subnetwork(model, 30, "variance", images)
    ours, theirs = fit_laplace(model, images, labels, kept), theirs_on(case, kept, 1.0)
    theirs.optimize_prior_precision("glm", method="marglik", n_steps=3000, lr=0.01)
    assert ours.prior_precision == pytest.approx(float(theirs.prior_precision), rel=1e-3)
    assert ours.log_evidence() >= float(theirs.log_marginal_likelihood()) - 1e-6


def test_choices_are_those_of_laplace_torch(case):
    model, images, labels = case
    diagonal = Laplace(model, "classification", "all", "diag", backend=CurvlinopsGGN)
    masks = {
        "magnitude": LargestMagnitudeSubnetMask(model, 25),
        "variance": LargestVarianceDiagLaplaceSubnetMask(model, 25, diagonal),
    }
    for how, mask in masks.items():
        theirs = set(mask.select(loader(images, labels)).tolist())
        kept = subnetwork(model, 25, how, images)
        ours = set(torch.cat([part.flatten() for part in kept.values()]).nonzero().squeeze(1).tolist())
        assert ours == theirs


def test_the_linearised_predictive_is_the_average_over_many_logits(case):
    model, images, labels = case
    posterior = fit_laplace(model, images, labels, everything(model), prior_precision=0.3)
    mean, covariance = posterior.logits(images[:10])
    eye = 1e-9 * torch.eye(mean.shape[1]).double()
    torch.manual_seed(1)
    draws = torch.distributions.MultivariateNormal(mean, covariance + eye).sample((20_000,))
    expected = draws.softmax(2).mean(0)
    found = posterior.predict(images[:10], "linearised", draws=20_000)
    torch.testing.assert_close(found, expected, rtol=0, atol=0.015)


def test_the_sampled_predictive_asks_the_network_with_other_weights(case):
    model, images, labels = case
    kept = everything(model)
    posterior = fit_laplace(model, images, labels, kept, prior_precision=2.0)
    found = posterior.predict(images[:10], "sampled", draws=4000, seed=3)
    # Weights by a plain inverse of the precision, put into a copy of the network.
    square = posterior.eigenvectors @ torch.diag(posterior.eigenvalues + 2.0) @ posterior.eigenvectors.T
    torch.manual_seed(1)
    weights = torch.distributions.MultivariateNormal(posterior.curve.weights, precision_matrix=square).sample((4000,))
    twin, total = copy.deepcopy(model), 0.0
    for one in weights:
        nn.utils.vector_to_parameters(one, twin.parameters())
        total = total + twin(images[:10]).softmax(1).detach()
    torch.testing.assert_close(found, total / 4000, rtol=0, atol=0.03)


def test_several_precisions_at_once_are_those_one_by_one(case):
    model, images, labels = case
    posterior = fit_laplace(model, images, labels)
    mean, covariances = posterior.logits_at(images[:7], [0.5, 50.0])
    for covariance, precision in zip(covariances, (0.5, 50.0), strict=True):
        alone = replace(posterior, prior_precision=precision)
        torch.testing.assert_close(covariance, alone.logits(images[:7])[1])
        for predictive in ("probit", "linearised"):
            probs = from_logits(predictive, mean, covariance, draws=5, seed=2)
            torch.testing.assert_close(probs, alone.predict(images[:7], predictive, draws=5, seed=2))
            torch.testing.assert_close(probs.sum(1), torch.ones(7).double())


def test_the_probit_does_not_see_what_logits_share_and_draws_do():
    # All logits move as one: the softmax stays where it is, and only the probit shrinks it.
    mean, shared = torch.tensor([[2.0, 0.0, 0.0]]).double(), 25.0 * torch.ones(1, 3, 3).double()
    plain = mean.softmax(1)
    torch.testing.assert_close(averaged(mean, shared, draws=50, seed=0), plain, rtol=0, atol=1e-2)
    assert float(probit(mean, shared.diagonal(dim1=1, dim2=2)).max()) < float(plain.max()) - 0.2


@pytest.mark.parametrize("predictive", ["linearised", "sampled"])
def test_a_strong_prior_leaves_the_softmax_however_it_is_asked(case, predictive):
    model, images, labels = case
    probs = fit_laplace(model, images, labels, prior_precision=1e12).predict(images, predictive, draws=3)
    torch.testing.assert_close(probs, model(images).softmax(1).detach(), rtol=0, atol=1e-4)


def test_one_weight_by_hand():
    # Two logits (0, w x): the curvature is p (1 - p) x² a point, and so the Gaussian and the probit follow.
    model = nn.Linear(1, 2, bias=False).double()
    model.weight.data = torch.tensor([[0.0], [1.5]]).double()
    kept = {"weight": torch.tensor([[False], [True]])}
    posterior = fit_laplace(model, torch.tensor([[2.0]]).double(), torch.tensor([1]), kept, prior_precision=0.5)
    p = 1 / (1 + math.exp(-3.0))
    precision = p * (1 - p) * 4 + 0.5
    variance = 100 / precision
    kappa = (1 + math.pi / 8 * variance) ** -0.5
    found = posterior.predict(torch.tensor([[10.0]]).double())[0, 1]
    assert float(found) == pytest.approx(1 / (1 + math.exp(-kappa * 15)))
    evidence = math.log(p) - 0.5 * (math.log(precision / 0.5) + 0.5 * 1.5**2)
    assert posterior.log_evidence() == pytest.approx(evidence)


def test_the_chosen_precision_is_a_maximum(case):
    model, images, labels = case
    posterior = fit_laplace(model, images, labels)
    best = posterior.log_evidence()
    assert all(posterior.log_evidence(posterior.prior_precision * factor) < best for factor in (0.9, 1.1))


def test_a_strong_prior_leaves_the_softmax(case):
    model, images, labels = case
    probs = fit_laplace(model, images, labels, prior_precision=1e9).predict(images)
    torch.testing.assert_close(probs, model(images).softmax(1).detach(), rtol=0, atol=1e-6)


def test_a_subnetwork_of_all_knows_the_last_layer():
    model, images, labels = trained(MLP, 3)
    whole = fit_laplace(model, images, labels, everything(model), 1.0)
    last = fit_laplace(model, images, labels, last_layer(model), 1.0)
    total = sum(value.numel() for value in model.parameters())
    assert len(whole.eigenvalues) == total
    assert len(last.eigenvalues) == 6 * 3 + 3
    assert torch.trace(torch.diag(whole.eigenvalues)) > torch.trace(torch.diag(last.eigenvalues))


def test_blocks_do_not_change_the_result(case, monkeypatch):
    model, images, labels = case
    at_once = fit_laplace(model, images, labels, prior_precision=1.0).predict(images)
    monkeypatch.setattr(curvature, "BLOCK", 2000)
    in_blocks = fit_laplace(model, images, labels, prior_precision=1.0).predict(images)
    torch.testing.assert_close(at_once, in_blocks)


def test_the_model_is_left_as_it_was():
    model = population.mlp(5, 8, 3, dropout=0.5).module(seed=0).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    draw = torch.Generator().manual_seed(0)
    images, labels = torch.randn(12, 5, generator=draw), torch.randint(3, (12,), generator=draw)
    posterior = fit_laplace(model, images, labels, prior_precision=1.0)
    assert torch.equal(posterior.predict(images), posterior.predict(images))  # its dropout is off
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_survivors_are_what_removal_leaves():
    model = CNN.module(seed=0)
    kept = survivors(pruning.mask_channels(model, 0.5, input_shape=(2, 8, 8)))
    smaller = pruning.remove_channels(model, 0.5, input_shape=(2, 8, 8))
    assert sum(int(mask.sum()) for mask in kept.values()) == sum(value.numel() for value in smaller.parameters())


def test_it_mends_an_overconfident_network():
    model, images, labels = trained(population.mlp(5, 30, 3), 3)
    for value in model[-1].parameters():
        value.data *= 6  # surer of everything, right no more often
    draw = torch.Generator().manual_seed(5)
    fresh = torch.randn(300, 5, generator=draw).double()
    truth = (fresh[:, :3] + 0.7 * torch.randn(300, 3, generator=draw)).argmax(1)
    probs = fit_laplace(model, images, labels, prior_precision=1.0).predict(fresh)
    assert nll(probs, truth) < nll(model(fresh).softmax(1).detach(), truth)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kept": {"fc9.weight": torch.ones(1, dtype=torch.bool)}}, "`kept` got 'fc9.weight'"),
        ({"kept": {"fc1.bias": torch.ones(3, dtype=torch.bool)}}, "it takes booleans of shape"),
        ({"kept": {"fc1.bias": torch.zeros(8, dtype=torch.bool)}}, "`kept` got no weight to keep"),
        ({"prior_precision": 0.0}, "`prior_precision` got 0.0"),
        ({"memory": -1}, "`memory` got -1"),
        ({"memory": 1e-5}, "`kept` got 21 weights, which need 1e-05 GiB; it takes at most 18 within"),
        ({"labels": torch.zeros(2, dtype=torch.long)}, "`labels` got 2 values for 60"),
    ],
)
def test_bad_input_is_one_sentence(change, sentence):
    model, images, labels = trained(MLP, 3)
    with pytest.raises(ParameterError, match=sentence) as error:
        fit_laplace(**{"model": model, "images": images, "labels": labels} | change)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"count": 0}, "`count` got 0; it takes a whole number from 1 to 123"),
        ({"count": 124}, "`count` got 124"),
        ({"count": 5, "how": "largest"}, "`how` got 'largest'; it takes one of variance"),
        ({"count": 5, "how": "variance"}, "`images` got None"),
    ],
)
def test_a_choice_that_cannot_be_made(options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        subnetwork(MLP.module(seed=0), **options)


def test_a_way_that_there_is_not(case):
    model, images, labels = case
    with pytest.raises(ParameterError, match="`predictive` got 'glm'; it takes one of probit, linearised, sampled"):
        fit_laplace(model, images, labels).predict(images, "glm")


def test_a_network_without_weights_has_no_last_layer():
    with pytest.raises(ParameterError, match="`model` got a ReLU without weights"):
        last_layer(nn.ReLU())


def test_too_large_is_refused_before_anything_is_computed():
    wide = nn.Linear(100_000, 2)
    with pytest.raises(ParameterError, match="got 200002 weights, which need 1192.1 GiB; it takes at most 8192"):
        fit_laplace(wide, torch.zeros(1, 100_000), torch.tensor([0]))


def test_the_covariance_can_be_sampled_from_in_single_precision():
    model, images, labels = trained(population.mlp(5, 40, 30, 3), 3)
    model, images = model.float(), images.float()
    mean, covariance = fit_laplace(model, images, labels, everything(model), prior_precision=0.01).logits(images)
    torch.testing.assert_close(covariance, covariance.mT, rtol=1e-12, atol=1e-12)
    drawn = torch.distributions.MultivariateNormal(mean, covariance, validate_args=True).sample()
    assert drawn.shape == mean.shape


def test_a_solver_that_gives_up_is_replaced(case, monkeypatch):
    model, images, labels = case
    posterior = fit_laplace(model, images, labels)

    def gives_up(square):
        raise torch.linalg.LinAlgError("the algorithm failed to converge")

    monkeypatch.setattr(torch.linalg, "eigh", gives_up)
    again = fit_laplace(model, images, labels)
    assert again.prior_precision == pytest.approx(posterior.prior_precision, rel=1e-6)
    torch.testing.assert_close(again.predict(images), posterior.predict(images))
