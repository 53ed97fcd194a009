"""What chapter 7's tests run, and its shorthands."""

import torch

from pruneuq_helpers.chapters.pruning_meets_uncertainty import study as grid

SMALL = {
    "data": "digits", "training_images": 40, "test_images": 60, "network": "convnet", "channels": [4, 6],
    "members": 2, "passes": 2, "dropout": 0.2, "criteria": list(grid.CRITERIA), "levels": [0.25, 0.5], "epochs": 2,
    "tune_epochs": 1, "resrep_epochs": 2, "batch": 20, "optimiser": "adam", "rate": 0.01, "tune_rate": 0.01,
    "schedule": "constant", "weight_decay": 0.0, "augment": 0, "skip_width": 2, "skip_levels": [0.5], "seeds": 2,
    "grid_seeds": 2, "held_out": ["8", "9"], "outside": [], "outside_without": [], "outside_near": [],
    "far": ["inverted"], "scratch_levels": [0.5], "grid_levels": [0.25, 0.5], "milestones": [], "precision": "auto",
    "resrep": {"strength": 1.0, "compactor_momentum": 0.5, "compactor_rate": 0.5, "mask_after": 0, "mask_every": 1},
}  # fmt: skip


def cell(study, criterion, level, seed=0):
    chosen = {"criterion": criterion, "level": level, "seed": seed}
    return next(one for one in grid.cells(study) if chosen.items() <= one.items())


def same(one, other) -> bool:
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())
