"""Heads of attention: they go as a whole, proved, or stay."""

import copy

import pytest
import torch
from attention import Fixed, Heads, InterleavedHeads, InTuple, ThreeLayers, Transformer, Uncounted, WithLogits
from foreign import stripes_data
from torch import nn

from pruneuq_helpers import audit, metrics
from pruneuq_helpers.audit.heads import heads_of
from pruneuq_helpers.audit.removal import Removal, find_removal, notes_on
from pruneuq_helpers.data.vision import torchvision
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.surgery import take_out

QUICK = {"levels": [0.5], "criteria": ["l1"], "repeats": 3, "resamples": 100}


def made(attention=Heads):
    torch.manual_seed(0)
    return Transformer(attention).eval(), torch.rand(8, 1, 8, 8)


def logits(model, images):
    with torch.no_grad():
        return model(images)


@pytest.mark.parametrize("level", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("attention", [Heads, InterleavedHeads, ThreeLayers])
def test_removed_heads_are_masked_ones(attention, level):
    model, images = made(attention)
    heads = heads_of(model, images)
    assert [group.width for group in heads] == [4, 4]
    gone = Removal(model, tuple(heads), (), True).gone(level, "random")
    masked = copy.deepcopy(model)
    for block, layer in enumerate(masked.attention):
        (count,) = (places for (name, side), places in gone.items()
                    if name == f"attention.{block}" and side in ("num_heads", "num_attention_heads"))  # fmt: skip
        assert len(count) == 4 * level
        layer.mask[list(count)] = 0
    expected = logits(masked, images)
    torch.testing.assert_close(logits(take_out(model, gone), images), expected, rtol=1e-5, atol=1e-5)
    assert not torch.allclose(logits(model, images), expected, atol=1e-3)


def test_everything_of_a_transformer_goes_proved():
    model, images = made()
    removal = find_removal(model, images)
    assert removal.proved
    assert removal.whole == ()
    assert [group.width for group in removal.groups] == [16, 24, 24, 4, 4]
    smaller = removal.smaller(removal.gone(0.5, "l1"))
    attention = smaller.attention[0]
    assert (attention.num_heads, attention.attn_dim) == (2, 8)
    assert (attention.qkv.in_features, attention.qkv.out_features, attention.proj.in_features) == (8, 24, 8)
    assert model.attention[0].num_heads == 4
    assert notes_on(removal) == ["Of attention heads go as a whole: attention.0, attention.1."]


@pytest.mark.parametrize(
    ("attention", "tied"),
    [
        (Uncounted, ("q_proj", "k_proj", "v_proj")),  # half of the channels of every head would run, and mix heads
        (Fixed, ("qkv",)),
    ],
)
def test_heads_that_cannot_go_stay_whole_and_are_named(attention, tied):
    model, images = made(attention)
    removal = find_removal(model, images)
    assert removal.proved
    assert {f"attention.{block}.{layer}" for block in (0, 1) for layer in tied} <= set(removal.whole)
    smaller = removal.smaller(removal.gone(0.25, "random"))
    for layer in tied:
        before, after = (network.attention[0].get_submodule(layer).out_features for network in (model, smaller))
        assert before == after
    (note,) = notes_on(removal)
    assert "stay whole" in note
    assert "attention.0" in note


def test_attention_of_torchvision_stays_whole():
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(16, 4, 2, 4, 16, 24, num_classes=3).eval()
    nn.init.normal_(model.heads.head.weight)
    removal = find_removal(model, torch.rand(8, 3, 16, 16))
    assert removal.whole[:2] == tuple(f"encoder.layers.encoder_layer_{layer}.self_attention" for layer in (0, 1))
    assert [group.width for group in removal.groups] == [24, 24]


@pytest.mark.parametrize("build", [Transformer, WithLogits, InTuple])
def test_audit_takes_logits_however_they_come_and_keeps_the_network(build, tmp_path):
    torch.manual_seed(0)
    model, data = build(), stripes_data()
    found = audit.examine(model, data, keep=0.5, **QUICK)
    cut = found.networks.iloc[1]
    assert cut["parameter_fraction"] < 0.5
    assert cut["mac_fraction"] < 0.5
    assert "heads go as a whole" in found.notes[0]
    folder = audit.write_report(found, tmp_path / "report").parent
    assert "heads go as a whole" in (folder / "report.html").read_text()
    images = data.normalise(data.test.images)
    again, kept = (logits(network, images) for network in (audit.apply(build(), folder), found.kept.network))
    torch.testing.assert_close(_plain(again), _plain(kept), rtol=0, atol=1e-6)
    assert metrics.parameters(found.kept.network) == cut["parameters"]


def _plain(given):
    return given[0] if isinstance(given, tuple) else getattr(given, "logits", given)


def test_a_recipe_of_more_heads_than_there_are_is_one_sentence(tmp_path):
    torch.manual_seed(0)
    found = audit.examine(Transformer(), stripes_data(), keep=0.5, **QUICK)
    folder = audit.write_report(found, tmp_path / "report").parent
    other = Transformer()
    other.attention[0].num_heads = 1
    with pytest.raises(ParameterError, match="the recipe in .* was not made for"):
        audit.apply(other, folder)
