"""Ink: the colour that lines are drawn with, and how much of it covers a pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.pixels import Bytes, Floats, Mask
from engine.builtin.ridges import Pen

FAINTEST = 0.012
"""The least coverage that counts as ink."""
OFF_INK = 14
"""A distance, in 1/255, from every mixture of ink and paper: a line of another colour."""
EVEN = 16
"""Inside a stroke colours differ by no more than this."""
NOTHING = 2**23
"""More than any packed colour."""


def coverage(source: Floats, under: Floats, ink: Floats) -> NDArray[np.float32]:
    """(N, 1) in [0, 1]: the coverage at which `ink` over `under` comes nearest to the source.

    No less than some ink needs to reach the source; 0 where it is no nearer to the ink.
    """
    span, step = under - ink, under - source
    along = (span * step).sum(axis=-1) / np.maximum(np.square(span).sum(axis=-1), 1)
    room = np.where(step > 0, under, 255 - under)
    least = (np.abs(step) / np.maximum(room, 1)).max(axis=-1)
    weight = np.clip(np.maximum(along, least), 0, 1)
    weight[along < FAINTEST] = 0
    return np.asarray(weight[:, None], np.float32)


def line_ink(under: Floats, own: Floats, ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 3): the usual ink, or the line's own darkest colour where that is of another hue."""
    span, step = under - ink, under - own
    share = (span * step).sum(axis=-1) / np.maximum(np.square(span).sum(axis=-1), 1)
    mixed = under - np.clip(share, 0, 1)[:, None] * span
    off = np.abs(own - mixed).max(axis=-1) > OFF_INK
    return np.where(off[:, None], own, ink).astype(np.float32)


def darkest_near(source: Bytes, body: Mask, radius: int, wanted: Mask) -> NDArray[np.float32]:
    """(N, 3): for each wanted pixel the darkest colour of the body within `radius`.

    Brightness and colour are packed into one number, so that one erosion finds both; five bits a
    channel fit a float32. White where there is none.
    """
    dark = source[body].astype(np.int32) >> 3
    code = np.full(body.shape, NOTHING, np.float32)
    code[body] = dark.sum(axis=1) << 15 | dark[:, 0] << 10 | dark[:, 1] << 5 | dark[:, 2]
    size = 2 * radius + 1
    least = cv2.erode(code, np.ones((size, size), np.uint8))[wanted].astype(np.int32)
    found = np.stack([least >> 10 & 31, least >> 5 & 31, least & 31], axis=-1) * 8 + 4
    return np.where((least < NOTHING)[:, None], found, 255).astype(np.float32)


def even(colour: Bytes) -> Mask:
    """(H, W) where a pixel's neighbours hardly differ: inside a stroke of one ink."""
    box = np.ones((3, 3), np.uint8)
    spread = cv2.subtract(cv2.dilate(colour, box), cv2.erode(colour, box))
    return np.asarray(spread.max(axis=-1) <= EVEN)


def stroke_ink(
    colour: Bytes, body: Mask, covered: Mask, under: Floats, usual: NDArray[np.float32], pen: Pen
) -> NDArray[np.float32]:
    """(N, 3): the ink of the lines at the covered pixels.

    A pale stroke could be much of a pale ink or little of a dark one. Where most lines are pale, it
    is of its own ink if it is no paler than they are, and wide enough to have one colour inside.
    """
    near = pen.half + 2
    inks = line_ink(under, darkest_near(colour, body, near, covered), usual)
    if pen.pale:
        pure = darkest_near(colour, body & even(colour), near, covered)
        deep = pure.sum(axis=-1) + 3 < (1 - pen.depth) * (under.sum(axis=-1) + 3)
        own = deep & (np.abs(pure - inks).max(axis=-1) > OFF_INK)
        inks[own] = pure[own]
    return inks
