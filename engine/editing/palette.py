"""The palette: the colors that a stack's flat color is made of.

A flat color is a color that fills whole squares of 2 x 2 pixels; what stands between two of them,
one pixel wide, is a seam, and mixed of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bands import bands
from engine.layers import Rgba

Keys = NDArray[np.int64]
"""Colors as one integer each: red, green and blue in 16 bits."""
Labels = NDArray[np.int32]
"""(H, W) index of a color in the palette; `SEAM` for none of them."""

SEAM = -1
LEAST_SQUARES = 4
"""Squares of one color that make it one of the palette's."""


@dataclass(frozen=True)
class FlatColor:
    """One color of the palette."""

    color: tuple[int, int, int]
    """Red, green, blue in the layer's own depth"""
    pixels: int
    """How many whole squares begin with it: about its area"""
    point: tuple[int, int]
    """x, y of a pixel of it"""

    def in_bytes(self, top: int) -> tuple[int, int, int]:
        """Red, green, blue of 0 to 255; `top` is the depth's largest integer."""
        red, green, blue = (round(value * 255 / top) for value in self.color)
        return red, green, blue


class Palette:
    """The flat colors of a layer, the largest first."""

    def __init__(self, colors: list[FlatColor], dtype: np.dtype[Any]) -> None:
        self.colors = colors
        self.top = int(np.iinfo(dtype).max)
        table = np.array([color.color for color in colors], np.int64).reshape(-1, 3)
        keys = _keys(table)
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]
        self.planes = np.ascontiguousarray(table.T, np.float32) / np.float32(self.top)
        """(3, K) float32 in [0, 1]"""

    def labels(self, rgba: Rgba) -> Labels:
        """Which of the colors each opaque pixel has; (H, W, 4) -> (H, W)."""
        keys = _keys(rgba)
        if not self.colors:
            return np.full(keys.shape, SEAM, np.int32)
        at = np.searchsorted(self._sorted, keys).clip(max=len(self._sorted) - 1)
        known = (self._sorted[at] == keys) & (rgba[..., 3] == self.top)
        return np.where(known, self._order[at], SEAM).astype(np.int32)


def find_palette(flat: Rgba) -> Palette:
    """Find the colors that a layer of flat color is made of.

    Args:
        flat: (H, W, 4) uint8 or uint16, straight alpha.
    """
    height, width = flat.shape[:2]
    found: dict[int, tuple[int, tuple[int, int]]] = {}
    for rows in bands(height, width):
        band = flat[rows.start : min(rows.stop + 1, height)]
        keys, whole = _keys(band), _squares(band)
        at = np.flatnonzero(whole)
        unique, first, counts = np.unique(keys[:-1, :-1].ravel()[at], True, return_counts=True)
        for key, index, count in zip(unique, at[first], counts, strict=True):
            y, x = divmod(int(index), max(width - 1, 1))
            before, point = found.get(int(key), (0, (x, rows.start + y)))
            found[int(key)] = before + int(count), point
    colors = [
        FlatColor((key >> 32, key >> 16 & 0xFFFF, key & 0xFFFF), count, point)
        for key, (count, point) in found.items()
        if count >= LEAST_SQUARES
    ]
    return Palette(sorted(colors, key=lambda color: -color.pixels), flat.dtype)


def _keys(colors: NDArray[Any]) -> Keys:
    """(..., 3 or 4) -> (...)"""
    red, green, blue = (colors[..., channel].astype(np.int64) for channel in range(3))
    return np.asarray(red << 32 | green << 16 | blue)


def _squares(rgba: Rgba) -> NDArray[np.bool_]:
    """(H - 1, W - 1) where an opaque square of one color begins."""
    same_right = (rgba[:, 1:] == rgba[:, :-1]).all(axis=-1)
    opaque = rgba[:-1, :-1, 3] == np.iinfo(rgba.dtype).max
    below = (rgba[1:, :-1] == rgba[:-1, :-1]).all(axis=-1)
    return np.asarray(same_right[:-1] & same_right[1:] & below & opaque)
