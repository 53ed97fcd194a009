"""Which units of a live stack ever fire, and how many of its zero weights lie at units that never do."""

from torch import Tensor

from pruneuq_helpers.population.stack import BLOCK, Stack, stacked


def inputs_alive(stack: Stack, images: Tensor) -> dict[str, Tensor]:
    """For every layer with weights, which of its inputs (of a convolution: channels) differ from 0 for some image."""
    images = stacked(images, stack.network.input_shape, len(stack)).to(stack.parameters.vector)
    alive: dict[str, Tensor] = {}  # name of the weight to [K, inputs]
    for block in images.split(BLOCK, dim=1):
        batch, x = block.shape[1], stack._columns("images", block)
        for kernel in stack.kernels:
            if hasattr(kernel, "weight_gradient"):
                name, seen = f"{kernel.name}.weight", (x[..., :batch] != 0).flatten(2).any(2)
                alive[name] = alive[name] | seen if name in alive else seen
            x = kernel.forward(x, batch, training=False)
    return alive


def zeros_at_dead_units(stack: Stack, images: Tensor) -> list[float]:
    """Of every member, the share of its zero weights that lead into or out of a unit that fires for no image."""
    alive = inputs_alive(stack, images)
    names, zeros, dead = list(alive), 0, 0
    for name, after in zip(names, [*names[1:], None], strict=True):
        weight, into = stack.weights[name], alive[name]
        outputs = weight.shape[1]
        # What follows a flattened convolution has several inputs a channel.
        out = alive[after].view(len(stack), outputs, -1).any(2) if after else into.new_ones(len(stack), outputs)
        zero = (weight == 0).flatten(3) if weight.ndim > 3 else (weight == 0)[..., None]
        live = (out[:, :, None] & into[:, None, :])[..., None]
        zeros, dead = zeros + zero.flatten(1).sum(1), dead + (zero & ~live).flatten(1).sum(1)
    # Not a number where no weight is zero.
    return (dead / zeros).tolist()
