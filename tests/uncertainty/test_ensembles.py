import pytest
import torch
from torch import nn

from pruneuq_helpers import metrics, uncertainty


def test_members_are_stacked_whatever_their_width():
    torch.manual_seed(0)
    members = [nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Linear(width, 4)) for width in (5, 9)]
    images = torch.randn(20, 3)
    logits = uncertainty.ensemble(members, images, batch=7)
    assert logits.shape == (2, 20, 4)
    for member, found in zip(members, logits, strict=True):
        assert member.training
        torch.testing.assert_close(found, member.eval()(images).detach())


def test_softmax_of_the_stack_is_what_metrics_take():
    torch.manual_seed(0)
    logits = uncertainty.ensemble([nn.Linear(3, 4), nn.Linear(3, 4)], torch.randn(20, 3))
    probs = uncertainty.softmax(logits)
    labels = probs.mean(dim=0).argmax(dim=1)
    assert metrics.accuracy(probs, labels) == 1
    assert (metrics.mutual_information(probs) > 0).all()


def test_refuses_no_member():
    with pytest.raises(ValueError, match="`models` got .*; it takes a list of networks, at least one"):
        uncertainty.ensemble([], torch.zeros(1, 3))
