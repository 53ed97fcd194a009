"""How much faster chapter 8's quick populations train together than one network at a time: ratios in one run, medians.

Usage: ``python benchmarks/gradual.py [--only mlp cnn] [--members 30] [--rounds 3]``

The work is the chapter's: K members at each of four levels and 2 K dense ones, 500 digits, 25 epochs, the level rising
along the cubic schedule over the first quarter of the steps, masks drawn anew ten times. "Plain loop" is PyTorch with a
DataLoader, ``torch.optim`` and masks multiplied in; "one at a time" is ``training.train`` with `GradualPruning`. Both
train one network a level and are reckoned by the step. Everything runs on one thread, and arms alternate. The chapter
trains the mlp; the cnn shows what is left of the gain where arithmetic counts for more.
"""

import argparse
import resource
import statistics
import time
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pruneuq_helpers import data, population, training
from pruneuq_helpers.pruning import Gradual, GradualPruning, weight_mask

LEVELS = (0.0, 0.0, 0.3, 0.5, 0.7, 0.9)
IMAGES, BATCH, RATE, EPOCHS = 500, 50, 4e-3, 25
STEPS = EPOCHS * IMAGES // BATCH
NETWORKS = {"mlp": population.mlp(64, 100, 100, 10), "cnn": population.convnet((1, 8, 8), (16, 32), (), 10)}


def schedule(levels) -> Gradual:
    """The chapter's, with S4's shares of the training."""
    return Gradual(levels, begin=round(STEPS / 80), end=STEPS // 4, every=STEPS // 40)


@dataclass(frozen=True)
class Work:
    """A network and what it learns from."""

    network: population.Network
    loaded: data.Data

    def images(self) -> tuple:
        """Normalised, and their labels."""
        return self.loaded.normalise(self.loaded.train.images), self.loaded.train.labels


def plain_loop(work: Work, seed: int, level: float) -> None:
    """One network, as a tutorial would write it."""
    model, plan, masks, step = work.network.module(seed), schedule(level), {}, 0
    optimiser, updates = torch.optim.Adam(model.parameters(), lr=RATE), set(plan.steps())
    names = plan.names(work.network.prunable())
    loader = DataLoader(TensorDataset(*work.images()), BATCH, shuffle=True)
    for _ in range(EPOCHS):
        for images, labels in loader:
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimiser.step()
            step += 1
            with torch.no_grad():
                for name in names if step in updates else ():
                    now = plan.level(step, level)
                    masks[name] = weight_mask(model.get_parameter(name), now, rounding="nearest")
                for name, mask in masks.items():
                    model.get_parameter(name).mul_(mask)


def one_at_a_time(work: Work, seed: int, level: float) -> None:
    """One network, by the package's own loop for networks of any size."""
    model = work.network.module(seed)
    pruning = GradualPruning(model, schedule(level))
    hooks = {"on_gradients": pruning.on_gradients, "on_step": pruning.on_step}
    training.train(model, work.loaded, seed=seed, epochs=EPOCHS, batch=BATCH, learning_rate=RATE, **hooks)


def together(work: Work, members: int) -> None:
    """All members of all levels in one call."""
    levels = [level for level in LEVELS for _ in range(members)]
    population.train(
        work.network, *work.images(), range(len(levels)), epochs=EPOCHS, batch=BATCH, rate=RATE,
        schedule=schedule(levels),
    )  # fmt: skip


def seconds(call) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def a_member_step(work: Work, members: int, rounds: int) -> dict[str, float]:
    """Median seconds of one step of one member, by arm; the order is turned round in every round."""
    seeds = list(enumerate(LEVELS))
    arms = {
        "plain loop": (lambda: [plain_loop(work, *each) for each in seeds], len(seeds)),
        "one at a time": (lambda: [one_at_a_time(work, *each) for each in seeds], len(seeds)),
        "together": (lambda: together(work, members), members * len(LEVELS)),
    }
    times = {arm: [] for arm in arms}
    plain_loop(work, 0, 0.5)  # the first step of all pays for imports
    for turn in range(rounds):
        for arm in list(arms)[:: 1 if turn % 2 == 0 else -1]:
            call, networks = arms[arm]
            times[arm].append(seconds(call) / networks / STEPS)
    return {arm: statistics.median(taken) for arm, taken in times.items()}


def main(only: list[str], members: int, rounds: int) -> None:
    """Print a row a network."""
    torch.set_num_threads(1)
    digits, networks = data.load("digits"), members * len(LEVELS)
    some = digits.train.take(torch.arange(IMAGES))
    loaded = data.make("digits", some, digits.validation, digits.test, digits.classes)
    heads = ("network", "networks", "plain loop", "one at a time", "together", "ratios", "all", "peak")
    print("{:<9}{:>9}{:>14}{:>15}{:>12}{:>16}{:>10}{:>11}".format(*heads))
    for name in only:
        found = a_member_step(Work(NETWORKS[name], loaded), members, rounds)
        fast = found["together"]
        ratios = " and ".join(f"{found[arm] / fast:.1f}" for arm in ("plain loop", "one at a time"))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        steps = "".join(f"{found[arm] * 1e3:>{width}.3f} ms" for arm, width in zip(found, (11, 12, 9), strict=True))
        print(f"{name:<9}{networks:>9}{steps}{ratios:>16}{fast * networks * STEPS:>8.1f} s{peak:>7.2f} GiB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=["mlp"], choices=list(NETWORKS))
    parser.add_argument("--members", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    main(asked.only, asked.members, asked.rounds)
