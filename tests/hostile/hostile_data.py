"""Data sets, and how each function is called."""

import numpy as np
import torch
from hostile_judge import Call, Case, Kind, Made
from hostile_pruning import generators, part
from hostile_values import flag, number, optional, seed, targets, whole, word

from pruneuq_helpers import data

PIXELS = torch.arange(4 * 16, dtype=torch.uint8).view(4, 1, 4, 4)
FEW = data.Part(PIXELS, torch.tensor([0, 1, 1, 0]))


def images(pixels: torch.Tensor = PIXELS) -> Kind:
    """Raw images."""
    odd = {
        "None": None,
        "text": "images",
        "number": 3,
        "list": pixels.tolist(),
        "dict": {},
        "empty": pixels[:0],
        "one image": pixels[0],
        "one more dimension": pixels[None],
        "floats": pixels.float(),
        "NaN": pixels.float() * float("nan"),
        "booleans": pixels > 9,
        "signed": pixels.long(),
        "sparse": pixels.to_sparse(),
        "on meta": pixels.to("meta"),
        "complex": pixels.cfloat(),
        "no pixels": pixels[..., :0],
        "no channels": pixels[:, :0],
    }
    wide = pixels.repeat_interleave(2, dim=0)[::2]
    right = {
        "strided": wide,
        "array": pixels.numpy(),
        "channels last": pixels.contiguous(memory_format=torch.channels_last),
    }
    return Kind(
        pixels, tuple(Case(*item) for item in odd.items()) + tuple(Case(n, v, pixels) for n, v in right.items())
    )


def places(usual: tuple[int, ...] = (1, 3)) -> Kind:
    """Places of images."""
    odd = (
        None,
        "ab",
        0.5,
        [4],
        [-1],
        [0.5],
        [1, 1],
        [None],
        ["1"],
        [float("nan")],
        [[1]],
        [True],
        {},
        [2**70],
        np.array([2**63], dtype=np.uint64),
    )
    right = [
        Case("array", np.array(usual), usual),
        Case("tensor", torch.tensor(usual), usual),
        Case("unsigned", np.array(usual, np.uint8), usual),
    ]
    return Kind(usual, tuple(Case(repr(value), value) for value in odd) + tuple(right))


def parts() -> Kind:
    """Parts of a data set."""
    truth = FEW.labels
    odd = {
        "None": None,
        "text": "part",
        "number": 3,
        "list": [PIXELS, truth],
        "pair": (PIXELS, truth),
        "no labels": data.Part(PIXELS, None),
        "no images": data.Part(None, truth),
        "fewer labels": data.Part(PIXELS, truth[1:]),
        "out of range": data.Part(PIXELS, truth + 2),
        "negative": data.Part(PIXELS, truth - 1),
        "NaN labels": data.Part(PIXELS, truth * float("nan")),
        "NaN images": data.Part(PIXELS * float("nan"), truth),
        "inf images": data.Part(PIXELS * float("inf"), truth),
        "one-hot": data.Part(PIXELS, torch.eye(2)[truth].long()),
        "arrays": data.Part(PIXELS.numpy(), truth.numpy()),
        "booleans": data.Part(PIXELS > 3, truth),
        "sparse": data.Part(PIXELS.to_sparse(), truth),
        "on meta": data.Part(PIXELS.to("meta"), truth),
        "complex": data.Part(PIXELS.cfloat(), truth),
        "one image": data.Part(PIXELS[0, 0], truth),
        "fewer groups": data.Part(PIXELS, truth, truth[1:]),
        "lists": data.Part(PIXELS.tolist(), truth.tolist()),
        "signed images": data.Part(PIXELS.long(), truth),
    }
    right = {kind: data.Part(PIXELS, truth.to(getattr(torch, kind))) for kind in ("uint8", "int32")}
    return Kind(FEW, tuple(Case(*item) for item in odd.items()) + tuple(Case(n, v, FEW) for n, v in right.items()))


def names(usual=("a", "b"), *odd) -> Kind:
    """Names of classes or groups."""
    odd = (None, 3, [None], [1, 2], ["a", "a"], *odd)
    return Kind(usual, tuple(Case(repr(value), value) for value in odd) + (Case("list", list(usual), usual),))


def sets(name: str) -> Kind:
    """A data set by name."""
    odd = (
        None,
        3,
        "",
        "moon",
        "imagefolder:",
        "imagefolder:/dev/null/x",
        "imagefolder",
        [],
        {},
        "MOONS",
        b"moons",
        True,
        "imagefolder:\0",
    )
    return Kind(name, tuple(Case(repr(value), value) for value in odd))


def paths(usual: str) -> Kind:
    """A folder."""
    odd = (None, 3, [], {}, True, "\0", b"x", float("nan"))
    return Kind(usual, tuple(Case(repr(value), value) for value in odd))


def loaded(name: str):
    """Load a set by name with some options."""
    return lambda **options: data.load(**({"name": name} | options))


