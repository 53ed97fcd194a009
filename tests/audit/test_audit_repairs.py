"""What mends without training: verdicts by the metrics, and no network asked twice."""

import numpy as np
import pytest
import torch
from foreign import Concatenated, stripes_data
from scipy.special import softmax

from pruneuq_helpers import audit, data, metrics, training, uncertainty
from pruneuq_helpers.audit.session import Session

SETTINGS = {"levels": [0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100, "rules": {"ece": 0.001, "nll": 0.001}}


def test_repairs_are_judged_by_the_metrics_and_ask_no_network_twice(monkeypatch):
    asked = []
    logits = Session._logits
    monkeypatch.setattr(
        Session, "_logits", lambda self, network, images: asked.append(network) or logits(self, network, images)
    )
    striped = stripes_data()
    images = data.make("stripes", striped.train, striped.test.take(torch.arange(20)), striped.test, striped.classes)
    torch.manual_seed(0)
    model = training.train(Concatenated(), images, epochs=8, learning_rate=0.02).model
    found = audit.examine(model, images, keep=0.5, **SETTINGS)
    assert list(dict.fromkeys(found.repairs["repair"])) == ["statistics", "temperature", "statistics and temperature"]
    assert len(asked) == len(set(asked)) == 3  # dense, pruned, and pruned with other statistics

    before, after = (
        training.predict(network, images.test.images, normalise=images.normalise).double().numpy()
        for network in (model, found.kept.network)
    )
    held = training.predict(found.kept.network, images.validation.images, normalise=images.normalise)
    temperature = uncertainty.fit_temperature(held.double(), images.validation.labels)
    rows = found.repairs.query("repair == 'temperature'").set_index("rule")
    assert rows["temperature"].tolist() == pytest.approx([temperature] * 2)
    for rule, metric in {"ece": metrics.ece, "nll": metrics.nll}.items():
        old, new = (metric(softmax(said, axis=1), images.test.labels) for said in (before, after / temperature))
        np.testing.assert_allclose(rows.loc[rule, "worse"], new - old, atol=1e-6)
