"""Checkpoints: written whole or not at all, and read without running code from the file."""

import pickle
from pathlib import Path

import torch

from pruneuq_helpers.data.files import replacing
from pruneuq_helpers.errors import ParameterError


def write(path: Path, state: dict) -> None:
    """Write a nested dictionary of tensors and numbers; a kill at any moment leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as unfinished:
        torch.save(state, unfinished)


def read(path: Path) -> dict:
    """Read what `write` wrote; tensors come to the CPU."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        reason = str(error).split("\n")[0]
        raise ParameterError(f"checkpoint {path} cannot be read ({reason}); delete it to start again") from error
