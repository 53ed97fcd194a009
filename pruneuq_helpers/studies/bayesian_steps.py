"""One epoch of chapter 6, step by step: what becomes of the zeros between two prunes."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import torch

from pruneuq_helpers.population import Stack
from pruneuq_helpers.population.batches import Order
from pruneuq_helpers.population.kernels import cross_entropy
from pruneuq_helpers.population.optimiser import Recipe
from pruneuq_helpers.pruning import BayesianPruning, Rule, bayes
from pruneuq_helpers.pruning.gate import sparsity
from pruneuq_helpers.studies.bayesian_setup import describe, load


def step_cells(study) -> list[dict[str, Any]]:
    """The cells of the watched epoch: one a data set and network, all levels together.

    Parameters
    ----------
    study : BayesianStudy
        The parameters.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from pruneuq_helpers.studies.bayesian import TINY, BayesianStudy
    >>> study = BayesianStudy(seeds=3, out=mkdtemp(), **TINY)
    >>> [(cell["network"], cell["watched_epoch"], len(cell["members"])) for cell in step_cells(study)]
    [('fcn', 2, 6)]
    """
    shared = {name: getattr(study, name) for name in ("batch", "rate", "device", "watched_epoch")}
    members = [
        {"how": how, "level": level, "seed": seed}
        for how in ("random", "magnitude")
        for level in study.levels
        for seed in range(study.seeds)
    ]
    source = {"root": study.root, "download": study.download}
    return [
        shared | {"data": name, "network": net, "widths": study.widths(net), "source": source, "members": members}
        for name in study.data
        for net in study.networks
    ]


def step_work(cell: dict[str, Any]) -> pd.DataFrame:
    """Train with a prune after every epoch, and measure after some steps of the watched one.

    Parameters
    ----------
    cell : dict
        One of `step_cells`.

    Returns
    -------
    pandas.DataFrame
        A row a member and step, 0 being right after the prune: sparsity; accuracy of the network as it is;
        kept_accuracy, with the weights that had been removed taken out again.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from pruneuq_helpers.studies.bayesian import TINY, BayesianStudy
    >>> rows = step_work(step_cells(BayesianStudy(seeds=1, out=mkdtemp(), **TINY))[0])
    >>> rows.query("how == 'random'")["step"].tolist()
    [0, 1, 2, 4, 8, 16, 17]
    """
    loaded, members = load(cell["data"], **cell["source"]), cell["members"]
    images, labels = loaded.normalise(loaded.train.images), loaded.train.labels
    network, seeds = describe(cell["network"], cell["widths"], loaded), [member["seed"] for member in members]
    stack = Stack(network, [network.initial(seed) for seed in seeds], device=cell["device"])
    prune = BayesianPruning([Rule(**member) for member in members], images, labels)
    steps = training_steps(stack, images, labels, seeds, cell["batch"], cell["rate"])
    an_epoch = -(-len(labels) // cell["batch"])
    for stack.epoch in range(1, cell["watched_epoch"]):
        for _ in range(an_epoch):
            next(steps)
        prune(stack)
    weights = bayes.pruned_tensors(stack.weights)
    kept = {name: (tensor != 0).to(tensor) for name, tensor in weights.items()}
    watched = loaded.normalise(loaded.validation.images), loaded.validation.labels.to(stack.device)
    rows = _measure(stack, weights, kept, watched, members, 0)
    for step in range(1, an_epoch + 1):
        next(steps)
        if step & (step - 1) == 0 or step == an_epoch:  # powers of two, and the end
            rows += _measure(stack, weights, kept, watched, members, step)
    return pd.DataFrame(rows)


def training_steps(stack: Stack, images, labels, seeds: list[int], batch: int, rate: float) -> Iterator[None]:
    """Train a stack with Adam for ever, a step at a time: those of ``population.train``, with a pause after each.

    Parameters
    ----------
    stack : Stack
        The members, trained in place.
    images, labels : torch.Tensor
        Shared training data.
    seeds : list of int
        One a member, of its batch order.
    batch, rate
        Images a step and learning rate.

    Yields
    ------
    None
        After every step.

    Examples
    --------
    >>> from pruneuq_helpers.population import mlp
    >>> network = mlp(2, 3, 2)
    >>> stack = Stack(network, [network.initial(0)])
    >>> next(training_steps(stack, torch.ones(4, 2), torch.tensor([0, 1, 0, 1]), [0], batch=2, rate=0.01))
    """
    images, labels = images.to(stack.parameters.vector), labels.to(stack.device)
    optimiser = Recipe("adam", rate).start(stack.parameters)
    orders = [Order(seed, len(labels)) for seed in seeds]
    while True:
        for index in torch.stack([order.epoch() for order in orders]).to(stack.device).split(batch, dim=1):
            _, gradient = cross_entropy(stack.forward(images[index], training=True), labels[index])
            stack.backward(gradient)
            optimiser.step(stack.parameters, stack.gradients)
            stack.apply_masks()
            yield


def _measure(stack: Stack, weights: dict, kept: dict, watched: tuple, members: list[dict], step: int) -> list[dict]:
    zeros, accuracy = sparsity(weights).tolist(), _accuracy(stack, *watched)
    grown = {name: tensor.clone() for name, tensor in weights.items()}
    for name, mask in kept.items():
        weights[name].mul_(mask)
    without = _accuracy(stack, *watched)
    for name, tensor in grown.items():
        weights[name].copy_(tensor)
    return [
        member | {"step": step, "sparsity": zeros[k], "accuracy": accuracy[k], "kept_accuracy": without[k]}
        for k, member in enumerate(members)
    ]


def _accuracy(stack: Stack, images, labels) -> list[float]:
    return (stack.predict(images).argmax(2) == labels).double().mean(1).tolist()
