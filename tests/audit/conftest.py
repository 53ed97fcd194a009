"""The files that the audit's command is given, written once for all of its tests."""

import pytest
import torch
from audit_files import MODEL, write_arrays, write_images
from foreign import Concatenated
from safetensors.torch import save_file


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """A model file, its weights in three forms, and the same images as a folder and as arrays."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "net.py").write_text(MODEL)
    (folder / "fails.py").write_text("x = 1\nraise ValueError('no such thing')\n")
    torch.manual_seed(0)
    weights = Concatenated().state_dict()
    save_file(weights, folder / "w.safetensors")
    torch.save(weights, folder / "w.pt")
    torch.save({"state_dict": {f"module.{name}": value for name, value in weights.items()}}, folder / "parallel.pth")
    torch.save(Concatenated(), folder / "whole.pt")
    save_file(
        {name: w for name, w in weights.items() if name != "mix.weight"} | {"x": torch.ones(1)},
        folder / "keys.safetensors",
    )
    save_file(weights | {"head.weight": torch.ones(5, 8)}, folder / "shape.safetensors")
    save_file(weights | {"head.bias": torch.full((3,), torch.nan)}, folder / "nan.safetensors")
    (folder / "damaged.safetensors").write_bytes(b"nothing")
    (folder / "damaged.pt").write_bytes(b"nothing")
    write_images(folder)
    write_arrays(folder)
    return folder
