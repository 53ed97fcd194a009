"""Models in files: the weights as safetensors, the architecture and every width as JSON in its header.

Nothing is pickled, so opening a file from a stranger cannot run code.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from pruneuq_helpers.data.files import replacing
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.models.catalogue import architecture, build

_KEY = "pruneuq_architecture"


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
    described = architecture(model)
    weights = {name: tensor.detach().contiguous() for name, tensor in model.state_dict().items()}
    if {name: tensor.shape for name, tensor in weights.items()} != _shapes(described):
        raise ParameterError(
            f"parameter `model` got a `{described['name']}` whose layers were changed in a way its widths do not "
            "tell; it takes a model as `models.build` makes it, or one from which `remove_channels` removed units"
        )
    with replacing(Path(path)) as unfinished:
        save_file(weights, unfinished, metadata={_KEY: json.dumps(described)})


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
    pruneuq_helpers.errors.ParameterError: parameter `path` got 'nowhere.safetensors'; there is no such file
    """
    if not Path(path).is_file():
        raise ParameterError(f"parameter `path` got {str(path)!r}; there is no such file")
    try:
        with safe_open(path, framework="pt", device=str(device)) as file:
            described = (file.metadata() or {}).get(_KEY)
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError as error:
        raise ParameterError(f"parameter `path` got {str(path)!r}, which cannot be read: {error}") from error
    if described is None:
        raise ParameterError(
            f"parameter `path` got {str(path)!r}, which says no architecture; it takes a file of `save_model`"
        )
    model = _empty(json.loads(described))
    model.load_state_dict(weights, assign=True)
    return model.eval()
