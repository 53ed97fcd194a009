"""The kept network as a program that runs without the code that made it."""

import importlib.util

import pytest
import torch
from foreign import Concatenated, stripes_data
from torch import nn

from pruneuq_helpers import audit
from pruneuq_helpers.audit.export import check_formats, export
from pruneuq_helpers.errors import ParameterError

QUICK = {"levels": [0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100, "repairs": False}


class Pair(Concatenated):
    """Logits in a tuple."""

    def forward(self, images):
        return super().forward(images), images


class Hesitant(Concatenated):
    """A path that depends on the values of the images, which no trace can follow."""

    def forward(self, images):
        return super().forward(images) if float(images.sum()) > -1e9 else super().forward(-images)


@pytest.mark.parametrize("build", [Concatenated, Pair])
def test_the_program_gives_the_logits_that_were_judged_for_any_number_of_images(build, tmp_path):
    torch.manual_seed(0)
    data = stripes_data()
    found = audit.examine(build(), data, keep=0.5, export=["torch"], **QUICK)
    page = audit.write_report(found, tmp_path / "report")
    assert not any("but not as" in note for note in found.notes)
    program = torch.export.load(page.parent / "network.pt2").module()
    images = data.normalise(data.test.images[:7])
    with torch.no_grad():
        logits = found.kept.network.eval()(images)
        logits = logits[0] if isinstance(logits, tuple) else logits
        assert torch.allclose(program(images), logits, atol=1e-6)


def test_a_network_that_cannot_be_exported_is_kept_and_the_report_says_so(tmp_path):
    torch.manual_seed(0)
    found = audit.examine(Hesitant(), stripes_data(), keep=0.5, export=["torch"], **QUICK)
    page = audit.write_report(found, tmp_path / "report")
    assert "is kept, but not as network.pt2: the network could not be exported as torch" in page.read_text()
    assert (page.parent / "network.safetensors").is_file()
    assert not (page.parent / "network.pt2").exists()


def test_what_cannot_be_written_is_known_before_anything_is_measured(monkeypatch):
    monkeypatch.setattr("pruneuq_helpers.audit.export.find_spec", lambda name: None)
    model, data = Concatenated(), stripes_data()
    for settings, sentence in (
        ({"export": ["onnx"], "keep": 0.5}, "'onnx', which needs onnx and onnxscript; `pip install pruneuq"),
        ({"export": ["tensorrt"], "keep": 0.5}, "'tensorrt'; it takes some of torch, onnx"),
        ({"export": ["torch"]}, "a form without `keep`; it takes a network to keep"),
        ({"export": ["torch", "torch"], "keep": 0.5}, "torch twice; it takes each once"),
    ):
        with pytest.raises(ParameterError, match=f"parameter `export` got {sentence}"):
            audit.examine(model, data, **settings, **QUICK)


@pytest.mark.skipif(importlib.util.find_spec("onnxscript") is None, reason="pruneuq[onnx] is not installed")
def test_onnx_is_written_where_its_packages_are(tmp_path):
    import onnx

    check_formats(("onnx",))
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    export(model, torch.rand(2, 1, 2, 2), "onnx", tmp_path / "network.onnx")
    graph = onnx.load(tmp_path / "network.onnx").graph
    assert [place.dim_param or place.dim_value for place in graph.output[0].type.tensor_type.shape.dim][1] == 3
