"""Classifiers of torchvision, timm and transformers, with random weights, by the adapters of the book's page."""

import pytest
import torch
from foreign import CLASSES
from safetensors.torch import save_file

from pruneuq_helpers import audit, data
from pruneuq_helpers.data.vision import torchvision  # before timm, which imports torchvision as it is

QUICK = {"levels": [0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100, "repairs": False}


def of_torchvision(name: str, **options):
    return lambda: getattr(torchvision.models, name)(num_classes=CLASSES, **options)


def of_timm(name: str, **options):
    timm = pytest.importorskip("timm")
    return lambda: timm.create_model(name, pretrained=False, num_classes=CLASSES, **options)


def of_transformers(name: str, **options):
    transformers = pytest.importorskip("transformers")
    config = getattr(transformers, f"{name}Config")(num_labels=CLASSES, **options)
    return lambda: getattr(transformers, f"{name}ForImageClassification")(config)


VIT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 4}
NETWORKS = {
    "torchvision's MobileNet": (of_torchvision, "mobilenet_v3_small", {"width_mult": 0.25}, False),
    "timm's MobileNet": (of_timm, "mobilenetv3_small_050", {}, False),
    "timm's transformer": (of_timm, "vit_tiny_patch16_224", SMALL, True),
    "timm's ConvNeXt": (of_timm, "convnext_atto", {"depths": (1, 1, 1, 1), "dims": (8, 12, 16, 24)}, False),
    "transformers' ResNet": (
        of_transformers, "ResNet", {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]}, False
    ),
    "transformers' ViT": (of_transformers, "ViT", VIT | {"image_size": 32, "patch_size": 8}, True),
    "transformers' Swin": (
        of_transformers, "Swin",
        {"embed_dim": 16, "depths": [1, 1], "num_heads": [2, 4], "window_size": 2, "image_size": 32}, False,
    ),
}  # fmt: skip


def noise() -> data.Data:
    draws = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (36, 3, 32, 32), dtype=torch.uint8, generator=draws)
    part = data.Part(images, torch.arange(36) % CLASSES)
    return data.make("noise", part.take(torch.arange(0, 6)), part.take(torch.arange(0)), part, classes=("a", "b", "c"))


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_others_are_audited_and_taken_home(name, tmp_path):
    package, model, options, has_heads = NETWORKS[name]
    build = package(model, **options)
    torch.manual_seed(0)
    found = audit.examine(build(), noise(), keep=0.5, **QUICK)
    cut = found.networks.iloc[1]
    assert cut["parameter_fraction"] < 0.85
    assert cut["mac_fraction"] < 0.85
    assert any("heads go as a whole" in note for note in found.notes) == has_heads
    again = audit.apply(build(), audit.write_report(found, tmp_path / "report").parent)
    images = noise().normalise(noise().test.images)
    with torch.no_grad():
        one, other = (network.eval()(images) for network in (again, found.kept.network))
    one, other = (getattr(given, "logits", given) for given in (one, other))
    assert one.shape == (36, CLASSES)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


def test_a_classifier_of_transformers_is_audited_from_its_folder(tmp_path):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    of_transformers("ViT", **VIT, image_size=32, patch_size=8)().save_pretrained(tmp_path)
    program = f"""
import transformers


def build():
    kind = transformers.AutoModelForImageClassification
    return kind.from_pretrained({str(tmp_path)!r})
"""
    (tmp_path / "net.py").write_text(program)
    saved = transformers.AutoModelForImageClassification.from_pretrained(tmp_path)
    save_file(saved.state_dict(), tmp_path / "weights.safetensors")  # `save_pretrained` itself gives them other names
    network = audit.load_weights(audit.build_network(f"{tmp_path / 'net.py'}:build"), tmp_path / "weights.safetensors")
    images = noise().normalise(noise().test.images)
    with torch.no_grad():
        torch.testing.assert_close(network(images).logits, saved.eval()(images).logits)
