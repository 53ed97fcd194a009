"""The audit, and how each function is called."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from hostile_judge import Call, Case, Kind, Made
from hostile_networks import networks
from hostile_tables import odd
from hostile_values import flag, number, seed, whole, word
from torch import nn

from pruneuq_helpers import audit, data
from pruneuq_helpers.audit.comparison import compare
from pruneuq_helpers.audit.settings import AuditSettings, settings_of

FOLDER = tempfile.TemporaryDirectory()
HERE = Path(FOLDER.name)
(HERE / "file").write_text("x")
(HERE / "empty").mkdir()
(HERE / "damaged").mkdir()
(HERE / "damaged" / "recipe.json").write_text("{")
(HERE / "others").mkdir()
(HERE / "others" / "mine.txt").write_text("x")
MOONS = data.load("moons", points=240)
FEW = data.load("moons", points=20)


def net(seed: int = 0) -> nn.Module:
    """A small network."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))


FOUND = audit.examine(net(), MOONS, levels=[0.5], criteria=["l1"], repeats=3, resamples=100, keep=0.5)
KEPT = audit.write_report(FOUND, HERE / "kept").parent
RULES = odd(
    {"accuracy": 0.125}, 3, "accuracy", [], ["accuracy"], {"exactness": 0.1}, {"accuracy": 0}, {"accuracy": 1},
    {"accuracy": "a"}, {"accuracy": None}, {"accuracy": True}, {"accuracy": float("nan")}, {"accuracy": -0.1}, {3: 0.1},
)  # fmt: skip
SETTINGS = {
    "levels": odd(
        [0.5], None, 3, 0.5, "0.5", [], [0], [1], [1.5], [-0.1], [0.5, 0.5], ["a"], [None], [True], [float("nan")], {}
    ),
    "criteria": odd(["l1"], 3, "l1", [], ["l2"], ["l1", "l1"], [None], [3], {}).also(Case("tuple", ("l1",), ["l1"])),
    "fine_tune": whole(0, least=0),
    "seeds": whole(1).also(Case("untrained", 2)),
    "learning_rate": number(0.125, 0, -1),
    "train_batch": whole(64),
    "rules": RULES.also(Case("None", None)),
    "confidence_level": number(0.75, 0, 1, 2),
    "hold_out": number(0.0, 1, -0.1, 2),
    "repairs": flag(True),
    "keep": odd(None, "nonsense", 0.25, 3, [], {}, True, float("nan"), 1j),
    "export": odd((), 3, "torch", ["torch"], [3], {}).also(Case("list", [], ())),
    "resamples": whole(100, least=100),
    "batch": whole(128),
    "timed_batch": whole(1),
    "repeats": whole(3, least=3),
    "seed": seed(),
    "device": word("cpu"),
}
LABELS = np.arange(40) % 2
PROBS = np.where(np.arange(2) == LABELS[:, None], 0.75, 0.25)
GIVEN = {"labels": LABELS, "probs": PROBS}
NO_PREDICTIONS = (
    None, 3, [], "none.npz", HERE, HERE / "file", "", "\0", "x" * 5000, {}, {"labels": LABELS}, GIVEN | {"more": 1},
    GIVEN | {"labels": LABELS[1:]}, GIVEN | {"labels": LABELS + 1}, GIVEN | {"labels": -LABELS},
    GIVEN | {"labels": None}, GIVEN | {"labels": LABELS / 2}, GIVEN | {"labels": "a"}, GIVEN | {"probs": PROBS * 2},
    GIVEN | {"probs": PROBS * np.nan},
    GIVEN | {"probs": PROBS[:, 0]}, GIVEN | {"probs": None}, GIVEN | {"probs": "a"}, GIVEN | {"probs": PROBS * 1j},
    GIVEN | {"probs": np.ma.array(PROBS, mask=PROBS > 0.5)}, {"labels": LABELS, "logits": PROBS * np.inf},
    GIVEN | {"groups": ["a"]}, GIVEN | {"groups": 3}, GIVEN | {"classes": ["a"]}, GIVEN | {"classes": 3},
    GIVEN | {"ood_probs": PROBS[:, :1]}, GIVEN | {"ood_probs": "a"}, {3: PROBS},
    {"labels": LABELS[:9], "probs": PROBS[:9]},
)  # fmt: skip
PREDICTIONS = odd(GIVEN, *NO_PREDICTIONS).also(
    Case("tensors", {"labels": torch.tensor(LABELS), "probs": torch.tensor(PROBS)}, GIVEN),
    Case("lists", {"labels": LABELS.tolist(), "probs": PROBS.tolist()}, GIVEN),
    Case("bytes", GIVEN | {"labels": LABELS.astype(np.uint8)}, GIVEN),
    Case("float32", GIVEN | {"probs": PROBS.astype(np.float32)}, GIVEN),
)
NO_GROUPS = ("ab", 3, [], {}, ["a"] * 40, ["a"] * 39 + ["b"], ["a", "b"] * 9)
NO_FOLDERS = (None, 3, [], {}, True, "", "\0", "x" * 5000, b"x", HERE / "file", "/dev/null/x")


