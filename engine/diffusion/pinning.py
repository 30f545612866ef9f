"""Pinning: weights laid where a graphics card can fetch them by itself, while it computes.

PyTorch rounds what it pins up to a power of two, each tensor by itself, which for the base model is
half as much memory again; and diffusers, unless weights are pinned when it gets them, pins a copy
of each block every time that it is asked for, while the card waits. So they are laid one after the
other into slabs that are powers of two.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from math import ceil

import torch
from torch import Tensor, nn

SLAB = 1 << 30
"""Bytes. What a slab's end is too short for goes to the next."""
UNUSED = 1 / 16
"""Of the weights, at most what lies unused at the slabs' ends: 1/19 with the base model's."""
ALIGNMENT = 512
"""Of a weight within a slab, in bytes: as PyTorch's allocators align."""


def pin(module: nn.Module, allocate: Callable[[int], Tensor] | None = None) -> None:
    """Lay all of a module's weights into pinned slabs; they stay what they are.

    Args:
        module: in main memory.
        allocate: gives so many bytes, as uint8, to lay weights into.
    """
    slabs = _Slabs(allocate or _pinned)
    for tensor in chain(module.parameters(), module.buffers()):
        tensor.data = slabs.lay(tensor.data)


class _Slabs:
    """The slab that is being filled; those that are full belong to their weights."""

    def __init__(self, allocate: Callable[[int], Tensor]) -> None:
        self._allocate = allocate
        self._free: Tensor | None = None

    def lay(self, tensor: Tensor) -> Tensor:
        """A copy of a tensor in a slab."""
        taken = ceil(tensor.nbytes / ALIGNMENT) * ALIGNMENT
        if self._free is None or self._free.numel() < taken:
            self._free = self._allocate(max(SLAB, taken))
        place, self._free = self._free[: tensor.nbytes], self._free[taken:]
        return place.view(tensor.dtype).view(tensor.shape).copy_(tensor)


def _pinned(size: int) -> Tensor:
    return torch.empty(size, dtype=torch.uint8, pin_memory=True)
