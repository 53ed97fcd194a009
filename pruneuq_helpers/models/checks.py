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
    """Return the widths as a list, or say that there are too many or too few.

    >>> exactly("conv", (6, 16), 2)
    [6, 16]
    """
    if len(widths) != count:
        raise ParameterError(f"parameter `{parameter}` got {len(widths)} widths; it takes {count}")
    return list(widths)


def whole(parameter: str, value, takes: str = "a whole number of at least 1") -> int:
    """Return a whole number of at least 1, or say what was given instead."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ParameterError(f"parameter `{parameter}` got {value!r}; it takes {takes}")
    return value


def wholes(parameter: str, values) -> list[int]:
    """Return a list of whole numbers of at least 1, or say what was given instead.

    >>> wholes("hidden", (128, 64))
    [128, 64]
    """
    takes = "a list of whole numbers of at least 1"
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ParameterError(f"parameter `{parameter}` got {values!r}; it takes {takes}")
    return [whole(parameter, value, takes) for value in values]