def examined(**given) -> list:
    """What an audit says that a clock does not change."""
    plain = {"levels": [0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100, "repairs": False}
    found = audit.examine(**plain | given)
    return [found.overall, found.measures[found.measures["measure"] != "milliseconds"]]


CALLS = [
    Call("AuditSettings", AuditSettings, also={"keep": ("levels",), "fine_tune": ("seeds",)}, **SETTINGS),
    Call(
        "settings_of",
        settings_of,
        also={"given": ("levels", "level")},
        given=odd({"levels": [0.5]}, None, 3, "levels", [], {3: 1}, {"level": [0.5]}, {"levels": 3}),
    ),
    Call(
        "apply",
        lambda model, folder: audit.apply(model, folder).state_dict(),
        model=Kind(
            Made(net), tuple(Case(repr(v)[:20], v) for v in (None, 3, "net", [], nn.Linear(2, 2), net().state_dict()))
        ),
        folder=odd(KEPT, *NO_FOLDERS, HERE / "none", HERE / "empty", HERE / "damaged", HERE / "others"),
    ),
    Call(
        "compare",
        lambda **given: compare(**{"resamples": 100} | given).measures,
        also={"before": ("after",), "after": ("before",)},
        before=PREDICTIONS,
        after=PREDICTIONS,
        rules=RULES.also(Case("empty", {})),
        groups=odd(None, *NO_GROUPS),
        confidence_level=number(0.75, 0, 1, 2),
        resamples=whole(100, least=100),
        seed=seed(),
    ),
    Call(
        "examine",
        examined,
        also={"model": ("images", "data"), "data": ("model", "images"), "levels": ("level",)},
        model=networks(net),
        data=odd(MOONS, None, 3, "moons", [], FEW, MOONS.test),
        ood=odd(None, 3, "images", [], MOONS.test.images[0], MOONS.test.images[:, :1], MOONS.test.images * torch.nan),
        name=odd(None, 3, [], {}, True),
        groups=odd(None, "ab", 3, [], {}, ["a"] * len(MOONS.test)),
        unfinished=odd(None, 3, [], True, HERE / "file"),
        tell=odd(None, 3, "print", []),
        **{name: SETTINGS[name] for name in ("levels", "criteria", "keep", "export", "seed")},
    ),
    Call(
        "write_report",
        lambda **given: sorted(path.name for path in audit.write_report(**given).parent.iterdir()),
        audit=odd(FOUND, None, 3, "audit", [], {}),
        out=odd(HERE / "report", *NO_FOLDERS, HERE / "others"),
        facts=odd(None, 3, "facts", [], {3: "x"}, {"x": 3}),
    ),
]
