"""Test images that decide nothing: they only measure once more how much the chosen network changes.

A network that was chosen because its changes looked small looks a little better than it is. Images that had no part
in the choice say how large the changes are.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import torch

from pruneuq_helpers.audit.measures import RESAMPLED, Answers, changes
from pruneuq_helpers.audit.settings import AuditSettings
from pruneuq_helpers.data import Data, Part, split
from pruneuq_helpers.errors import ParameterError

FEWEST = 30  # images


def set_apart(
    data: Data, groups: Sequence[str] | None, plan: AuditSettings
) -> tuple[Data, Sequence[str] | None, Part | None]:
    """The data and groups without the images that are held out, and those; classes keep their shares."""
    if not plan.hold_out:
        return data, groups, None
    out, rest = split(data.test.labels.cpu(), [plan.hold_out], plan.seed)
    if min(len(out), len(rest)) < FEWEST:
        raise ParameterError(
            f"parameter `hold_out` got {plan.hold_out:g}, which parts {len(data.test)} test images into {len(rest)} "
            f"and {len(out)}; it takes a share that leaves {FEWEST} or more in both"
        )
    kept = None if groups is None else [groups[place] for place in rest.tolist()]
    return replace(data, test=data.test.take(rest)), kept, data.test.take(out)


def measured_again(dense: Answers, pruned: Answers, labels: torch.Tensor, plan: AuditSettings) -> pd.DataFrame:
    """The changes from the dense to the chosen network on images that decided nothing."""
    labels = labels.cpu().numpy()
    found = changes(dense, pruned, labels, RESAMPLED, plan.confidence_level, plan.resamples, plan.seed)
    rows = [(name, len(labels), *change) for name, change in found.items()]
    return pd.DataFrame(rows, columns=["measure", "images", "change", "low", "high"])
