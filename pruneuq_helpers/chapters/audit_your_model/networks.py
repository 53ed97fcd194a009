"""Chapter 10's images and networks: a small one like many readers' own, and torchvision's ResNet18."""

from typing import Any

import torch
from torch import nn

from pruneuq_helpers import data, training
from pruneuq_helpers.data import Data
from pruneuq_helpers.study.places import load


def small_network(channels: list[int], colours: int, classes: int) -> nn.Sequential:
    """Convolutions with batch norm, a mean over the image, and one linear layer: a network like many readers' own."""
    layers, width = [], colours
    for number, wide in enumerate(channels):
        layers += [nn.Conv2d(width, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if number == 0 else []
        width = wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


def load_images(spec: dict[str, Any], seed: int) -> Data:
    """The images of a seed: another split, and no more than asked for."""
    loaded = load(spec["data"], spec["root"], spec["download"], seed=seed)
    few = [_few(part, spec[count], seed) for part, count in
           ((loaded.train, "training_images"), (loaded.test, "test_images"))]  # fmt: skip
    return data.make(loaded.name, few[0], loaded.validation, few[1], loaded.classes)


def _few(part: data.Part, count: int, seed: int) -> data.Part:
    return part.take(data.split(part.labels, [min(1.0, count / len(part))], seed)[0])


def trained_network(spec: dict[str, Any], images: Data, seed: int) -> nn.Module:
    """The network that is audited, trained on the images of a seed."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        model = small_network(spec["channels"], images.input_shape[0], len(images.classes))
    recipe = {"epochs": spec["epochs"], "batch": spec["batch"], "learning_rate": spec["rate"], "schedule": "cosine"}
    return training.train(model, images, seed=seed, device=spec["device"], **recipe).model


def resnet_for_shape(side: int) -> tuple[nn.Module, Data]:
    """torchvision's ResNet18 with random weights, and noise to show it: for counts and times only."""
    from pruneuq_helpers.data.vision import torchvision  # here, for it takes seconds

    draws = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (40, 3, side, side), dtype=torch.uint8, generator=draws)
    part = data.Part(noise, torch.arange(40) % 10)
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        model = torchvision.models.resnet18(num_classes=10)
    return model.eval(), data.make("noise", part, part, part, classes=[str(number) for number in range(10)])
