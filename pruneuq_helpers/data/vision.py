"""torchvision, imported in this one place: its data sets, transforms and models, and none of its compiled operators.

Some registries pair a torchvision that was compiled against CUDA with a CPU build of torch: its library then does not
load, and the import stops at two operators that were never declared. They are declared here first.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def _declare_missing_operators() -> torch.library.Library | None:
    """Declare `nms` and `qnms` where torchvision's own library cannot; nothing on a pair that matches."""
    for library in Path(find_spec("torchvision").origin).parent.glob("_C*"):  # `_C`, or `_C_stable` of the newer ones
        try:
            torch.ops.load_library(library)
        except OSError:  # built against another torch: the case this module is for
            continue
    missing = [name for name in ("nms", "qnms") if not hasattr(torch.ops.torchvision, name)]
    if not missing:
        return None
    fragment = torch.library.Library("torchvision", "FRAGMENT")
    for name in missing:
        fragment.define(name + _SCHEMA)
    return fragment


_DECLARED = _declare_missing_operators()  # the declarations live as long as this object
torchvision = import_module("torchvision")
