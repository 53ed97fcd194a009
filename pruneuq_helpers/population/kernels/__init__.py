"""Fast kernels: each layer, forward and backward, for a whole stack of members, into memory that is kept.

A step is two to three times as fast as with autograd on stacked parameters, whose bookkeeping takes most of a small
network's step. ``benchmarks/population.py`` measures it; the tests hold every kernel against autograd.
"""

from pruneuq_helpers.population.kernels.conv import Conv2d
from pruneuq_helpers.population.kernels.linear import Linear
from pruneuq_helpers.population.kernels.loss import cross_entropy, mean_losses
from pruneuq_helpers.population.kernels.normalisation import BatchNorm2d
from pruneuq_helpers.population.kernels.pointwise import Dropout, Flatten, ReLU
from pruneuq_helpers.population.kernels.pool import MaxPool2d
from pruneuq_helpers.population.kernels.scratch import Scratch

__all__ = ["Dropout", "Scratch", "build", "cross_entropy", "mean_losses"]

# How the kernels agree to work:
# - Data is [K, features, B] or [K, C, H, W, B]: the batch lies innermost, so every elementwise operation runs over long
#   contiguous rows, whatever the number of channels.
# - The last axis is padded to a multiple of 16, so that every member's rows begin where vector registers want them: a
#   product of matrices that lie otherwise is rounded otherwise, and a member would depend on its place. Only the first
#   `batch` columns are images; the gradient of the others is zero.
# - `backward(g)` turns the gradient at the output into the one at the input, and writes those of the parameters.
# - A kernel may overwrite the output of the kernel before it once it has been read for the last time.
KERNELS = {kernel.__name__: kernel for kernel in (Linear, Conv2d, BatchNorm2d, ReLU, MaxPool2d, Dropout, Flatten)}


def build(layers, tensors: dict, gradients: dict, scratch: Scratch, generators: list) -> list:
    """The kernels of a network, in the order in which they run."""
    kernels, weighted = [], False
    for layer in _pool_first(layers):
        kernel = KERNELS[layer.kind](layer, tensors, gradients, scratch)
        # Nobody asks for the gradient at the images.
        kernel.wants_input_gradient = weighted
        kernel.generators = generators
        weighted = weighted or layer.kind in ("Linear", "Conv2d")
        kernels.append(kernel)
    return kernels


def _pool_first(layers) -> list:
    """Swap ReLU and a max pooling after it: the same function, and ReLU has a quarter of the work."""
    order = list(layers)
    for i in range(len(order) - 1):
        if (order[i].kind, order[i + 1].kind) == ("ReLU", "MaxPool2d"):
            order[i], order[i + 1] = order[i + 1], order[i]
    return order
