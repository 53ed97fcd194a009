"""A GPU whose memory runs out: smaller chunks, the same results to the last bit, and a line in the log."""

import logging

import pytest
import torch
from plain_loop import clouds

from pruneuq_helpers.population import Stack, mlp, train
from pruneuq_helpers.population.chunks import chunks, groups
from pruneuq_helpers.population.memory import in_parts

NETWORK = mlp(5, 16, 3)
SEEDS = range(7)


@pytest.fixture
def small_memory(monkeypatch):
    """Let a step with more than this many members run out of memory, from its n-th call on."""

    def limit(most, from_call=1):
        calls, forward = [], Stack.forward

        def limited(stack, *words, **more):
            calls.append(len(stack))
            if len(stack) > most and len(calls) >= from_call:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return forward(stack, *words, **more)

        monkeypatch.setattr(Stack, "forward", limited)
        return calls

    return limit


def trained(**more):
    images, labels = clouds(dtype=torch.float32)
    part = (images[:20], labels[:20])
    return train(NETWORK, images, labels, SEEDS, epochs=4, rate=0.02, validation=part, patience=2, **more)


@pytest.mark.parametrize("from_call", [1, 5])
def test_half_as_many_at_a_time_give_the_same(small_memory, caplog, from_call):
    whole = trained()
    calls = small_memory(2, from_call)
    with caplog.at_level(logging.WARNING, "pruneuq_helpers"):
        halved = trained()
    assert max(calls) == 7
    assert 0 < calls[-1] <= 2
    assert caplog.messages == [
        f"the GPU's memory ran out with {many} networks at a time; going on with {fewer}"
        for many, fewer in ((7, 4), (4, 2))
    ]
    for name, weights in whole.weights.items():
        assert torch.equal(weights, halved.weights[name])
    assert whole.history.equals(halved.history)
    assert whole.stop_epoch.tolist() == halved.stop_epoch.tolist()


def test_one_member_that_does_not_fit_is_an_error(small_memory):
    small_memory(0)
    with pytest.raises(torch.OutOfMemoryError, match="CUDA out of memory"):
        trained()


def test_a_hook_is_called_once_an_epoch_or_the_training_ends(small_memory):
    seen = []
    small_memory(3)
    trained(after_epoch=lambda stack: seen.append((stack.epoch, *stack.members)))
    assert len(seen) == len(set(seen))
    assert {member for _, *members in seen for member in members} == set(SEEDS)


def test_what_a_hook_has_seen_is_not_begun_again(small_memory):
    small_memory(3, from_call=2)
    with pytest.raises(RuntimeError, match="after epoch 1 with 7 networks at a time, when `after_epoch` had been"):
        trained(after_epoch=lambda stack: None, batch=None)


def test_memory_is_given_back_between_the_tries():
    tries, released = [], []

    def call(members):
        tries.append(members)
        if len(members) > 1:
            raise torch.OutOfMemoryError
        return members[0]

    assert in_parts([4, 5, 6, 7], 4, call, lambda: released.append(len(tries))) == [4, 5, 6, 7]
    assert tries == [[4, 5, 6, 7], [4, 5], [4], [5], [6], [7]]
    assert released == [1, 2]


def test_chunks_are_few_and_nearly_equal_and_of_one_kind():
    assert chunks([0, 1, 2, 3, 4], 4) == [[0, 1, 2], [3, 4]]
    assert groups(["a", "b", "a"]) == [[0, 2], [1]]
