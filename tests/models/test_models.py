"""The networks: their size against the papers, and saving and loading them."""

import json
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from pruneuq_helpers import models, pruning
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.state import evaluating, example_of

IMAGE = (3, 32, 32)
COUNTS = [
    ("lenet", 10, IMAGE, {}, 62_006),
    ("fcn", 10, (1, 28, 28), {}, 784 * 512 + 512 + 512 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10),
    ("mlp", 2, (2,), {"hidden": (20, 18, 16, 14)}, 60 + 20 * 18 + 18 + 18 * 16 + 16 + 16 * 14 + 14 + 30),
    ("mlp", 10, (64,), {"hidden": ()}, 650),
    ("cnn", 10, (1, 8, 8), {}, 160 + 32 * 16 * 9 + 32 + 128 * 10 + 10),
    ("resnet18", 10, IMAGE, {}, 11_173_962),
    ("resnet18", 100, IMAGE, {}, 11_220_132),
    ("resnet18_224", 1000, (3, 224, 224), {}, 11_689_512),  # what torchvision's ResNet-18 has
    ("vgg19", 10, IMAGE, {}, 20_040_522),
    ("vgg19", 100, IMAGE, {}, 20_086_692),
    ("wrn", 10, IMAGE, {"depth": 28, "width": 10}, 36_479_194),  # the authors' 36.5 million
    ("wrn", 10, IMAGE, {"depth": 16, "width": 4}, 2_748_890),
]
# S3 states no widths; its tables ask for about these sizes.
COUNTS += [
    ("cnn", 10, (1, 28, 28), {"conv": (32, 64), "hidden": (512, 256, 128)}, 1_790_474),
    ("cnn", 10, IMAGE, {"conv": (32, 64), "hidden": (512, 256, 128)}, 2_282_570),
]
SMALL = {
    "mlp": (2,), "fcn": (1, 28, 28), "lenet": (1, 28, 28), "cnn": (1, 8, 8), "vgg_small": (1, 8, 8), "vgg19": IMAGE,
    "resnet8": (1, 8, 8), "resnet10": IMAGE, "resnet18": (1, 8, 8), "resnet18_224": (3, 64, 64), "wrn": (3, 16, 16),
}  # fmt: skip


@pytest.mark.parametrize(("name", "classes", "shape", "widths", "count"), COUNTS)
def test_parameters_of_the_papers(name, classes, shape, widths, count):
    with torch.device("meta"):
        model = models.build(name, classes, shape, **widths)
    assert sum(p.numel() for p in model.parameters()) == count


@pytest.mark.parametrize("name", models.CATALOGUE)
def test_every_network_runs_and_can_be_made_again(name):
    model = models.build(name, 7, SMALL[name]).eval()
    assert model(torch.zeros(2, *SMALL[name])).shape == (2, 7)
    described = models.architecture(model)
    again = models.build(**json.loads(json.dumps(described)))
    assert models.architecture(again) == described
    assert [p.shape for p in again.parameters()] == [p.shape for p in model.parameters()]


