"""Chapter 6's numbers for its text."""

import pandas as pd
import pytest
from bayesian_small import small_result, watched

from pruneuq_helpers.chapters.bayesian_pruning import contrasts as bayesian_contrasts
from pruneuq_helpers.chapters.bayesian_pruning import facts as bayesian_facts
from pruneuq_helpers.chapters.bayesian_pruning import tables as bayesian_tables


def test_regrowth_in_numbers():
    facts = bayesian_facts.regrowth(watched())
    assert facts == {
        "steps": 8, "one-step-least": "5 %", "one-step-most": "9 %", "regained": "0.40", "owed": "0.35 (−0.29 to 0.99)",
    }  # fmt: skip
    assert bayesian_contrasts.zeros_after_one_step(watched()).values == pytest.approx((0.09, 0.09))
    assert bayesian_contrasts.regained(watched(), 0.9).values == pytest.approx((0.4, 0.4))
    assert bayesian_contrasts.owed_to_regrowth(watched(), 0.9).values == pytest.approx((0.3, 0.4))


def test_the_moments_in_numbers():
    facts = bayesian_facts.moments(small_result())
    assert facts["dense"] == "0.915 ± 0.013"
    assert facts["magnitude-highest-delivered"] == "0.415 ± 0.013"
    assert (facts["top-zeros"], facts["dead"], facts["held-or-not"]) == ("5 %", "100.0 %", "−0.100")
    assert (facts["highest-lost"], facts["random-held"]) == ("0.30", "0.05")
    found = bayesian_contrasts.between(small_result(), "magnitude before", "magnitude delivered", 0.99)
    assert found.values == pytest.approx((0.3,) * 4)
    assert bayesian_contrasts.zeros_before(small_result()).values == pytest.approx((0.05,) * 4)
    assert bayesian_contrasts.zeros_at_dead_units(small_result()).effect == 1


def test_gate_rival_and_calibration_in_numbers():
    result = small_result()
    none = {"gate-pairs": 0, "gate-better": 0, "gate-worse": 0, "gate-random": "–", "gate-magnitude": "–"}
    none |= {"gate-chance": "0 %"}
    assert bayesian_facts.gate(result) == none  # nothing spreads, and nothing is delivered
    found = bayesian_tables.of_gate(result)
    assert found["before the prune"]["random", 0.9].values == pytest.approx((0.1,) * 4)
    assert found["pruned"] == {}
    result.loc[(result["method"] == "random") & (result["seed"] == 0), "accuracy"] -= 0.01
    assert bayesian_facts.gate(result) == none | {"gate-pairs": 2, "gate-better": 2, "gate-chance": "5 %"}
    assert bayesian_tables.open_shares(result)["random", 0.9] == 0.5
    assert bayesian_facts.rival(result) == {"rival-dense": "−0.300", "rival-held": "−0.100"}
    facts = bayesian_facts.calibration(result)
    assert (facts["ece-before"], facts["ruined-ece"]) == ("0.010", "0.000")


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_leave_numbers(seeds):
    result = small_result(seeds)
    told = bayesian_facts.moments(result) | bayesian_facts.gate(result) | bayesian_facts.calibration(result)
    assert all(isinstance(value, int | str) for value in (told | bayesian_facts.rival(result)).values())


def swept():
    base = {"state": "before", "how": "magnitude", "gate": "lagged", "norm": "mean", "beta": 1.0, "sigma": 1.0}
    base |= {"epoch": 4, "epochs": 4, "objective": "likelihood", "test_accuracy": 0.9, "sparsity": 0.1}
    rows = []
    for seed in range(2):
        for beta, share in ((0.5, 0.5), (1.1, 0.25)):
            rows.append(base | {"sweep": "beta", "state": "after", "beta": beta, "gate_open": share, "seed": seed})
        for sigma, share in ((0.03, 1.0), (1.0, 0.0)):
            own = {"sweep": "sigma", "norm": "sum", "sigma": sigma, "gate": "proposal", "seed": seed}
            rows.append(base | own | {"state": "after", "gate_open": share})
            own = {"sweep": "objective", "objective": "posterior", "sparsity": 0.0, "test_accuracy": sigma}
            rows.append(base | own | {"sigma": sigma, "seed": seed})
        rows.append(base | {"sweep": "objective", "seed": seed})
    return pd.DataFrame(rows)


def test_the_sweeps_in_numbers():
    assert bayesian_facts.sweeps(swept()) == {
        "beta-most": "1.1", "lagged-most": "25 %", "sigma-narrow": "0.03", "sigma-broad": "1", "narrow-passed": "100 %",
        "broad-passed": "0 %", "zeros-likelihood": "10.0 %", "zeros-posterior": "0.0 %",
    }  # fmt: skip
    assert bayesian_contrasts.strictest_gate(swept()).values == (0.25, 0.25)
    assert bayesian_contrasts.narrow_prior(swept()).values == (1.0, 1.0)
    assert bayesian_contrasts.prior_in_the_loss(swept()).values == pytest.approx((-0.1, -0.1))
