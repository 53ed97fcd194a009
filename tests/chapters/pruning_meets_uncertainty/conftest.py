"""Chapter 7's small study, once for all of its tests."""

import numpy as np
import pandas as pd
import pytest
from grid_small import SMALL

from pruneuq_helpers.chapters.pruning_meets_uncertainty import study as grid
from pruneuq_helpers.study.parts import networks_in


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    return grid.GridStudy(**SMALL, workers=1, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(autouse=True, scope="module")
def stored_networks(study):
    """Whatever asks for networks finds those of the study's store, as in a run."""
    with networks_in(study.network_store):
        yield


@pytest.fixture
def table():
    """A grid in which everything S1 says is so."""
    generator, rows = np.random.default_rng(0), []
    controls = [("earlier", 0.0), ("dense", 0.0), ("trained on", 0.0)]
    for seed in range(4):
        for method in ("msp", "ensemble", "mc_dropout"):
            for criterion, level in [*controls, *((c, s) for c in grid.CRITERIA for s in (0.2, 0.4, 0.8))]:
                error = 0.1 + 0.2 * level + (0.3 if (criterion, level) == ("resrep", 0.8) else 0.0)
                error += generator.normal(0, 0.002) + (0.5 if criterion == "earlier" else 0.0)
                error -= 0.03 if method == "ensemble" else 0.0
                ause = error / 2 if method == "msp" else error
                rows.append(
                    {"seed": seed, "method": method, "criterion": criterion, "level": level, "error": error}
                    | {
                        "accuracy": 1 - error,
                        "ause": ause,
                        "ause_prob": ause / 2,
                        "ause_mean": ause / 3,
                        "aurg": -ause,
                        "aurg_mean": ause,
                    }
                    | {"ece": error - 0.05, "parameters": 1000 * (1 - level) ** 2, "macs": 8000 * (1 - level)}
                    | {"auroc_mean": 0.9 - level / 10, "ece_softmax": error / 2, "nll": 2 * error}
                    | {"accuracy_mean": 1 - error, "aurg_mean": ause, "gap": -error}
                )
    return pd.DataFrame(rows)
