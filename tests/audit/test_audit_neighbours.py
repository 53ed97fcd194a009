"""Outsiders told apart by their distance to the training images, against loops over single images."""

import numpy as np
import pytest
import torch
from foreign import Attending, Concatenated, Mixing, mobile, stripes_data
from torch import nn

from pruneuq_helpers import audit, data, metrics
from pruneuq_helpers.audit.measures import DISTANCE
from pruneuq_helpers.audit.neighbours import Neighbours, missing_neighbours


class Pooled(nn.Module):
    """A last convolution, and the mean over places after it, as in SqueezeNet."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 3, 1)

    def forward(self, images):
        return self.last(self.first(images).relu()).mean((2, 3))


class ByPlaces(nn.Module):
    """A last layer that sees every place of every image as a row of its own."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 6, 3), nn.Linear(6, 3)

    def forward(self, images):
        maps = self.second(self.first(images).relu()).relu().permute(0, 2, 3, 1)
        return self.last(maps.reshape(-1, maps.shape[-1])).view(len(images), -1, 3).mean(1)


class Unusual(nn.Module):
    """Logits by a product with weights that belong to no layer."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(64, 3))

    def forward(self, images):
        return images.flatten(1) @ self.weight


def before(module: nn.Module, model: nn.Module, image: torch.Tensor) -> np.ndarray:
    """What a layer sees of one image."""
    seen = []
    hook = module.register_forward_hook(lambda layer, given, result: seen.append(given[0][0]))
    with torch.no_grad():
        model(image[None])
    hook.remove()
    return seen[-1].double().numpy()


def plain_distances(model, head, known: data.Data, images, rank: int = 10) -> list[float]:
    """One image and one training image after the other."""

    def unit(image):
        seen = before(head, model, image)
        seen = seen.reshape(len(seen), -1).mean(1) if isinstance(head, nn.Conv2d) else seen
        return seen / np.sqrt((seen**2).sum())

    training = [unit(image) for image in known.normalise(known.train.images)]
    found = []
    for image in known.normalise(images):
        one = unit(image)
        found.append(sorted(np.sqrt(((one - other) ** 2).sum()) for other in training)[rank - 1])
    return found


NETWORKS = {
    "concatenated": (Concatenated, 1, lambda model: model.head),
    "mobile": (mobile, 3, lambda model: [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1]),
    "pooled": (Pooled, 1, lambda model: model.last),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_distances_are_those_of_plain_loops(name):
    build, channels, head_of = NETWORKS[name]
    torch.manual_seed(0)
    model, known = build().eval(), stripes_data(channels)
    assert missing_neighbours(model, known.normalise(known.test.images[:1])) == ""
    images = known.test.images[:7]
    (found,) = Neighbours(known, batch=4, seed=0).distances(model, images)
    np.testing.assert_allclose(found, plain_distances(model, head_of(model), known, images), rtol=1e-5, atol=1e-6)
    assert not any(module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("build", [Mixing, Attending])
def test_networks_over_tokens_are_taken_too(build):
    torch.manual_seed(0)
    model, known = build().eval(), stripes_data()
    own, other = Neighbours(known, batch=16, seed=0).distances(model, known.test.images, known.train.images[:5])
    assert (len(own), len(other)) == (len(known.test), 5)
    assert (own > 0).all()


def test_an_audit_has_the_distance_beside_the_other_scores():
    torch.manual_seed(0)
    model, known = Concatenated(), stripes_data()
    outside = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8)
    found = audit.examine(model, known, outside, levels=[0.5], criteria=["l1"], repeats=3, resamples=100, keep=0.5)
    row = found.detection.set_index("score").loc[DISTANCE]
    for network, column in ((model, "dense"), (found.kept.network, "pruned")):
        pair = [plain_distances(network.eval(), network.head, known, one) for one in (known.test.images, outside)]
        assert row[column] == pytest.approx(metrics.detection(*map(np.array, pair))["auroc"], abs=1e-3)


def test_where_there_are_no_distances_a_note_says_so():
    torch.manual_seed(0)
    known = stripes_data()
    settings = {"levels": [0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100}
    found = audit.examine(ByPlaces(), known, known.test.images, **settings)
    why = "the network has no last layer of weights that sees one image at a time"
    assert f"The distance to neighbours was left out of the detection: {why}." in found.notes
    assert len(found.detection) == 3
    assert missing_neighbours(Unusual(), known.normalise(known.test.images[:1])) == why


def test_fewer_training_images_than_neighbours_give_the_farthest():
    points = data.load("moons")
    few = data.make("few", points.train.take(range(4)), points.validation, points.test, classes=points.classes)
    model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 2))
    (found,) = Neighbours(few, batch=8, seed=0).distances(model, few.test.images[:3])
    np.testing.assert_allclose(found, plain_distances(model, model[2], few, few.test.images[:3], rank=4), atol=1e-6)
