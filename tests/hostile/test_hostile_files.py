"""A network's file: written where it can be, and read whole or refused, whatever somebody did to it."""

import json
import os
import pickle
import zipfile

import numpy as np
import pytest
import torch
from hostile_judge import same
from hostile_pruning import Tied, small
from safetensors.torch import load_file, save_file

from pruneuq_helpers import models
from pruneuq_helpers.errors import ParameterError

KEY, DIGEST = "pruneuq_architecture", "pruneuq_digest"
PLAIN = {"name": "mlp", "classes": 2, "input_shape": [3], "hidden": [4]}
DESCRIBED = {
    "no JSON": "{",
    "a list": "[]",
    "a number": "3",
    "nothing": "null",
    "deep": "[" * 100_000,
    "no name": {key: PLAIN[key] for key in ("classes", "input_shape")},
    "another name": PLAIN | {"name": "net"},
    "a listed name": PLAIN | {"name": ["mlp"]},
    "a network of another shape": PLAIN | {"hidden": [5]},
    "more layers": PLAIN | {"hidden": [4, 4]},
    "very many layers": PLAIN | {"hidden": [1] * 100_000},
    "no classes": PLAIN | {"classes": 0},
    "huge": PLAIN | {"classes": 2**70},
    "large": PLAIN | {"hidden": [2**31 - 1]},
    "text": PLAIN | {"classes": "2"},
    "NaN": '{"name": "mlp", "classes": NaN, "input_shape": [3], "hidden": [4]}',
    "an odd shape": PLAIN | {"input_shape": "3"},
    "a large shape": PLAIN | {"input_shape": [2**40]},
    "an unknown width": PLAIN | {"depth": 3},
    "another network": {"name": "resnet8", "classes": 2, "input_shape": [3, 8, 8]},
}


def net() -> torch.nn.Module:
    """A small network of the book."""
    torch.manual_seed(0)
    return models.build(**PLAIN)


@pytest.fixture
def stored(tmp_path):
    models.save_model(net(), tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


def sentence(path, **options) -> str:
    """How a file is refused."""
    with pytest.raises(ParameterError, match="`path` got .*; it takes a file of `save_model`$") as caught:
        models.load_model(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("case", DESCRIBED)
def test_a_hostile_architecture_is_refused(stored, case):
    said = DESCRIBED[case] if isinstance(DESCRIBED[case], str) else json.dumps(DESCRIBED[case])
    save_file(load_file(stored), stored, metadata={KEY: said, DIGEST: "0"})
    assert "holds no model of this package" in sentence(stored)


def test_a_damaged_byte_or_a_lost_end_gives_no_other_network(stored, tmp_path):
    whole, usual = stored.read_bytes(), net()
    damaged = tmp_path / "damaged.safetensors"
    given = 0
    for place in range(0, len(whole), 3):
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        try:
            found = models.load_model(damaged)
        except ParameterError:
            continue
        assert same(found, usual)
        given += 1
    assert given < 20  # some bytes of the header are blank
    for length in range(0, len(whole), 7):
        damaged.write_bytes(whole[:length])
        sentence(damaged)
    damaged.write_bytes(whole + b"more")
    sentence(damaged)


def test_foreign_files_are_refused(stored, tmp_path):
    path, weights = tmp_path / "foreign", load_file(stored)
    foreign = {
        "text": b"weights",
        "nothing": b"",
        "noise": np.random.default_rng(0).bytes(999),
        "a pickle": pickle.dumps(weights["fc1.bias"].tolist()),
        "a length beyond all": b"\xff" * 8,
        "a header of blanks": (100).to_bytes(8, "little") + b" " * 100,
    }
    for content in foreign.values():
        path.write_bytes(content)
        sentence(path)
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a", "b")
    sentence(path)
    torch.save(net().state_dict(), path)
    sentence(path)
    save_file(weights, path)
    assert "it says no architecture" in sentence(path)


def test_changed_weights_are_refused(stored):
    from safetensors import safe_open

    with safe_open(stored, framework="pt") as file:
        metadata = file.metadata()
    whole = load_file(stored)
    first = whole["fc1.bias"]
    fewer = {name: tensor for name, tensor in whole.items() if name != "fc1.bias"}
    changed = {
        "one missing": fewer,
        "one more": whole | {"fc9.bias": first.clone()},
        "another shape": whole | {"fc1.bias": first[:2].clone()},
        "whole numbers": whole | {"fc1.bias": first.long()},
        "another type": whole | {"fc1.bias": first.double()},
        "others": whole | {"fc1.bias": first + 1},
        "NaN": whole | {"fc1.bias": first * float("nan")},
        "none": {},
    }
    for weights in changed.values():
        save_file(weights, stored, metadata=metadata)
        sentence(stored)


def test_no_file_and_no_path_are_refused(tmp_path):
    loop = tmp_path / "loop"
    os.symlink(loop, loop)
    for place in (tmp_path, tmp_path / "none", loop, "/dev/null", "/dev/null/x"):
        sentence(place)
    for nothing in ("x" * 5000, None, 3, [], {}, b"x", "", "\0", True):
        with pytest.raises(ParameterError, match="`path` got .*; it takes the path of a file"):
            models.load_model(nothing)
    for device in ("gpu", "meta", 3, None, [], "cuda:99"):
        models.save_model(net(), tmp_path / "net")
        with pytest.raises(ParameterError, match="`device` got .*; it takes `cpu`"):
            models.load_model(tmp_path / "net", device)


def test_a_network_is_written_where_it_can_be(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (
        tmp_path,
        tmp_path / "none" / "net",
        tmp_path / "file" / "net",
        "/proc/net.x",
        "x" * 5000,
        "",
        "\0",
        3,
        None,
    ):
        with pytest.raises(ParameterError, match="`path` got .*; it takes "):
            models.save_model(net(), place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_only_a_network_of_the_package_is_written(tmp_path):
    tied = models.build("mlp", 2, (3,), hidden=(3, 3))
    tied.fc2.weight = tied.fc1.weight
    for model in (None, "net", 3, small(), Tied(), net().to("meta"), tied, net().state_dict()):
        with pytest.raises(ParameterError, match="`model` got .*; it takes "):
            models.save_model(model, tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_what_is_written_is_read(tmp_path):
    for model in (net(), net().double(), net().half()):
        models.save_model(model, str(tmp_path / "net"))
        assert same(models.load_model(tmp_path / "net", torch.device("cpu")), model)
