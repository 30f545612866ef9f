"""Pixels as the stages of this engine look at them: at 8 bits, on white paper, opaque or not."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layers import Rgba

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

LUMA = (0.2126, 0.7152, 0.0722)
"""How much red, green and blue count for brightness (ITU-R BT.709)."""
NEARLY = 0.99
"""The alpha, of 1, of a pixel as good as opaque: layers merged at 8 bits leave 254 of 255."""


def eight_bits(picture: Rgba) -> Bytes:
    """The picture at 8 bits a channel."""
    return picture if picture.dtype == np.uint8 else (picture >> 8).astype(np.uint8)


def on_white(rgba: Bytes) -> Bytes:
    """(H, W, 4) uint8, straight alpha -> (H, W) OpenCV's luma (BT.601) on white paper."""
    luma = cv2.cvtColor(np.ascontiguousarray(rgba[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.uint16)
    alpha = rgba[..., 3].astype(np.uint16)
    return ((luma * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
