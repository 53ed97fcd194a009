"""The kept network in forms that run without the code that made it."""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from pruneuq_helpers.audit.failures import one_sentence
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.logits import LogitsOf
from pruneuq_helpers.models.state import evaluating

FILES = {"torch": "network.pt2", "onnx": "network.onnx"}
_NEEDS = {"onnx": ("onnx", "onnxscript")}


def check_formats(formats: tuple[str, ...]) -> None:
    """Refuse, before hours of work, what could not be written at their end."""
    for name in formats:
        if name not in FILES:
            raise ParameterError(f"parameter `export` got {name!r}; it takes some of {', '.join(FILES)}")
        missing = [package for package in _NEEDS.get(name, ()) if find_spec(package) is None]
        if missing:
            raise ParameterError(
                f"parameter `export` got {name!r}, which needs {' and '.join(missing)}; `pip install pruneuq[{name}]`"
            )


def export(network: nn.Module, images: Tensor, name: str, path: Path) -> None:
    """Write a network in eval mode, for batches of any size, in one of these forms, and try what torch reads back."""
    with evaluating(network), torch.no_grad():
        network = network if isinstance(network(images), Tensor) else LogitsOf(network)
    with one_sentence(f"the network could not be exported as {name}", "it takes one that torch.export can trace"):
        _written(network, images, name, path)


def _written(network: nn.Module, images: Tensor, name: str, path: Path) -> None:
    sized = ({0: torch.export.Dim("images")},)
    with evaluating(network), torch.no_grad():
        program = torch.export.export(network, (images,), dynamic_shapes=sized, strict=False)
        if name == "onnx":
            torch.onnx.export(program, dynamo=True, verbose=False).save(path)
            return
        torch.export.save(program, path)
        if not torch.allclose(torch.export.load(path).module()(images[:1]), network(images[:1]), atol=1e-5):
            raise ParameterError("the exported network gives other logits than the kept one")
