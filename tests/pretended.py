"""A GPU that is not there: tensors that say `cuda`, refuse to be mixed with others, and are computed on the processor.

What this shows is that everything is where it belongs, and that nothing depends on where that is. It cannot show speed,
or what a GPU's own kernels round.
"""

from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

GPU = torch.device("cuda", 0)
_INDEXING = ("index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index", "_unsafe_index_put")
_HAND_OVER = ("_to_copy", "copy_", "_local_scalar_dense")


class OnGPU(torch.Tensor):
    """A tensor that says it is on the GPU; `held` is the one that is computed with."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor):
        # "meta" is what torch's own C++ sees: a device whose memory nobody can read.
        found = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            device="meta",
        )  # fmt: skip
        found.held = held
        return found

    __torch_function__ = torch._C._disabled_torch_function_impl
    device = property(lambda self: GPU)
    is_cuda = property(lambda self: True)
    is_meta = property(lambda self: False)
    is_cpu = property(lambda self: False)

    def __repr__(self):
        return f"OnGPU({self.held})"

    @property
    def data(self):
        return self.detach()

    @data.setter
    def data(self, value):
        torch.Tensor.data.__set__(self, value)
        self.held = value.held

    def tolist(self):
        """A GPU's numbers may be asked for, as those of any tensor; torch refuses it to subclasses."""
        return self.held.tolist()

    @classmethod
    def __torch_dispatch__(cls, function, types, words=(), more=None):
        raise RuntimeError(f"{function} was asked of the pretended GPU after it was given back")


_serves: dict[int, str] = {}  # by what stays the same when torch wraps a generator anew


class Generator(torch.Generator):
    """Random numbers for one device; those of the GPU are drawn by the processor."""

    def __new__(cls, device="cpu"):
        return super().__new__(cls, "cpu")

    def __init__(self, device="cpu"):
        _serves[self._cdata] = torch.device(device).type


class _Pretend(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, words=(), more=None):
        more = dict(more or {})
        asked = more.get("device")
        tensors = [value for value in tree_flatten((words, more))[0] if isinstance(value, torch.Tensor)]
        ours = [tensor for tensor in tensors if isinstance(tensor, OnGPU)]
        name = function._schema.name.partition("::")[2]
        if ours and name not in _HAND_OVER:
            _check_mixed(name, tensors)
        there = bool(ours) if asked is None or asked.type == "meta" else asked.type == "cuda"
        if there and asked is not None:
            more["device"] = torch.device("cpu")
        if name == "copy_":
            there = isinstance(words[0], OnGPU)
        _check_generator(more.get("generator"), there)
        held = tree_map_only(OnGPU, lambda tensor: tensor.held, (words, more))
        found = function(*held[0], **held[1])
        return _placed(found, ours, there)


class _Asked(TorchFunctionMode):
    """Takes over where torch's own C++ would ask CUDA, which is not there, or read a device that only Python knows."""

    def __torch_function__(self, function, types, words=(), more=None):
        more = dict(more or {})
        if function is torch.Tensor.to:
            words, more = _place(words, more)
            asked = [value for value in (*words[1:], *more.values()) if value is not None and value is not False]
            if isinstance(words[0], OnGPU) and asked in ([GPU], [GPU, words[0].dtype]):
                return words[0]
        if function in (torch.Tensor.__getitem__, torch.Tensor.__setitem__) and isinstance(words[0], OnGPU):
            words = _item(*words)
        if function in (torch.where, torch.Tensor.where):
            words = tuple(_number(value) for value in words)
        if function is torch.tensor:  # numbers that lie on the GPU may be among those of a list
            words = tree_map_only(OnGPU, lambda number: number.item() if number.numel() == 1 else number, words)
        if function in (torch.tensor, torch.as_tensor) and str(more.get("device", "")).startswith("cuda"):
            return function(*words, **more | {"device": None}).to(GPU)
        return function(*words, **more)


def _place(words: tuple, more: dict) -> tuple[tuple, dict]:
    """The arguments of ``Tensor.to``: a tensor may say the place, and `cuda` means the first GPU."""
    if len(words) > 1 and isinstance(words[1], OnGPU):
        words = (words[0], GPU, words[1].dtype, *words[2:])
    return tree_map_only((str, torch.device), lambda name: GPU if str(name) == "cuda" else name, (words, more))


def _item(tensor: torch.Tensor, place, *value) -> tuple:
    """The arguments of ``tensor[place]`` and ``tensor[place] = value``: lists and numbers as tensors."""
    places = place if isinstance(place, tuple) else (place,)
    places = tuple(torch.tensor(one) if isinstance(one, list) else one for one in places)
    return (tensor, places if isinstance(place, tuple) else places[0], *(_number(one, tensor.dtype) for one in value))


def _number(value, dtype=None):
    return torch.tensor(value, dtype=dtype) if isinstance(value, int | float) else value


def _check_mixed(name: str, tensors: list[torch.Tensor]) -> None:
    strangers = [tensor for tensor in tensors if not isinstance(tensor, OnGPU) and tensor.ndim > 0]
    if name in _INDEXING:  # a GPU takes places that lie on the processor
        strangers = [tensor for tensor in strangers if tensor.dtype not in (torch.int64, torch.bool)]
    if strangers:
        raise RuntimeError(f"{name} got tensors on cuda:0 and on cpu")


def _check_generator(generator, there: bool) -> None:
    serves = generator is not None and _serves.get(generator._cdata)
    if serves and (serves == "cuda") != there:
        raise RuntimeError(f"a generator for {serves} was used elsewhere")


def _placed(found, ours: list[OnGPU], there: bool):
    """Results where they belong: what was changed in place is the tensor that was given."""
    if not there:
        return found
    given = {id(tensor.held): tensor for tensor in ours}
    return tree_map_only(torch.Tensor, lambda value: given[id(value)] if id(value) in given else OnGPU(value), found)


def _moved(module: torch.nn.Module, *words, **more) -> torch.nn.Module:
    """`Module.to`, where a tensor may say the place: torch's own C++ would read its device."""
    words = (GPU, words[0].dtype) if words and isinstance(words[0], OnGPU) else words
    return _to(module, *words, **more)


_to = torch.nn.Module.to


@contextmanager
def pretended_gpu(monkeypatch):
    """For a while torch finds one GPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda *_: "a pretended GPU")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: False)
    monkeypatch.setattr(torch.cuda, "_lazy_init", lambda: None)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda *_: torch.zeros(1))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda *_: None)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda *_: None)
    monkeypatch.setattr(torch, "Generator", Generator)
    # A GPU lays images out channels last; the processor behind this one may not be able to, and dropout would differ.
    monkeypatch.setattr("pruneuq_helpers.training.loop._layout", lambda device, channels_last: torch.contiguous_format)
    monkeypatch.setattr(torch.nn.Module, "to", _moved)
    with _Asked(), _Pretend():
        yield
    _serves.clear()
