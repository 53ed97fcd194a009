"""Chapter 4's networks: small ensembles that learnt from few images, and so are too sure of themselves."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pruneuq_helpers import data, population
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.studies.places import load

_APART = 1000  # between the seeds of one ensemble's members and the next ensemble's


@dataclass(frozen=True)
class Images:
    """The images of one seed as a network sees them, and their labels, by part.

    Attributes
    ----------
    images : dict of str to Tensor
        ``train``, ``validation``, ``test``, and two foreign parts: ``held out`` (classes that were never shown) and
        ``photographs`` (patches of photographs).
    labels : dict of str to Tensor
        Of the first three parts.
    classes : int
        How many classes are known.
    """

    images: dict[str, Tensor]
    labels: dict[str, Tensor]
    classes: int


@dataclass(frozen=True)
class Networks:
    """The members of an ensemble, or one network looked at several times with dropout on.

    Attributes
    ----------
    seed : int
        Which repetition.
    network : population.Network
        What each of them looks like.
    states : list of dict
        Their weights; the same ones again and again for dropout.
    shown : Images
        What they learnt from and are tested on.
    device : str
        Where they are computed.
    dropout : int or None
        The seed of the first pass, with dropout on.
    """

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
    """Load a data set without some of its classes, and set few images aside to learn from.

    Parameters
    ----------
    where : dict
        ``data``, ``root``, ``download``, ``held_out`` (names of classes), ``training_images``, ``test_images`` (at
        most: the test part, then training images that were not used).
    seed : int
        Of the split and of the choice of training images.

    Returns
    -------
    Images

    Examples
    --------
    >>> where = {"data": "digits", "root": "data", "download": False, "held_out": ["0", "6"], "training_images": 80,
    ...          "test_images": 500}
    >>> {part: len(images) for part, images in images_of(where, seed=0).images.items()}
    {'train': 80, 'validation': 216, 'test': 500, 'held out': 359, 'photographs': 359}
    """
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
    """Train an ensemble for every seed, all members of all of them together.

    Parameters
    ----------
    shown : list of Images
        One a seed.
    seeds : list of int
        One ensemble each.
    recipe : dict
        ``hidden`` (widths), ``members``, ``steps``, ``batch``, ``rate``, ``device``.

    Returns
    -------
    list of Networks

    Examples
    --------
    >>> where = {"data": "digits", "root": "data", "download": False, "held_out": ["0", "6"], "training_images": 40,
    ...          "test_images": 100}
    >>> recipe = {"hidden": [16], "members": 3, "steps": 2, "batch": 32, "rate": 0.01, "device": "cpu"}
    >>> ensembles([images_of(where, seed=0)], [0], recipe)[0].logits("test").shape
    torch.Size([3, 100, 8])
    """
    many = recipe["members"]
    pairs = [(one, seed * _APART + member) for one, seed in zip(shown, seeds, strict=True) for member in range(many)]
    network, states = _fit(pairs, recipe)
    return [
        Networks(seed, network, states[place * many : (place + 1) * many], shown[place], recipe["device"])
        for place, seed in enumerate(seeds)
    ]


def dropouts(shown: list[Images], seeds: list[int], recipe: dict) -> list[Networks]:
    """Train one network with dropout for every seed, all of them together.

    Parameters
    ----------
    shown, seeds, recipe
        As for `ensembles`, with the rate ``dropout`` in the recipe; ``members`` are passes.

    Returns
    -------
    list of Networks

    Examples
    --------
    >>> where = {"data": "digits", "root": "data", "download": False, "held_out": ["0", "6"], "training_images": 40,
    ...          "test_images": 100}
    >>> recipe = {"hidden": [16], "members": 3, "steps": 2, "batch": 32, "rate": 0.01, "device": "cpu", "dropout": 0.2}
    >>> logits = dropouts([images_of(where, seed=0)], [0], recipe)[0].logits("test")
    >>> bool((logits[0] != logits[1]).any())
    True
    """
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
