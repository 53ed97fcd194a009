"""Chapter 8's populations: trained together where networks are small, one by one and kept in files where not."""

import json
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from pruneuq_helpers import models, population, training
from pruneuq_helpers.data import crop_flip
from pruneuq_helpers.pruning.gradual import Gradual, GradualPruning
from pruneuq_helpers.studies.forgetting_images import Shown, show
from pruneuq_helpers.study import Networks

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


def answers(shown: Shown, cell: dict) -> Answers:
    """Train the populations of a cell and let all of them answer: two dense ones, and one a level."""
    recipe, seed = cell["recipe"], cell["seed"]
    if recipe["network"] == "wrn":
        probs = _one_by_one(shown, cell)
    else:
        probs = _together(shown, recipe, finals_of(recipe), seed)
    levels = [0.0, 0.0, *recipe["levels"]]
    parts = [{name: part[place] for name, part in probs.items()} for place in range(len(levels))]
    return Answers(recipe["levels"], parts[0], parts[1], parts[2:])


def finals_of(recipe: dict) -> list[float]:
    """The level that each member ends at, population by population."""
    return [level for level in [0.0, 0.0, *recipe["levels"]] for _ in range(recipe["members"])]


def _together(shown: Shown, recipe: dict, finals: list[float], seed: int) -> dict[str, Tensor]:
    """Small networks: all members of all populations in one stack."""
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


def wide_cells(cell: dict) -> list[dict]:
    """What decides each of the networks of a cell that are trained one by one, and kept in files."""
    shared = {name: cell[name] for name in ("data", "experiment", "where", "seed")}
    shared["recipe"] = {name: value for name, value in cell["recipe"].items() if name not in ("members", "levels")}
    return [shared | {"level": level, "place": place} for place, level in enumerate(finals_of(cell["recipe"]))]


def _one_by_one(shown: Shown, cell: dict) -> dict[str, Tensor]:
    """Large networks: each is trained alone and kept in a file."""
    recipe, found = cell["recipe"], {name: [] for name in shown.asked}
    model = network_of(recipe, shown).to(recipe["device"]).eval()
    for network in wide_cells(cell):
        model.load_state_dict(WIDE.of(network)[0])
        for name, asked in shown.asked.items():
            found[name].append(training.predict(model, asked.images).softmax(1))
    shape = (-1, recipe["members"])
    return {name: torch.stack(probs).unflatten(0, shape) for name, probs in found.items()}


def train_wide(cell: dict) -> dict[str, Tensor]:
    """Train one wide network, pruned while it learns; its weights."""
    recipe, seed = cell["recipe"], member_seed(cell["seed"], cell["place"])
    shown = _shown(json.dumps([cell[name] for name in ("where", "data", "experiment", "seed")]))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = network_of(recipe, shown).to(recipe["device"])
    pruning = GradualPruning(model, schedule(recipe, len(shown.data.train), cell["level"]))
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
    return model.state_dict()


@lru_cache(maxsize=1)
def _shown(what: str) -> Shown:
    """The images of a repetition, read once for all its networks."""
    return show(*json.loads(what))


WIDE = Networks(cells=lambda study: [], work=train_wide, chapter="08_forgotten_examples", name="networks")
