"""Ink: the colour that lines are drawn with, and how much of it covers a pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.pixels import Bytes, Floats, Mask

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
NOTHING = 2**23
"""More than any packed colour."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""


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
    red, green, blue = np.moveaxis(source.astype(np.int32) >> 3, -1, 0)
    code = ((red + green + blue) << 15 | red << 10 | green << 5 | blue).astype(np.float32)
    code[~body] = NOTHING
    size = 2 * radius + 1
    least = cv2.erode(code, np.ones((size, size), np.uint8))[wanted].astype(np.int32)
    found = np.stack([least >> 10 & 31, least >> 5 & 31, least & 31], axis=-1) * 8 + 4
    return np.where((least < NOTHING)[:, None], found, 255).astype(np.float32)
