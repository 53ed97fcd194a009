"""Audits of architectures that the package does not define, from the tracing to the verdicts."""

import copy

import numpy as np
import pytest
import torch
from foreign import (
    Attending,
    Concatenated,
    Mixing,
    Recurrent,
    Shuffled,
    group_normed,
    mobile,
    resnext,
    stripes_data,
    windowed,
)
from torch import nn

from pruneuq_helpers import audit, metrics, pruning, training
from pruneuq_helpers.audit.removal import find_removal
from pruneuq_helpers.errors import ParameterError


def _half(removal):
    return removal.smaller(removal.gone(0.5, "l1"))


QUICK = {"levels": [0.5], "repeats": 3, "resamples": 100}
NETWORKS = {
    "mobile": (mobile, 3),
    "concatenated": (Concatenated, 1),
    "mixing": (Mixing, 1),
    "attending": (Attending, 1),
}
# A 1×1 branch without a batch norm of its own, and layers over tokens, leave some out.
CRITERIA = {
    "mobile": {"random", "l1", "bn", "hrank"},
    "concatenated": {"random", "l1", "hrank"},
    "mixing": {"random", "l1"},
    "attending": {"random", "l1"},
}


def made(name: str):
    build, channels = NETWORKS[name]
    torch.manual_seed(0)
    return build().eval(), stripes_data(channels)


@pytest.mark.parametrize("name", NETWORKS)
def test_audit_measures_every_network(name):
    model, data = made(name)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    found = audit.examine(model, data, **QUICK)
    pruned = found.networks[found.networks["criterion"] != "none"]
    assert set(pruned["criterion"]) == CRITERIA[name]
    assert (pruned["parameter_fraction"] < 0.9).all()
    assert (pruned["mac_fraction"] < 0.9).all()
    assert (found.networks["bytes"] > 0).all()
    times = found.networks[["milliseconds", "speed_up"]]
    assert (times.isna() | (times > 0)).all().all()  # on a busy machine there are none
    assert set(found.verdicts["rule"]) == {"accuracy", "ece", "class_recall"}
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


def test_layers_over_tokens_stay_whole():
    notes = {name: " ".join(audit.examine(*made(name), criteria=["l1"], **QUICK).notes) for name in NETWORKS}
    whole = "because without some of their channels the network breaks or computes something else: "
    assert f"{whole}patch, patches.2, " in notes["mixing"]
    assert f"{whole}encoder.layers.0.self_attn, patch, encoder.layers.0.linear2." in notes["attending"]
    assert "stay whole" not in notes["mobile"] + notes["concatenated"]


ATTENTION = ("features.1.0.attn", "features.3.0.attn")


@pytest.mark.parametrize(
    ("build", "images", "makers", "tied"),
    [
        (Attending, (8, 1, 8, 8), [("encoder.layers.0.linear1",)], ("encoder.layers.0.self_attn",)),
        (Recurrent, (8, 1, 8, 8), [("hidden",)], ("gates",)),
        (group_normed, (8, 1, 8, 8), [("0",)], ("3",)),
        (windowed, (8, 3, 16, 16), [("features.1.0.mlp.0",), ("features.3.0.mlp.0",)], ATTENTION),
        (resnext, (8, 3, 32, 32), None, tuple(f"layer{stage}.0.conv2" for stage in (1, 2, 3, 4))),
    ],
)
def test_layers_that_tie_blocks_stay_whole_and_the_rest_goes(build, images, makers, tied):
    torch.manual_seed(0)
    model, images = build().eval(), torch.rand(images)
    with torch.no_grad():
        before = model(images)
    removal = find_removal(model, images)
    assert removal.proved
    assert removal.whole[: len(tied)] == tied
    assert makers is None or [group.makers for group in removal.groups] == makers
    smaller = _half(removal)
    for name in tied:
        assert metrics.parameters(smaller.get_submodule(name)) == metrics.parameters(model.get_submodule(name))
    assert metrics.parameters(smaller) < metrics.parameters(model)
    with torch.no_grad():
        assert smaller(images).shape == before.shape
        assert torch.equal(model(images), before)


def test_nothing_but_blocks_is_refused_and_says_which():
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.GroupNorm(2, 8), nn.Flatten(), nn.Linear(8 * 36, 3))
    with pytest.raises(ParameterError, match=r"none of whose channels .* \(these tie channels in blocks: 1\)"):
        find_removal(model.eval(), torch.rand(4, 1, 8, 8))


@pytest.mark.parametrize("name", ["mobile", "concatenated"])
def test_removal_is_that_of_the_package(name):
    model, data = made(name)
    images = data.normalise(data.test.images)
    ours = _half(find_removal(model, images[:8]))
    theirs = pruning.remove_channels(model, 0.5, "l1", input_shape=data.input_shape)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images))
    assert metrics.parameters(ours) == metrics.parameters(theirs)


def test_removal_that_would_compute_something_else_is_found_out():
    torch.manual_seed(0)
    removal = find_removal(Shuffled().eval(), torch.rand(8, 1, 8, 8))
    assert removal.whole == ("first",)
    assert removal.proved


