"""Ridges: what is darker than both of its sides and narrower than the picture's widest line.

A grey closing fills exactly such valleys, so the depth of the fill (a black top-hat) tells lines
from dark fills, which are wide, and from the borders of cast shadows, dark on one side only.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.pixels import Bytes, Mask, eight_bits, on_white
from engine.layers import Rgba

WIDEST = 0.012
"""The widest line's half width, as a share of the picture's diagonal."""
DEPTHS = (0.52, 0.42, 0.35, 0.3, 0.25, 0.2)
"""Depths, relative to the paper, of ridges; the width is measured below the first."""
MARK = 3
"""How many times thicker than lines a mark of pure ink may be: a lash, a mouth."""
SOME = 0.25
"""The share of the greatest length of ridges at any depth that says how wide lines are."""
CLEAR = 0.8
"""The share of the greatest length of ridges at any depth that most lines are there at."""
BOLD = 1.3
"""How many times wider than the common line the widest one is."""
EDGE = 0.35
"""How much of a measured half width, in pixels, is a line's soft edge."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""


@dataclass(frozen=True)
class Pen:
    """What a picture's lines were drawn with."""

    half: int
    """The half width of the wider lines, in pixels, at least 1."""
    depth: float = DEPTHS[0]
    """How much darker than the paper most lines are, in `DEPTHS`."""
    thickest: int = 0
    """The thickest mark, in pixels; 0 is what goes with the half width."""

    @property
    def pale(self) -> bool:
        """Whether most lines are paler than what is dark enough for a line anyway."""
        return self.depth < DEPTHS[0]

    @property
    def mark(self) -> int:
        """The radius of a disc that fits into no mark."""
        return (self.thickest + 1) // 2 if self.thickest else MARK * self.half

    def reduced(self, factor: int) -> Pen:
        """The same in a copy of the picture that is so many times smaller."""
        return Pen(round(self.half / factor), self.depth, -(-self.thickest // factor))


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


def measure_pen(rgba: Rgba) -> Pen:
    """Measure the pen, in a copy of moderate size.

    Its depth is that at which ridges are nearly as long as at any; not counted are depths at which
    they are much wider, because cast shadows are.
    """
    scale: float = max(1.0, max(rgba.shape[:2]) / SIGHT)
    size = (max(1, round(rgba.shape[1] / scale)), max(1, round(rgba.shape[0] / scale)))
    small = rgba if scale == 1 else cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    luma = on_white(eight_bits(small))
    widest = max(2, round(WIDEST * float(np.hypot(*luma.shape))))
    paper = close(luma, widest)
    spines = [spine(deeper(luma, paper, depth)) for depth in DEPTHS]
    longest = max(map(len, spines[1:]))
    if not longest:
        return Pen(max(1, round(scale)))
    first = next(s for s in spines[1:] if len(s) >= SOME * longest)
    most = BOLD * float(np.percentile(first, 75)) + 1
    lengths = [len(s) if len(s) and np.percentile(s, 75) <= most else 0 for s in spines]
    index = next(k for k, length in enumerate(lengths) if length >= CLEAR * max(lengths))
    common, wide = np.percentile(spines[max(index, 1)], [75, 95])
    half = float(np.ceil(min(wide, BOLD * common) - EDGE))
    return Pen(int(min(max(1.0, half), float(widest)) * scale), DEPTHS[index])


def spine(shape: Mask) -> NDArray[np.float32]:
    """(N,) how far, along the middle of (H, W) shapes, their edge is."""
    distance = cv2.distanceTransform(shape.astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(distance[(distance >= cv2.dilate(distance, disc(1))) & shape], np.float32)


def fine_radius(half: int) -> int:
    """The half width of the picture's finer lines, and how far a line's soft edge reaches."""
    return max(2, round(0.6 * half))


def wide_radius(half: int) -> int:
    """The radius of a disc that fits into no line, however its width swells."""
    return 2 * half + 1
