"""The chosen level errs no more than promised; the kept network is the judged one; times do not contradict."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from foreign import Concatenated, stripes_data
from scipy import stats
from torch import nn

from pruneuq_helpers import audit, metrics, training
from pruneuq_helpers.audit.choice import chosen, sequences
from pruneuq_helpers.audit.costs import speed_up, with_milliseconds
from pruneuq_helpers.audit.intervals import share_change
from pruneuq_helpers.audit.verdicts import verdict_of
from pruneuq_helpers.errors import ParameterError

LEVELS = (0.2, 0.4, 0.6)
TESTED = len(stripes_data().test)


def test_a_wrong_safe_is_chosen_no_more_often_than_promised():
    """Twelve candidates, four criteria of three levels: all truly lose exactly the margin, so that none is safe."""
    images, margin, confidence, runs = 2000, 0.02, 0.9, 400
    each = 1 - (1 - confidence) / 4
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(runs):
        rows = []
        for criterion in ("random", "l1", "bn", "hrank"):
            for level in LEVELS:
                lost, won = rng.binomial(images, [0.05 + margin, 0.05])
                _, low, high = share_change(lost, won, images, each)
                verdict = verdict_of(-high, -low, margin)
                name = f"{criterion} at {level}"
                rows.append({"network": name, "criterion": criterion, "level": level, "verdict": verdict})
        sizes = pd.DataFrame({"network": [row["network"] for row in rows], "parameters": range(len(rows))})
        wrong += chosen(pd.DataFrame(rows), sizes) is not None
    assert wrong <= stats.binom.isf(1e-4, runs, 1 - confidence)


def test_a_sequence_stops_at_the_first_level_that_is_not_shown_to_be_safe():
    words = {"a": ["safe", "safe", "not safe"], "b": ["undecided", "safe", "safe"], "c": ["safe"] * 3}
    rows = [
        {"network": f"{name}{level}", "criterion": name, "level": level, "verdict": word}
        for name, said in words.items()
        for level, word in zip(LEVELS, said, strict=True)
    ]
    found = sequences(pd.DataFrame(rows[::-1])).set_index("criterion")["level"]
    assert found.to_dict() == {"a": 0.4, "b": 0.0, "c": 0.6}
    assert chosen(pd.DataFrame(rows[3:6]), pd.DataFrame({"network": [], "parameters": []})) is None


class InAPair(nn.Module):
    """Gives its logits in a tuple, as many detection networks do."""

    def __init__(self):
        super().__init__()
        self.inside = Concatenated()

    def forward(self, images):
        return self.inside(images), images


def residual():
    from pruneuq_helpers import models

    return models.build("resnet8", 3, (1, 8, 8), width=8)


@pytest.mark.parametrize("build", [Concatenated, InAPair, residual])
def test_the_kept_network_gives_the_logits_that_were_judged(build, tmp_path):
    torch.manual_seed(0)
    data, model = stripes_data(), build()
    inner = model.inside if isinstance(model, InAPair) else model
    training.train(inner, data, epochs=3, learning_rate=0.02)
    found = audit.examine(
        model, data, levels=[0.5], criteria=["l1"], repeats=3, resamples=100, keep=0.5, repairs=False
    )  # fmt: skip
    folder = audit.write_report(found, tmp_path / "r").parent
    again = audit.apply(build(), folder)
    images = data.normalise(data.test.images)
    with torch.no_grad():
        logits, wanted = again(images), found.kept.network(images)
    logits, wanted = (one[0] if isinstance(one, tuple) else one for one in (logits, wanted))
    assert torch.allclose(logits, wanted, atol=1e-6)
    right = (logits.argmax(1) == data.test.labels).double().mean().item()
    value = found.measures.query("measure == 'accuracy' and criterion == 'l1'")["value"].item()
    assert right == pytest.approx(value)
    assert sum(weight.numel() for weight in again.parameters()) == found.networks["parameters"].iloc[1]


def test_what_is_kept_as_safe_is_the_chosen_network_or_nothing():
    torch.manual_seed(0)
    data, model = stripes_data(), Concatenated()
    training.train(model, data, epochs=6, learning_rate=0.02)
    settings = {"levels": [0.2, 0.5], "criteria": ["l1", "random"], "repeats": 3, "resamples": 100, "keep": "safe"}
    loose = audit.examine(model, data, rules={"changed": 0.99}, **settings)
    assert loose.kept.label == loose.chosen is not None
    strict = audit.examine(model, data, rules={"changed": 1e-6}, **settings)
    assert strict.kept is strict.chosen is None


@pytest.fixture
def kept(tmp_path):
    """The folder of a small kept network."""
    torch.manual_seed(0)
    data, model = stripes_data(), Concatenated()
    training.train(model, data, epochs=3, learning_rate=0.02)
    found = audit.examine(model, data, levels=[0.5], criteria=["l1"], repeats=3, resamples=100, keep=0.5)
    return audit.write_report(found, tmp_path / "r").parent


def test_a_damaged_or_foreign_recipe_is_one_sentence(kept):
    with pytest.raises(ParameterError, match="got a Linear that the recipe in .* was not made for"):
        audit.apply(nn.Linear(3, 3), kept)
    recipe = json.loads((kept / "recipe.json").read_text())
    (kept / "recipe.json").write_text(json.dumps(recipe | {"format": 99}))
    with pytest.raises(ParameterError, match="whose recipe is of another format"):
        audit.apply(Concatenated(), kept)
    (kept / "recipe.json").write_text(json.dumps(recipe))
    weights = bytearray((kept / "network.safetensors").read_bytes())
    weights[-1] ^= 1
    (kept / "network.safetensors").write_bytes(bytes(weights))
    with pytest.raises(ParameterError, match="whose weights are damaged or of another network"):
        audit.apply(Concatenated(), kept)
    with pytest.raises(ParameterError, match="it takes a report of an audit with `keep`"):
        audit.apply(Concatenated(), kept / "nowhere")


def test_times_rest_on_minima_and_a_busy_machine_gives_none():
    quiet = np.array([[1.0, 2.0], [9.0, 2.0], [1.0, 2.0], [1.0, 7.0]])
    assert speed_up(quiet)["speed_up"] == 2.0
    busy = np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 2.0], [3.0, 2.0]])
    assert np.isnan(speed_up(busy)["speed_up"])
    table = pd.DataFrame({"dense_milliseconds": [4.0, 6.0, 5.0], "speed_up": [1.0, 2.0, 0.5]})
    found = with_milliseconds(table)
    # One dense time for all: no row can say that a network takes longer and is faster.
    assert found["milliseconds"].tolist() == [4.0, 2.0, 8.0]
    assert "dense_milliseconds" not in found


class Moody(Concatenated):
    """Answers by the other images of its batch."""

    def forward(self, images):
        logits = super().forward(images)
        return logits + logits.mean(0, keepdim=True)


class Forgetful(Concatenated):
    """Answers otherwise each time."""

    def forward(self, images):
        return super().forward(images) + torch.randn(len(images), 1) * torch.arange(3.0)


@pytest.mark.parametrize(
    ("model", "change", "sentence"),
    [
        (Moody(), {}, "depend on more than the image: of the other images of the batch"),
        (Forgetful(), {}, "depend on more than the image: of the call"),
        (torch.jit.ScriptModule(), {}, "got a network of TorchScript"),
        (Concatenated(), {"criteria": ["l1", "l1"]}, "parameter `criteria` got l1 twice; it takes each once"),
        (Concatenated(), {"levels": [0.5, 0.50000001]}, "parameter `levels` got 0.5 twice; it takes each once"),
        (Concatenated(), {"keep": 0.3}, "parameter `keep` got 0.3; it takes safe, or one of the levels 0.5"),
    ],
)
def test_wrong_use_stops_before_the_first_measurement(model, change, sentence):
    said = []
    with pytest.raises(ParameterError, match=sentence):
        audit.examine(model, stripes_data(), tell=said.append, **{"levels": [0.5], "criteria": ["l1"]} | change)
    assert not any("measuring" in line for line in said)


def test_a_criterion_that_cannot_be_had_is_known_before_anything_is_measured():
    said = []
    with pytest.raises(ParameterError, match="`bn`|'bn'"):
        audit.examine(Concatenated(), stripes_data(), tell=said.append, levels=[0.5], criteria=["l1", "bn"])
    assert not any("measuring" in line for line in said)


def test_test_images_that_are_training_images_and_empty_classes_are_noted():
    from dataclasses import replace

    from pruneuq_helpers.audit.subject import doubts
    from pruneuq_helpers.data import Part

    data = stripes_data()
    assert doubts(data) == []
    leaked = replace(data, test=Part(data.train.images[:40], data.train.labels[:40]))
    assert doubts(leaked)[0].startswith("40 of the 40 test images are training images too")
    some = data.test.labels != 2
    without = replace(data, test=Part(data.test.images[some], data.test.labels[some]))
    assert doubts(without) == [f"Classes without a test image, of which nothing is said: {data.classes[2]}."]


def test_groups_that_are_no_classes_have_their_rule():
    torch.manual_seed(0)
    data, model = stripes_data(), Concatenated()
    training.train(model, data, epochs=6, learning_rate=0.02)
    named = np.where(np.arange(len(data.test)) % 3 == 0, "third", "others")
    found = audit.examine(
        model, data, groups=named, levels=[0.5], criteria=["l1"], repeats=3, resamples=100,
        rules={"group_accuracy": 0.2}, repairs=False,
    )  # fmt: skip
    assert found.groups["group"].tolist() == ["others", "third"]
    wrong = found.changed.query("what == 'lost'")["image"] % 3 == 0
    won = found.changed.query("what == 'won'")["image"] % 3 == 0
    third = (won.sum() - wrong.sum()) / (named == "third").sum()
    assert found.groups["change"].iloc[1] == pytest.approx(third)
    assert found.verdicts["worse"].item() == pytest.approx(-found.groups["change"].min())


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        (["a", "b"], "`groups` got names of shape .2,.; it takes"),
        (["a"] * TESTED, "`groups` got one group, 'a'"),
        (["a"] * (TESTED - 1) + ["b"], "`groups` got one example of 'b'"),
    ],
)
def test_groups_that_cannot_be_judged_are_refused(groups, sentence):
    data = stripes_data()
    with pytest.raises(ParameterError, match=sentence):
        audit.examine(Concatenated(), data, groups=groups, levels=[0.5], criteria=["l1"])


def test_a_rule_on_groups_needs_groups():
    with pytest.raises(ParameterError, match="'group_accuracy', which needs `groups`"):
        audit.examine(Concatenated(), stripes_data(), rules={"group_accuracy": 0.1})


def test_outsiders_are_detected_by_scores_of_the_logits():
    torch.manual_seed(0)
    data, model = stripes_data(), Concatenated()
    training.train(model, data, epochs=3, learning_rate=0.02)
    outside = torch.randint(0, 256, (50, 1, 8, 8), dtype=torch.uint8)
    found = audit.examine(model, data, outside, levels=[0.5], criteria=["l1"], repeats=3, resamples=100, repairs=False)
    detection = found.detection.set_index("score")
    with torch.no_grad():
        own, other = (model(data.normalise(one)).double() for one in (data.test.images, outside))
    energy = metrics.detection(-own.logsumexp(1), -other.logsumexp(1))["auroc"]
    assert detection.loc["energy", "dense"] == pytest.approx(energy, abs=1e-9)
    auroc = found.measures.query("measure == 'auroc' and network == 'dense'")["value"].item()
    assert detection.loc["1 − largest probability", "dense"] == pytest.approx(auroc)
    assert len(detection) == 4


def test_one_of_two_criteria_may_err_half_as_often():
    assert audit.AuditSettings(criteria=("l1", "random")).judged_at == pytest.approx(0.975)
