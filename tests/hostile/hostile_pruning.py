"""Pruning, and how each function is called."""

import numpy as np
import pytest
import torch
from hostile_judge import Call, Case, Kind, Made
from hostile_networks import networks, shapes
from hostile_values import flag, number, optional, seed, targets, tensors, whole, word
from torch import nn

from pruneuq_helpers import data, population
from pruneuq_helpers.pruning import (
    bayes,
    channels,
    gate,
    gradual,
    levels,
    resrep,
    resrep_settings,
    tickets,
    weights,
)


def small() -> nn.Sequential:
    """Two hidden layers on three inputs."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))


def row() -> nn.Sequential:
    """Two convolutions with batch norms."""
    torch.manual_seed(0)
    first, second = (nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)), (nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))
    return nn.Sequential(*first, nn.ReLU(), *second, nn.ReLU(), nn.Flatten(), nn.Linear(16, 2)).eval()


class Tied(nn.Module):
    """A network two of whose layers share their weights."""

    def __init__(self):
        super().__init__()
        self.one, self.other, self.out = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 2)
        self.other.weight = self.one.weight

    def forward(self, images):
        return self.out(torch.relu(self.other(torch.relu(self.one(images)))))


def scripted() -> torch.jit.ScriptModule:
    """A network that TorchScript made."""
    with pytest.warns((DeprecationWarning, FutureWarning), match="torch.jit.trace"):
        return torch.jit.trace(small(), torch.zeros(1, 3))


LEVEL = number(0.5, -0.1, 1, 2)
IMAGES = torch.linspace(-1, 1, 12).view(4, 3)
LABELS = torch.tensor([0, 1, 1, 0])
WHICH = (Case("shared weights", Made(Tied)), Case("TorchScript", Made(scripted)))
NETWORK = networks(small).also(*WHICH)
HOW = {"level": LEVEL, "criterion": word("l1"), "seed": seed(), "scope": word("all")}
CHOSEN = HOW | {"order": word("sequential"), "input_shape": shapes((3,))}
TOLD = {"model": ("input_shape",), "input_shape": ("model",), "images": ("model", "input_shape", "criterion")}
SEEN = {"level": 0.5, "criterion": "hrank"}


def dicts(values: dict) -> Kind:
    """Name to ``[K, ...]``."""
    name, tensor = next(iter(values.items()))
    odd = {
        "None": None,
        "text": "weights",
        "number": 1,
        "empty": {},
        "list": [tensor],
        "tensor": tensor,
        "None inside": {name: None},
        "text inside": {name: "x"},
        "list inside": {name: tensor.tolist()},
        "one dimension": {name: tensor.flatten()[0]},
        "whole names": {1: tensor},
        "NaN inside": {name: torch.full_like(tensor, float("nan"))},
        "complex": {name: tensor.cfloat()},
        "sparse": {name: tensor.to_sparse()},
        "on meta": {name: tensor.to("meta")},
        "unequal members": values | {"other": tensor[:1]},
        "no members": {name: tensor[:0]},
    }
    right = {
        "with gradient": {n: t.clone().requires_grad_() for n, t in values.items()},
        "float64": {n: t.double() for n, t in values.items()},
    }
    return Kind(
        values, tuple(Case(*item) for item in odd.items()) + tuple(Case(n, v, values) for n, v in right.items())
    )


def each(usual: list, *odd) -> Kind:
    """One value a member."""
    odd = (
        None,
        "ab",
        0.5,
        [],
        usual[:1],
        [*usual, usual[0]],
        [None] * len(usual),
        [float("nan")] * len(usual),
        [[]] * len(usual),
        {},
        *odd,
    )
    right = (Case("tuple", tuple(usual), usual), Case("array", np.array(usual), usual))
    return Kind(usual, tuple(Case(repr(value), value) for value in odd) + right)


def keeps() -> Kind:
    """Channels of layers."""
    usual = {"0": [0, 3]}
    inside = ([], [4], [-1], [0.5], ["0"], [None], [float("nan")], None, 3, "03", [[0]], [True], [0, 0])
    odd = (None, "0", 3, [0], {"9": [0]}, {0: [0]}, {"4": [0]}, {None: [0]}, *({"0": value} for value in inside[:-1]))
    right = [Case(kind.__name__, {"0": kind([0, 3])}, usual) for kind in (tuple, np.array, torch.tensor)]
    right += [Case("twice", {"0": [0, 0, 3]}, usual), Case("reversed", {"0": [3, 0]}, usual)]
    return Kind(usual, tuple(Case(repr(value), value) for value in odd) + tuple(right))


NET = population.mlp(3, 4, 2)
DENSE = tickets.whole(NET, [NET.initial(seed) for seed in (0, 1)])
SOME = tickets.prune(DENSE, 0.5)
OBJECTS = (None, "tickets", 3, [], {}, nn.Linear(3, 2))
TICKETS = Kind(DENSE, tuple(Case(repr(value), value) for value in OBJECTS))
FIT = {"epochs": 1, "rate": 0.01}


def made_tickets(*odd) -> Kind:
    """Sets of tickets."""
    return Kind(
        [DENSE, SOME], tuple(Case(repr(value), value) for value in (None, "x", 3, DENSE, [None], [{}], [], *odd))
    )


def rules() -> Kind:
    """Rules of a gate."""
    usual = [gate.Rule(0.5), gate.Rule(0.25)]
    return Kind(
        usual, tuple(Case(repr(value), value) for value in (None, "x", 3, [], [0.5], [None], {}, gate.Rule(0.5)))
    )


def generators() -> Kind:
    """Torch's random numbers."""
    usual = Made(lambda: torch.Generator().manual_seed(0))
    return Kind(usual, tuple(Case(repr(value), value) for value in (None, 0, "x", np.random.default_rng(0), [])))


