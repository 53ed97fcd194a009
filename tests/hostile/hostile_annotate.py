"""The human study, and how each function is called."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hostile_judge import Call, Case
from hostile_tables import frames, odd
from hostile_values import number, optional, seed, whole

from pruneuq_helpers import annotate

FOLDER = tempfile.TemporaryDirectory()
HERE = Path(FOLDER.name)
ANSWERS = pd.DataFrame({"annotator": "me", "index": range(3), "label_right": [0, 1, 1], "corrupted": [0, 1, 0]})
IMAGES = np.arange(3 * 16, dtype=np.uint8).reshape(3, 1, 4, 4)
NAMES = [("three", "three", "eight")] * 3
(HERE / "odd.csv").write_bytes(b"\xff\xfe\0")
(HERE / "other.csv").write_text("a,b\n1,2\n")
(HERE / "words.csv").write_text(
    "annotator,index," + ",".join(q.key for q in annotate.QUESTIONS) + "\nme,x,0,1,0,1,0,1\n"
)
NO_PATHS = (None, 3, [], {}, True, "", "\0", "x" * 5000, b"x")
NO_FILES = (HERE, HERE / "odd.csv", HERE / "other.csv", HERE / "words.csv")
PLACES = odd(
    [1, 0], None, "ab", 3, 0.5, {}, [3], [-1], [0.5], ["1"], [None], [float("nan")], [[1]], [2**70], [1j],
).also(
    Case("array", np.array([1, 0]), [1, 0]), Case("unsigned", np.array([1, 0], np.uint8), [1, 0]),
    Case("twice", [1, 0, 1], [1, 0]),
)  # fmt: skip


def form(**given) -> list:
    """What a form asks, and in which order."""
    made = annotate.AnnotationForm(**{"path": HERE / "none.csv"} | given)
    return [made.order, made.labels, made.images.shape]


CALLS = [
    Call(
        "AnnotationForm",
        form,
        images=odd(
            IMAGES,
            None,
            "ab",
            3,
            [],
            IMAGES[0],
            IMAGES / 2,
            IMAGES.astype(int),
            IMAGES[:, [0, 0]],
            IMAGES[:0],
            IMAGES[..., :0],
        ).also(Case("list", IMAGES.tolist())),
        labels=odd(NAMES, None, "ab", 3, [], NAMES[:2], [("a", "b")] * 3, ["abc"] * 3, [(1, 2, 3)] * 3, {}, [None] * 3),
        path=odd(HERE / "none.csv", *NO_PATHS, *NO_FILES),
        indices=odd(None, "ab", {}, [3], [-1], [0.5], ["1"], [None], [float("nan")], [], [[1]], [2**70]),
        annotator=odd("", None, 3, [], b"x"),
        seed=seed(),
    ),  # fmt: skip
    Call(
        "aggregate",
        annotate.aggregate,
        also={"annotations": ("path",)},
        annotations=frames(ANSWERS)
        .but("no 'annotator'", "no 'label_right'", "no 'corrupted'", "text")
        .also(
            *[Case(repr(value)[:20], value) for value in (*NO_FILES, 3.5, True)],
            Case("other answers", ANSWERS.assign(corrupted=2)),
            Case("no questions", ANSWERS[["annotator", "index"]]),
        ),
        pies=PLACES.but("[3]").also(Case("flags", np.array([True, True, False]), [0, 1]), Case("beyond", [3], [3])),
        confidence_level=number(0.75, 0, 1, -1, 2),
    ),  # fmt: skip
    Call("read_answers", annotate.read_answers, path=odd(HERE / "none.csv", *NO_PATHS, *NO_FILES)),
    Call(
        "sample",
        annotate.sample,
        also={"images": ("pies",)},
        pies=PLACES,
        images=whole(3),
        count=optional(whole(1)),
        seed=seed(),
    ),
]
