"""How much faster a population trains than a plain loop: ratios in one run, alternating, medians.

Usage: ``python benchmarks/population.py [--only W1 W3] [--members 30] [--steps 160] [--rounds 5] [--device cuda]``

Every arm does the same work: each member its own initial weights, mask (six levels in one stack) and batch order, that
of a shuffling DataLoader. The base is the plain PyTorch loop, on one thread of a processor or on a GPU.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pruneuq_helpers import models, population

BATCH = 64
LEVELS = (0.0, 0.3, 0.5, 0.7, 0.9, 0.95)


@dataclass(frozen=True)
class Workload:
    """A network, its data, and the speed-up we want with two workers."""

    what: str
    input_shape: tuple
    goal: float
    make: object
    classes: int = 10
    optimiser: str = "adam"
    rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    share: float = 1.0  # of the steps, for the slow ones

    def model(self, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return self.make()

    def images(self, size: int):
        generator = torch.Generator().manual_seed(0)
        labels = torch.randint(0, self.classes, (size,), generator=generator)
        return torch.randn(size, *self.input_shape, generator=generator), labels

    def mask(self, seed: int) -> dict:
        generator = torch.Generator().manual_seed(1000 + seed)
        level, tensors = LEVELS[seed % 6], self.model(seed).named_parameters()
        return {name: (torch.rand(p.shape, generator=generator) >= level).float() for name, p in tensors if p.ndim > 1}


def _build(name: str, classes: int, shape: tuple, **widths):
    return lambda: models.build(name, classes, shape, **widths)


def _lenet():
    return population.convnet((1, 28, 28), (6, 16), (120, 84), 10, kernel=5, padding=(2, 0)).module()


WORKLOADS = {
    "W1": Workload("MLP 2-128-128-2", (2,), 12, _build("mlp", 2, (2,), hidden=(128, 128)), classes=2),
    "W2": Workload("MLP 64-100-100-10", (64,), 12, _build("mlp", 10, (64,), hidden=(100, 100))),
    "W3": Workload("CNN 16-32, 8x8", (1, 8, 8), 6, _build("cnn", 10, (1, 8, 8), conv=(16, 32)), share=0.4),
    "W4": Workload("LeNet, 28x28", (1, 28, 28), 3.3, _lenet, share=0.2),
    "W5": Workload(
        "ResNet-8, 32x32x3", (3, 32, 32), 1.9, _build("resnet8", 10, (3, 32, 32), width=16),
        optimiser="sgd", rate=0.05, momentum=0.9, weight_decay=5e-4, share=0.05,
    ),
}  # fmt: skip


def plain(name: str, seeds: list, steps: int, tuned: bool = False, device: str = "cpu") -> None:
    """One member after the other; ``tuned``: channels last and the fused optimiser, without a DataLoader."""
    load = WORKLOADS[name]
    images, labels = load.images(BATCH * steps)
    layout = torch.channels_last if tuned else torch.contiguous_format
    if tuned:
        images = images.contiguous(memory_format=layout)
    for seed in seeds:
        model = load.model(seed).to(device, memory_format=layout)
        mask = {name: kept.to(device) for name, kept in load.mask(seed).items()}
        optimiser = _optimiser(load, model, fused=tuned or None)
        pairs = [(p, mask[n].contiguous(memory_format=layout)) for n, p in model.named_parameters() if p.ndim == 4]
        pairs += [(p, mask[n]) for n, p in model.named_parameters() if p.ndim == 2]
        generator = torch.Generator().manual_seed(seed)
        if tuned:
            batches = ((images[i], labels[i]) for i in torch.randperm(len(labels), generator=generator).split(BATCH))
        else:
            batches = DataLoader(TensorDataset(images, labels), BATCH, shuffle=True, generator=generator)
        for x, y in batches:
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x.to(device)), y.to(device)).backward()
            optimiser.step()
            with torch.no_grad():
                torch._foreach_mul_([p for p, _ in pairs], [m for _, m in pairs])


def _optimiser(load: Workload, model: nn.Module, **options):
    if load.optimiser == "adam":
        return torch.optim.Adam(model.parameters(), lr=load.rate, **options)
    return torch.optim.SGD(
        model.parameters(), lr=load.rate, momentum=load.momentum, weight_decay=load.weight_decay, **options
    )


def together(name: str, seeds: list, steps: int, device: str = "cpu") -> None:
    """The members as one population."""
    load = WORKLOADS[name]
    images, labels = load.images(BATCH * steps)
    network = population.Network.of(load.make(), load.input_shape)
    masks = [load.mask(seed) for seed in seeds]
    words = {"epochs": 1, "batch": BATCH, "rate": load.rate, "device": device}
    population.train(network, images, labels, seeds, masks=masks, **words)


def flops(load: Workload) -> float:
    """Floating-point operations of one member's training step: forward, and twice that backward."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        load.model(0)(torch.zeros(BATCH, *load.input_shape))
    return 3 * counter.get_total_flops()


