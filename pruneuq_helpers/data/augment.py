"""Random changes to training images, made where the images are."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tensors

_MOST = 10_000  # pixels around an image


def crop_flip(images: Tensor, generator: torch.Generator, pad: int = 4, flip: bool = True) -> Tensor:
    """Crop each image at random out of its padded self and mirror every second one, at random.

    Parameters
    ----------
    images : Tensor
        ``uint8`` images ``[N, C, H, W]`` on any device.
    generator : torch.Generator
        On the CPU, whatever the device: a member's crops are then the same on every machine.
    pad : int
        Black pixels around the image; the crop moves by at most that many.
    flip : bool
        Mirror left and right with probability one half; not for digits.

    Returns
    -------
    Tensor
        Of the shape and device of `images`.

    Examples
    --------
    >>> import torch
    >>> from pruneuq_helpers import data
    >>> images = torch.arange(9, dtype=torch.uint8).reshape(1, 1, 3, 3)
    >>> data.crop_flip(images, torch.Generator().manual_seed(0), pad=1)[0, 0].tolist()
    [[4, 3, 0], [7, 6, 0], [0, 0, 0]]
    """
    pad, images = checks.whole("pad", pad, least=0, most=_MOST), tensors.pixels("images", images)
    checks.instance("generator", generator, torch.Generator, "a torch.Generator on the processor")
    return cropped(images, generator, pad, checks.flag("flip", flip))


def cropped(images: Tensor, generator: torch.Generator, pad: int, flip: bool = True) -> Tensor:  # of what is checked
    count, _, height, width = images.shape
    # Always the same draws in the same order, so that turning the flip off does not move the crops.
    top, left = torch.randint(0, 2 * pad + 1, (2, count), generator=generator).to(images.device)
    mirrored = (torch.rand(count, generator=generator) < 0.5).nonzero().squeeze(1).to(images.device)
    # Channels last, as networks like it; a view of every crop there is, so that whole rows are copied, not pixels.
    padded = functional.pad(images.permute(0, 2, 3, 1).contiguous(), (0, 0, *(pad,) * 4))
    crops = padded.unfold(1, height, 1).unfold(2, width, 1).permute(0, 1, 2, 4, 5, 3)
    moved = crops[torch.arange(count, device=images.device), top, left]
    if flip:
        moved[mirrored] = moved[mirrored].flip(2)
    return moved.permute(0, 3, 1, 2)


def moved_by(pixels: int) -> Callable[[Tensor, torch.Generator], Tensor] | None:
    """Crops that move by at most so many pixels, and mirrored; none where that is 0."""
    return partial(cropped, pad=pixels) if pixels else None
