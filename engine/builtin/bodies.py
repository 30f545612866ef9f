"""Bodies: the pixels that lines are made of, short of their soft edges.

A core is a deep ridge, or a thin shape in a colour of ink; in the usual ink it may be thicker, as
lashes and mouths are. Where most lines are pale, ridges as pale as they are cores, too. Fainter
ridges that a core is connected with belong to it, as far as a line's end reaches. All of it is
local, so that bands of a large picture, with their neighbours' rows, come to the same as the whole.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.builtin.census import Census
from engine.builtin.pixels import NEARLY, Bytes, Mask, on_white
from engine.builtin.ridges import Pen, close, deeper, disc, fine_radius, wide_radius

CORE = 0.52
"""Depth, relative to the paper, of a line's core: darker than any usual cast shadow."""
PALE = 0.25
"""Depth of a core in a colour of ink."""
TRACE = 0.22
"""Depth of a line's faint ends and edges."""
DENSE = 5
"""How many of 3 x 3 pixels have a colour of ink in a line, but not at an antialiased edge."""
RIM = 2
"""How far the soft rim of what is too thick for a line reaches."""
LEAST_MARK = 4
"""The least core that is a line, in pixels for each pixel of half width."""
STEP = np.ones((3, 3), np.uint8)


def reach(half: int) -> int:
    """How far from a line's core, in pixels, its faint end is looked for, and all before."""
    return 10 * half + 12


def find_bodies(rgba: Bytes, pen: Pen, census: Census) -> Mask:
    """(H, W) where lines are in (H, W, 4) pixels."""
    half, luma = pen.half, on_white(rgba)
    core, trace = find_cores(rgba, luma, pen, census)
    trace |= deeper(luma, close(luma, fine_radius(half)), TRACE) | core
    if pen.mark < wide_radius(half):
        slim = ~thick(core, pen.mark)
        core, trace = core & slim, trace & slim
    return grow(large(core, LEAST_MARK * half), trace, 4 * half + 8)


def find_cores(rgba: Bytes, luma: Bytes, pen: Pen, census: Census) -> tuple[Mask, Mask]:
    """(H, W) what is sure to be of a line, and what is where it touches that."""
    half, colour = pen.half, rgba[..., :3]
    inked, filled, broad = census.pick(colour)
    inked &= rgba[..., 3] >= NEARLY * 255
    deep = deeper(luma, close(luma, wide_radius(half)), CORE)
    core = deep & ~filled | thin(inked, half + 1)
    core |= inked & deeper(luma, close(luma, fine_radius(half)), PALE)
    core |= thin(inked & census.is_usual(colour), pen.mark)
    if pen.pale:
        pale = deeper(luma, close(luma, half + 1), pen.depth) & ~broad
        core, deep = core | pale, deep | pale
    return core, deep


def thin(inked: Mask, radius: int) -> Mask:
    """Where no disc fits, and neighbours are inked too: where two fills mix, few are."""
    narrow = (inked & ~opened(inked, radius)).astype(np.uint8)
    return (narrow > 0) & (cv2.boxFilter(narrow, -1, (3, 3), normalize=False) >= DENSE)


def thick(shape: Mask, radius: int) -> Mask:
    """Where a disc fits, and the rim around it."""
    fitting = opened(shape, radius).astype(np.uint8)
    return np.asarray(cv2.dilate(fitting, disc(RIM)) > 0)


def opened(shape: Mask, radius: int) -> Mask:
    """What is left of a shape where a disc fits.

    Told by distances, as time then does not grow with the radius.
    """
    core = within(shape, radius)
    return ~within(~core, radius) if core.any() else core


def within(shape: Mask, radius: int) -> Mask:
    """Where all that a disc covers is of the shape."""
    distance = cv2.distanceTransform(shape.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance > radius + 0.5)


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
