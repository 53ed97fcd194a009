"""Training one network and many, and how each function is called."""

import torch
from hostile_judge import Call, Case, Kind, Made
from hostile_networks import devices, functions, networks
from hostile_pruning import DENSE, IMAGES, LABELS, NET, dicts, each, generators, row, small
from hostile_pruning import part as images_of_two
from hostile_values import flag, number, optional, seed, targets, tensors, whole, word
from torch import nn

from pruneuq_helpers import data, population, training

X, Y = tensors(IMAGES), targets(LABELS, 2)
PIXELS = images_of_two().train.images
RECIPE = {
    "epochs": whole(1),
    "batch": whole(4),
    "optimiser": word("sgd"),
    "learning_rate": number(0.25, 0, -1),
    "momentum": number(0.5, -1),
    "nesterov": flag(True),
    "weight_decay": number(0.25, -1),
    "schedule": word("cosine"),
    "factor": number(0.5, -1),
    "warmup": whole(1, least=0),
    "rise": number(0.5, 0, 1, -1),
    "patience": optional(whole(2)),
}
MILESTONES = Kind(
    (1, 2),
    tuple(Case(repr(v), v) for v in (None, 3, "12", (1.5,), (None,), ("1",), (0,), (-1,), (float("nan"),), (True,), ()))
    + (Case("list", [1, 2], (1, 2)),),
)
EITHER = {
    "model": ("images", "data", "network"),
    "images": ("model", "labels"),
    "labels": ("images",),
    "network": ("images", "labels", "seeds"),
    "weights": ("network", "models"),
    "data": ("model", "images", "labels"),
    "rate": ("learning_rate",),
}
QUICK = {"epochs": 1, "batch": 8}


def points() -> data.Data:
    """A few points of two classes."""
    some = data.Part(IMAGES.clone(), LABELS.clone())
    return data.make("points", some, some, some, ("a", "b"))


def paths(tmp: str = "/proc/nowhere/x") -> Kind:
    """A file that cannot be written, or is none."""
    return Kind(None, tuple(Case(repr(v), v) for v in (3, [], {}, "/proc/nowhere/x", "/", "\0", True, b"x")))


def sets() -> Kind:
    """A data set to learn from."""

    def some(images=IMAGES, labels=LABELS):
        return data.Data("d", *[data.Part(images, labels)] * 3, ("a", "b"), torch.zeros(1), torch.ones(1), "d")

    odd = {
        "None": None,
        "text": "moons",
        "number": 3,
        "part": points().train,
        "tensor": IMAGES,
        "empty": some(IMAGES[:0], LABELS[:0]),
        "of other inputs": images_of_two(),
    }
    return Kind(
        Made(points),
        tuple(Case(*item) for item in odd.items())
        + (Case("on the device", Made(lambda: points().to("cpu")), Made(points)),),
    )


def trained(**given):
    """Train, without the times."""
    found = training.train(**given)
    return found.model, found.history.drop(columns="seconds")


def described(**given) -> list:
    """A population's training as weights."""
    found = population.train(**given)
    return [found.states, found.history]


def shown(widths, **given):
    """`mlp` takes its widths one by one."""
    return population.mlp(*widths, **given)


def images() -> Kind:
    """What a network predicts."""
    return X.but("empty")


