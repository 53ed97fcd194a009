"""What an architecture asks of its input shape and its widths, in one sentence each."""

from collections.abc import Sequence

from pruneuq_helpers.errors import ParameterError


def image_shape(name: str, input_shape: Sequence[int], smallest: int) -> tuple[int, int, int]:
    """Return the shape of an image, or say why it does not suit the network."""
    if len(input_shape) != 3 or min(input_shape[1:]) < smallest:
        raise ParameterError(
            f"parameter `input_shape` got {tuple(input_shape)}; `{name}` takes (channels, height, width) "
            f"with a height and a width of at least {smallest}"
        )
    channels, height, width = input_shape
    return channels, height, width


def exactly(parameter: str, widths: Sequence[int], count: int) -> list[int]:
    """Return the widths as a list, or say that there are too many or too few."""
    if len(widths) != count:
        raise ParameterError(f"parameter `{parameter}` got {len(widths)} widths; it takes {count}")
    return list(widths)
