"""The soft edges of the flats: where two colours meet without a line, a pixel is a mixture of them.

Left to one of them, the rest of such a pixel would be a crumb of shading.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.builtin.pixels import Bytes, Mask
from engine.builtin.regions import Labels

Places = NDArray[np.int64]

MIXED_REACH = 2
"""How far from a border, in pixels of the plan, a mixture of its two sides may lie."""
MISFIT = 12
"""How far, in 1/255, a pixel may be from a mixture of the two tones that meet."""
SURE = 1
"""A pixel as near as this to its own tone, in 1/255, is no mixture."""
AROUND = [
    (down, right)
    for reach in range(1, MIXED_REACH + 1)
    for down in (-reach, 0, reach)
    for right in (-reach, 0, reach)
    if down or right
]


def find_edges(bases: Labels) -> Mask:
    """Where a pixel within `MIXED_REACH` is of another region."""
    edges = np.zeros(bases.shape, bool)
    for reach in range(1, MIXED_REACH + 1):
        across, down = bases[:, :-reach] != bases[:, reach:], bases[:-reach] != bases[reach:]
        edges[:, :-reach] |= across
        edges[:, reach:] |= across
        edges[:-reach] |= down
        edges[reach:] |= down
    return edges


def mix(
    pixels: Bytes, bases: Labels, tones: Bytes, rows: Places, columns: Places
) -> tuple[Labels, Labels, NDArray[np.float32]]:
    """Which two regions each pixel near an edge is of, and how much of the second.

    Args:
        pixels: (N, 3) without lines, at the picture's own size.
        bases: (h, w) the plan's regions.
        tones: (h, w, 3) the tone that each of the plan's pixels has, shading and all.
        rows, columns: (N,) the pixels' places in the plan.

    Returns:
        (N,) first region, (N,) second region, (N,) share of the second, 0 to 1. Where no mixture of
        two tones fits, the share is 0 and the first region the one whose tone is nearest.
    """
    height, width = bases.shape
    seen, own, tone = planes(pixels), bases[rows, columns], planes(tones[rows, columns])
    first, second, share = own.copy(), own.copy(), np.zeros(len(pixels), np.float32)
    best = nearest = np.abs(tone - seen).max(axis=0)
    for down, right in AROUND:
        y, x = np.clip(rows + down, 0, height - 1), np.clip(columns + right, 0, width - 1)
        other, beside = bases[y, x], planes(tones[y, x])
        span, differs = beside - tone, other != own
        along = ((seen - tone) * span).sum(axis=0) / np.maximum(np.square(span).sum(axis=0), 1)
        along = np.where(differs, np.clip(along, 0, 1), 0)
        apart = np.abs(seen - tone - along * span).max(axis=0)
        better = differs & (apart < best - SURE) & (apart <= MISFIT)
        best = np.where(better, apart, best)
        second[better], share[better] = other[better], along[better]
        alone = np.abs(seen - beside).max(axis=0)
        closer = alone < nearest - SURE
        nearest = np.where(closer, alone, nearest)
        first[closer & differs] = other[closer & differs]
    mixed = share > 0
    first[mixed] = own[mixed]
    return first, second, share


def planes(colours: Bytes) -> NDArray[np.float32]:
    """(N, 3) -> (3, N): red, green and blue are compared faster one after the other."""
    return np.ascontiguousarray(colours.T, np.float32)
