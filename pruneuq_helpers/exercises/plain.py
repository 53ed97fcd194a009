"""Values as plain data: reading them back builds numbers, arrays and tables, and runs nothing of an answer's.

A value becomes JSON: what JSON knows stands for itself, all else is a list that begins with its kind. A function
stays where it is; it gets a number, under which it can be asked for results.
"""

import base64
import dataclasses
import io
import sys
from collections.abc import Callable, KeysView, Mapping, Set, ValuesView
from decimal import Decimal
from fractions import Fraction
from importlib import import_module as _module

TAKES = "numbers, text, lists, arrays, tensors, tables and functions"
_LONG = 2**63  # integers beyond it are written as text: Python reads no decimal number of any length
_BOOK = "pruneuq_helpers."


class NotPlain(TypeError):
    """A value that is no plain data; the message is the name of its type."""


def encode(value, keep: Callable[[Callable], int]):
    """A value as JSON; ``keep`` numbers the functions in it."""

    def inside(part):
        return encode(part, keep)

    if value is None:
        return None
    for write in (_simple, _array, _table, _record, _container):
        if (made := write(value, inside)) is not None:
            return made
    if not callable(value):
        raise NotPlain(type(value).__name__)
    return ["function", keep(value)]


def decode(made, function: Callable[[int], Callable]):
    """The value that ``encode`` wrote; ``function`` gives what stands for the function with a number."""
    if not isinstance(made, list):
        return made
    kind, *parts = made
    if kind == "function":
        return function(int(parts[0]))
    if kind == "record":
        return _read_record(*parts[:2], [decode(part, function) for part in parts[2:]])
    if kind in ("array", "scalar"):
        return _read_array(kind, parts[0])
    return _READ[kind](*(decode(part, function) for part in parts))


def _simple(value, inside):
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(value, numpy.generic):
        return None
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return ["int", hex(value)] if kind is int and abs(value) > _LONG else kind(value)
    if isinstance(value, complex):
        return ["complex", value.real, value.imag]
    return [type(value).__name__.lower(), str(value)] if type(value) in (Fraction, Decimal) else None


def _array(value, inside):
    """Arrays of NumPy, and tensors as such an array and the name of their type."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if torch and isinstance(value, torch.Tensor):
        whole = value.detach().cpu().to_dense() if value.layout != torch.strided else value.detach().cpu()
        known = whole.float() if whole.dtype == torch.bfloat16 else whole.resolve_conj().resolve_neg()
        return ["tensor", inside(known.numpy()), str(value.dtype).removeprefix("torch.")]
    if not numpy or not isinstance(value, numpy.ndarray | numpy.generic):
        return None
    if value.dtype.hasobject:
        return ["objects", inside(list(value.shape)), inside(value.ravel().tolist())]
    file = io.BytesIO()
    numpy.save(file, numpy.asarray(numpy.ma.filled(value)), allow_pickle=False)
    return ["scalar" if isinstance(value, numpy.generic) else "array", base64.b64encode(file.getvalue()).decode()]


def _read_array(kind: str, text: str):
    array = _module("numpy").load(io.BytesIO(base64.b64decode(text)), allow_pickle=False)
    return array[()] if kind == "scalar" else array


def _read_objects(shape: list, values: list):
    array = _module("numpy").empty(len(values), dtype=object)
    array[:] = values
    return array.reshape(shape)


def _table(value, inside):
    """What pandas has: a table is its columns and two indexes."""
    pandas = sys.modules.get("pandas")
    if not pandas or not isinstance(value, pandas.DataFrame | pandas.Series | pandas.Index):
        return None
    if isinstance(value, pandas.DataFrame):
        columns = [_column(value.iloc[:, place], inside) for place in range(value.shape[1])]
        return ["frame", ["list", *columns], inside(value.columns), inside(value.index)]
    if isinstance(value, pandas.Series):
        return ["series", _column(value, inside), inside(value.index), inside(value.name)]
    if isinstance(value, pandas.MultiIndex):
        return ["levels", inside(value.tolist()), inside(list(value.names))]
    return ["index", _column(value, inside), inside(value.name)]


def _column(column, inside) -> list:
    numpy = sys.modules["numpy"]
    plain = isinstance(column.dtype, numpy.dtype) and not column.dtype.hasobject
    return ["tuple", inside(column.to_numpy() if plain else column.tolist()), str(column.dtype)]


def _read_series(column: tuple, index, name):
    return _module("pandas").Series(column[0], index=index, dtype=column[1], name=name)


def _read_frame(columns: list, names, index):
    read = {place: _read_series(each, index, None) for place, each in enumerate(columns)}
    table = _module("pandas").DataFrame(read, index)
    table.columns = names
    return table


def _record(value, inside):
    """What the book's own functions return: a dataclass or a named tuple, by its name and its fields."""
    kind = type(value)
    if not kind.__module__.startswith(_BOOK) or not _is_record(kind):
        return None
    fields = [getattr(value, name) for name in _fields(kind)]
    return ["record", kind.__module__, kind.__qualname__, *map(inside, fields)]


def _read_record(module: str, name: str, values: list):
    """Only classes of the book that are loaded here already, built without a call of their code."""
    kind = getattr(sys.modules[module], name) if module.startswith(_BOOK) else None
    if not isinstance(kind, type) or kind.__module__ != module or not _is_record(kind):
        raise NotPlain(name)
    if issubclass(kind, tuple):
        return tuple.__new__(kind, values)
    made = object.__new__(kind)
    for field, value in zip(_fields(kind), values, strict=True):
        object.__setattr__(made, field, value)
    return made


def _is_record(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))


def _fields(kind: type) -> list[str]:
    return list(kind._fields) if issubclass(kind, tuple) else [field.name for field in dataclasses.fields(kind)]


def _container(value, inside):
    for kinds, name in (((list, KeysView, ValuesView), "list"), (tuple, "tuple"), (Set, "set")):
        if isinstance(value, kinds):
            return [name, *map(inside, value)]
    if isinstance(value, Mapping):
        return ["dict", *(["tuple", inside(key), inside(item)] for key, item in value.items())]
    return ["range", value.start, value.stop, value.step] if isinstance(value, range) else None


_READ = {
    "complex": complex,
    "int": lambda text: int(text, 16),
    "fraction": Fraction,
    "decimal": Decimal,
    "tensor": lambda array, name: _module("torch").from_numpy(array).to(getattr(_module("torch"), name)),
    "objects": _read_objects,
    "frame": _read_frame,
    "series": _read_series,
    "index": lambda column, name: _module("pandas").Index(column[0], dtype=column[1], name=name),
    "levels": lambda rows, names: _module("pandas").MultiIndex.from_tuples(rows, names=names),
    "list": lambda *parts: list(parts),
    "tuple": lambda *parts: parts,
    "set": lambda *parts: set(parts),
    "dict": lambda *items: dict(items),
    "range": range,
}
