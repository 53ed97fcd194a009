"""`compare`: cases worked by hand, its error where the true change is known, and input that it refuses."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

import pruneuq_helpers
from pruneuq_helpers import cli, metrics
from pruneuq_helpers.audit.comparison import compare
from pruneuq_helpers.audit.comparison_words import lines, to_json, to_markdown
from pruneuq_helpers.audit.intervals import share_change
from pruneuq_helpers.audit.verdicts import verdict_of, worst_of
from pruneuq_helpers.errors import ParameterError


def logits(count=400, classes=3, edge=2.0, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=count)
    found = rng.normal(size=(count, classes))
    found[np.arange(count), labels] += edge
    return {"labels": labels, "logits": found}


def one_hot(predicted, labels, classes=2, sure=0.9):
    rest = (1 - sure) / (classes - 1)
    return {"labels": labels, "probs": np.where(np.arange(classes) == np.asarray(predicted)[:, None], sure, rest)}


def test_changes_by_hand():
    labels = np.array([0, 1] * 50)
    before, after = labels.copy(), labels.copy()
    before[:4] = 1 - before[:4]  # 96 of 100 right
    after[2:12] = 1 - after[2:12]  # 90 of 100: 0 and 1 won, 4 to 11 lost
    found = compare(one_hot(before, labels), one_hot(after, labels))
    measures = found.measures.set_index("measure")
    assert measures.loc["accuracy", ["before", "after", "change"]].tolist() == pytest.approx([0.96, 0.90, -0.06])
    assert measures.loc["flips", "change"] == 0.08
    assert measures.loc["changed", "change"] == 0.10
    # sure of 0.9 in every answer: the gap is 0.9 less the accuracy
    assert measures.loc["gap", ["before", "after"]].tolist() == pytest.approx([-0.06, 0.0])
    assert measures.loc["ece", ["before", "after"]].tolist() == pytest.approx([0.06, 0.0])
    # all answers are tied, so that the area under the risk-coverage curve is the error rate
    assert measures.loc["aurc", ["before", "after"]].tolist() == pytest.approx([0.04, 0.10])
    assert found.changed["what"].value_counts().to_dict() == {"lost": 8, "won": 2}
    by_class = found.classes.set_index("part")
    assert by_class.loc["0", ["examples", "before", "after"]].tolist() == pytest.approx([50, 0.96, 0.90])
    # class 0 lost 4 and won 1 of its 50
    assert by_class.loc["0", "p_value"] == pytest.approx(stats.binomtest(4, 5).pvalue)


def test_the_area_under_the_risk_coverage_curve_is_the_mean_risk():
    rng = np.random.default_rng(1)
    labels, probs = rng.integers(4, size=50), rng.dirichlet(np.ones(4), size=50)
    order = np.argsort(-probs.max(1))
    wrong = (probs.argmax(1) != labels)[order]
    risks = np.cumsum(wrong) / np.arange(1, 51)
    assert metrics.aurc(probs, labels) == pytest.approx(risks.mean())
    shuffled = rng.permutation(50)
    assert metrics.aurc(probs[shuffled], labels[shuffled]) == pytest.approx(risks.mean())


def test_intervals_are_those_of_a_plain_bootstrap():
    before, after = logits(seed=1), logits(seed=1)
    after["logits"] = after["logits"] + np.random.default_rng(9).normal(size=after["logits"].shape)
    found = compare(before, after, resamples=200, seed=4).measures.set_index("measure")
    rng, differences = np.random.default_rng(4), []
    probs = [np.exp(one["logits"]) / np.exp(one["logits"]).sum(1, keepdims=True) for one in (before, after)]
    draws = rng.integers(400, size=(200, 400))
    for rows in draws:
        one, other = (metrics.nll(each[rows], before["labels"][rows]) for each in probs)
        differences.append(other - one)
    low, high = np.quantile(differences, [0.025, 0.975])
    assert found.loc["nll", ["low", "high"]].tolist() == pytest.approx([low, high])


def test_probabilities_and_logits_say_the_same():
    before, after = logits(seed=2), logits(seed=2, edge=1.5)
    as_probs = [
        {"labels": one["labels"], "probs": np.exp(one["logits"]) / np.exp(one["logits"]).sum(1, keepdims=True)}
        for one in (before, after)
    ]
    pd.testing.assert_frame_equal(compare(before, after).measures, compare(*as_probs).measures)
    assert pruneuq_helpers.compare is compare


@pytest.mark.parametrize(
    ("drop", "margin", "verdict"), [(0, 0.05, "safe"), (80, 0.05, "not safe"), (8, 0.02, "undecided")]
)
def test_the_verdict_is_that_of_the_interval(drop, margin, verdict):
    labels = np.tile([0, 1], 200)
    after = labels.copy()
    after[:drop] = 1 - after[:drop]
    found = compare(one_hot(labels, labels), one_hot(after, labels), rules={"accuracy": margin})
    assert found.verdict == verdict
    assert lines(found)[0].startswith(f"{verdict}: 400 examples")


def test_a_wrong_safe_is_as_rare_as_it_may_be():
    """The true loss is just the margin, in many runs; of some of them all that `compare` does is asked."""
    rng, margin, runs, count = np.random.default_rng(3), 0.05, 4000, 300
    labels = np.tile([0, 1], count // 2)
    right = rng.random((runs, count)) < 0.9
    lost = right & (rng.random((runs, count)) < margin / 0.9)
    _, low, high = share_change(lost.sum(1), np.zeros(runs), count)
    words = np.array([verdict_of(*worse, margin) for worse in zip(-high, -low, strict=True)])
    wrong = words == "safe"
    assert wrong.sum() <= stats.binom.isf(1e-4, runs, 0.05)
    for run in (*np.flatnonzero(wrong)[:5], *np.flatnonzero(~wrong)[:5]):
        answers = (np.where(said, labels, 1 - labels) for said in (right[run], right[run] & ~lost[run]))
        before, after = (one_hot(answer, labels) for answer in answers)
        assert compare(before, after, rules={"accuracy": margin}, resamples=100).verdict == words[run]


def test_groups_are_judged_by_the_one_that_loses_most():
    labels = np.tile([0, 1], 200)
    groups = np.repeat(["many", "few"], [300, 100])
    after = labels.copy()
    after[300:330] = 1 - after[300:330]
    rules = {"group_accuracy": 0.1}
    found = compare(one_hot(labels, labels), one_hot(after, labels), rules=rules, groups=groups)
    assert found.groups.set_index("part")["change"].to_dict() == pytest.approx({"few": -0.3, "many": 0.0})
    assert found.verdict == "not safe"


def test_detection_of_examples_of_no_class():
    rng = np.random.default_rng(5)
    before, after = logits(seed=5), logits(seed=5)
    before["ood_logits"], after["ood_logits"] = rng.normal(size=(100, 3)), 3 * rng.normal(size=(100, 3))
    found = compare(before, after, rules={"auroc": 0.05})
    row = found.measures.set_index("measure").loc["auroc"]
    assert row["before"] > row["after"]
    assert found.verdict == "not safe"


def test_logits_of_any_type_say_the_same():
    labels = np.arange(60) % 2
    whole = np.where(np.arange(2) == labels[:, None], 125, -125)
    for kind in (np.int8, np.int32, np.float16, np.float32):
        found = compare({"labels": labels, "logits": whole}, {"labels": labels, "logits": whole.astype(kind)})
        assert found.measures.set_index("measure").loc["accuracy", "before"] == 1
        assert len(found.changed) == 0, kind


def test_a_likelihood_without_end_is_never_safe():
    labels = np.arange(60) % 2
    right, wrong = (np.where(np.arange(2) == said[:, None], 1.0, 0.0) for said in (labels, 1 - labels))
    right[0] = wrong[0]
    with pytest.raises(ParameterError, match="probability 0 for the right class in row 0: its `nll` has no end"):
        compare({"labels": labels, "probs": right}, {"labels": labels, "probs": wrong}, rules={"nll": 0.1})
    found = compare({"labels": labels, "probs": right}, {"labels": labels, "probs": right}, rules={"accuracy": 0.2})
    assert found.verdict == "safe"
    assert found.measures.set_index("measure").loc["nll", ["change", "low", "high"]].isna().all()
    assert verdict_of(np.nan, np.nan, 0.1) == worst_of(pd.Series([], dtype=str)) == "undecided"


def test_classes_may_be_named_in_one_of_the_files():
    named = logits(60) | {"classes": np.array(["cat", "dog", "cow"])}
    for pair in ((named, logits(60)), (logits(60), named)):
        assert set(compare(*pair).classes["part"]) == {"cat", "dog", "cow"}


def test_nothing_is_safe_at_chance():
    labels = np.tile([0, 1], 100)
    guess = one_hot(np.zeros(200, int), labels)
    found = compare(guess, guess, rules={"accuracy": 0.2})
    assert found.verdict == "undecided"
    assert "no better than always naming the commonest class" in found.notes[0]


GOOD = logits(60)
ROWS = np.full((60, 3), 1 / 3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": GOOD["labels"][:50]}, "`after` got 50 labels for 60 predictions"),
        ({"labels": GOOD["labels"][::-1].copy()}, "got other labels, first in row"),
        ({"labels": GOOD["labels"] + 0.5}, "`after` got `labels` of shape (60,) and type float64"),
        ({"labels": GOOD["labels"] + 5}, "for 3 classes; it takes numbers from 0 to 2"),
        ({"logits": None, "probs": ROWS * 1.1}, "which sums to 1.1"),
        ({"logits": None, "probs": GOOD["logits"]}, "hand logits over as `logits`"),
        ({"probs": ROWS}, "`after` got both `probs` and `logits`"),
        ({"logits": None}, "neither `probs` nor `logits`"),
        ({"logits": np.where(np.arange(3) == 1, np.nan, GOOD["logits"])}, "not finite in row 0"),
        ({"logits": GOOD["logits"][:, :1]}, "`logits` of one class"),
        (
            {"logits": GOOD["logits"][:, :2], "labels": GOOD["labels"] % 2},
            "60 examples of 3 classes and 60 examples of 2",
        ),
        ({"logits": GOOD["logits"].astype(str)}, "of shape (60, 3) and type <U"),
        ({"predictions": GOOD["labels"]}, "`after` got 'predictions'"),
        ({"groups": np.repeat("a", 60)}, "got one group, 'a'"),
        ({"groups": np.array(["a"] * 59 + ["b"])}, "got one example of 'b'"),
        ({"groups": np.array([{}] * 60)}, "`groups` of shape (60,) and type object"),
        ({"classes": np.array(["a", "b"])}, "got 2 names of classes; it takes 3"),
        ({"ood_probs": ROWS[:5]}, "`after` got 5 examples of no class; it takes 30 or more, or none"),
    ],
)
def test_predictions_that_do_not_fit_are_refused_in_a_sentence(change, sentence):
    after = {name: value for name, value in (GOOD | change).items() if value is not None}
    with pytest.raises(ParameterError) as caught:
        compare(GOOD, after)
    assert sentence in str(caught.value)


def test_both_have_the_same_examples_of_no_class():
    with pytest.raises(ParameterError, match="got 40 and 50 examples of no class; they take the same"):
        compare(*(GOOD | {"ood_probs": np.full((count, 3), 1 / 3)} for count in (40, 50)))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"rules": {"acuracy": 0.01}}, "did you mean `accuracy`?"),
        ({"rules": {"accuracy": 1}}, "it takes a margin below 1, such as 0.01 for one in a hundred"),
        ({"rules": {"accuracy": 0}}, "it takes margins above 0"),
        ({"rules": {}}, "`rules` got none"),
        ({"rules": {"auroc": 0.1}}, "which needs examples of no class"),
        ({"rules": {"group_accuracy": 0.1}}, "which needs `groups`"),
        ({"confidence_level": 95}, "`confidence_level` got 95"),
        ({"resamples": 10}, "`resamples` got 10"),
        ({"groups": ["a"]}, "`groups` got names of shape (1,); it takes 60"),
    ],
)
def test_wrong_settings_are_refused_in_a_sentence(settings, sentence):
    with pytest.raises(ParameterError) as caught:
        compare(GOOD, GOOD, **settings)
    assert sentence in str(caught.value)


@pytest.fixture
def files(tmp_path):
    before, after = logits(300, seed=7), logits(300, seed=7)
    after["logits"] = after["logits"] + 0.1 * np.random.default_rng(8).normal(size=after["logits"].shape)
    np.savez(tmp_path / "before.npz", **before)
    np.savez(tmp_path / "after.npz", **after)
    np.savez(tmp_path / "worse.npz", labels=after["labels"], logits=-after["logits"])
    np.savez(tmp_path / "pickled.npz", labels=np.array([{}], dtype=object))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "after.npz").read_bytes()[:900])
    (tmp_path / "words.npz").write_text("hello")
    np.savez_compressed(tmp_path / "packed.npz", **after)
    packed = bytearray((tmp_path / "packed.npz").read_bytes())
    packed[300:340] = bytes(40)
    (tmp_path / "damaged.npz").write_bytes(packed)
    np.save(tmp_path / "single.npy", after["labels"])
    pd.DataFrame({"group": np.repeat(["a", "b"], 150)}).to_csv(tmp_path / "groups.csv", index=False)
    return tmp_path


def called(folder, *words):
    words = [str(folder / word) if "." in word and "=" not in word else word for word in words]
    return CliRunner().invoke(cli.main, ["compare", *words])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["after.npz", "--safe", "accuracy=0.1"], 0),
        (["worse.npz"], 1),
        (["after.npz", "--safe", "accuracy=0.003"], 3),
        (["after.npz", "--safe", "accuracy=0.1", "--groups", "groups.csv", "--safe", "group_accuracy=0.15"], 0),
        (["missing.npz"], 2),
        (["pickled.npz"], 2),
        (["cut.npz"], 2),
        (["words.npz"], 2),
        (["single.npy"], 2),
        (["damaged.npz"], 2),
        (["after.npz", "--safe", "accuracy"], 2),
        (["after.npz", "--safe", "accuracy=0.1", "--safe", "accuracy=0.2"], 2),
        (["after.npz", "--json", "--markdown"], 2),
        (["after.npz", "--groups", "missing.csv"], 2),
        (["after.npz", "--nonsense"], 2),
    ],
)
def test_the_exit_status_is_a_gate(files, words, status):
    done = called(files, "before.npz", *words)
    assert done.exit_code == status, done.output
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    if status == 2:
        assert len(done.output.strip().splitlines()) <= 4


def test_a_wrong_rule_is_told_by_the_option_s_name(files):
    assert "option `--safe` got 'acc'" in called(files, "before.npz", "after.npz", "--safe", "acc=0.1").output
    assert "option `--confidence` got 9" in called(files, "before.npz", "after.npz", "--confidence", "9").output


def test_whatever_goes_wrong_has_no_verdict_s_status(files, monkeypatch):
    monkeypatch.setattr("pruneuq_helpers.audit.comparison_words.lines", lambda found: 1 / 0)
    done = called(files, "before.npz", "after.npz")
    assert (done.exit_code, done.output) == (4, "Error: unfinished (ZeroDivisionError: division by zero)\n")


def test_a_console_without_a_minus_sign_gets_the_verdict(files):
    words = [sys.executable, "-m", "pruneuq_helpers.cli", "compare", files / "before.npz", files / "worse.npz"]
    done = subprocess.run(words, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "cp1252"})
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"not safe" in done.stdout


def test_the_forms_of_the_answer_agree(files):
    words = ("before.npz", "after.npz", "--safe", "accuracy=0.1")
    record = json.loads(called(files, *words, "--json").output)
    assert record["verdict"] == "safe"
    assert record["examples"] == 300
    page = called(files, *words, "--markdown").output
    assert page.startswith("## ✅ safe\n")
    assert f"{record['measures'][0]['before']:.4f}" in page
    found = compare(files / "before.npz", files / "after.npz", rules={"accuracy": 0.1})
    assert (to_json(found), to_markdown(found)) == (called(files, *words, "--json").output[:-1], page[:-1])


def test_a_folder_is_written_whole_and_nothing_of_others_is_touched(files):
    words = ("before.npz", "after.npz", "--safe", "accuracy=0.1", "--out")
    assert called(files, *words, str(files / "report.d")).exit_code == 0
    left = {path.name for path in (files / "report.d").iterdir()}
    assert {"comparison.json", "summary.md", "measures.csv"} <= left
    assert called(files, *words, str(files / "report.d")).exit_code == 0  # its own is replaced
    (files / "report.d" / "mine.txt").write_text("x")
    done = called(files, *words, str(files / "report.d"))
    assert done.exit_code == 2
    assert "holds 'mine.txt'" in done.output


def test_it_needs_neither_torch_nor_a_notebook(files):
    code = (
        "import sys, pruneuq_helpers as p; p.compare(*sys.argv[1:]); "
        "print(sorted({'torch', 'IPython', 'matplotlib', 'sklearn'} & set(sys.modules)))"
    )
    words = [str(files / name) for name in ("before.npz", "after.npz")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
