"""What the tests of the audit's command read, and how they call it."""

import shutil
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from foreign import stripes
from PIL import Image

from pruneuq_helpers import cli

MODEL = f"""\
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import torch
from torch import nn
from foreign import CLASSES, Concatenated

def build():
    return Concatenated()

def number():
    return 3

def needs_more(width):
    return nn.Linear(width, 2)

class WithSoftmax(Concatenated):
    def forward(self, images):
        return super().forward(images).softmax(1)

class Hungry(Concatenated):
    def forward(self, images):
        return super().forward(images) + torch.empty(10**14).sum()

class Untraceable(Concatenated):
    def forward(self, images):
        return torch.from_numpy(super().forward(images).detach().numpy())

class Lazy(Concatenated):
    def __init__(self):
        super().__init__()
        self.head = nn.LazyLinear(CLASSES)

class MoreClasses(Concatenated):
    def forward(self, images):
        return torch.cat([super().forward(images)] * 2, 1)
"""


def write_images(folder: Path) -> None:
    for seed, (part, count) in enumerate({"train": 12, "test": 30}.items()):
        for number, (image, label) in enumerate(zip(*stripes(count, seed=seed), strict=True)):
            file = folder / "images" / part / f"class{label}" / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[0]).save(file)
    for name, change in {
        "junk": lambda copy: (copy / "test/class0/broken.png").write_text("junk"),
        "no_test": lambda copy: shutil.rmtree(copy / "test"),
        "no_train": lambda copy: shutil.rmtree(copy / "train"),
        "other_classes": lambda copy: (copy / "test/class2").rename(copy / "test/class3"),
        "other_size": lambda copy: Image.new("L", (9, 7)).save(copy / "test/class0/other.png"),
        "empty_class": lambda copy: [file.unlink() for file in (copy / "test/class1").iterdir()],
    }.items():
        change(shutil.copytree(folder / "images", folder / name))
    (folder / "empty").mkdir()


def write_arrays(folder: Path) -> None:
    (train, train_labels), (test, test_labels) = stripes(12), stripes(30, seed=1)
    whole = {"train_images": train, "train_labels": train_labels, "test_images": test, "test_labels": test_labels}
    np.savez(folder / "arrays.npz", **whole)
    np.savez(folder / "pickled.npz", **whole | {"test_labels": np.array([{}], dtype=object)})
    np.savez(folder / "short.npz", **whole | {"test_labels": test_labels[:-1]})
    np.savez(folder / "last.npz", **{n: v.transpose(0, 2, 3, 1) if "images" in n else v for n, v in whole.items()})
    np.savez(folder / "few.npz", **whole | {"test_images": test[:29], "test_labels": test_labels[:29]})
    np.savez(folder / "integers.npz", **{n: v.astype(np.int64) for n, v in whole.items()})
    np.savez(folder / "alone.npz", train_images=train, train_labels=train_labels)
    np.savez(folder / "outside.npz", images=255 - test)
    (folder / "parts").mkdir()
    np.savez(folder / "parts/train.npz", images=train, labels=train_labels)
    np.savez(folder / "parts/validation.npz", images=test, labels=test_labels)


def audit(files: Path, out: Path, *extra, model="net.py:build", weights="w.safetensors", data="images"):
    """Call the command, quickly."""
    words = ["audit", "--model", files / model, "--weights", files / weights, "--data", files / data, "--out", out]
    words += ["--levels", "0.5", "--criteria", "l1", "--repeats", "3", "--resamples", "100", *extra]
    return CliRunner().invoke(cli.main, [str(word) for word in words])
