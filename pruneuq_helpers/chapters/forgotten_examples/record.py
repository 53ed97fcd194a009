"""Chapter 8's compact rows: what every member says of every image, and what is known of the images, as packed text.

A prediction is kept exactly; of its probabilities the two highest, to 1/64, and the rest spread evenly: enough to break
ties by the mean over members and to rank images by entropy, in some thousand characters a member.
"""

import base64
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

STEPS = 64  # of a probability
_A_BYTE = 256


def packed(values: np.ndarray) -> str:
    """Whole numbers below 65 536 as text, compressed; as bytes where they fit."""
    kind = np.uint8 if values.max(initial=0) < _A_BYTE else np.uint16
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values, kind).tobytes(), 9)).decode()


def unpacked(text: str, shape) -> np.ndarray:
    """What `packed` packed, in this shape."""
    raw = zlib.decompress(base64.b64decode(text))
    kind = np.uint8 if len(raw) == np.prod(shape) else np.uint16
    return np.frombuffer(raw, kind).reshape(shape)


def member_rows(probs: np.ndarray, labels: np.ndarray, first: int) -> list[dict]:
    """A row a member: its predictions packed, and in plain numbers how good they are."""
    # probs: [K, N, C]; first: the number of the first member
    return [
        {
            "member": first + place,
            "images": len(labels),
            "classes": own.shape[1],
            "accuracy": float((own.argmax(1) == labels).mean()),
            "true_probability": float(np.take_along_axis(own, labels[:, None], axis=1).mean(dtype=np.float64)),
            "confidence": float(own.max(1).mean(dtype=np.float64)),
            "said": packed(own.argmax(1)),
            "probs": packed(_two_likeliest(own)),
        }
        for place, own in enumerate(probs)
    ]


def _two_likeliest(probs: np.ndarray) -> np.ndarray:
    """Steps of the likeliest class, steps of the next one, and which that is (0 where it has no step), ``[3, N]``."""
    rest, places = probs.copy(), np.arange(len(probs))
    rest[places, probs.argmax(1)] = -1
    second = rest.argmax(1)
    first_steps = np.rint(probs.max(1) * STEPS).astype(np.int64)
    second_steps = np.minimum(np.rint(rest[places, second] * STEPS).astype(np.int64), STEPS - first_steps)
    return np.stack([first_steps, second_steps, np.where(second_steps > 0, second, 0)])


def _sure(images: int) -> np.ndarray:
    """What stands for probabilities that were not kept: all of it at the predicted class."""
    return np.repeat([[STEPS], [0], [0]], images, axis=1)


def _probabilities(said: np.ndarray, two: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities ``[N, C]`` from what was kept of them."""
    first_steps, second_steps, second = two.astype(np.int64)
    rest = STEPS - first_steps - second_steps
    probs = np.repeat(rest[:, None] / max(1, classes - 2), classes, axis=1).astype(np.float32)
    some, places = second_steps > 0, np.arange(len(said))
    probs[places[some], second[some]] = second_steps[some]
    probs[places, said] = first_steps
    return probs / probs.sum(1, keepdims=True)  # without a second class one more shares the rest


@dataclass(frozen=True, eq=False)
class Said:
    """What a population says of a set of images."""

    said: np.ndarray  # predicted classes [K, N], exactly
    probs: np.ndarray  # [K, N, C], sum to one

    def members(self, some) -> "Said":
        """Some of the members."""
        return Said(self.said[some], self.probs[some])

    def beside(self, other: "Said") -> "Said":
        """The members of both."""
        return Said(np.concatenate([self.said, other.said]), np.concatenate([self.probs, other.probs]))


def said_by(rows: pd.DataFrame) -> Said:
    """The population of these rows, its members in the order of their numbers."""
    said, probs = [], []
    for row in rows.sort_values("member").itertuples():
        said.append(unpacked(row.said, (row.images,)).astype(np.int64))
        two = unpacked(row.probs, (3, row.images)) if "probs" in rows else _sure(row.images)
        probs.append(_probabilities(said[-1], two, row.classes))
    return Said(np.stack(said), np.stack(probs))


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a set of images: labels as the networks' judges have them, the truth, and groups."""

    labels: np.ndarray
    truth: np.ndarray
    group: np.ndarray
    groups: tuple[str, ...]
    classes: tuple[str, ...]


def image_record(asked, groups, classes) -> dict:
    """A row for a set of images that networks are asked about."""
    fields = {name: packed(getattr(asked, name).numpy()) for name in ("labels", "truth", "group")}
    return fields | {"images": len(asked.labels), "groups": "\n".join(groups), "classes": "\n".join(classes)}


def known_of(row) -> Known:
    """What such a row says."""
    fields = [unpacked(getattr(row, name), (row.images,)).astype(np.int64) for name in ("labels", "truth", "group")]
    return Known(*fields, tuple(row.groups.split("\n")), tuple(row.classes.split("\n")))
