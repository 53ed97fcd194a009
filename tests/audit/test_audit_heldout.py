"""Images that decide nothing and measure the chosen network again."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from foreign import Concatenated, stripes, stripes_data
from torch import nn

from pruneuq_helpers import audit, metrics, training
from pruneuq_helpers import data as sets
from pruneuq_helpers.audit.heldout import set_apart
from pruneuq_helpers.audit.rules import shown
from pruneuq_helpers.audit.settings import AuditSettings
from pruneuq_helpers.errors import ParameterError

QUICK = {"levels": [0.2, 0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100, "repairs": False}
LOOSE = {"rules": {"accuracy": 0.99, "changed": 0.99}, "keep": "safe"}


def more_stripes() -> sets.Data:
    """With 90 test images."""
    few = stripes_data()
    return replace(few, test=sets.Part(*(torch.from_numpy(array) for array in stripes(90, seed=2))))


def trained(data) -> nn.Module:
    torch.manual_seed(0)
    return training.train(Concatenated(), data, epochs=3, learning_rate=0.02).model


def test_the_parts_are_disjoint_and_keep_their_classes_and_groups():
    data = more_stripes()
    places = [str(place) for place in range(90)]
    rest, names, out = set_apart(data, places, AuditSettings(hold_out=1 / 3))
    assert (len(rest.test), len(out)) == (60, 30)
    assert torch.equal(rest.test.images, data.test.images[[int(name) for name in names]])
    both = torch.cat([rest.test.images, out.images]).flatten(1)
    assert len(both.unique(dim=0)) == len(data.test.images.flatten(1).unique(dim=0)) == 90
    assert out.labels.bincount().tolist() == [10, 10, 10]
    assert rest.train is data.train
    assert set_apart(data, None, AuditSettings())[2] is None


def test_the_chosen_network_is_measured_on_them_and_they_decide_nothing():
    data = more_stripes()
    model = trained(data)
    found = audit.examine(model, data, hold_out=0.4, **QUICK, **LOOSE)
    rest, _, out = set_apart(data, None, found.settings)
    alone = audit.examine(model, rest, **QUICK, **LOOSE)
    assert found.verdicts.equals(alone.verdicts)
    assert found.chosen == alone.chosen == found.kept.label
    labels = out.labels.numpy()
    dense, pruned = (
        training.predict(network, out.images, normalise=data.normalise).double().softmax(1).numpy()
        for network in (model, found.kept.network)
    )
    again = found.again.set_index("measure")
    assert (again["images"] == 36).all()
    right = [float((probs.argmax(1) == labels).mean()) for probs in (dense, pruned)]
    assert again.loc["accuracy", "change"] == pytest.approx(right[1] - right[0])
    assert again.loc["ece", "change"] == pytest.approx(metrics.ece(pruned, labels) - metrics.ece(dense, labels))
    assert again.loc["changed", "change"] == pytest.approx(np.mean(dense.argmax(1) != pruned.argmax(1)))
    assert (again["low"] <= again["change"]).all()


def test_the_report_tells_both_changes(tmp_path):
    data = more_stripes()
    found = audit.examine(trained(data), data, hold_out=0.4, **QUICK, **LOOSE)
    page = audit.write_report(found, tmp_path / "report").read_text()
    assert f"{shown(found.chosen)} was chosen because its changes look small" in page
    assert (tmp_path / "report" / "again.csv").is_file()
    assert any(sentence.startswith("On 36 images that decided nothing, ") for sentence in audit.words(found))


def test_where_nothing_is_chosen_nothing_is_measured_again():
    data = more_stripes()
    torch.manual_seed(1)
    found = audit.examine(Concatenated(), data, hold_out=0.4, **QUICK)
    assert found.chosen is None
    assert len(found.again) == 0
    assert "No network was chosen, so the images that were held out have nothing to measure again." in audit.words(
        found
    )


@pytest.mark.parametrize(
    ("share", "sentence"),
    [
        (1.0, "`hold_out` got 1.0; it takes a number of at least 0 and below 1"),
        (float("nan"), "`hold_out` got nan; it takes a number"),
        (0.2, "which parts 90 test images into 72 and 18; it takes a share that leaves 30 or more in both"),
    ],
)
def test_shares_that_leave_too_little_are_refused(share, sentence):
    with pytest.raises(ParameterError, match=sentence):
        audit.examine(Concatenated(), more_stripes(), hold_out=share, **QUICK)
