"""Chapter 8's populations: trained together where networks are small, one by one and kept in files where not."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from pruneuq_helpers import models, population, training
from pruneuq_helpers.data import crop_flip
from pruneuq_helpers.pruning.gradual import Gradual, GradualPruning
from pruneuq_helpers.studies.forgetting_images import Shown

AGAIN = "dense again"  # a second dense population: what changes when nothing is pruned


@dataclass(frozen=True, eq=False)
class Answers:
    """Probabilities ``[K, N, C]`` of every population on every set of images.

    Parameters
    ----------
    levels : list of float
        Of the pruned populations.
    dense, again : dict
        Set of images to the probabilities of the dense population, and of the second one.
    pruned : list of dict
        The same of the pruned populations, one a level.
    """

    levels: list[float]
    dense: dict[str, Tensor]
    again: dict[str, Tensor]
    pruned: list[dict[str, Tensor]]


def schedule(recipe: dict, images: int, levels) -> Gradual:
    """S4's pruning schedule in shares of the training.

    Parameters
    ----------
    recipe : dict
        epochs batch begin end updates grad.
    images : int
        Learnt from.
    levels : float or list of float
        One a member.

    Returns
    -------
    Gradual

    Examples
    --------
    >>> recipe = {"epochs": 205, "batch": 128, "begin": 1 / 80, "end": 0.25, "updates": 10, "grad": "masked"}
    >>> schedule(recipe, images=50_000, levels=0.9).every
    2003
    """
    steps = recipe["epochs"] * -(-images // recipe["batch"])
    end = max(2, round(recipe["end"] * steps))
    begin, every = min(end - 1, round(recipe["begin"] * steps)), max(1, end // recipe["updates"])
    return Gradual(levels, begin=begin, end=end, every=every, grad=recipe["grad"])


def network_of(recipe: dict, shown: Shown):
    """The dense network: a description that a population trains, or the name and widths of a large one.

    Parameters
    ----------
    recipe : dict
        network hidden conv width.
    shown : Shown
        What it learns.

    Returns
    -------
    population.Network or torch.nn.Module
    """
    classes, shape = len(shown.classes), shown.data.input_shape
    if recipe["network"] == "mlp":
        return population.mlp(int(torch.tensor(shape).prod()), *recipe["hidden"], classes)
    if recipe["network"] == "cnn":
        return population.convnet(shape, recipe["conv"], recipe["hidden"], classes)
    return models.build("wrn", classes, shape, width=recipe["width"])


def member_seed(seed: int, place: int) -> int:
    """Seed of a member: no two of a study are the same.

    Parameters
    ----------
    seed, place : int
        Of the repetition, and of the member in it.

    Returns
    -------
    int

    Examples
    --------
    >>> member_seed(2, 31)
    20031
    """
    return 10_000 * seed + place


def answers(shown: Shown, recipe: dict, seed: int, folder: str) -> Answers:
    """Train two dense populations and one a level, and ask all of them.

    Parameters
    ----------
    shown : Shown
        The images.
    recipe : dict
        How networks are made and trained.
    seed : int
        Of the repetition.
    folder : str
        Where large networks are kept, so that an interrupted run goes on.

    Returns
    -------
    Answers
    """
    levels = [0.0, 0.0, *recipe["levels"]]
    finals = [level for level in levels for _ in range(recipe["members"])]
    ask = _together if recipe["network"] in ("mlp", "cnn") else _one_by_one
    probs = ask(shown, recipe, finals, seed, folder)
    parts = [{name: part[place] for name, part in probs.items()} for place in range(len(levels))]
    return Answers(recipe["levels"], parts[0], parts[1], parts[2:])


def _together(shown: Shown, recipe: dict, finals: list[float], seed: int, _folder: str) -> dict[str, Tensor]:
    trained = population.train(
        network_of(recipe, shown),
        *shown.train,
        seeds=[member_seed(seed, place) for place in range(len(finals))],
        schedule=schedule(recipe, len(shown.train[1]), finals),
        **{name: recipe[name] for name in ("epochs", "batch", "optimiser", "rate", "momentum", "weight_decay")},
        device=recipe["device"],
    )
    if trained.failed:
        raise ValueError(f"{len(trained.failed)} of {len(finals)} networks diverged; take a smaller `rate`")
    said = {name: trained.predict(asked.images).softmax(2) for name, asked in shown.asked.items()}
    return {name: probs.unflatten(0, (-1, recipe["members"])) for name, probs in said.items()}


def _one_by_one(shown: Shown, recipe: dict, finals: list[float], seed: int, folder: str) -> dict[str, Tensor]:
    """Wide networks, each kept in a file when it is done."""
    found = {name: [] for name in shown.asked}
    name = sha256(json.dumps([recipe, shown.data.identity, seed], sort_keys=True).encode()).hexdigest()[:16]
    place_of = Path(folder) / name
    place_of.mkdir(parents=True, exist_ok=True)
    for place, level in enumerate(finals):
        path = place_of / f"{place}.safetensors"
        if not path.exists():
            models.save_model(_one(shown, recipe, level, member_seed(seed, place)), path)
        model = models.load_model(path, device=recipe["device"])
        for name, asked in shown.asked.items():
            found[name].append(training.predict(model, asked.images).softmax(1))
    shape = (-1, recipe["members"])
    return {name: torch.stack(probs).unflatten(0, shape) for name, probs in found.items()}


def _one(shown: Shown, recipe: dict, level: float, seed: int) -> torch.nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = network_of(recipe, shown).to(recipe["device"])
    pruning = GradualPruning(model, schedule(recipe, len(shown.data.train), level))
    names = ("epochs", "batch", "optimiser", "momentum", "weight_decay", "schedule")
    training.train(
        model,
        shown.data,
        seed=seed,
        augment=crop_flip if recipe["augment"] else None,
        on_gradients=pruning.on_gradients,
        on_step=pruning.on_step,
        learning_rate=recipe["rate"],
        # S4 does not say when its rate drops on CIFAR-10; these are the usual shares.
        milestones=tuple(round(share * recipe["epochs"]) for share in (0.3, 0.6, 0.8)),
        factor=0.2,
        **{name: recipe[name] for name in names},
    )
    return model
