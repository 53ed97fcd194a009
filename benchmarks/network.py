"""How much faster one large network trains than in a plain loop: ratios in one run, alternating, medians.

Usage: ``python benchmarks/network.py [--network resnet18] [--batch 128] [--steps 2] [--rounds 3] [--device cuda]``

The base is a loop over a shuffling DataLoader in float32. Ours is ``training.train``: the images stay on the device,
channels come last, and on a GPU mixed precision and ``torch.compile`` are tried too (goal there: 4). Both see the same
images, without augmentation. On a processor all arms take one thread.
"""

import argparse
from functools import partial

import torch
from population import measure
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pruneuq_helpers import data, models, training

SHAPE, CLASSES = (3, 32, 32), 10
RATE = 0.1


def fresh(name: str, device: str) -> nn.Module:
    torch.manual_seed(0)
    return models.build(name, CLASSES, SHAPE).to(device)


def noise(count: int) -> data.Data:
    """Images of noise: what a step takes does not depend on what is in them."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, *SHAPE), generator=generator, dtype=torch.uint8)
    part = data.Part(images, torch.randint(0, CLASSES, (count,), generator=generator))
    return data.make("noise", part, part.take(torch.arange(0)), part.take(torch.arange(0)), tuple("0123456789"))


def plain(model: nn.Module, loaded: data.Data, batch: int, device: str) -> None:
    """One epoch as a tutorial would write it."""
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9)
    pairs = TensorDataset(loaded.normalise(loaded.train.images), loaded.train.labels)
    for images, labels in DataLoader(pairs, batch, shuffle=True):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(images.to(device)), labels.to(device)).backward()
        optimiser.step()


def ours(model: nn.Module, loaded: data.Data, batch: int, device: str, **options) -> None:
    """One epoch by the package."""
    recipe = {"optimiser": "sgd", "momentum": 0.9, "learning_rate": RATE, "epochs": 1, "batch": batch}
    training.train(model, loaded, device=device, channels_last=True, **recipe, **options)


def arms(name: str, loaded: data.Data, batch: int, device: str) -> dict:
    """Name to (call, steps); each has a network of its own, which goes on learning from round to round."""
    found = {"loop, float32": (plain, {}), "ours, float32": (ours, {})}
    if device == "cuda":
        mixed = {"precision": "bfloat16"}
        found |= {"ours, bfloat16": (ours, mixed), "ours, bfloat16, compiled": (ours, mixed | {"compile": True})}
    networks = {arm: fresh(name, device) for arm in found}
    steps = len(loaded.train) // batch
    return {
        arm: (partial(work, networks[arm], loaded, batch, device, **options), steps)
        for arm, (work, options) in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", default="resnet18")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, help="a round; 2 on a processor, 200 on a GPU unless given")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    steps = options.steps or (200 if options.device == "cuda" else 2)
    calls = arms(options.network, noise(options.batch * steps), options.batch, options.device)
    found = measure(calls, options.rounds)
    where = torch.cuda.get_device_name() if options.device == "cuda" else "one thread of a processor"
    print(f"{options.network}, batch {options.batch}, on {where}\n")
    print("| | steps a second | times the loop |\n|---|---|---|")
    base = found["loop, float32"]
    for arm, seconds in found.items():
        print(f"| {arm} | {1 / seconds:.3g} | {base / seconds:.2f} |")


if __name__ == "__main__":
    main()
