"""Models in files: the weights as safetensors, the architecture and every width as JSON in its header.

Nothing is pickled, so opening a file from a stranger cannot run code.
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from pruneuq_helpers.checks import networks, paths
from pruneuq_helpers.data.files import replacing
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.models.catalogue import architecture_of, build

_KEY, _DIGEST = "pruneuq_architecture", "pruneuq_digest"


def save_model(model: nn.Module, path: str | Path) -> None:
    """Write a model to a file, pruned or not.

    Parameters
    ----------
    model : torch.nn.Module
        A model made by `models.build`; units may have been removed from it.
    path : str or path
        The file, best named ``*.safetensors``. Its folder must exist.

    Examples
    --------
    >>> import tempfile
    >>> from pruneuq_helpers import models
    >>> model = models.build("mlp", classes=2, input_shape=(2,), hidden=(3,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, f"{folder}/small.safetensors")
    ...     load_model(f"{folder}/small.safetensors").fc1
    Linear(in_features=2, out_features=3, bias=True)
    """
    path = paths.file("path", path)
    described = architecture_of(networks.untied("model", networks.runnable("model", model)))
    weights = {name: tensor.detach().contiguous() for name, tensor in model.state_dict().items()}
    if {name: tensor.shape for name, tensor in weights.items()} != _shapes(described):
        raise ParameterError(
            f"parameter `model` got a `{described['name']}` whose layers were changed in a way its widths do not "
            "tell; it takes a model as `models.build` makes it, or one from which `remove_channels` removed units"
        )
    metadata = {_KEY: json.dumps(described), _DIGEST: _digest(weights)}
    try:
        with replacing(path) as unfinished:
            save_file(weights, unfinished, metadata=metadata)
    except (StudyError, SafetensorError) as error:
        raise ParameterError(
            f"parameter `path` got {str(path)!r}, which could not be written ({error}); it takes a file that can"
        ) from error


def _digest(weights: dict[str, torch.Tensor]) -> str:
    """Of all that the file holds: one wrong bit in it would be another network."""
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _shapes(described: dict) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in _empty(described).state_dict().items()}


def _empty(described: dict) -> nn.Module:
    """Make the model without memory for its weights, and without drawing random numbers."""
    with torch.device("meta"):
        return build(**described)


def load_model(path: str | Path, device: str | torch.device = "cpu") -> nn.Module:
    """Read a model that `save_model` wrote.

    Parameters
    ----------
    path : str or path
        The file.
    device : str or torch.device
        Where the weights go.

    Returns
    -------
    torch.nn.Module
        The model in evaluation mode, ready to predict; ``model.train()`` to train it on.

    Examples
    --------
    >>> load_model("nowhere.safetensors")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `path` got 'nowhere.safetensors', which is no file; it takes a \
file of `save_model`
    """
    path, device = paths.path("path", path), networks.device("device", device)
    if not _is_file(path):
        raise ParameterError(f"parameter `path` got {str(path)!r}, which is no file; it takes a file of `save_model`")
    weights, metadata = _read(path)
    try:
        model = _empty(_described(metadata))
        _check_weights(model.state_dict(), weights, metadata)
    except (*networks.FAULTS, RecursionError) as error:
        reason = str(error).replace("parameter ", "").split("; it takes")[0]
        raise ParameterError(
            f"parameter `path` got {str(path)!r}, which holds no model of this package, or a damaged one ({reason}); "
            "it takes a file of `save_model`"
        ) from error
    model.load_state_dict(weights, assign=True)
    return model.to(device).eval()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, or a link to itself
        return False


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, *networks.FAULTS, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise ParameterError(
            f"parameter `path` got {str(path)!r}, which cannot be read: {said}; it takes a file of `save_model`"
        ) from error


def _described(metadata: dict[str, str]) -> dict:
    if _KEY not in metadata:
        raise ValueError("it says no architecture")
    found = json.loads(metadata[_KEY])
    if not isinstance(found, dict) or not {"name", "classes", "input_shape"} <= set(found):
        raise ValueError("its architecture is none")
    return found


def _check_weights(expected: dict, weights: dict, metadata: dict[str, str]) -> None:
    if set(expected) != set(weights):
        raise ValueError(f"`{min(set(expected) ^ set(weights))}` is missing, or one too many")
    for name, tensor in weights.items():
        kind = tensor.dtype.is_floating_point == expected[name].dtype.is_floating_point
        if tensor.shape != expected[name].shape or not kind or tensor.dtype.is_complex:
            raise ValueError(f"`{name}` has another shape or type")
    if metadata.get(_DIGEST) != _digest(weights):
        raise ValueError("its weights are not those that were written")
