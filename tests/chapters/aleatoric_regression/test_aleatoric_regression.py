"""Chapter 1's study: its draws, S0's run, its table and its claims."""

import numpy as np
import pandas as pd
import pytest
import torch

from pruneuq_helpers import claims, metrics
from pruneuq_helpers.chapters.aleatoric_regression import claims as regression_claims
from pruneuq_helpers.chapters.aleatoric_regression import contrasts as regression_contrasts
from pruneuq_helpers.chapters.aleatoric_regression import draw as regression_figures
from pruneuq_helpers.chapters.aleatoric_regression import facts as regression_facts
from pruneuq_helpers.chapters.aleatoric_regression import line as regression_line
from pruneuq_helpers.chapters.aleatoric_regression import study as regression
from pruneuq_helpers.chapters.aleatoric_regression import tables as regression_tables
from pruneuq_helpers.chapters.aleatoric_regression.claims import CLAIMS
from pruneuq_helpers.errors import ParameterError

QUICK = {
    "seeds": 2,
    "homoskedastic_points": 40,
    "heteroskedastic_points": 60,
    "fresh_points": 100,
    "network_steps": 5,
    "assumed": [0.5],
}


def rows_of(seeds, noise="homoskedastic"):
    cell = {"noise": noise, "points": 40, "fresh_points": 100, "network_steps": 5, "device": "cpu"}
    found = regression.work([cell | {"seed": seed} for seed in seeds])
    frames = [pd.DataFrame(rows).assign(seed=seed, noise=noise) for seed, rows in zip(seeds, found, strict=True)]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def table():
    return pd.concat([rows_of([0, 1, 2], noise) for noise in regression.NOISES], ignore_index=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fresh_points": 9}, "`fresh_points` got 9"),
        ({"homoskedastic_points": "100"}, "`homoskedastic_points` got '100'"),
        ({"network_steps": 0}, "`network_steps` got 0"),
        ({"assumed": []}, "`assumed` got"),
        ({"assumed": [0.5, -0.1]}, "`assumed` got -0.1"),
        ({"fresh_pionts": 100}, "did you mean `fresh_points`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        regression.RegressionStudy(**QUICK | change, out=str(tmp_path))


def test_draws_are_the_paper_s_line():
    x, y = regression_line.line_data("heteroskedastic", range(40), 500)
    mean, std = regression_line.truth("heteroskedastic", x)
    z = (y - mean) / std
    np.testing.assert_allclose(x[7], np.linspace(0, 1, 500), atol=1e-6)
    assert abs(z.mean()) < 0.03
    assert abs(z.std() - 1) < 0.03
    assert (y[0] != y[1]).all()


def test_another_draw_has_other_noise():
    first, again = (regression_line.line_data("homoskedastic", [0], 100, again=turn)[1] for turn in (0, 1))
    assert (first != again).all()


def test_s0_s_run_ends_where_its_notebook_says():
    x, y = regression_line.line_data("homoskedastic", range(5), 100)
    run = regression_line.published_run("homoskedastic", x, y)
    np.testing.assert_allclose(run.parameters["slope"].mean(), 2.01, atol=0.03)  # stored in S0's notebook
    np.testing.assert_allclose(run.parameters["std"].mean(), 0.58, atol=0.03)


def test_cells_hold_every_seed_once_for_each_noise(tmp_path):
    study = regression.RegressionStudy(**QUICK | {"seeds": 7}, out=str(tmp_path))
    cells = regression.cells(study)
    for noise, number in (("homoskedastic", 40), ("heteroskedastic", 60)):
        mine = [c for c in cells if c["noise"] == noise]
        assert sorted(c["seed"] for c in mine) == list(range(7))
        assert {c["points"] for c in mine} == {number}


def test_the_table_holds_every_model_part_and_seed_once(table):
    keys = ["noise", "model", "part", "region", "seed"]
    assert not table.duplicated(keys).any()
    assert len(table) == 2 * 5 * 5 * 3
    assert not table.drop(columns=["slope", "steps"]).isna().any().any()
    assert (table.loc[table["model"] == "growing std", "steps"] < 20_000).all()


def test_the_table_says_what_the_metrics_say(table):
    x, y = regression_line.line_data("homoskedastic", [1], 40, again=1)
    mean, std = (part[0] for part in regression_line.truth("homoskedastic", x))
    row = regression_tables.rows(table, "homoskedastic", "truth", "fresh").loc[1]
    assert row["calibration_error"] == pytest.approx(metrics.regression_calibration_error(y[0], mean, std))
    covered = metrics.coverage(y[0], mean, std)["coverage"]
    assert row["coverage_0.8"] == covered[8]
    assert row["distance"] == pytest.approx(np.abs(covered - np.arange(11) / 10)[1:10].max())
    assert row["nll"] == pytest.approx(-torch.distributions.Normal(mean, std).log_prob(y[0]).mean().item())


def test_a_seed_s_rows_do_not_depend_on_the_other_seeds(table):
    alone = rows_of([2])
    together = table[(table["noise"] == "homoskedastic") & (table["seed"] == 2)]
    together = together.reset_index(drop=True)
    pd.testing.assert_frame_equal(alone[together.columns], together, check_exact=True)


def test_curves_are_the_table_in_long_form(table):
    long = regression_tables.curves(table)
    assert len(long) == 9 * len(table)
    chosen = (long["level"] == 0.3) & (long["region"] == "left half") & (long["model"] == "network")
    here = (table["region"] == "left half") & (table["model"] == "network")
    assert long.loc[chosen, "coverage"].tolist() == table.loc[here, "coverage_0.3"].tolist()


def test_every_claim_gives_one_value_a_seed(table):
    verdicts = claims.check(CLAIMS, table)
    assert verdicts.groupby("id").size().to_dict() == {claim.id: 2 if claim.each else 1 for claim in CLAIMS}
    assert (verdicts["seeds"] == 3).all()
    assert {claim.chapter for claim in CLAIMS} == {"01"}


def test_the_table_of_the_claims_is_that_of_the_part(table):
    assert regression_claims.table({"lines": table}.get) is table


def made(cover=0.0, nats=0.0, train=0.1):
    """Ten seeds: every model covers so much more than it promises, and the better ones have so many more nats."""
    rows = []
    for noise, right in regression_tables.LINES.items():
        for model in ("constant std", "growing std", "network", "published run"):
            for part in ("training", "many fresh"):
                row = {"noise": noise, "model": model, "part": part, "region": "all", "points": 100}
                more = cover + (train if part == "training" else 0.0)
                for seed in range(10):
                    jitter = 0.001 * (seed % 3)
                    shares = {f"coverage_{level}": level + more + jitter for level in (0.4, 0.6)}
                    worse = (model != right) * (nats + jitter)
                    rows.append(row | {"seed": seed, "nll": 0.5 + worse} | shares)
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("claim", "true", "false"),
    [
        ("line.covers", {}, {"cover": -0.1}),
        ("line.published-run-covers", {}, {"cover": 0.1}),
        ("line.published-run-arrives", {}, {"nats": 0.1}),
        ("line.training-points-flatter", {}, {"train": -0.1}),
    ],
)
def test_every_claim_can_hold_and_fail(claim, true, false):
    chosen = [one for one in CLAIMS if one.id == f"book.{claim}"]
    for change, verdict in ((true, "holds"), (false, "fails")):
        assert set(claims.check(chosen, made(**change))["verdict"]) == {verdict}


def test_a_table_of_something_else_decides_nothing():
    verdicts = claims.check(CLAIMS, pd.DataFrame({"seed": [0, 1], "noise": "other", "nll": 0.5}))
    assert set(verdicts["reason"]) == {"the run has nothing that this rule compares"}
    assert set(claims.check(CLAIMS, pd.DataFrame())["reason"]) == {"no such run is kept"}


def test_nats_are_missing_to_the_line_of_the_right_form(table):
    raised = table["nll"].where(table["model"] != "published run", 0.0).where(table["model"] != "constant std", -0.5)
    missing = regression_tables.nats_missing(table.assign(nll=raised), "homoskedastic")
    assert missing.tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.1, "too narrow, over-confident"), (0.9, "too wide, under-confident"), (0.45, "as far as chance lets us see")],
)
def test_a_reading_names_the_right_side(share, words):
    covered = pd.DataFrame({"level": [0.4, 0.5], "coverage": [share, share]})
    assert words in regression_figures.reading(covered, points=200)


