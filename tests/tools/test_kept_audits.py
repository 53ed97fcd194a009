"""The tool that keeps reports: what it refuses, and the images that it takes."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "gallery.py"


def folder(place: Path, count: int = 6) -> Path:
    """Two classes; the image of a file has its number for a colour."""
    for part in ("train", "test"):
        for number, name in enumerate(("cats", "dogs")):
            (place / part / name).mkdir(parents=True)
            for image in range(count):
                pixels = np.full((4, 4, 3), 100 * number + image, np.uint8)
                Image.fromarray(pixels).save(place / part / name / f"{image}.png")
    return place


def test_images_of_a_class_are_learnt_from_or_validated_on(tmp_path):
    tool = runpy.run_path(str(TOOL))
    subject = tool["Subject"]("", 8, {"train": 3, "validation": 2, "test": 4}, None, {}, "", {}, scale=(0.25, 0.5))
    images = tool["images_of"](folder(tmp_path / "pets"), subject)
    colours = {name: getattr(images, name).images[:, 0, 0, 0].tolist() for name in ("train", "validation", "test")}
    assert colours == {
        "train": [0, 1, 2, 100, 101, 102],
        "validation": [3, 4, 103, 104],
        "test": [0, 1, 2, 3, 100, 101, 102, 103],
    }
    assert images.train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert images.input_shape == (3, 8, 8)
    torch.testing.assert_close(images.mean, torch.full((3,), 0.25))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["cifar10", "--data", "nowhere"], "--data got nowhere; it takes a folder with `train` and `test`"),
        (["nothing"], "invalid choice: 'nothing'"),
    ],
)
def test_wrong_use_is_one_sentence(words, sentence, tmp_path):
    said = subprocess.run([sys.executable, TOOL, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr
