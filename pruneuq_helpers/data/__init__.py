"""Named data sets as tensors: three disjoint parts, the statistics of the first, augmentation, outsiders, faults."""

from pruneuq_helpers.data.augment import crop_flip
from pruneuq_helpers.data.named import NAMES, load
from pruneuq_helpers.data.ood import hold_out, invert, photographs, rotate
from pruneuq_helpers.data.parts import Data, Part, make, split
from pruneuq_helpers.data.planted import corrupt, plant, wrong_labels

__all__ = [
    "NAMES",
    "Data",
    "Part",
    "corrupt",
    "crop_flip",
    "hold_out",
    "invert",
    "load",
    "make",
    "photographs",
    "plant",
    "rotate",
    "split",
    "wrong_labels",
]
