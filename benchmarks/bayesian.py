"""How much faster Bayesian pruning is for a population than for one network at a time: ratios in one run, medians.

Usage: ``python benchmarks/bayesian.py [--rounds 3] [--epochs 2]``

Both arms do the same work on one thread: four methods for some seeds, training with Adam, the log posterior on all
training images before and after every prune, random and magnitude prunes layer by layer. "One at a time" is the plain
PyTorch loop of ``training.train`` with the hooks of `BayesianPruning`; "population" is one ``population.train``.
Rounds alternate, so that a busy machine slows both alike. Above 1 the population is faster.
"""

import argparse
import statistics
import time
from dataclasses import dataclass

import torch

from pruneuq_helpers import data, population, training
from pruneuq_helpers.pruning import BayesianPruning, Rule


@dataclass(frozen=True)
class Workload:
    """A network, the shape of its images, how many there are, and how many seeds are trained."""

    what: str
    network: population.Network
    shape: tuple[int, int, int]
    images: int
    batch: int
    seeds: int

    def data(self) -> data.Data:
        """Random images of the shape: speed does not ask what they show."""
        draw = torch.Generator().manual_seed(0)
        images = torch.randint(0, 256, (self.images, *self.shape), generator=draw, dtype=torch.uint8)
        part = data.Part(images, torch.randint(0, 10, (self.images,), generator=draw))
        return data.make(self.what, part, part.take(torch.arange(0)), part.take(torch.arange(1)), classes=range(10))

    def rules(self) -> list[Rule]:
        """Four methods for every seed."""
        return [
            Rule(0.9, how, gate, beta=0.5, seed=seed)
            for how in ("random", "magnitude")
            for gate in ("always", "lagged")
            for seed in range(self.seeds)
        ]


SMALL, LARGE = (1, 8, 8), (1, 28, 28)
WORKLOADS = (
    Workload("FCN of the quick run, 8x8", population.mlp(64, 128, 64, 32, 10), SMALL, 1078, 16, 5),
    Workload("CNN of the quick run, 8x8", population.convnet(SMALL, (8, 16), (64, 64, 32), 10), SMALL, 1078, 16, 2),
    Workload("FCN of the MNIST run, 28x28", population.mlp(784, 512, 256, 128, 10), LARGE, 6400, 64, 1),
)


def one_at_a_time(work: Workload, loaded: data.Data, epochs: int) -> None:
    """Every member by the plain loop, after one another."""
    images = loaded.normalise(loaded.train.images)
    for rule in work.rules():
        pruning = BayesianPruning([rule], images, loaded.train.labels)
        hooks = {"on_epoch": pruning.on_epoch, "on_step": pruning.on_step}
        training.train(work.network.module(rule.seed), loaded, seed=rule.seed, epochs=epochs, batch=work.batch, **hooks)


def together(work: Workload, loaded: data.Data, epochs: int) -> None:
    """All members in one call."""
    images, rules = loaded.normalise(loaded.train.images), work.rules()
    pruning = BayesianPruning(rules, images, loaded.train.labels)
    seeds = [rule.seed for rule in rules]
    population.train(
        work.network, images, loaded.train.labels, seeds, epochs=epochs, batch=work.batch, after_epoch=pruning
    )


def seconds(arm, *arguments) -> float:
    """Of one call."""
    start = time.perf_counter()
    arm(*arguments)
    return time.perf_counter() - start


def main(rounds: int, epochs: int) -> None:
    """Print a row a workload."""
    torch.set_num_threads(1)
    print(f"{'workload':<30}{'members':>8}{'one at a time':>16}{'population':>12}{'ratio':>8}")
    for work in WORKLOADS:
        loaded, times = work.data(), {one_at_a_time: [], together: []}
        for arm in times:  # the first call pays for imports
            arm(work, loaded, 1)
        for _ in range(rounds):
            for arm, taken in times.items():
                taken.append(seconds(arm, work, loaded, epochs))
        slow, fast = (statistics.median(taken) for taken in times.values())
        print(f"{work.what:<30}{len(work.rules()):>8}{slow:>14.2f} s{fast:>10.2f} s{slow / fast:>8.1f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    asked = parser.parse_args()
    main(asked.rounds, asked.epochs)