def peak() -> float:
    """What a large matrix product reaches on one thread, in operations a second."""
    a = torch.randn(1024, 1024)
    times = [_timed(lambda: torch.mm(a, a)) for _ in range(20)]
    return 2 * 1024**3 / min(times)


def _timed(call) -> float:
    start = time.perf_counter()
    call()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()  # a GPU works on while Python goes ahead
    return time.perf_counter() - start


def measure(arms: dict, rounds: int) -> dict:
    """Median seconds of every arm; each is run once before, and the order is turned round in every round."""
    times = {arm: [] for arm in arms}
    for call, _ in arms.values():
        call()
    for turn in range(rounds):
        for arm in list(arms)[:: 1 if turn % 2 == 0 else -1]:
            call, member_steps = arms[arm]
            times[arm].append(_timed(call) / member_steps)
    return {arm: statistics.median(found) for arm, found in times.items()}


def arms(name: str, pool, members: int, steps: int) -> dict:
    """Name to (call, member-steps done)."""
    few, seeds = [0, 1, 2, 3], list(range(members))

    def two(work, chosen, *options):
        return lambda: list(pool.map(work, [name] * 2, [chosen[0::2], chosen[1::2]], [steps] * 2, *options))

    found = {
        "loop": (lambda: plain(name, few[:2], steps), 2 * steps),
        "loop, 2 processes": (two(plain, few[:4]), 4 * steps),
    }
    if name == "W5":
        return found | {
            "ours, 1 worker": (lambda: plain(name, few[:2], steps, tuned=True), 2 * steps),
            "ours, 2 workers": (two(plain, few, [True] * 2), len(few) * steps),
        }
    return found | {
        "ours, 1 worker": (lambda: together(name, seeds, steps), members * steps),
        "ours, 2 workers": (two(together, seeds), members * steps),
    }


def arms_of(name: str, members: int, steps: int, device: str) -> dict:
    """The same for one device and one process: the loop, and the members together."""
    return {
        "loop": (partial(plain, name, [0, 1], steps, device=device), 2 * steps),
        "ours": (partial(together, name, list(range(members)), steps, device=device), members * steps),
    }


def on_a_gpu(names: list, members: int, steps: int, rounds: int) -> None:
    """One process, one GPU; networks that are trained one by one anyway are timed by `network.py`."""
    print(f"{members} members, batch {BATCH}, on {torch.cuda.get_device_name()}\n")
    print("| | network | loop, ms a step | ours, times the loop |\n|---|---|---|---|")
    for name in (name for name in names if name != "W5"):
        found = measure(arms_of(name, members, steps, "cuda"), rounds)
        ratio = found["loop"] / found["ours"]
        print(f"| {name} | {WORKLOADS[name].what} | {found['loop'] * 1e3:.2f} | {ratio:.1f} |", flush=True)


def _one_thread() -> None:
    torch.set_num_threads(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=list(WORKLOADS), choices=list(WORKLOADS))
    parser.add_argument("--members", type=int, default=30)
    parser.add_argument("--steps", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = parser.parse_args()
    _one_thread()
    if options.device == "cuda":
        on_a_gpu(options.only, options.members, options.steps, options.rounds)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context, initializer=_one_thread) as pool:
        list(pool.map(plain, ["W1"] * 2, [[0], [1]], [2, 2]))  # the workers import before anything is timed
        top = peak()
        print(f"{options.members} members, batch {BATCH}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"matrix products reach {top / 1e9:.0f} GFLOP/s on one thread\n")
        heads = ["", "network", "loop, ms a step", "loop, 2 processes", "ours, 1 worker", "ours, 2 workers", "goal"]
        print("| " + " | ".join([*heads, "of peak: loop", "ours, 1 worker"]) + " |\n" + "|---" * 9 + "|")
        for name in options.only:
            load = WORKLOADS[name]
            steps = max(int(options.steps * load.share), 4)
            found = measure(arms(name, pool, options.members, steps), options.rounds)
            base, work = found.pop("loop"), flops(load)
            ratios = [f"{base / seconds:.1f}" for seconds in found.values()]
            shares = [f"{work / seconds / top:.0%}" for seconds in (base, found["ours, 1 worker"])]
            cells = [name, load.what, f"{base * 1e3:.2f}", *ratios, f"{load.goal:g}", *shares]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
