"""Pixels as the stages of this engine look at them: at 8 bits, on white paper, opaque or not."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layers import Rgba

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

NEARLY = 0.99
"""The alpha, of 1, of a pixel as good as opaque: layers merged at 8 bits leave 254 of 255."""
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


def eight_bits(picture: Rgba) -> Bytes:
    """The picture at 8 bits a channel."""
    return picture if picture.dtype == np.uint8 else (picture >> 8).astype(np.uint8)


def on_white(rgba: Bytes) -> Bytes:
    """(H, W, 4) uint8, straight alpha -> (H, W) luma on white paper."""
    luma = cv2.cvtColor(np.ascontiguousarray(rgba[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.uint16)
    alpha = rgba[..., 3].astype(np.uint16)
    return ((luma * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
