"""Chapter 4's networks: small ensembles that learnt from few images, and so are too sure of themselves."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pruneuq_helpers import data, population
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.places import load

_APART = 1000  # between the seeds of one ensemble's members and the next ensemble's


@dataclass(frozen=True)
class Images:
    """The images of one seed as a network sees them, and their labels, by part."""

    images: dict[str, Tensor]
    labels: dict[str, Tensor]
    classes: int


@dataclass(frozen=True)
class Networks:
    """The members of an ensemble, or one network looked at several times with dropout on."""

    seed: int
    network: population.Network
    states: list[dict]
    shown: Images
    device: str = "cpu"
    dropout: int | None = None

    def logits(self, part: str) -> Tensor:
        """Logits ``[M, N, C]`` on one part."""
        images = self.shown.images[part]
        return population.predict(self.network, self.states, images, dropout=self.dropout, device=self.device)

    def labels(self, part: str):
        """The labels of one part, as an array."""
        return self.shown.labels[part].numpy()


def images_of(where: dict, seed: int) -> Images:
    """Load a data set without some of its classes, and set few images aside to learn from."""
    source = load(where["data"], where["root"], where["download"], seed=seed)
    if len(source.input_shape) != 3:
        raise ParameterError(f"parameter `data` got {source.name!r}; it takes a set of images")
    kept, held = data.hold_out(source, where["held_out"])
    number, there = where["training_images"], len(kept.train)
    if number > there:
        raise ParameterError(f"parameter `training_images` got {number}; it takes at most the {there} of `{kept.name}`")
    few = where["test_images"]
    own, rest = (kept.train.take(index) for index in data.split(kept.train.labels, [number / there], seed))
    labelled = {
        "train": (own.images, own.labels),
        "validation": (kept.validation.images, kept.validation.labels),
        "test": [torch.cat(pair)[:few] for pair in ((kept.test.images, rest.images), (kept.test.labels, rest.labels))],
    }
    foreign = held.images[:few]
    images = {part: pair[0] for part, pair in labelled.items()}
    images |= {"held out": foreign, "photographs": data.photographs(kept.input_shape, count=len(foreign), seed=seed)}
    seen = {part: kept.normalise(values) for part, values in images.items()}
    return Images(seen, {part: pair[1] for part, pair in labelled.items()}, len(kept.classes))


def ensembles(shown: list[Images], seeds: list[int], recipe: dict) -> list[Networks]:
    """Train an ensemble for every seed, all members of all of them together."""
    many = recipe["members"]
    pairs = [(one, seed * _APART + member) for one, seed in zip(shown, seeds, strict=True) for member in range(many)]
    network, states = _fit(pairs, recipe)
    return [
        Networks(seed, network, states[place * many : (place + 1) * many], shown[place], recipe["device"])
        for place, seed in enumerate(seeds)
    ]


def dropouts(shown: list[Images], seeds: list[int], recipe: dict) -> list[Networks]:
    """Train one network with dropout for every seed, all of them together."""
    many = recipe["members"]
    starts = [seed * _APART for seed in seeds]
    pairs = [(one, start + many) for one, start in zip(shown, starts, strict=True)]
    network, states = _fit(pairs, recipe, recipe["dropout"])
    return [
        Networks(seed, network, [state] * many, one, recipe["device"], dropout=start)
        for seed, state, one, start in zip(seeds, states, shown, starts, strict=True)
    ]


def _fit(members: list[tuple[Images, int]], recipe: dict, dropout: float = 0.0):
    images = torch.stack([shown.images["train"] for shown, _ in members])
    labels = torch.stack([shown.labels["train"] for shown, _ in members])
    network = population.mlp(images[0, 0].numel(), *recipe["hidden"], members[0][0].classes, dropout=dropout)
    # As many steps whatever the number of images: fewer images are seen more often.
    epochs = -(-recipe["steps"] // -(-images.shape[1] // recipe["batch"]))
    shared = {name: recipe[name] for name in ("batch", "rate", "device")}
    result = population.train(network, images, labels, [seed for _, seed in members], epochs=epochs, **shared)
    return network, result.states