SMALL_SEED = seed().also(Case("2**40", 2**40))
SOURCE = Kind(Made(part), tuple(Case(repr(value), value) for value in (None, "digits", 3, [], FEW)))
SOME = data.make("some", *[data.Part(PIXELS, torch.tensor([0, 1, 2, 2]))] * 3, ("a", "b", "c"))

CALLS = [
    Call("corrupt", data.corrupt, images=images(), which=places(), seed=seed()),
    Call("crop_flip", data.crop_flip, images=images(), generator=generators(), pad=whole(1, least=0), flip=flag(True)),
    Call(
        "hold_out",
        data.hold_out,
        source=Kind(SOME, SOURCE.cases),
        classes=names(("a",), "a", "ab", ["z"], [], ["a", "b"], ["a", "b", "c"])
        .but("['a', 'a']")
        .also(Case("twice", ["a", "a"], ("a",))),
    ),
    Call("invert", data.invert, images=images().but("one image", "one more dimension", "no pixels", "no channels")),
    Call("load", data.load, name=sets("moons"), seed=SMALL_SEED.but("2**40")),
    Call("load moons", loaded("moons"), points=whole(20, least=10), noise=number(0.25, -1)),
    Call("load a line", loaded("line"), noise=word("homoskedastic"), points=optional(whole(20, least=10)), seed=seed()),
    Call("load coloured digits", loaded("coloured_digits"), minority=number(0.25, -1, 2), seed=seed()),
    Call(
        "load mnist",
        lambda **given: _refused("mnist", **given),
        root=paths("/dev/null/x"),
        download=flag(False),
        validation=number(0.25, -1, 1),
    ),
    Call(
        "make",
        data.make,
        also={"train": ("images", "labels", "classes"), "classes": ("labels", "train")},
        name=Kind("few", tuple(Case(repr(v), v) for v in (None, 3, [], ""))),
        train=parts(),
        validation=parts(),
        test=parts(),
        classes=names(("a", "b"), ["a"], "ab").but("[1, 2]"),
        group_names=names((), "ab").but("['a', 'a']", "[1, 2]"),
        attribute_names=names((), "ab").but("['a', 'a']", "[1, 2]"),
    ),
    Call(
        "Data.normalise",
        Made(part).make().normalise,
        images=images().but("empty", "floats", "NaN", "one more dimension", "array", "one image", "no pixels"),
    ),
    Call(
        "photographs",
        data.photographs,
        shape=Kind(
            (1, 4, 4),
            tuple(
                Case(repr(v), v)
                for v in (
                    None,
                    3,
                    "abc",
                    (),
                    (1, 4),
                    (1, 4, 4, 4),
                    (2, 4, 4),
                    (1, 0, 4),
                    (1, -4, 4),
                    (1, 1.5, 4),
                    (1, float("nan"), 4),
                    (1, "4", 4),
                    (1, 4000, 4),
                    (1, 2**70, 4),
                    (True, 4, 4),
                )
            ),
        ),
        count=whole(2),
        seed=seed(),
        zoom=whole(2),
    ),
    Call(
        "plant",
        data.plant,
        also={"part": ("images", "labels", "classes")},
        part=parts()
        .but("negative", "out of range", "NaN labels")
        .also(Case("empty", data.Part(PIXELS[:0], FEW.labels[:0]))),
        classes=whole(2, least=2),
        wrong=number(0.25, -1, 2),
        corrupted=number(0.25, -1, 2),
        seed=seed(),
    ),
    Call(
        "rotate",
        data.rotate,
        images=images().but("floats", "NaN", "booleans", "signed", "no pixels", "no channels", "complex", "empty"),
        quarters=whole(1, least=-9).but("below", "-1e308").also(Case("-1e308", -1e308), Case("as three", -3, 1)),
    ),
    Call(
        "split",
        data.split,
        labels=targets(torch.tensor([0, 1, 1, 0, 1, 0]), 2).but(
            "one fewer", "one more", "negative", "out of range", "fractions", "booleans"
        ),
        shares=Kind(
            [0.5, 0.25],
            tuple(
                Case(repr(v), v)
                for v in (None, "ab", 0.5, [1.5], [-0.5], [0.7, 0.7], [float("nan")], ["0.5"], [None], {}, [True], [1j])
            ),
        ),
        seed=seed(),
    ),
    Call(
        "wrong_labels",
        data.wrong_labels,
        labels=targets(torch.tensor([0, 1, 1, 0]), 2).but("one fewer", "one more"),
        classes=whole(2, least=2),
        which=places(),
        seed=seed(),
    ),
]


def _refused(name: str, **given) -> str:
    """The sentence of a set that is not there; anything else is refused before it is looked for."""
    try:
        data.load(name, **({"root": "/dev/null/x"} | given))
    except data.parts.ParameterError as error:
        if "nothing usable" in str(error):
            return "looked for"
        raise
    return "loaded"


__all__ = ["np"]
