"""Every kernel against torch's autograd."""

import pytest
import torch
from torch import nn

from pruneuq_helpers.population.kernels import KERNELS, Scratch, build, cross_entropy
from pruneuq_helpers.population.layers import Layer

MEMBERS, BATCH = 3, 16


def check(layer: Layer, shape: tuple, training: bool = True, images: torch.Tensor | None = None):
    """Forward and backward of one layer: three members at once, and one plain layer after the other."""
    generator = torch.Generator().manual_seed(0)
    modules = [layer.module().double().train(training) for _ in range(MEMBERS)]
    names = {**layer.parameters(), **layer.buffers()}
    tensors = {name: torch.zeros(MEMBERS, *size, dtype=torch.float64) for name, size in names.items()}
    for name, stack in tensors.items():
        for module, row in zip(modules, stack, strict=True):
            target = module.state_dict()[name.rpartition(".")[2]]
            row.copy_(target.copy_(torch.rand(target.shape, generator=generator, dtype=torch.float64)))
    gradients = {name: torch.zeros_like(tensors[name]) for name in layer.parameters()}
    if images is None:
        images = torch.randn(MEMBERS, BATCH, *shape, generator=generator, dtype=torch.float64)
    [kernel] = build([layer], tensors, gradients, Scratch(torch.float64, "cpu"), [])
    kernel.wants_input_gradient = True
    out = kernel.forward(images.movedim(1, -1).contiguous(), BATCH, training).clone()
    g = torch.randn(out.shape, generator=generator, dtype=torch.float64)
    into = kernel.backward(g.clone()) if training else None
    for k, module in enumerate(modules):
        x = images[k].clone().requires_grad_()
        expected = module(x)
        torch.testing.assert_close(out[k].movedim(-1, 0), expected)
        if training:
            expected.backward(g[k].movedim(-1, 0))
            torch.testing.assert_close(into[k].movedim(-1, 0), x.grad)
            for name in gradients:
                torch.testing.assert_close(gradients[name][k], dict(module.named_parameters())[name.split(".")[1]].grad)
        for name in layer.buffers():
            torch.testing.assert_close(tensors[name][k], module.state_dict()[name.split(".")[1]])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("inputs", "outputs"), [(5, 4), (1, 3), (3, 1), (64, 32)])
def test_linear(inputs, outputs, bias):
    check(Layer("Linear", "fc1", inputs, outputs, bias=bias), (inputs,))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("kernel", "padding"), [(3, 1), (5, 2), (5, 0), (1, 0)])
def test_convolution(kernel, padding, bias):
    check(Layer("Conv2d", "conv1", 2, 3, kernel, padding, bias), (2, 7, 6))


def test_convolution_in_blocks_of_members(monkeypatch):
    from pruneuq_helpers.population.kernels import conv

    monkeypatch.setitem(conv.BLOCK, "cpu", 2 * 2 * 9 * 7 * 6 * BATCH)
    check(Layer("Conv2d", "conv1", 2, 3, 3, 1), (2, 7, 6))


@pytest.mark.parametrize("shape", [(2, 6, 4), (2, 7, 5), (1, 2, 3)])
def test_max_pooling(shape):
    check(Layer("MaxPool2d", "pool1"), shape)


def test_max_pooling_gives_ties_to_the_first():
    images = torch.randint(0, 2, (MEMBERS, BATCH, 2, 6, 6), generator=torch.Generator().manual_seed(1)).double()
    check(Layer("MaxPool2d", "pool1"), (2, 6, 6), images=images)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm(training):
    check(Layer("BatchNorm2d", "bn1", outputs=3), (3, 4, 5), training)


def test_pointwise():
    check(Layer("ReLU", "relu1"), (3, 4, 5))
    check(Layer("Flatten", "flatten"), (3, 4, 5))
    assert set(KERNELS) == {"Linear", "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Dropout", "Flatten"}


def test_cross_entropy_even_where_a_probability_vanishes():
    logits = torch.randn(MEMBERS, 4, BATCH, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    logits[0, 0, 0] = 2000.0
    labels = torch.randint(0, 4, (MEMBERS, BATCH), generator=torch.Generator().manual_seed(0))
    labels[0, 0] = 1
    losses, gradient = cross_entropy(logits, labels)
    for k in range(MEMBERS):
        rows = logits[k].T.clone().requires_grad_()
        expected = nn.functional.cross_entropy(rows, labels[k])
        expected.backward()
        torch.testing.assert_close(losses[k], expected)
        torch.testing.assert_close(gradient[k].T, rows.grad)
