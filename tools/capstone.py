"""Write six networks to audit, one a pair of students: five of the folders have a fault, and a key says which.

Each folder holds what `pruneuq audit` takes: `model.py`, `weights.safetensors`, `train.npz` and `test.npz`.
"""

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from pruneuq_helpers.chapters.audit_your_model import networks  # noqa: E402

TARGET = ROOT / "_build" / "capstone"
SPEC = {
    "data": "digits", "root": "data", "download": False, "training_images": 600, "test_images": 449,
    "channels": [16, 24, 32], "epochs": 12, "batch": 64, "rate": 0.01, "device": "cpu",
}  # fmt: skip
PROGRAM = """from torch import nn


def build():
    layers, width = [], {colours}
    for number, wide in enumerate({channels}):
        layers += [nn.Conv2d(width, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if number == 0 else []
        width = wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, {classes}))
"""
KEY = """# Capstone: the key

Not for students. `book/teaching/capstone.md` says how each fault is found and what it does.

| folder | fault |
|---|---|
"""


def none(train: tuple, test: tuple, rng) -> tuple:
    """No fault."""
    return test


def few(train: tuple, test: tuple, rng) -> tuple:
    """Only sixty test images."""
    chosen = rng.permutation(len(test[1]))[:60]
    return test[0][chosen], test[1][chosen]


def leak(train: tuple, test: tuple, rng) -> tuple:
    """Half of the test images were learnt from."""
    half = len(test[1]) // 2
    known = rng.permutation(len(train[1]))[:half]
    return np.concatenate([test[0][half:], train[0][known]]), np.concatenate([test[1][half:], train[1][known]])


def repeated(train: tuple, test: tuple, rng) -> tuple:
    """A third of the test images, each three times."""
    chosen = np.repeat(rng.permutation(len(test[1]))[: len(test[1]) // 3], 3)
    return test[0][chosen], test[1][chosen]


def rare_class(train: tuple, test: tuple, rng) -> tuple:
    """Five test images of one class."""
    number = int(rng.integers(10))
    kept = np.sort(np.concatenate([np.flatnonzero(test[1] != number), np.flatnonzero(test[1] == number)[:5]]))
    return test[0][kept], test[1][kept]


def swapped_labels(train: tuple, test: tuple, rng) -> tuple:
    """Of two classes, half of the test labels are exchanged."""
    first, second = rng.choice(10, 2, replace=False)
    labels = test[1].copy()
    for old, new in ((first, second), (second, first)):
        own = np.flatnonzero(test[1] == old)
        labels[own[: len(own) // 2]] = new
    return test[0], labels


FAULTS = (none, few, leak, repeated, rare_class, swapped_labels)


def write(folder: Path, fault, seed: int, spec: dict) -> None:
    """One network with its images, and the fault in them."""
    images = networks.load_images(spec, seed)
    model = networks.trained_network(spec, images, seed)
    folder.mkdir(parents=True)
    words = {"colours": images.input_shape[0], "channels": spec["channels"], "classes": len(images.classes)}
    (folder / "model.py").write_text(PROGRAM.format(**words), encoding="utf-8")
    save_file(model.state_dict(), folder / "weights.safetensors")
    train, test = ((part.images.numpy(), part.labels.numpy()) for part in (images.train, images.test))
    rng = np.random.default_rng(seed)
    shown = fault(train, test, rng)
    order = rng.permutation(len(shown[1]))
    for name, (pictures, labels) in (("train", train), ("test", (shown[0][order], shown[1][order]))):
        np.savez(folder / f"{name}.npz", images=pictures, labels=labels)


def main(seed: int, target: Path = TARGET, spec: dict = SPEC) -> None:
    """Write all folders in a random order, and the key."""
    shutil.rmtree(target, ignore_errors=True)
    key = KEY
    for place, number in enumerate(np.random.default_rng(seed).permutation(len(FAULTS))):
        name, fault = f"network_{chr(ord('A') + place)}", FAULTS[number]
        write(target / name, fault, 100 * seed + place, spec)
        key += f"| {name} | {fault.__name__.replace('_', ' ')} |\n"
    (target / "key.md").write_text(key, encoding="utf-8")
    print(f"{len(FAULTS)} networks and their key are in {target}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="another seed, other networks in another order")
    main(parser.parse_args().seed)