NETS = (
    Case("None", None),
    Case("text", "x"),
    Case("number", 3),
    Case("class", nn.Linear),
    Case("list of None", [None, None]),
    Case("too many", [NET] * 3),
    Case("convolutions with stride", Made(lambda: nn.Sequential(nn.Conv2d(1, 2, 3, stride=2)))),
    Case("no layers", Made(nn.ReLU)),
)
NETWORK = Kind(NET, (*NETS, Case("one each", [NET, NET], NET)))
SEEDS = each([0, 1], [-1, 0], [0.5, 1], [2**64, 1], ["0", 1], [True, 0]).but("[0]", "[0, 1, 0]")
RATES = (
    number(0.25, -1)
    .but("list", "array", "tensor", "tensor of one")
    .also(Case("[0.1]", [0.1]), Case("words", ["a", "b"]), Case("one each", [0.25, 0.25], 0.25))
)
VALIDATION = Kind(
    (IMAGES, LABELS),
    tuple(
        Case(repr(v)[:30], v)
        for v in (
            "ab",
            3,
            [],
            (IMAGES,),
            IMAGES,
            (None, None),
            (IMAGES, None),
            (IMAGES[:, 1:], LABELS),
            (IMAGES, LABELS + 2),
            (IMAGES * float("nan"), LABELS),
            (IMAGES, LABELS[1:]),
        )
    ),
)
SHAPE = Kind(
    (1, 8, 8),
    tuple(
        Case(repr(v), v)
        for v in (
            None,
            3,
            "abc",
            (),
            (1, 8),
            (1, 8, 8, 8),
            (0, 8, 8),
            (1, -8, 8),
            (1, 8.5, 8),
            (1, None, 8),
            ("1", 8, 8),
            (True, 8, 8),
            (1, 2, 2),
            (2**70, 8, 8),
        )
    ),
)


def widths(usual, *odd, empty: bool = False) -> Kind:
    """Widths of layers."""
    odd = (
        None,
        3,
        "ab",
        [0],
        [-1],
        [1.5],
        [None],
        ["4"],
        [True],
        [float("nan")],
        {},
        [2**70],
        *(() if empty else ([],)),
        *odd,
    )
    return Kind(usual, tuple(Case(repr(v), v) for v in odd) + (Case("list", list(usual), usual),))