def part() -> data.Data:
    """Eight images of two classes."""
    torch.manual_seed(0)
    some = data.Part(torch.randint(0, 256, (8, 1, 4, 4), dtype=torch.uint8), torch.tensor([0, 1] * 4))
    return data.make("few", some, some, some, ("a", "b"))


def gradual_of(**given) -> list[int]:
    """The steps of a schedule."""
    made = gradual.Gradual(**given)
    return [made.steps(), made.levels if isinstance(made.levels, float) else list(made.levels)]


def cut_and_reached(**given) -> tuple:
    """What is left of a network, and how much is gone: without the times."""
    found = resrep.train_and_cut(**given)
    return found.model, found.reached


CONVOLUTIONS = networks(row).but("on meta", "NaN inside", "inf inside")
BLOCKS = {
    "target": word("channels"),
    "strength": number(0.5, -1).but("text").also(Case("word", "strong")),
    "compactor_momentum": number(0.5, -1, large=False),
    "compactor_rate": optional(number(0.25, -1)),
    "mask_after": number(2.0, -1),
    "mask_every": whole(3),
    "mask_more": whole(2),
    "threshold": number(0.25, -1),
}
DATA = Kind(Made(part), tuple(Case(repr(value), value) for value in (None, "digits", 3, {}, torch.zeros(4, 1, 4, 4))))
QUICK = {"epochs": 1, "batch": 8, "settings": resrep_settings.Settings(mask_after=0, mask_every=1, strength=0.5)}

