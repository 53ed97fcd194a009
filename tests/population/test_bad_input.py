"""One sentence each: the parameter, what it got, what it takes."""

import pytest
import torch
from plain_loop import clouds

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population import mlp, train

IMAGES, LABELS = clouds(40, dtype=torch.float32)
ONE = {"fc1.weight": torch.ones(8, 5)}
NONE = torch.zeros(0, 5), torch.zeros(0, dtype=torch.long)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seeds": []}, "seeds"),
        ({"seeds": 2}, "seeds"),
        ({"seeds": [0.5, 1]}, "seeds"),
        ({"seeds": [-1, 1]}, "seeds"),
        ({"network": [mlp(5, 8, 3)] * 3}, "network"),
        ({"optimiser": "adamw"}, "optimiser"),
        ({"rate": float("nan")}, "rate"),
        ({"rate": [0.1]}, "rate"),
        ({"rate": "0.1"}, "rate"),
        ({"momentum": 0.9}, "momentum"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"weight_decay": [0.1]}, "weight_decay"),
        ({"epochs": 0}, "epochs"),
        ({"batch": 0}, "batch"),
        ({"chunk": 0}, "chunk"),
        ({"patience": 0, "validation": (IMAGES, LABELS)}, "patience"),
        ({"patience": 3}, "patience"),
        ({"patience": 3, "validation": NONE}, "validation"),
        ({"validation": (torch.zeros(4, 6), LABELS[:4])}, "validation"),
        ({"validation": IMAGES}, "validation"),
        ({"device": "gpu"}, "device"),
        ({"device": "cuda:99"}, "device"),
        ({"dtype": torch.int32}, "dtype"),
        ({"masks": [ONE]}, "masks"),
        ({"masks": {"fc1.weight": torch.ones(2, 5, 8)}}, "masks"),
        ({"masks": {"fc1.weight": torch.full((2, 8, 5), 0.5)}}, "masks"),
        ({"masks": {"fc9.weight": torch.ones(2, 8, 5)}}, "masks"),
        ({"masks": {"fc1.weight": torch.ones(3, 8, 5)}}, "masks"),
        ({"weights": {"fc1.weight": torch.ones(2, 8, 5)}}, "weights"),
        ({"images": torch.zeros(40, 6)}, "images"),
        ({"images": torch.zeros(3, 40, 5)}, "images"),
        ({"images": NONE[0], "labels": NONE[1]}, "images"),
        ({"images": IMAGES.numpy()}, "images"),
        ({"labels": LABELS.tolist()}, "labels"),
        ({"labels": LABELS[:9]}, "labels"),
        ({"labels": LABELS.float()}, "labels"),
        ({"labels": LABELS + 1}, "labels"),
        ({"labels": torch.ones(40, dtype=torch.long)}, "labels"),
    ],
)
def test_bad_input_is_named(options, named):
    call = {"network": mlp(5, 8, 3), "images": IMAGES, "labels": LABELS, "seeds": [0, 1], "epochs": 1, **options}
    with pytest.raises(ParameterError, match=f"`{named}`") as caught:
        train(**call)
    assert "\n" not in str(caught.value)


def test_a_batch_larger_than_the_data_is_one_batch():
    large = train(mlp(5, 8, 3), IMAGES, LABELS, [0], epochs=1, batch=1000)
    exact = train(mlp(5, 8, 3), IMAGES, LABELS, [0], epochs=1, batch=40)
    assert torch.equal(large.weights["fc1.weight"], exact.weights["fc1.weight"])
