"""Mean and deviation of the channels of images."""

import torch
from torch import Tensor


def statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel, in units of the full scale; 0 and 1 for points."""
    if images.dtype != torch.uint8:
        return torch.zeros(1), torch.ones(1)
    channels = images.shape[1]
    # From counts of the 256 grey levels: exact, and no float copy of the images is made.
    counts = torch.stack([torch.bincount(images[:, c].flatten(), minlength=256) for c in range(channels)])
    share = counts.double() / counts.sum(1, keepdim=True)
    level = torch.arange(256, dtype=torch.float64) / 255
    mean = share @ level
    std = (share * (level - mean[:, None]).square()).sum(1).sqrt()
    return mean.float(), torch.where(std > 0, std, 1.0).float()