def test_resnet8_has_eight_layers_on_its_main_path():
    model = models.build("resnet8", 10, IMAGE)
    layers = [name for name, module in model.named_modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    assert len([name for name in layers if "shortcut" not in name]) == 8
    assert models.architecture(model)["stages"] == [16, 32, 64]
    assert models.architecture(models.build("resnet8", 10, IMAGE, width=8))["inner"] == [8, 16, 32]


def test_resnet10_has_ten_layers_and_half_the_maps_from_its_stem_on():
    model, sizes = models.build("resnet10", 10, IMAGE), {}
    layers = [name for name, module in model.named_modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    assert len([name for name in layers if "shortcut" not in name]) == 10
    for name in ("conv1", "layer1", "layer3"):
        model.get_submodule(name).register_forward_hook(
            lambda _, __, maps, name=name: sizes.update({name: maps.shape[1:]})
        )
    model(torch.zeros(1, *IMAGE))
    assert sizes == {"conv1": (48, 32, 32), "layer1": (48, 16, 16), "layer3": (192, 4, 4)}


@pytest.mark.parametrize(("side", "inputs"), [(16, 16), (28, 256), (32, 400), (64, 2704)])
def test_lenet_fits_its_linear_layer_to_the_image(side, inputs):
    model = models.build("lenet", 10, (1, side, side))
    assert model.fc1.in_features == inputs
    assert model(torch.zeros(1, 1, side, side)).shape == (1, 10)


@pytest.mark.parametrize("name", ["mlp", "lenet", "resnet18", "vgg19", "wrn"])
def test_a_pruned_model_reloads_with_the_same_logits(name, tmp_path):
    model = pruning.remove_channels(models.build(name, 10, SMALL[name]), 0.6, "random")
    images = torch.randn(4, *SMALL[name])
    model(images)  # running statistics that are not the first ones
    models.save_model(model, tmp_path / "pruned.safetensors")
    again = models.load_model(tmp_path / "pruned.safetensors")
    assert not again.training
    assert torch.equal(again(images), model.eval()(images))
    assert models.architecture(again) == models.architecture(model)
    with evaluating(pruning.remove_channels(again, 0.5)) as smaller:  # and can be pruned on
        assert smaller(images).shape == (4, 10)


@given(st.floats(0, 0.9), st.sampled_from(["resnet8", "wrn", "vgg_small", "cnn"]), st.integers(0, 100))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_any_pruned_model_reloads(tmp_path_factory, level, name, seed):
    widths = {"depth": 10, "width": 1} if name == "wrn" else {}
    model = pruning.remove_channels(models.build(name, 3, (1, 8, 8), **widths), level, "random", seed=seed).double()
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    models.save_model(model, path)
    images = torch.randn(2, 1, 8, 8, dtype=torch.float64)
    assert torch.equal(models.load_model(path)(images), model.eval()(images))


def test_wiring_does_not_follow_from_widths(tmp_path):
    """A projection stays where pruning happens to leave as many channels before as after it."""
    model = models.build("wrn", 3, (1, 8, 8), depth=10, width=2, stem=8, stages=[8, 8, 8], inner=[4, 4, 4])
    assert model.layer1[0].shortcut is not None
    models.save_model(model, tmp_path / "wrn.safetensors")
    assert models.load_model(tmp_path / "wrn.safetensors").layer1[0].shortcut is not None


def test_a_reloaded_model_can_be_trained_on(tmp_path):
    models.save_model(models.build("cnn", 3, (1, 8, 8)), tmp_path / "model.safetensors")
    model = models.load_model(tmp_path / "model.safetensors").train()
    model(torch.ones(2, 1, 8, 8)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_the_file_holds_widths_as_json_and_no_pickle(tmp_path):
    path = tmp_path / "model.safetensors"
    models.save_model(models.build("mlp", 2, (2,), hidden=(3,)), path)
    header = json.loads(path.read_bytes()[8 : 8 + int.from_bytes(path.read_bytes()[:8], "little")])
    assert json.loads(header["__metadata__"]["pruneuq_architecture"])["hidden"] == [3]
    assert set(load_file(path)) == {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}


def test_loading_draws_no_random_numbers(tmp_path):
    models.save_model(models.build("mlp", 2, (2,)), tmp_path / "model.safetensors")
    state = torch.get_rng_state()
    models.load_model(tmp_path / "model.safetensors")
    assert torch.equal(torch.get_rng_state(), state)


def test_saving_refuses_what_cannot_be_loaded(tmp_path):
    with pytest.raises(ParameterError, match="a Linear that this package does not define"):
        models.save_model(nn.Linear(2, 2), tmp_path / "model.safetensors")
    changed = models.build("resnet8", 2, (1, 8, 8))
    changed.layer1[0].conv2 = nn.Conv2d(16, 5, 3)
    with pytest.raises(ParameterError, match="changed in a way its widths do not tell"):
        models.save_model(changed, tmp_path / "model.safetensors")


def test_loading_refuses_files_that_are_not_ours(tmp_path):
    (tmp_path / "text").write_text("not a model at all")
    with pytest.raises(ParameterError, match="cannot be read"):
        models.load_model(tmp_path / "text")
    save_file({"weight": torch.ones(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ParameterError, match="says no architecture"):
        models.load_model(tmp_path / "other.safetensors")
    with pytest.raises(ParameterError, match="which is no file"):
        models.load_model(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("resnet17", 10, IMAGE), "`name` got 'resnet17'.*did you mean `resnet18`"),
        ((None, 10, IMAGE), "`name` got None"),
        (("mlp", 0, (2,)), "`classes` got 0; it takes a whole number of at least 1"),
        (("mlp", 2.0, (2,)), "`classes` got 2.0"),
        (("mlp", 2, ()), r"`input_shape` got \(\)"),
        (("mlp", 2, 2), "`input_shape` got 2; it takes the shape"),
        (("mlp", 2, (0,)), "`input_shape` got 0"),
        (("lenet", 10, (1, 8, 8)), "`lenet` takes .* at least 16"),
        (("lenet", 10, (784,)), r"`input_shape` got \(784,\)"),
        (("vgg19", 10, (3, 16, 16)), "at least 32"),
        (("cnn", 10, (1, 2, 2)), "at least 4"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(arguments, sentence):
    with pytest.raises(ParameterError, match=sentence):
        models.build(*arguments)


@pytest.mark.parametrize(
    ("name", "widths", "sentence"),
    [
        ("mlp", {"hiddens": (3,)}, "`hiddens` got a value for `mlp`; it takes none but hidden; did you mean `hidden`"),
        ("mlp", {"hidden": 3}, "`hidden` got 3; it takes a list"),
        ("mlp", {"hidden": "33"}, "`hidden` got '33'"),
        ("mlp", {"hidden": (3, 0)}, "`hidden` got 0"),
        ("mlp", {"hidden": None}, "`hidden` got None"),
        ("lenet", {"conv": (6,)}, "`conv` got 1 widths; it takes 2"),
        ("vgg_small", {"conv": (6,)}, "`conv` got 1 widths; it takes 6"),
        ("resnet8", {"inner": (6,)}, "`inner` got 1 widths; it takes 3"),
        ("resnet8", {"stages": (6, 6)}, "`stages` got 2 widths; it takes 3"),
        ("resnet8", {"width": (16,)}, r"`width` got \(16,\)"),
        ("wrn", {"depth": 12}, "`depth` got 12"),
        ("wrn", {"width": 1, "stem": 8}, "`stem` got 8"),
    ],
)
def test_widths_that_do_not_fit_are_refused(name, widths, sentence):
    with pytest.raises(ParameterError, match=sentence):
        models.build(name, 10, SMALL[name], **widths)


def test_architecture_refuses_a_stranger():
    stranger = nn.Linear(2, 2)
    stranger.name = "mlp"
    with pytest.raises(ParameterError, match="made by `models.build`"):
        models.architecture(stranger)


def test_an_example_follows_type_and_shape():
    model = nn.Linear(2, 2).double()
    assert example_of(model, images=torch.zeros(5, 2)).dtype == torch.float64
    assert example_of(model, images=torch.zeros(5, 2)).shape == (1, 2)
    with pytest.raises(ParameterError, match="`input_shape` got none; of a Linear"):
        example_of(model)


def test_modes_come_back_even_after_an_error():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout()).train()
    model[0].eval()
    with pytest.raises(KeyError), evaluating(model):
        raise KeyError
    assert [m.training for m in model.modules()] == [True, False, True]


def test_importing_the_package_and_its_pruning_loads_no_torch():
    code = "import sys, pruneuq_helpers, pruneuq_helpers.pruning; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_a_model_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    models.save_model(models.build("mlp", 2, (4,), hidden=[3]), path)
    before = path.read_bytes()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        models.save_model(models.build("mlp", 2, (4,), hidden=[5]), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
