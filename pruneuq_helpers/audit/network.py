"""The reader's own network: made by a function of a Python file, with weights from a file that is only data."""

import importlib.util
import pickle
import sys
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn.parameter import is_lazy

from pruneuq_helpers.audit.failures import first_line
from pruneuq_helpers.errors import ParameterError, suggestion

_WRAPPERS = ("state_dict", "model_state_dict", "model")  # what training scripts put the weights in
_PICKLED = (".pt", ".pth", ".bin", ".ckpt")


def build_network(where: str) -> nn.Module:
    """Run a Python file, the caller's own code, and call its function that makes the network."""
    path, _, name = where.rpartition(":")
    if not path or not name.isidentifier():
        raise ParameterError(f"parameter `model` got {where!r}; it takes FILE.py:FUNCTION, such as model.py:build")
    made = _called(_function(_ran(Path(path)), path, name), where)
    if not isinstance(made, nn.Module):
        kind = type(made).__name__
        raise ParameterError(f"parameter `model` got {where!r}, which gave {kind}; it takes one that gives a network")
    return made


def _ran(path: Path):
    """The file's module; its folder is searched for what it imports, as if it were run by itself."""
    if not path.is_file():
        raise ParameterError(f"parameter `model` got the file {str(path)!r}; there is no such file")
    spec = importlib.util.spec_from_file_location(f"audited_{path.stem}", path)
    if spec is None:
        raise ParameterError(f"parameter `model` got the file {str(path)!r}; it takes a Python file, FILE.py")
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    sys.modules[spec.name] = module  # dataclasses and others look their own module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # the caller's code, which may raise anything
        where = _line_in(error, path)
        raise ParameterError(f"the file {path} failed while it was run{where} ({first_line(error)})") from error
    finally:
        sys.path.remove(folder)
    return module


def _line_in(error: BaseException, path: Path) -> str:
    """The last line of this file that an error came through."""
    number, trace = getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            number = trace.tb_lineno
        trace = trace.tb_next
    return f", in line {number}" if number else ""


def _function(module, path: str, name: str):
    if callable(getattr(module, name, None)):
        return getattr(module, name)
    own = [key for key, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    hint = suggestion(name, own) or (f"; it has {', '.join(sorted(own))}" if own else "; it defines none")
    raise ParameterError(f"parameter `model` got {path}:{name}, but {path} has no function `{name}`{hint}")


def _called(function, where: str):
    if isinstance(function, nn.Module):
        return function
    try:
        return function()
    except (Exception, SystemExit) as error:  # the caller's code, which may raise anything
        raise ParameterError(
            f"parameter `model` got {where!r}, which failed when it was called without arguments ({first_line(error)})"
        ) from error


def load_weights(model: nn.Module, path: str | Path) -> nn.Module:
    """Fill a network with the weights of a file, which is read as data: nothing in it can run."""
    path = Path(path)
    if not path.is_file():
        raise ParameterError(f"parameter `weights` got {str(path)!r}; there is no such file")
    weights = _without_prefix(_read(path))
    misfit = _misfit(model, weights)
    if misfit:
        raise ParameterError(f"parameter `weights` got {path.name}, which does not fit the network: {misfit}")
    broken = next((name for name, w in weights.items() if w.is_floating_point() and not w.isfinite().all()), None)
    if broken:
        raise ParameterError(f"parameter `weights` got {path.name}, in which `{broken}` is not finite")
    model.load_state_dict(weights, strict=False)  # what may be missing was decided above
    return model.eval()


def _read(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix not in (".safetensors", *_PICKLED):
        takes = ", ".join((".safetensors", *_PICKLED))
        raise ParameterError(f"parameter `weights` got {path.name}; it takes a file that ends in one of {takes}")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ParameterError(
            f"parameter `weights` got {path.name}, which holds more than weights or is damaged, and is not opened; "
            "it takes `model.state_dict()` saved by safetensors or torch.save"
        ) from error
    except (SafetensorError, RuntimeError, EOFError, OSError, KeyError, ValueError) as error:
        # What torch says of a file that is none of its own is about its insides, such as "KeyError: 101".
        reason = f" ({first_line(error)})" if path.suffix == ".safetensors" else ""
        raise ParameterError(
            f"parameter `weights` got {path.name}, which is damaged or holds no weights{reason}; it takes "
            "`model.state_dict()` saved by safetensors or torch.save"
        ) from error
    inner = next((held[key] for key in _WRAPPERS if isinstance(held, dict) and isinstance(held.get(key), dict)), held)
    if not isinstance(inner, dict) or not inner or not all(isinstance(value, torch.Tensor) for value in inner.values()):
        raise ParameterError(
            f"parameter `weights` got {path.name}, which holds a {type(inner).__name__} that is not names and tensors; "
            "it takes `model.state_dict()`"
        )
    return dict(inner)


def _without_prefix(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    wrapped = all(name.startswith("module.") for name in weights)  # saved from a DataParallel network
    return {name.removeprefix("module."): value for name, value in weights.items()} if wrapped else weights


def _misfit(model: nn.Module, weights: dict[str, torch.Tensor]) -> str:
    """Which names are missing, which too many, which of another shape; nothing where all fit."""
    wanted = model.state_dict()
    # Files from before torch counted the batches of a batch norm lack that count, which no prediction uses.
    missing = [f"`{name}`" for name in wanted if name not in weights and not name.endswith("num_batches_tracked")]
    extra = [f"`{name}`" for name in weights if name not in wanted]
    shapes = [
        f"`{name}` is {tuple(weights[name].shape)} there and {tuple(value.shape)} in the network"
        for name, value in wanted.items()
        if name in weights and not is_lazy(value) and weights[name].shape != value.shape  # lazy: any shape, as yet
    ]
    said = [("it lacks ", missing), ("it has besides ", extra), ("", shapes)]
    return "; ".join(words + _some(names) for words, names in said if names)


def _some(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
