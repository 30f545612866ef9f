"""Reduction: a copy of a large picture in which what is thick there is of a usual size."""

from __future__ import annotations

import cv2
import numpy as np

from engine.bands import bands
from engine.builtin.pixels import Bytes, eight_bits
from engine.layers import Rgba


def reduce(rgba: Rgba, factor: int) -> Rgba:
    """Average blocks of `factor` x `factor` pixels; what is transparent counts as white paper.

    (H, W, 4) -> (ceil(H / factor), ceil(W / factor), 4) uint8; the picture itself where the factor
    is 1.
    """
    if factor == 1:
        return rgba
    height, width = (-(-side // factor) for side in rgba.shape[:2])
    small = np.empty((height, width, 4), np.uint8)
    for rows in bands(height, width * factor * factor):
        band: Rgba = eight_bits(rgba[rows.start * factor : rows.stop * factor])
        below, right = (rows.stop - rows.start) * factor - len(band), -rgba.shape[1] % factor
        band = cv2.copyMakeBorder(band, 0, below, 0, right, cv2.BORDER_REPLICATE)
        band[band[..., 3] == 0] = (255, 255, 255, 0)
        small[rows] = cv2.resize(band, (width, len(band) // factor), interpolation=cv2.INTER_AREA)
    return small


def enlarge(small: Bytes, factor: int, rows: slice, width: int) -> Bytes:
    """Some rows of a (h, w) copy at the size that `reduce` took it from."""
    band = small[rows.start // factor : -(-rows.stop // factor)]
    tall = band.repeat(factor, axis=0)[rows.start % factor :][: rows.stop - rows.start]
    return tall.repeat(factor, axis=1)[:, :width]