CALLS = [
    Call("batch_order", training.batch_order, count=whole(5, least=0), generator=generators()),
    Call(
        "precision_on",
        training.precision_on,
        device=devices().but("'cuda:99'"),
        precision=word("float32"),
        dtype=Kind(torch.float32, tuple(Case(repr(v), v) for v in (None, "float32", 3))),
    ),
    Call(
        "predict",
        training.predict,
        also=EITHER,
        model=networks(small).but("without weights", "empty", "NaN inside", "inf inside"),
        images=X,
        batch=whole(2),
        device=devices(),
        normalise=functions(lambda batch: batch).but("None"),
        precision=word("float32"),
        workers=whole(1, least=0).but("int64", "uint8"),
    ),
    Call(
        "predict bytes",
        training.predict,
        {"model": row(), "normalise": images_of_two().normalise},
        images=Kind(
            PIXELS,
            tuple(
                Case(repr(v)[:20], v)
                for v in (None, PIXELS.bool(), PIXELS.long(), PIXELS[:0], PIXELS[0], PIXELS.tolist())
            ),
        ),
    ),
    Call("Recipe", training.Recipe, **RECIPE),
    Call("Recipe in steps", training.Recipe, {"schedule": "step"}, milestones=MILESTONES, factor=number(0.5, -1)),
    Call("Recipe.rate", training.Recipe().rate, step=whole(1), epoch_steps=whole(4)),
    Call(
        "train",
        trained,
        QUICK,
        also=EITHER,
        model=networks(small),
        data=sets(),
        seed=seed(),
        device=devices(),
        loss=functions(nn.functional.cross_entropy),
        checkpoint=paths(),
        precision=word("float32"),
        workers=whole(1, least=0),
        progress=flag(False),
    ),
    Call(
        "train's hooks",
        trained,
        QUICK | {"model": small(), "data": points()},
        **{
            name: functions(lambda *given: given[0]).but("None")
            for name in ("augment", "on_gradients", "on_step", "on_epoch")
        },
        stateful=Kind((), tuple(Case(repr(v), v) for v in (None, 3, "x", [None], [small]))),
        channels_last=optional(flag(False)),
        compile=flag(False).but("'no'"),
    ),
    Call(
        "train's recipe",
        trained,
        {"model": small(), "data": points()},
        also=EITHER,
        **{name: RECIPE[name] for name in ("epochs", "batch", "optimiser", "patience")},
    ),
    Call("mlp", shown, {"dropout": 0.0}, widths=widths((3, 4, 2), [3]).but("None", "3")),
    Call("mlp's dropout", population.mlp, {"*": (3, 4, 2)}, dropout=number(0.25, -1, 1)),
    Call(
        "convnet",
        population.convnet,
        also={
            "input_shape": ("channels", "kernel"),
            "kernel": ("channels",),
            "padding": ("channels",),
            "channels": ("kernel",),
        },
        input_shape=SHAPE,
        channels=widths((2, 2), [1] * 9, empty=True),
        hidden=widths((4,), empty=True),
        classes=whole(2),
        kernel=whole(3).but("list").also(Case("two of one", [3])),
        padding=whole(1, least=0).but("list").also(Case("two of one", [1])),
        batch_norm=flag(False),
        dropout=number(0.25, -1, 1),
    ),
    Call(
        "Network.of",
        population.Network.of,
        also={"module": ("network",)},
        module=networks(small).but(
            "of other inputs", "NaN inside", "inf inside", "on meta", "raising", "a pair", "complex", "training"
        ),
        input_shape=Kind(None, tuple(Case(repr(v), v) for v in ("abc", 3, (1.5,), (-1,), (None,)))),
    ),
    Call("Network.initial", NET.initial, seed=seed()),
    Call(
        "stack",
        population.stack,
        models=Kind(
            Made(lambda: [small(), small()]),
            tuple(
                Case(repr(v)[:30], v)
                for v in (None, 3, "ab", [], [None], [small(), nn.Linear(3, 2)], [{}], [{"a": 1}], small())
            ),
        ),
    ),
    Call(
        "Stack",
        lambda **given: population.Stack(**given).weights,
        network=Kind(NET, NETS[:4]),
        states=Kind(
            [NET.initial(0)],
            tuple(Case(repr(v)[:30], v) for v in (None, 3, "ab", [], [None], [{}], [{"fc1.weight": IMAGES}])),
        ),
        dtype=optional(Kind(torch.float64, (Case("None", None), Case("text", "float32"), Case("whole", torch.int64)))),
        device=devices(),
    ),
    Call(
        "population.predict",
        population.predict,
        also=EITHER,
        network=NETWORK,
        weights=dicts(DENSE.weights).but("NaN inside"),
        images=X.but("empty"),
        dropout=optional(seed()),
        dtype=optional(Kind(torch.float64, (Case("None", None), Case("text", "float32"), Case("whole", torch.int64)))),
        device=devices(),
    ),
    Call(
        "population.train",
        described,
        {"epochs": 1},
        also=EITHER,
        network=NETWORK,
        images=X,
        labels=Y,
        seeds=SEEDS,
        batch=optional(whole(4)),
        optimiser=word("sgd"),
        rate=RATES,
        momentum=number(0.5, -1),
        weight_decay=RATES,
        device=devices(),
        chunk=optional(whole(1)),
    ),
    Call(
        "population.train's weights",
        described,
        {"epochs": 2, "network": NET, "images": IMAGES, "labels": LABELS, "seeds": [0, 1]},
        also=EITHER | {"patience": ("validation",)},
        weights=optional(dicts(DENSE.weights)),
        masks=optional(dicts({"fc1.weight": torch.ones(2, 4, 3)}).but("empty", "no members")).also(
            Case("halves", {"fc1.weight": torch.full((2, 4, 3), 0.5)})
        ),
        validation=VALIDATION,
        patience=optional(whole(1)),
        schedule=Kind(None, tuple(Case(repr(v), v) for v in (0.5, "x", 3, {}))),
        after_epoch=functions(lambda stack: None).but("None"),
        dtype=Kind(torch.float32, (Case("text", "float32"), Case("whole", torch.int64))),
    ),
    Call(
        "population.train's epochs",
        described,
        {"network": NET, "images": IMAGES, "labels": LABELS, "seeds": [0]},
        epochs=whole(1),
    ),
    Call(
        "Trained.predict",
        population.train(NET, IMAGES, LABELS, [0], epochs=1).predict,
        images=X.but("empty"),
        dropout=optional(seed()),
    ),
    Call(
        "Trained.member",
        population.train(NET, IMAGES, LABELS, [0, 1], epochs=1).member,
        k=whole(1, least=0).also(Case("no such", 2)),
    ),
]
