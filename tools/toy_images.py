"""Small sets of image files that the golden rows are made with, where a chapter reads files."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.datasets import load_digits

FACES, ATTRIBUTES = 60, ("Blond_Hair", "Male", "Young")


def write_images(folder: Path) -> None:
    """Folders ``inside`` and ``outside`` with a sub-folder a class, and ``celeba``, laid out as that set is."""
    _write_classes(folder)
    _write_faces(folder / "celeba")


def _write_classes(folder: Path, each: int = 30) -> None:
    """Four coloured digits in each of the two."""
    digits = load_digits()
    for digit in range(8):
        target = folder / ("inside" if digit < 4 else "outside") / f"class{digit}"
        target.mkdir(parents=True)
        for number, grey in enumerate(digits.images[digits.target == digit][:each].astype(int)):
            _draw(grey, (15 - digit, 8, 8 + digit), target / f"{number:02}.png")


def _write_faces(folder: Path) -> None:
    """Digits for faces, their attributes in their colours; half to train, a quarter to validate, a quarter to test."""
    (folder / "img_align_celeba").mkdir(parents=True)
    names = [f"{number:06}.png" for number in range(FACES)]
    held = np.arange(FACES)[:, None] // np.array([1, 2, 3]) % 2
    for name, grey, has in zip(names, load_digits().images[:FACES].astype(int), held, strict=True):
        _draw(grey, 5 + 10 * has, folder / "img_align_celeba" / name)
    pd.DataFrame(2 * held - 1, names, ATTRIBUTES).to_csv(folder / "list_attr_celeba.csv")
    parts = np.array([0, 0, 1, 2])[np.arange(FACES) * 4 // FACES]
    pd.DataFrame({"partition": parts}, names).to_csv(folder / "list_eval_partition.csv")


def _draw(grey: np.ndarray, tint, path: Path) -> None:
    """A grey picture of 8×8 pixels, tinted, as a PNG file of 32×32."""
    pixels = np.kron(grey, np.ones((4, 4), int))[..., None] * np.asarray(tint)
    Image.fromarray(pixels.astype(np.uint8)).save(path)