def a_curve(coverage, seed=0, region="all", part="many fresh"):
    """A row that covers so much at the levels 0.4 and 0.6."""
    row = {"noise": "heteroskedastic", "model": "constant std", "part": part, "region": region, "seed": seed}
    row |= {"points": 200, "calibration_error": 0.1, "nll": 0.5}
    return row | {"coverage_0.4": coverage[0], "coverage_0.6": coverage[1]}


def test_distances_keep_their_sign_and_their_seed():
    table = pd.DataFrame([a_curve((0.3, 0.5), seed=0), a_curve((0.5, 0.9), seed=1)])
    found = regression_tables.off(table, "heteroskedastic", "constant std")
    assert found.tolist() == pytest.approx([-0.1, 0.2])
    assert found.index.tolist() == [0, 1]


def test_halves_are_told_apart():
    rows = [a_curve((0.4, 0.6)), a_curve((0.5, 0.7), region="left half"), a_curve((0.2, 0.4), region="right half")]
    found = regression_facts.halves(pd.DataFrame(rows))
    assert found == {"wrong-all": "0.000", "wrong-left": "0.100", "wrong-right": "−0.200"}


def test_contrasts_are_paired_by_seed(table):
    found = regression_contrasts.of(table)
    errors = [
        regression_tables.rows(table, "homoskedastic", model, "many fresh")["calibration_error"]
        for model in ("constant std", "truth")
    ]
    own, fresh = (regression_tables.off(table, "homoskedastic", "network", part) for part in ("training", "many fresh"))
    assert found["net-flattered"].values == pytest.approx((own - fresh).tolist())
    assert found["line-error"].values == pytest.approx((errors[0] - errors[1]).tolist())
    nats = [
        regression_tables.rows(table, "homoskedastic", model, "many fresh")["nll"]
        for model in ("network", "constant std")
    ]
    assert found["net-lost"].values == pytest.approx((nats[0] - nats[1]).tolist())


