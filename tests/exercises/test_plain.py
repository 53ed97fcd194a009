"""Values as plain data: what goes in comes out, and nothing of it runs."""

import json
from collections import Counter, OrderedDict, namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from pruneuq_helpers.exercises.plain import NotPlain, decode, encode


def there_and_back(value):
    kept = []

    def keep(function):
        kept.append(function)
        return len(kept) - 1

    return decode(json.loads(json.dumps(encode(value, keep))), kept.__getitem__)


VALUES = [
    *(
        None,
        True,
        0,
        -(2**63),
        10**30,
        -(7**9999),
        -0.0,
        float("inf"),
        1e-320,
        2 + 3j,
        "",
        "ä\ud800",
        Fraction(1, 3),
        Decimal("0.1"),
    ),
    *([], [1, [2.5, "x"]], (1, (2,)), {1, 2}, {"a": 1, (1, 2.0): [None]}, range(3, 9, 2)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_plain_values_come_back(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


def test_not_a_number_comes_back():
    assert np.isnan(there_and_back(float("nan")))


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(a=1), {"a": 1}),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        (frozenset({1}), {1}),
        (namedtuple("Pair", "a b")(1, 2), (1, 2)),
    ],
)
def test_relatives_become_what_they_are_relatives_of(value, plain):
    back = there_and_back(value)
    assert back == plain
    assert type(back) is type(plain)


@pytest.mark.parametrize("kind", ["bool", "int8", "uint64", "float16", "float64", "complex64", "U3", "M8[ns]"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_arrays_come_back(kind, shape):
    value = np.ones(shape, kind) if kind != "U3" else np.full(shape, "abc")
    back = there_and_back(value)
    assert back.dtype == value.dtype
    np.testing.assert_array_equal(back, value)
    scalar = np.ones(1, kind)[0]
    assert there_and_back(scalar) == scalar
    assert type(there_and_back(scalar)) is type(scalar)


def test_strided_masked_and_object_arrays_come_back_as_plain_ones():
    np.testing.assert_array_equal(there_and_back(np.arange(10)[::-2]), np.arange(10)[::-2])
    assert type(there_and_back(np.ma.masked_array([1, 2], [True, False]))) is np.ndarray
    back = there_and_back(np.array([[1, "a"], [None, 2.5]], dtype=object))
    assert back.tolist() == [[1, "a"], [None, 2.5]]


@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float16", "bfloat16", "float64", "complex64"])
def test_tensors_come_back(kind):
    value = torch.ones(2, 3).to(getattr(torch, kind)).t()
    back = there_and_back(value)
    assert back.dtype == value.dtype
    assert torch.equal(back, value)


def test_parameters_and_sparse_tensors_come_back_as_plain_ones():
    back = there_and_back(torch.nn.Parameter(torch.ones(2)))
    assert type(back) is torch.Tensor
    assert torch.equal(there_and_back(torch.eye(2).to_sparse()), torch.eye(2))


def tables():
    plain = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": ["x", "y"], 3: [True, False]})
    yield plain
    yield plain.set_index(["c", "a"])
    yield plain.assign(c=plain["c"].astype("category"), d=pd.Timestamp("2020-01-01"))
    yield plain.groupby("c").agg({"a": ["min", "max"]})
    yield plain.iloc[:0]
    yield pd.DataFrame(np.ones((2, 2)), columns=["same", "same"], index=[5, 5])


@pytest.mark.parametrize("table", list(tables()))
def test_tables_come_back(table):
    pd.testing.assert_frame_equal(there_and_back(table), table, check_index_type=False, check_column_type=False)
    series = table.iloc[:, 0]
    pd.testing.assert_series_equal(there_and_back(series), series, check_index_type=False)
    pd.testing.assert_index_equal(there_and_back(table.index), table.index, exact=False)


def test_records_of_the_book_come_back():
    from pruneuq_helpers.chapters import CHAPTERS, Chapter

    back = there_and_back(CHAPTERS[0])
    assert type(back) is Chapter
    assert back == CHAPTERS[0]


def test_functions_keep_their_number_and_objects_are_named():
    assert there_and_back({"f": len, "net": torch.nn.Identity})["f"] is len
    for value, name in ((object(), "object"), (iter([]), "list_iterator"), ([object()], "object"), (..., "ellipsis")):
        with pytest.raises(NotPlain, match=f"^{name}$"):
            there_and_back(value)


PICKLED = "k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9"


@pytest.mark.parametrize(
    "made",
    [
        ["record", "subprocess", "Popen", "true"],
        ["record", "pruneuq_helpers.errors", "ParameterError"],
        ["record", "pruneuq_helpers.exercises.plain", "Fraction"],
        ["record", "pruneuq_helpers.nowhere", "Thing"],
        ["array", PICKLED],
        ["array", 3],
        ["tensor", ["list"], "float32"],
        ["eval", "1"],
        [],
        [[]],
        ["dict", 1],
    ],
)
def test_what_nobody_wrote_is_refused(made):
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError)):
        decode(made, function=None)
