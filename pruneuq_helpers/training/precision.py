"""What a network is computed in: float32, or bfloat16 where the device computes in it."""

from contextlib import nullcontext

import torch

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError

PRECISIONS = ("float32", "bfloat16", "auto")


def precision_on(device: str | torch.device, precision: str = "auto", dtype: torch.dtype = torch.float32) -> str:
    """The precision that a training or a prediction uses on a device: what a record of it should hold."""
    device, dtype = networks.device("device", device, here=False), networks.floating("dtype", dtype)
    return settled(device, checks.choice("precision", precision, PRECISIONS), dtype)


def settled(device: torch.device, precision: str, dtype: torch.dtype) -> str:  # of what is checked
    if precision == "auto":
        return "bfloat16" if dtype == torch.float32 and has_bfloat16(device) else "float32"
    if precision == "bfloat16" and not has_bfloat16(device):
        raise ParameterError(
            f"parameter `precision` got 'bfloat16', which {device} has no instructions for here; "
            "it takes float32, or auto, which finds out"
        )
    return precision


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies in bfloat16 itself: where it must emulate, that is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    found = torch.cpu.get_capabilities()
    return device.type == "cpu" and bool(found.get("avx512_bf16") or found.get("amx_bf16"))


def autocast(device: torch.device, precision: str):
    """Mixed precision where `precision_on` says so."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext()
