"""Bodies: the pixels that lines are made of, short of their soft edges.

A core is a deep ridge, or a thin shape in a colour of ink. Fainter ridges that a core is connected
with belong to it, as far as a line's end reaches. All of it is local, so that bands of a large
picture, with their neighbours' rows, come to the same as the whole.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.builtin.census import Census
from engine.builtin.pixels import NEARLY, Bytes, Mask, on_white
from engine.builtin.ridges import close, deeper, disc, fine_radius, wide_radius

CORE = 0.52
"""Depth, relative to the paper, of a line's core: darker than any usual cast shadow."""
PALE = 0.25
"""Depth of a core in a colour of ink."""
TRACE = 0.22
"""Depth of a line's faint ends and edges."""
DENSE = 5
"""How many of 3 x 3 pixels have a colour of ink in a line, but not at an antialiased edge."""
LEAST_MARK = 4
"""The least core that is a line, in pixels for each pixel of half width."""
STEP = np.ones((3, 3), np.uint8)


def reach(half: int) -> int:
    """How far from a line's core, in pixels, its faint end is looked for, and all before."""
    return 8 * half + 12


def find_bodies(rgba: Bytes, half: int, census: Census) -> Mask:
    """(H, W) where lines are, `half` their half width, in (H, W, 4) pixels."""
    luma, (inked, filled) = on_white(rgba), census.sort(rgba[..., :3])
    fine, wide = close(luma, fine_radius(half)), close(luma, wide_radius(half))
    inked &= rgba[..., 3] >= NEARLY * 255
    deep = deeper(luma, wide, CORE)
    core = deep & ~filled | inked & deeper(luma, fine, PALE) | thin(inked, half + 1)
    return grow(
        large(core, LEAST_MARK * half), deep | deeper(luma, fine, TRACE) | core, 4 * half + 8
    )


def thin(inked: Mask, radius: int) -> Mask:
    """Where no disc fits, and neighbours are inked too: where two fills mix, few are."""
    bits = inked.astype(np.uint8)
    narrow = bits - cv2.morphologyEx(bits, cv2.MORPH_OPEN, disc(radius))
    return (narrow > 0) & (cv2.boxFilter(narrow, -1, (3, 3), normalize=False) >= DENSE)


def large(core: Mask, least: int) -> Bytes:
    """1 where a core has `least` pixels: the corners of dark fills look like small ridges too."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats(core.astype(np.uint8))
    kept = stats[:, cv2.CC_STAT_AREA] >= least
    kept[0] = False
    return np.asarray(kept[parts].astype(np.uint8))


def grow(core: Bytes, trace: Mask, steps: int) -> Mask:
    """The cores and what of the trace is connected with them within so many steps."""
    allowed = trace.astype(np.uint8)
    for _ in range(steps):
        core = np.asarray(cv2.bitwise_and(cv2.dilate(core, STEP), allowed), np.uint8)
    return core > 0
