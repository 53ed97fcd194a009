import math

import pytest
import torch
from plain_loop import clouds

from pruneuq_helpers.population import mlp, train
from pruneuq_helpers.population.stack import Stack
from pruneuq_helpers.population.watch import Watch


def watch_over(losses, patience):
    """Let one member go through made-up validation losses; its first weight is set to the epoch's number."""
    network = mlp(1, 1, 2)
    stack = Stack(network, [network.initial(0)])
    watch, going_on = Watch(stack, patience), [0]
    for stack.epoch, loss in enumerate(losses, start=1):
        stack.weights["fc1.weight"].fill_(stack.epoch)
        going_on = watch.end_epoch(stack, torch.tensor([1.0]), torch.tensor([loss]))
        if not going_on:
            break
    if going_on:
        watch.take(stack, [0])
    return watch


@pytest.mark.parametrize(
    ("losses", "patience", "best", "stop"),
    [
        ([3, 2, 1, 1, 1, 0], 2, 3, 5),  # an equal loss is not lower
        ([3, 2, 2, 1, 5, 5, 0], 2, 4, 6),
        ([1, 2, 0, 3], 1, 1, 2),
        ([1, 2, 3, 4], 9, 1, 4),  # the last epoch comes first
        ([4, 3, 2, 1], 1, 4, 4),
    ],
)
def test_best_and_last_epoch_by_hand(losses, patience, best, stop):
    watch = watch_over([float(loss) for loss in losses], patience)
    assert (watch.best_epoch[0], watch.stop_epoch[0]) == (best, stop)
    assert watch.states[0]["fc1.weight"].item() == best


def test_without_patience_the_last_weights_stay():
    watch = watch_over([3.0, 1.0, 2.0], None)
    assert (watch.best_epoch[0], watch.stop_epoch[0]) == (2, 3)
    assert watch.states[0]["fc1.weight"].item() == 3


def test_a_member_that_fails_is_named_and_the_others_go_on():
    images, labels = clouds(dtype=torch.float32)
    start = [mlp(5, 8, 3).initial(seed) for seed in range(3)]
    start[1]["fc1.weight"] = start[1]["fc1.weight"] * 1e38
    options = {"epochs": 4, "validation": (images, labels), "patience": 9}
    trained = train(mlp(5, 8, 3), images, labels, range(3), weights=start, **options)
    assert list(trained.failed) == [1]
    assert "training loss became" in trained.failed[1]
    assert "epoch 1" in trained.failed[1]
    assert trained.stop_epoch.tolist() == [4, 1, 4]
    assert len(trained.history.query("member == 1")) == 1
    assert "1 failed" in repr(trained)
    healthy = train(mlp(5, 8, 3), images, labels, [0, 2], weights=[start[0], start[2]], **options)
    assert all(torch.equal(healthy.states[1][name], trained.states[2][name]) for name in start[0])


def test_a_failure_after_a_good_epoch_keeps_the_best_weights():
    watch = watch_over([2.0, 1.0, math.inf, 0.5], 9)
    assert watch.failed == {0: "validation loss became inf in epoch 3"}
    assert (watch.best_epoch[0], watch.stop_epoch[0]) == (2, 3)
    assert watch.states[0]["fc1.weight"].item() == 2
