import torch
from plain_loop import clouds

from pruneuq_helpers.population import mlp, train
from pruneuq_helpers.pruning import exact

NETWORK = mlp(5, 16, 3)


def test_pruning_and_regrowing_at_the_end_of_every_epoch():
    """Zeros without a mask grow back, and the stack can be measured before and after."""
    images, labels = clouds(dtype=torch.float32)
    seen = []

    def prune(stack):
        before = (stack.predict(images).argmax(2) == labels).float().mean(1)
        removed = [float((stack.weights[name] == 0).float().mean()) for name in NETWORK.prunable()]
        for name, mask in exact.by_layer({n: stack.weights[n].abs() for n in NETWORK.prunable()}, [0.75] * 2).items():
            stack.weights[name].mul_(mask)
        after = (stack.predict(images).argmax(2) == labels).float().mean(1)
        seen.append((stack.epoch, list(stack.members), before, after, removed))

    trained = train(NETWORK, images, labels, [0, 1], epochs=3, rate=0.02, after_epoch=prune)
    assert [epoch for epoch, *_ in seen] == [1, 2, 3]
    assert seen[0][1] == [0, 1]
    assert all(max(removed) < 0.01 for *_, removed in seen), "weights without a mask are dense again after an epoch"
    assert int((trained.weights["fc1.weight"][0] == 0).sum()) == 60
    assert torch.equal((trained.predict(images).argmax(2) == labels).float().mean(1), seen[-1][3])


def test_masks_set_on_the_way_hold_from_then_on():
    images, labels = clouds(dtype=torch.float32)

    def freeze(stack):
        if stack.epoch == 2:
            assert stack.masks is None
            stack.set_masks(exact.by_layer({"fc1.weight": stack.weights["fc1.weight"].abs()}, [0.5] * len(stack)))

    trained = train(NETWORK, images, labels, [0, 1, 2], epochs=4, rate=0.02, after_epoch=freeze, chunk=2)
    for state, mask in zip(trained.states, trained.masks, strict=True):
        assert mask.keys() == {"fc1.weight"}
        assert int(mask["fc1.weight"].sum()) == 40
        assert not state["fc1.weight"][mask["fc1.weight"] == 0].any()


def test_validation_and_best_weights_are_those_the_hook_left():
    images, labels = clouds(dtype=torch.float32)

    def empty(stack):
        for tensor in stack.weights.values():
            tensor.zero_()

    trained = train(NETWORK, images, labels, [0], epochs=3, validation=(images, labels), patience=1, after_epoch=empty)
    assert trained.history.validation_loss.round(6).tolist() == [1.098612, 1.098612]
    assert not trained.weights["fc1.weight"].any()


def test_the_hook_sees_only_those_who_are_left():
    images, labels = clouds(dtype=torch.float32)
    seen = {}
    trained = train(
        NETWORK, images, labels, range(8), epochs=30, rate=0.1, validation=clouds(61, seed=1, dtype=torch.float32),
        patience=2, after_epoch=lambda stack: seen.update({stack.epoch: list(stack.members)}),
    )  # fmt: skip
    for epoch, members in seen.items():
        assert members == [k for k in range(8) if trained.stop_epoch[k] >= epoch]
