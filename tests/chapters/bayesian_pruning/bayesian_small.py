"""What chapter 6's tests run, and its shorthands."""

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning import claims as bayesian_claims
from pruneuq_helpers.chapters.bayesian_pruning import study as bayesian
from pruneuq_helpers.chapters.bayesian_pruning.study import BayesianStudy

SMALL = {
    "data": ["digits"], "networks": ["fcn", "cnn"], "fcn_hidden": [16, 8], "cnn_channels": [2, 3], "cnn_hidden": [8],
    "training_images": 0, "levels": [0.5, 0.9], "wider": 2.0, "wider_levels": [0.0, 0.9], "epochs": 4, "batch": 128,
    "rate": 0.01, "objective": "likelihood", "gate": "lagged", "beta_random": 0.5, "beta_magnitude": 0.99, "sigma": 1.0,
    "norm": "mean", "betas": [0.5, 1.0], "sigmas": [0.1, 1.0], "sweep_level": 0.5, "watched_epoch": 2, "together": 2,
}  # fmt: skip


def study(tmp_path, **changes):
    return BayesianStudy(**{"seeds": 2, "workers": 1, "out": str(tmp_path)} | SMALL | changes)


def together(work, cells):
    """The rows of cells that differ in their seeds, trained in one stack."""
    return pd.concat([pd.DataFrame(rows) for rows in work(cells)], ignore_index=True)


def claim_of(name):
    return next(claim for claim in bayesian_claims.CLAIMS if claim.id == name)


def made_up(accuracy, state, method="Bayes magnitude", level=0.9, **more):
    """Four seeds; what is not said is that of a network that was pruned as its row says, by a gate that acts."""
    usual = {"sparsity": level, "gate_open": 0.5, "validation_loss": 0.5, "overfit": 0.3, "oscillation": 0.1}
    usual |= {"wavering": 0.1, "delta_early": -3.0, "delta_late": -3.0}
    return [{"data": "mnist", "network": "fcn", "level": level, "method": method, "state": state, "seed": seed}
            | {"accuracy": accuracy + 0.001 * seed} | usual | more for seed in range(4)]  # fmt: skip


def watched(*, seeds=(0, 1), levels=(0.5, 0.9)):
    """Accuracy .4 after a prune, .8 at the end, .5 without what grew back; a tenth of the zeros stays."""
    read = {0: (1.0, 0.4, 0.4), 1: (0.1, 0.4, 0.4), 8: (0.1, 0.8, 0.5)}
    return pd.DataFrame(
        {"data": "digits", "network": "fcn", "seed": seed, "how": how, "level": level, "step": step}
        | {"sparsity": level * zeros, "accuracy": right + 0.1 * seed, "kept_accuracy": kept, "watched_epoch": 3}
        for seed in seeds for how in ("magnitude", "random") for level in levels
        for step, (zeros, right, kept) in read.items()
    )  # fmt: skip


def small_result(seeds=4):
    """One network at two levels: what the sections on moments, gate, rival and calibration read."""
    numbers = {
        ("unpruned", "dense"): (0.9, 0.01),
        ("magnitude", "before"): (0.8, 0.02),
        ("magnitude", "delivered"): (0.5, 0.3),
        ("magnitude", "frozen"): (0.7, 0.1),
        ("random", "before"): (0.6, 0.05),
        ("random", "delivered"): (0.1, 0.0),
        ("random", "frozen"): (0.65, 0.1),
        ("Bayes random", "before"): (0.7, 0.05),
        (bayesian.WIDER, "frozen"): (0.6, 0.1),
    }
    rows = []
    for (method, state), (accuracy, ece) in numbers.items():
        own = {"unpruned": [0.0], bayesian.WIDER: [0.0, 0.9]}.get(method, [0.9, 0.99])
        rows += [{"data": "digits", "network": "fcn", "level": level, "seed": seed, "method": method, "state": state}
                 | {"accuracy": accuracy - (level == 0.99) / 10 + 0.01 * seed, "ece": ece, "nll": 1.0, "sparsity": 0.05}
                 | {"zeros_at_dead": 1.0, "gate_open": 0.5} for level in own for seed in range(seeds)]  # fmt: skip
    return pd.DataFrame(rows)
