"""Speed: what each quality computes, and what it leaves out.

    paper      50 steps, nothing approximated: bit by bit what `sampler` alone gives
    balanced   20 steps; the rest is the same mathematics in another order of rounding
    fast       10 steps; blocks that would say nearly what they said a step before are not asked,
               and the composite's frame is left out even if the adapter was trained with it

What is the same mathematics: the LoRA fused into the weights, the quickest attention kernel, and
blocks compiled for their shapes. Nothing of it is on in `paper`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffusers import QwenImageTransformer2DModel


class Quality(StrEnum):
    """How much time goes into a picture."""

    PAPER = "paper"
    """As the paper's authors sample"""
    BALANCED = "balanced"
    FAST = "fast"


@dataclass(frozen=True)
class Speed:
    """What a picture's sampling is made of."""

    steps: int
    layers_only: bool = False
    """Whether the composite's frame is dropped, whatever the adapter was trained with"""
    cache: float = 0.0
    """How far, relative to what it is, the first block's change may be from that of the last full
    step for the change of all others to be taken over from there; 0 asks them always"""
    fused: bool = False
    """Whether the LoRA becomes part of the weights"""
    compiled: bool = False
    """Whether blocks are compiled, where that is possible: a minute at the first picture"""
    quick_attention: bool = False
    """Whether a kernel for this graphics card takes the place of PyTorch's general attention"""


SPEEDS: Mapping[Quality, Speed] = MappingProxyType(
    {
        Quality.PAPER: Speed(steps=50),
        Quality.BALANCED: Speed(steps=20, fused=True, compiled=True, quick_attention=True),
        # Compiled blocks and the cache's hooks do not go together: each hook is another shape.
        Quality.FAST: Speed(
            steps=10, layers_only=True, cache=0.12, fused=True, quick_attention=True
        ),
    }
)

GENERAL = "native"
"""PyTorch's own attention, which chooses a kernel by itself."""
HOPPER = 9
"""Major number of a card's compute capability."""
ON_HOPPER = ("_flash_3", "_native_cudnn", "flash")
ON_OTHERS = ("flash", "_native_flash", "_native_cudnn")
"""Exact attention kernels by diffusers' names, best first: FlashAttention 3 and 2 where their
packages are installed, PyTorch's own of version 2, which it lacks on Windows, and cuDNN's, which is
reported as the quickest on Hopper, and elsewhere slower than FlashAttention 2. None that diffusers
would fetch from the hub ("..._hub"); nor SageAttention, whose 8 bits gave others black pictures."""


def attention_for(device: str) -> str:
    """The name of the quickest attention kernel that works on a device."""
    if device != "cuda":
        return GENERAL
    import torch

    major, _ = torch.cuda.get_device_capability()
    kernels = ON_HOPPER if major == HOPPER else ON_OTHERS
    return next((name for name in kernels if _works(name, device)), GENERAL)


def _works(name: str, device: str) -> bool:
    """Whether a kernel is installed and takes numbers of the model's kind."""
    import torch
    from diffusers.models.attention_dispatch import attention_backend, dispatch_attention_fn

    token = torch.zeros(1, 128, 2, 128, dtype=torch.bfloat16, device=device)
    try:
        with attention_backend(name):
            dispatch_attention_fn(token, token, token)
    except (RuntimeError, ValueError, ImportError):
        return False
    return True


def can_compile(device: str) -> bool:
    """Whether blocks can be compiled: PyTorch does it with Triton, which Windows lacks."""
    return device == "cuda" and find_spec("triton") is not None


def compile_blocks(transformer: QwenImageTransformer2DModel, backend: str = "inductor") -> None:
    """Have one block compiled when it is first used, for all of them.

    Args:
        transformer: to change.
        backend: of `torch.compile`.
    """
    import torch

    # A card or system on which compiling fails computes as before, only slower.
    torch._dynamo.config.suppress_errors = True
    transformer.compile_repeated_blocks(backend=backend)


def hasten(transformer: QwenImageTransformer2DModel, speed: Speed, device: str) -> None:
    """Set what can be set between two pictures: cache and attention kernel."""
    from diffusers import FirstBlockCacheConfig

    if transformer.is_cache_enabled:
        transformer.disable_cache()
    if speed.cache:
        transformer.enable_cache(FirstBlockCacheConfig(threshold=speed.cache))
    kernel = attention_for(device) if speed.quick_attention else GENERAL
    transformer.set_attention_backend(kernel)