def test_masks_prove_the_hidden_layers_of_the_mixer():
    model, data = made("mixing")
    removal = find_removal(model, data.normalise(data.test.images[:8]))
    assert removal.proved
    assert [group.makers for group in removal.groups] == [("patches.0",), ("channels.0",)]
    assert _half(removal).channels[0].out_features == 10


def test_measures_are_those_of_the_metrics():
    model, data = made("concatenated")
    training.train(model, data, epochs=3, learning_rate=0.01)
    found = audit.examine(model, data, criteria=["l1"], **QUICK)
    smaller = pruning.remove_channels(model, 0.5, "l1", input_shape=data.input_shape)
    probs = {
        name: torch.softmax(training.predict(net, data.test.images, normalise=data.normalise).double(), 1)
        for name, net in {"dense": model, "l1 at 0.5": smaller}.items()
    }
    values = found.measures.pivot(index="network", columns="measure", values="value")
    changes = found.measures.pivot(index="network", columns="measure", values="change")
    for measure in ("accuracy", "ece", "nll", "brier", "ause"):
        own = {name: getattr(metrics, measure)(p, data.test.labels) for name, p in probs.items()}
        for name, value in own.items():
            assert values.loc[name, measure] == pytest.approx(value, abs=1e-6)
        assert changes.loc["l1 at 0.5", measure] == pytest.approx(own["l1 at 0.5"] - own["dense"], abs=1e-6)
    differ = (probs["dense"].argmax(1) != probs["l1 at 0.5"].argmax(1)).sum().item()
    assert changes.loc["l1 at 0.5", "changed"] == pytest.approx(differ / 45)
    assert len(found.changed) == differ


def test_fine_tuning_has_a_control_and_helps():
    model, data = made("concatenated")
    training.train(model, data, epochs=12, learning_rate=0.02)
    plain = audit.examine(copy.deepcopy(model), data, criteria=["random"], **QUICK)
    tuned = audit.examine(model, data, criteria=["random"], fine_tune=12, learning_rate=0.02, **QUICK)
    assert tuned.networks["network"].tolist() == ["dense", "dense, trained on", "random at 0.5"]
    assert tuned.networks["fine_tune"].tolist() == [0, 12, 12]

    def nll(found):
        return found.measures.query("measure == 'nll' and network == 'random at 0.5'")["value"].item()

    assert nll(tuned) < nll(plain)
    assert "training the dense network on" in audit.words(tuned)[-1]


def test_outsiders_are_detected_as_the_metric_says():
    model, data = made("concatenated")
    outside = torch.randint(0, 255, (30, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    found = audit.examine(model, data, outside, criteria=["l1"], rules={"auroc": 0.5}, **QUICK)
    probs = [
        torch.softmax(training.predict(model, images, normalise=data.normalise).double(), 1)
        for images in (data.test.images, outside)
    ]
    expected = metrics.detection(*(metrics.msp(p) for p in probs))
    values = found.measures.query("network == 'dense'").set_index("measure")["value"]
    for name in ("auroc", "aupr_out", "aupr_in", "fpr95"):
        assert values[name] == pytest.approx(expected[name])
    assert set(found.verdicts["rule"]) == {"auroc"}


def test_same_seed_same_audit():
    model, data = made("concatenated")
    one, other = (audit.examine(model, data, criteria=["random"], **QUICK).measures for _ in range(2))
    np.testing.assert_array_equal(one.select_dtypes("number"), other.select_dtypes("number"))


def test_chance_is_noticed():
    model, data = made("concatenated")
    torch.nn.init.zeros_(model.head.weight)
    found = audit.examine(model, data, criteria=["l1"], **QUICK)
    assert "no better than chance (33.3 %), so that nothing can be called safe" in found.notes[0]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"level": [0.5]}, "unknown parameter `level`; did you mean `levels`?"),
        ({"levels": [1.0]}, "parameter `levels` got 1.0; it takes a number in [0, 1)"),
        (
            {"rules": {"auroc": 0.1}},
            "parameter `rules` got 'auroc', which needs images of no class; it takes them as `ood`",
        ),
        ({"repeats": 1}, "parameter `repeats` got 1; it takes a whole number of at least 3"),
    ],
)
def test_wrong_setting_is_one_sentence(settings, sentence):
    with pytest.raises(ParameterError) as error:
        audit.examine(*made("concatenated"), **settings)
    assert str(error.value) == sentence


class TwoHeaded(nn.Module):
    """Gives its logits first, and then what a layer of its own makes, as for a contrastive loss."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head, self.projection = nn.Linear(8, 3), nn.Linear(8, 6)

    def forward(self, images):
        seen = self.trunk(images)
        return self.head(seen), self.projection(seen)


def test_a_second_output_may_have_a_layer_of_its_own():
    torch.manual_seed(0)
    data = stripes_data(1)
    found = audit.examine(TwoHeaded(), data, criteria=["l1"], keep=0.5, **QUICK)
    network = found.kept.network
    assert (network.projection.in_features, network.projection.out_features) == (4, 6)
    assert [given.shape[1] for given in network(data.normalise(data.test.images[:2]))] == [3, 6]
