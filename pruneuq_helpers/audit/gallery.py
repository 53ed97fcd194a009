"""Images that one network predicts otherwise than the dense one, each with the truth and both answers in words."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pruneuq_helpers.audit.examination import Audit
from pruneuq_helpers.figures.picture import address

_MOST = 24
_LARGEST = 96  # pixels of an edge: an audit of photographs stays a small page
_COLOURS = 128


@dataclass(frozen=True)
class Changed:
    """One image: its pixels as a data address, its place in the test part, and what was said of it."""

    uri: str
    image: int
    label: str
    dense: str
    pruned: str

    @property
    def alt(self) -> str:
        """What a screen reader says in its place."""
        return f"image {self.image}, a {self.label}: {self.dense} becomes {self.pruned} in the pruned network"


def gallery(audit: Audit, network: str) -> list[Changed]:
    """The first of these images, the surest of the dense network first; none where the inputs are no pictures."""
    table = audit.changed[audit.changed["network"] == network].head(_MOST)
    images = audit.data.test.images
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        return []
    return [
        Changed(_address(_picture(images[image])), image, *map(str, words))
        for image, *words in table[["image", "label", "dense", "pruned"]].itertuples(index=False)
    ]


def _picture(image) -> Image.Image:
    pixels = image.cpu().numpy().astype(float)
    low, high = (0.0, 255.0) if str(image.dtype) == "torch.uint8" else (pixels.min(), pixels.max())
    pixels = ((pixels - low) / ((high - low) or 1.0) * 255).round().astype(np.uint8)
    return Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))


def _address(picture: Image.Image) -> str:
    picture.thumbnail((_LARGEST, _LARGEST))
    if picture.mode == "RGB":
        picture = picture.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    picture.save(out, format="png", optimize=True)
    return address(out.getvalue())
