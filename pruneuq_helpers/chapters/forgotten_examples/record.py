"""Chapter 8's compact rows: what every member says of every image, and what is known of the images, as text.

A prediction is kept exactly; of its probabilities the two highest, to 1/32, and the rest spread evenly: enough to break
ties by the mean over members and to rank images by entropy. A number is a character, so that the file of kept results
can find what members have in common when it is compressed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

STEPS = 32  # of a probability
_ZERO = ord("A")  # no digit: a table that is read again would take digits for one number


def packed(values: np.ndarray) -> str:
    """Whole numbers below 50 000 as text, a character each."""
    return "".join(map(chr, (np.asarray(values, np.int64).ravel() + _ZERO).tolist()))


def unpacked(text: str) -> np.ndarray:
    """The numbers that `packed` wrote."""
    return np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.int64) - _ZERO


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
    """Steps of the likeliest class, steps of the next one, and which that is (0 where it has no step), ``[N, 3]``."""
    rest, places = probs.copy(), np.arange(len(probs))
    rest[places, probs.argmax(1)] = -1
    second = rest.argmax(1)
    first_steps = np.rint(probs.max(1) * STEPS).astype(np.int64)
    second_steps = np.minimum(np.rint(rest[places, second] * STEPS).astype(np.int64), STEPS - first_steps)
    return np.stack([first_steps, second_steps, np.where(second_steps > 0, second, 0)], axis=1)


def _sure(images: int) -> np.ndarray:
    """What stands for probabilities that were not kept: all of it at the predicted class."""
    return np.repeat([[STEPS, 0, 0]], images, axis=0)


def _probabilities(said: np.ndarray, two: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities ``[N, C]`` from what was kept of them."""
    first_steps, second_steps, second = two.T
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
        said.append(unpacked(row.said))
        two = unpacked(row.probs).reshape(-1, 3) if "probs" in rows else _sure(row.images)
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
    fields = [unpacked(getattr(row, name)) for name in ("labels", "truth", "group")]
    return Known(*fields, tuple(row.groups.split("\n")), tuple(row.classes.split("\n")))
