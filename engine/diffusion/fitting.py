"""Fitting: any canvas at the model's size, and where its pixels lie there.

The model works on frames of about 768 x 1152 pixels whose sides are multiples of 16. A canvas is
scaled to fill such a frame, its aspect kept; what is left of the frame at the bottom or the right
is padded with the canvas's own edge, so that nothing new begins there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.layers import Rgba

Floats = NDArray[np.float32]

AREA = 768 * 1152
"""Pixels of a frame: the size that the paper trained at (sec. 5.1), in any aspect."""
STEP = 16
"""A frame's sides are multiples of this: 8 by the VAE, 2 by the transformer's patches."""
LONGEST = 4096
"""The longest side of a frame; strips beyond that become narrower than their aspect."""


@dataclass(frozen=True)
class Fit:
    """How a canvas lies in a frame: at its top left. All sizes are (rows, columns), in pixels."""

    canvas: tuple[int, int]
    content: tuple[int, int]
    """What the canvas takes of the frame; the rest is padding"""
    frame: tuple[int, int]

    @classmethod
    def of(cls, height: int, width: int) -> Fit:
        """The fit of a canvas of this size, 1 x 1 and up."""
        scale = (AREA / (height * width)) ** 0.5
        rows, columns = (_side(scale * side) for side in (height, width))
        scale = min(rows / height, columns / width)
        content = max(1, round(scale * height)), max(1, round(scale * width))
        return cls((height, width), content, (rows, columns))

    def cut(self, picture: NDArray[Any]) -> NDArray[Any]:
        """The part of a frame that shows the canvas: (h, w, ...) of `content`'s size, a view."""
        return picture[: self.content[0], : self.content[1]]


def fit(rgba: Rgba) -> tuple[Floats, Fit]:
    """Scale a picture to the model's size.

    Args:
        rgba: (H, W, 4) uint8 or uint16, straight alpha.

    Returns:
        (h, w, 4) float32 in [0, 1], straight alpha, h and w multiples of 16; colour under alpha 0
        is 0. And how the picture lies in it.
    """
    height, width = rgba.shape[:2]
    placed = Fit.of(height, width)
    rows, columns = placed.content
    narrow = np.empty((height, columns, 4), np.float32)

    def work(band: slice) -> None:
        narrow[band] = resize(_premultiplied(rgba[band]), (band.stop - band.start, columns))

    map_bands(work, height, width)
    content = straight(resize(narrow, (rows, columns)))
    below, right = (whole - part for whole, part in zip(placed.frame, placed.content, strict=True))
    padded = cv2.copyMakeBorder(content, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.float32), placed


def resize(picture: Floats, size: tuple[int, int]) -> Floats:
    """Scale (h, w, C) to (rows, columns): means of areas down, bicubic without overshoot up."""
    rows, columns = size
    for axes in ((picture.shape[0], columns), (rows, columns)):
        grows = axes[0] > picture.shape[0] or axes[1] > picture.shape[1]
        interpolation = cv2.INTER_CUBIC if grows else cv2.INTER_AREA
        resized = cv2.resize(picture, axes[::-1], interpolation=interpolation)
        picture = np.asarray(resized, np.float32)
    return np.clip(picture, 0, 1)


def straight(premultiplied: Floats) -> Floats:
    """Premultiplied (h, w, 4) -> straight; colour under alpha 0 is 0."""
    out = np.zeros_like(premultiplied)
    alpha = premultiplied[..., 3:]
    np.divide(premultiplied[..., :3], alpha, out=out[..., :3], where=alpha > 1e-4)
    np.copyto(out[..., 3:], alpha, where=alpha > 1e-4)
    return np.clip(out, 0, 1, out=out)


def _premultiplied(rgba: Rgba) -> Floats:
    out = rgba.astype(np.float32) * np.float32(1 / np.iinfo(rgba.dtype).max)
    out[..., :3] *= out[..., 3:]
    return out


def _side(length: float) -> int:
    """The multiple of `STEP` nearest to a side's length, within the bounds of a frame's."""
    return int(min(max(STEP, STEP * round(length / STEP)), LONGEST))
