"""Chapter 8's populations: trained together where networks are small, one by one and kept in files where not."""

import json
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from pruneuq_helpers import population, training
from pruneuq_helpers.chapters.forgotten_examples.images import Shown, show
from pruneuq_helpers.chapters.forgotten_examples.sizes import network_of
from pruneuq_helpers.data.augment import moved_by
from pruneuq_helpers.pruning.gradual import Gradual, GradualPruning
from pruneuq_helpers.study import Networks

DENSE, AGAIN, PRUNED = "dense", "dense again", "pruned"
SMALL = "small"  # dense, with as many parameters as the pruned networks have left
SHORT = "short"  # dense, and stopped early
POPULATIONS = (DENSE, AGAIN, PRUNED, SMALL, SHORT)  # a member's seed holds the place in this order: add at the end
TOGETHER = ("mlp", "cnn")  # trained in a stack
_STACK = ("batch", "optimiser", "rate", "momentum", "weight_decay", "device")


def member_seed(seed: int, population: str, level: float, member: int) -> int:
    """Seed of a member, from what it is and never from a place among others: populations are independent trainings."""
    # Another level has other weights, as S4's independently trained networks do; another experiment of the same
    # repetition has the same.
    words = [seed, POPULATIONS.index(population), round(1e6 * level), member]
    return int(np.random.SeedSequence(words).generate_state(1)[0])


def schedule(recipe: dict, images: int, levels) -> Gradual:
    """S4's pruning schedule in shares of the training; the recipe says epochs batch begin end updates grad."""
    steps = recipe["epochs"] * -(-images // recipe["batch"])
    end = max(2, round(recipe["end"] * steps))
    begin, every = min(end - 1, round(recipe["begin"] * steps)), max(1, end // recipe["updates"])
    return Gradual(levels, begin=begin, end=end, every=every, grad=recipe["grad"])


def answers(cell: dict) -> dict[str, Tensor]:
    """Probabilities ``[K, N, C]`` of the members of a cell on every set of images that they are asked about."""
    together = cell["recipe"]["network"] in TOGETHER
    return _together(shown_of(cell), cell) if together else _one_by_one(shown_of(cell), cell)


def members_of(cell: dict) -> range:
    """The numbers of the members that a cell holds."""
    return range(cell["first"], cell["first"] + cell["count"])


def _together(shown: Shown, cell: dict) -> dict[str, Tensor]:
    """Small networks: all members of the cell in one stack."""
    recipe, members = cell["recipe"], members_of(cell)
    trained = population.train(
        _network(shown, cell),
        *shown.train,
        seeds=[member_seed(cell["seed"], cell["population"], cell["level"], member) for member in members],
        schedule=_pruning(shown, cell),
        epochs=cell["epochs"],
        **{name: recipe[name] for name in _STACK},
    )
    if trained.failed:
        raise ValueError(f"{len(trained.failed)} of {len(members)} networks diverged; take a smaller `rate`")
    return {name: trained.predict(asked.images).softmax(2) for name, asked in shown.asked.items()}


def wide_cells(cell: dict) -> list[dict]:
    """What decides each of the networks of a cell that are trained one by one, and kept in files."""
    shared = {name: value for name, value in cell.items() if name not in ("first", "count")}
    return [shared | {"member": member} for member in members_of(cell)]


def _one_by_one(shown: Shown, cell: dict) -> dict[str, Tensor]:
    """Large networks: each is trained alone and kept in a file."""
    recipe, found = cell["recipe"], {name: [] for name in shown.asked}
    model = _network(shown, cell).to(recipe["device"]).eval()
    for network in wide_cells(cell):
        model.load_state_dict(WIDE.of(network)[0])
        for name, asked in shown.asked.items():
            found[name].append(training.predict(model, asked.images).softmax(1))
    return {name: torch.stack(probs) for name, probs in found.items()}


def train_wide(cell: dict) -> dict[str, Tensor]:
    """Train one network by itself, pruned while it learns if its population is; its weights."""
    recipe, shown = cell["recipe"], shown_of(cell)
    seed = member_seed(cell["seed"], cell["population"], cell["level"], cell["member"])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = _network(shown, cell).to(recipe["device"])
    plan = _pruning(shown, cell)
    pruning = GradualPruning(model, plan) if plan else None
    names = ("batch", "optimiser", "momentum", "weight_decay", "schedule", "precision")
    training.train(
        model,
        shown.data,
        seed=seed,
        augment=moved_by(recipe["augment"]),
        on_gradients=pruning and pruning.on_gradients,
        on_step=pruning and pruning.on_step,
        learning_rate=recipe["rate"],
        epochs=cell["epochs"],
        # S4 does not say when its rate drops on CIFAR-10; these are the usual shares.
        milestones=tuple(round(share * cell["epochs"]) for share in (0.3, 0.6, 0.8)),
        factor=0.2,
        **{name: recipe[name] for name in names},
    )
    return model.state_dict()


def _network(shown: Shown, cell: dict):
    return network_of(cell["recipe"], shown, cell["level"] if cell["population"] == SMALL else 0.0)


def _pruning(shown: Shown, cell: dict) -> Gradual | None:
    """The schedule of a population that is pruned."""
    if cell["population"] != PRUNED:
        return None
    return schedule(cell["recipe"] | {"epochs": cell["epochs"]}, len(shown.train[1]), cell["level"])


def shown_of(cell: dict) -> Shown:
    """The images of a cell's repetition and experiment, read once for all cells that follow each other."""
    return _shown(json.dumps([cell[name] for name in ("where", "data", "experiment", "seed")]))


@lru_cache(maxsize=1)
def _shown(what: str) -> Shown:
    return show(*json.loads(what))


WIDE = Networks(
    cells=lambda study: [],
    work=train_wide,
    version=2,
    history={2: "a member's seed no longer depends on which levels there are, nor on their order"},
    chapter="08_forgotten_examples",
    name="networks",
)