CALLS = [
    Call("kept", levels.kept, width=whole(8), level=LEVEL),
    Call("remove_channels", channels.remove_channels, also=TOLD, model=NETWORK, **CHOSEN, align=word("groups")),
    Call("remove_channels by hrank", channels.remove_channels, SEEN, also=TOLD, model=NETWORK, images=tensors(IMAGES)),
    Call("mask_channels", channels.mask_channels, also=TOLD, model=NETWORK, **CHOSEN),
    Call("choose_channels", channels.choose_channels, also=TOLD, model=NETWORK, **CHOSEN),
    Call(
        "keep_channels",
        channels.keep_channels,
        also=TOLD | {"model": ("input_shape", "channels")},
        model=NETWORK.but("NaN inside", "inf inside"),
        channels=keeps(),
        input_shape=shapes((3,)),
    ),
    Call(
        "weight_mask",
        weights.weight_mask,
        weight=tensors(torch.linspace(-1, 1, 12).view(4, 3)).but("one sample", "one more dimension", "whole numbers"),
        level=LEVEL,
        how=word("magnitude"),
        seed=seed(),
        rounding=word("floor"),
    ),
    Call(
        "cubic_level",
        weights.cubic_level,
        step=Kind(3, tuple(Case(repr(v), v) for v in (None, "3", float("nan"), {}, [None], 1j))),
        begin=whole(1, least=0),
        end=whole(9),
        final=LEVEL,
    ),
    Call(
        "Gradual",
        gradual_of,
        levels=LEVEL.but("list", "array", "tensor").also(
            *(Case(repr(v), v) for v in ([0.5, 1.0], ["0.5"], [None], [float("nan")]))
        ),
        begin=whole(1, least=0),
        end=whole(9, least=2),
        every=whole(2),
        grad=word("masked"),
        layers=Kind(None, tuple(Case(repr(v), v) for v in ("fc1.weight", 3, [1], [None], ()))),
    ),
    Call(
        "GradualPruning",
        gradual.GradualPruning,
        model=networks(small).but("of other inputs", "raising", "a pair", "complex"),
        schedule=Kind(
            gradual.Gradual(0.5, 0, 9, 1),
            tuple(Case(repr(v), v) for v in (None, 0.5, "x", {}, gradual.Gradual([0.5, 0.5], 0, 9, 1))),
        ),
    ),
    Call(
        "whole",
        tickets.whole,
        also={"weights": ("models",), "network": ("weights",)},
        network=Kind(NET, tuple(Case(repr(v), v) for v in (*OBJECTS, population.mlp(3, 5, 2)))),
        weights=dicts(DENSE.weights).but("whole names"),
    ),
    Call("prune", tickets.prune, tickets=TICKETS, level=LEVEL, scope=word("all")),
    Call(
        "rewind",
        tickets.rewind,
        tickets=Kind(SOME, TICKETS.cases),
        dense=TICKETS.also(
            Case("another", tickets.whole(NET, [NET.initial(0)])), Case("a smaller one", tickets.prune(DENSE, 0.75))
        ),
    ),
    Call(
        "train tickets",
        tickets.train,
        FIT,
        also={"labels": ("images",), "images": ("labels",)},
        tickets=made_tickets(),
        images=tensors(IMAGES).but("one more dimension"),
        labels=targets(LABELS, 2),
        seeds=each([0, 1], [-1, 0], [0.5, 1], [2**64, 1], ["0", 1]),
    ),
    Call(
        "iterate",
        tickets.iterate,
        {"fit": lambda some: some},
        dense=TICKETS,
        levels=each([0.5, 0.25], [1.0, 0.5]).but("[]", "[0.5]", "[0.5, 0.25, 0.5]"),
        rounds=whole(2),
        initial=Kind(None, tuple(Case(repr(v), v) for v in ("x", 3, {}, [None], [DENSE], [1, 2]))),
        scope=word("all"),
    ),
    Call(
        "iterate with a fit",
        tickets.iterate,
        {"levels": [0.5]},
        dense=TICKETS,
        fit=Kind(
            lambda some: some,
            tuple(Case(repr(v), v) for v in (None, "x", 3, []))
            + (Case("gives None", lambda some: None), Case("gives fewer", lambda some: [])),
        ),
    ),
    Call(
        "log_posterior",
        bayes.log_posterior,
        also={"model": ("images", "labels"), "images": ("model", "labels"), "labels": ("images",)},
        model=networks(small),
        images=tensors(IMAGES),
        labels=targets(LABELS, 2),
        sigma=number(0.5, 0, -1),
        norm=word("mean"),
        biases=flag(True),
    ),
    Call(
        "Rule",
        gate.Rule,
        level=LEVEL,
        how=word("random"),
        gate=word("lagged"),
        masks=word("frozen"),
        beta=number(0.5, 0, -1),
        sigma=number(0.5, 0, -1),
        norm=word("mean"),
        seed=seed(),
    ),
    Call(
        "BayesianPruning",
        gate.BayesianPruning,
        also={"images": ("labels",), "labels": ("images",)},
        rules=rules(),
        images=tensors(IMAGES).but("one more dimension", "one sample"),
        labels=targets(LABELS, 2).but("out of range"),
        biases=flag(False),
    ),
    Call("Settings", resrep_settings.Settings, **BLOCKS),
    Call(
        "ResRep",
        resrep.ResRep,
        {"steps": 20, "epoch_steps": 5, "rate": 0.01},
        also=TOLD,
        model=CONVOLUTIONS,
        level=LEVEL,
        input_shape=shapes((1, 4, 4)),
    ),
    Call(
        "ResRep's steps",
        resrep.ResRep,
        {"model": row(), "level": 0.5, "input_shape": (1, 4, 4), "settings": QUICK["settings"]},
        steps=whole(20),
        epoch_steps=whole(5),
        rate=number(0.25, 0, -1),
        weight_decay=number(0.25, -1),
    ),
    Call(
        "ResRep's settings",
        resrep.ResRep,
        {"model": row(), "level": 0.5, "input_shape": (1, 4, 4), "steps": 20, "epoch_steps": 5, "rate": 0.01},
        settings=Kind(None, tuple(Case(repr(v), v) for v in ("x", 3, {}, []))),
    ),
    Call(
        "train_and_cut",
        cut_and_reached,
        QUICK,
        also=TOLD | {"model": ("data", "images", "input_shape")},
        model=networks(row),
        data=DATA,
        level=LEVEL,
        weight_decay=number(0.25, -1),
        input_shape=optional(shapes((1, 4, 4))),
    ),
]