def test_the_formula_s_facts_counted_by_hand():
    exact = {"slope": torch.tensor([2.0, 4.0]), "log_std": torch.tensor([0.55, 0.45]).log()}
    found = regression_facts.formula(exact, points=50)
    assert (found["seeds"], found["exact-slope"], found["exact-std"]) == (2, "3.00 ± 1.41", "0.500 ± 0.071")
    assert found["std-percent"] == pytest.approx(10)


def test_an_interval_as_wide_as_it_should_be_holds_what_it_promises():
    y = np.linspace(-1, 1, 1001)
    found = regression_facts.slider((y, 0 * y), [0.1, 100.0])
    assert (found["assumed-low"], found["assumed-high"], found["held-high"]) == (0.1, 100.0, 100)
    assert found["held-low"] == pytest.approx(12.8, abs=0.2)


def test_every_section_has_its_numbers_with_one_seed(table):
    one = table[table["seed"] == 0]
    sections = (regression_facts.curves, regression_facts.network, regression_facts.halves, regression_facts.large)
    values = [str(value) for section in sections for value in section(one).values()]
    assert not [value for value in values if "±" in value or value == "–"]


def test_figures_say_what_they_show(table):
    drawn = regression_figures.coverage(table)
    shown = regression_tables.off(table, "homoskedastic", "published run").mean()
    assert f"published run {abs(shown):.3f} {'below' if shown < 0 else 'above'} the diagonal" in drawn.alt
    assert len(drawn.fig.axes) == 2
    assert regression_figures.coverage_halves(table).alt.count("half: ") == 2
    y = np.linspace(-1, 1, 101)
    frames = regression_figures.coverage_slider((y, y), y, (y, 0 * y), [0.1, 0.5])
    assert "assumed standard deviation of 0.1" in frames.alt(0.1)
    assert len(frames.draw(0.5).axes) == 2


def test_the_way_of_the_slope_is_drawn_from_its_start_to_its_end():
    x, y = regression_line.line_data("homoskedastic", range(2), 20)
    run = regression_line.published_run("homoskedastic", x, y, 200, record=["slope"])
    path = regression_figures._path("run", run.path["slope"])
    assert sorted(path["step"].unique()) == [0, 100, 200]
    assert path.loc[path["step"] == 200, "slope"].tolist() == run.path["slope"][200].tolist()
    assert "from 0.00" in regression_figures.early_stop(run, run, 3.0).alt
