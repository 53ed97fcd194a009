"""One epoch of chapter 6, step by step: what becomes of the zeros between two prunes."""

from collections.abc import Iterator
from typing import Any

import torch

from pruneuq_helpers.chapters.bayesian_pruning.networks import decay, describe, load
from pruneuq_helpers.population import Stack
from pruneuq_helpers.population.batches import Order
from pruneuq_helpers.population.kernels import cross_entropy
from pruneuq_helpers.population.optimiser import Recipe
from pruneuq_helpers.pruning import BayesianPruning, Rule, bayes
from pruneuq_helpers.pruning.gate import sparsity


def step_cells(study) -> list[dict[str, Any]]:
    """The cells of the watched epoch: one a data set, network and seed, all levels together."""
    names = ("batch", "rate", "device", "watched_epoch", "levels", "training_images", "objective", "sigma")
    shared = {name: getattr(study, name) for name in names}
    source = {"root": study.root, "download": study.download}
    return [
        shared | {"data": name, "network": net, "widths": study.widths(net), "source": source, "seed": seed}
        for name in study.data
        for net in study.networks
        for seed in range(study.seeds)
    ]


def step_work(cells: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Train with a prune after every epoch, and measure after some steps of the watched one."""
    first, own = cells[0], [cell["seed"] for cell in cells]
    members = [
        {"how": how, "level": level, "seed": seed}
        for how in ("random", "magnitude")
        for level in first["levels"]
        for seed in own
    ]
    loaded = load(first["data"], **first["source"], training_images=first["training_images"])
    images, labels = loaded.normalise(loaded.train.images), loaded.train.labels
    network, seeds = describe(first["network"], first["widths"], loaded), [member["seed"] for member in members]
    stack = Stack(network, [network.initial(seed) for seed in seeds], device=first["device"])
    prune = BayesianPruning([Rule(**member) for member in members], images, labels)
    recipe = Recipe("adam", first["rate"], weight_decay=decay(first["objective"], first["sigma"], len(labels)))
    steps = training_steps(stack, images, labels, seeds, first["batch"], recipe)
    an_epoch = -(-len(labels) // first["batch"])
    for stack.epoch in range(1, first["watched_epoch"]):
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
    return [[row for row in rows if row["seed"] == seed] for seed in own]


def training_steps(stack: Stack, images, labels, seeds: list[int], batch: int, recipe: Recipe) -> Iterator[None]:
    """Train a stack for ever, a step at a time: those of ``population.train``, with a pause after each."""
    images, labels = images.to(stack.parameters.vector), labels.to(stack.device)
    optimiser = recipe.start(stack.parameters)
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
