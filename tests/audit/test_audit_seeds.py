"""Several seeds of fine-tuning: a network a seed, and a level that is safe only where all of them are."""

import pandas as pd
import pytest
import torch
from foreign import Concatenated, stripes_data

from pruneuq_helpers import audit, training
from pruneuq_helpers.audit.choice import chosen, sequences
from pruneuq_helpers.audit.session import Session
from pruneuq_helpers.audit.verdicts import by_level
from pruneuq_helpers.errors import ParameterError

QUICK = {"levels": [0.2, 0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100, "repairs": False, "fine_tune": 1}
QUICK |= {"train_batch": 8}


def trained(data):
    torch.manual_seed(0)
    return training.train(Concatenated(), data, epochs=3, learning_rate=0.02).model


def values(found: audit.Audit) -> pd.Series:
    rows = found.measures[found.measures["measure"].isin(["accuracy", "nll", "brier"])]
    return rows.set_index(["network", "measure"])["value"]


def test_every_seed_gives_the_network_of_an_audit_with_that_seed():
    data = stripes_data()
    model = trained(data)
    both = audit.examine(model, data, seeds=2, **QUICK)
    control = [f"dense, trained on, seed {seed}" for seed in (0, 1)]
    pruned = [f"l1 at {level}, seed {seed}" for level in (0.2, 0.5) for seed in (0, 1)]
    assert both.networks["network"].tolist() == ["dense", *control, *pruned]
    assert set(both.control["network"]) == set(control)
    for seed in (0, 1):
        alone = values(audit.examine(model, data, seed=seed, **QUICK)).drop("dense")
        same = values(both)
        same = same[[f"seed {seed}" in network for network, _ in same.index]]
        assert same.tolist() == alone.tolist()
    assert values(both)["l1 at 0.5, seed 0"].tolist() != values(both)["l1 at 0.5, seed 1"].tolist()


ROWS = [
    ("a", "l1", 0.2, "safe"), ("b", "l1", 0.2, "safe"), ("c", "l1", 0.5, "safe"), ("d", "l1", 0.5, "undecided"),
    ("e", "random", 0.2, "not safe"), ("f", "random", 0.2, "safe"),
]  # fmt: skip


def test_a_level_is_safe_only_where_every_seed_is():
    networks = pd.DataFrame(ROWS, columns=["network", "criterion", "level", "verdict"])
    levels = by_level(networks)
    assert levels["verdict"].tolist() == ["safe", "undecided", "not safe"]
    assert sequences(networks).values.tolist() == [["l1", 0.2, "a"], ["random", 0.0, ""]]
    assert chosen(networks, networks.assign(parameters=[9, 9, 5, 5, 9, 9])) == "a"


@pytest.mark.parametrize(("spoilt", "kept"), [(None, "l1 at 0.5, seed 0"), ("l1 at 0.5, seed 1", "l1 at 0.2, seed 0")])
def test_what_is_kept_as_safe_is_of_a_level_whose_seeds_are_all_safe(monkeypatch, spoilt, kept):
    def judged(self, named, differing):
        verdict = "not safe" if named["network"] == spoilt else "safe"
        return pd.DataFrame([named | {"rule": "accuracy", "margin": 1.0, "worse": 0.0, "verdict": verdict}])

    monkeypatch.setattr(Session, "_judged", judged)
    data = stripes_data()
    found = audit.examine(trained(data), data, seeds=2, keep="safe", **QUICK)
    assert found.chosen == found.kept.label == kept
    with torch.no_grad():
        logits = found.kept.network.eval()(data.normalise(data.test.images))
    accuracy = float((logits.argmax(1) == data.test.labels).double().mean())
    assert values(found)[kept, "accuracy"] == pytest.approx(accuracy)


def test_the_report_says_how_many_seeds_there_are(tmp_path):
    data = stripes_data()
    found = audit.examine(trained(data), data, seeds=2, **QUICK)
    page = audit.write_report(found, tmp_path / "report").read_text()
    assert "Each removal is trained on with 2 seeds; a level is safe only where all 2 networks are." in page
    assert "L1 at 0.5, seed 1" in page
    said = audit.words(found)
    (levels,) = (sentence for sentence in said if sentence.startswith("By L1, of the levels of channels: "))
    assert levels.partition("(")[0].count("0.2") == 1
    assert "training the dense network on, without pruning, changed" in said[-1]


def test_seeds_without_training_are_refused():
    with pytest.raises(ParameterError, match="`seeds` got 2; it takes 1 where nothing is trained"):
        audit.AuditSettings(seeds=2)
