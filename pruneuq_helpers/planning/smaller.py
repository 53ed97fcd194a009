"""Fewer images for cells that always take a whole set: only its loading can be told to stop early."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch

from pruneuq_helpers import data


@contextmanager
def few_images(count: int) -> Iterator[None]:
    """For a while every data set has no more images to train on than this; its other parts shrink with it."""
    whole = data.load

    def some_of(*words, **more) -> data.Data:
        loaded = whole(*words, **more)
        share = min(1.0, count / len(loaded.train))
        parts = {name: getattr(loaded, name) for name in ("train", "validation", "test")}
        fewer = {name: part.take(torch.arange(math.ceil(share * len(part)))) for name, part in parts.items()}
        return replace(loaded, **fewer)

    _forget_sets()
    data.load = some_of
    try:
        yield
    finally:
        data.load = whole
        _forget_sets()


def _forget_sets() -> None:
    """Empty the studies' caches: a set that was read whole is not a small one, and the other way round."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pruneuq_helpers.chapters."):
            for found in vars(module).values():
                if hasattr(found, "cache_clear"):
                    found.cache_clear()
