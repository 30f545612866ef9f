"""Ridges: what is darker than both of its sides and narrower than the picture's widest line.

A grey closing fills exactly such valleys, so the depth of the fill (a black top-hat) tells lines
from dark fills, which are wide, and from the borders of cast shadows, dark on one side only.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.builtin.pixels import Bytes, Mask, eight_bits, on_white
from engine.layers import Rgba

WIDEST = 0.012
"""The widest line's half width, as a share of the picture's diagonal."""
DARK = 0.42
"""Depth, relative to the paper, of the lines that the usual width is measured at."""
BOLD = 1.3
"""How many times wider than the common line the widest one is."""
EDGE = 0.35
"""How much of a measured half width, in pixels, is a line's soft edge."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""


def disc(radius: int) -> Bytes:
    """A round structuring element."""
    squares = np.square(np.arange(-radius, radius + 1))
    return (squares[:, None] + squares <= (radius + 0.5) ** 2).astype(np.uint8)


def close(luma: Bytes, radius: int) -> Bytes:
    """The paper: (H, W) without what is dark and narrower than 2 `radius`."""
    steps = -(-radius // LARGEST_DISC)
    return np.asarray(
        cv2.morphologyEx(
            luma,
            cv2.MORPH_CLOSE,
            disc(round(radius / steps)),
            iterations=steps,
            borderType=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def deeper(luma: Bytes, paper: Bytes, depth: float) -> Mask:
    """(H, W) where (luma + 1) / (paper + 1) is less than 1 - `depth`."""
    limit = np.ceil((1 - depth) * np.arange(1, 257) - 1).clip(0).astype(np.uint8)
    return np.asarray(luma < cv2.LUT(paper, limit))


def half_width(rgba: Rgba) -> int:
    """The half width of the picture's wider lines, in pixels, at least 1."""
    scale: float = max(1.0, max(rgba.shape[:2]) / SIGHT)
    size = (max(1, round(rgba.shape[1] / scale)), max(1, round(rgba.shape[0] / scale)))
    small = rgba if scale == 1 else cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    luma = on_white(eight_bits(small))
    widest = max(2, round(WIDEST * float(np.hypot(*luma.shape))))
    core = deeper(luma, close(luma, widest), DARK).astype(np.uint8)
    if not core.any():
        return max(1, round(scale))
    distance = cv2.distanceTransform(core, cv2.DIST_L2, 3)
    ridge = (distance >= cv2.dilate(distance, disc(1))) & (core > 0)
    common, wide = np.percentile(distance[ridge], [75, 95])
    half = float(np.ceil(min(wide, BOLD * common) - EDGE))
    return int(min(max(1.0, half), float(widest)) * scale)


def fine_radius(half: int) -> int:
    """The half width of the picture's finer lines, and how far a line's soft edge reaches."""
    return max(2, round(0.6 * half))


def wide_radius(half: int) -> int:
    """The radius of a disc that fits into no line, however its width swells."""
    return 2 * half + 1
