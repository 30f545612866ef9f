"""Ridges: what is darker than both of its sides and narrower than the picture's widest line.

A grey closing fills exactly such valleys, so the depth of the fill (a black top-hat) tells lines
from dark fills, which are wide, and from the borders of cast shadows, dark on one side only.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.pixels import Bytes, eight_bits, on_white
from engine.layers import Rgba

WIDEST = 0.012
"""The widest line's half width, as a share of the picture's diagonal."""
CORE = 0.52
"""Depth, relative to the paper, of a line's core: darker than any usual cast shadow."""
TRACE = 0.22
"""Depth of a line's faint ends and edges."""
FAINTEST = 0.012
"""The least coverage that counts as ink."""
FULL = 0.7
"""A line that covers this much of a half transparent silhouette covers all of it."""
OFF_INK = 14
"""A distance, in 1/255, from every mixture of ink and paper: a line of another colour."""
LEAST_MARK = 0.35
"""The least mark that is a line, as a share of the search disc's square."""
TALL = 4
"""How many times taller than their overlap bands are."""
NOTHING = 2**23
"""More than any packed colour."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""
CORE = 0.52
"""Depth, relative to the paper, of a line's core: darker than any usual cast shadow."""
TRACE = 0.22
"""Depth of a line's faint ends and edges."""
FAINTEST = 0.012
"""The least coverage that counts as ink."""
FULL = 0.7
"""A line that covers this much of a half transparent silhouette covers all of it."""
OFF_INK = 14
"""A distance, in 1/255, from every mixture of ink and paper: a line of another colour."""
LEAST_MARK = 0.35
"""The least mark that is a line, as a share of the search disc's square."""
TALL = 4
"""How many times taller than their overlap bands are."""
NOTHING = 2**23
"""More than any packed colour."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""
TRACE = 0.22
"""Depth of a line's faint ends and edges."""
FAINTEST = 0.012
"""The least coverage that counts as ink."""
FULL = 0.7
"""A line that covers this much of a half transparent silhouette covers all of it."""
OFF_INK = 14
"""A distance, in 1/255, from every mixture of ink and paper: a line of another colour."""
LEAST_MARK = 0.35
"""The least mark that is a line, as a share of the search disc's square."""
TALL = 4
"""How many times taller than their overlap bands are."""
NOTHING = 2**23
"""More than any packed colour."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""
LEAST_MARK = 0.35
"""The least mark that is a line, as a share of the search disc's square."""
TALL = 4
"""How many times taller than their overlap bands are."""
NOTHING = 2**23
"""More than any packed colour."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""


def disc(radius: int) -> Bytes:
    """A round structuring element."""
    squares = np.square(np.arange(-radius, radius + 1))
    return (squares[:, None] + squares <= (radius + 0.5) ** 2).astype(np.uint8)


def depth(luma: Bytes, radius: int) -> NDArray[np.float32]:
    """(H, W) in [0, 1]: how dark the ridges narrower than 2 `radius` are against their paper."""
    steps = -(-radius // LARGEST_DISC)
    paper = cv2.morphologyEx(
        luma,
        cv2.MORPH_CLOSE,
        disc(round(radius / steps)),
        iterations=steps,
        borderType=cv2.BORDER_REPLICATE,
    )
    one = np.float32(1)
    return np.asarray(1 - (luma + one) / (paper + one), np.float32)


def half_width(rgba: Rgba) -> int:
    """The half width of the picture's wider lines, in pixels, at least 1."""
    scale: float = max(1.0, max(rgba.shape[:2]) / SIGHT)
    size = (max(1, round(rgba.shape[1] / scale)), max(1, round(rgba.shape[0] / scale)))
    small = rgba if scale == 1 else cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    luma = on_white(eight_bits(small))
    widest = max(2, round(WIDEST * float(np.hypot(*luma.shape))))
    core = (depth(luma, widest) > CORE).astype(np.uint8)
    if not core.any():
        return max(1, round(scale))
    distance = cv2.distanceTransform(core, cv2.DIST_L2, 3)
    ridge = (distance >= cv2.dilate(distance, disc(1))) & (core > 0)
    wide = float(np.ceil(np.percentile(distance[ridge], 95)))
    return int(min(max(1.0, wide), float(widest)) * scale)


def fine_radius(half: int) -> int:
    """The half width of the picture's finer lines, and how far a line's soft edge reaches."""
    return max(2, round(0.6 * half))


def ridges(rgba: Bytes, half: int) -> Bytes:
    """(H, W): 0 no line, 1 a line's faint part perhaps, 2 a line's core."""
    luma = on_white(rgba)
    core = depth(luma, 2 * half + 1) > CORE
    faint = depth(luma, fine_radius(half)) > TRACE
    return np.where(core, 2, np.where(faint, 1, 0)).astype(np.uint8)


def keep_strong(trace: Bytes, half: int) -> None:
    """Clear, in place, faint parts that no core is connected with, and what is less than a dot.

    The corners of dark fills look like ridges too: as far as the disc of the search does not fit
    into them.
    """
    count, parts, stats, _ = cv2.connectedComponentsWithStats((trace > 0).astype(np.uint8))
    strong = np.zeros(count, bool)
    strong[parts[trace == 2]] = True
    strong &= stats[:, cv2.CC_STAT_AREA] > LEAST_MARK * (2 * half + 1) ** 2
    trace[~strong[parts]] = 0
