"""Makes layers smaller so that they still restack: to the smaller picture, exactly.

The mean of a restacked picture is not the restacking of its layers' means, as coverages multiply.
But it is the sum of the means of their shares (`engine.dataset.parts`). So shares are averaged, and
divided by what is then seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing import to_rgba, unpremultiply
from engine.dataset.painting import Painting
from engine.dataset.parts import FAINT, Floats, seen
from engine.layers import LayerRole, Rgba


@dataclass(frozen=True)
class Fit:
    """How a document is fitted into the size of a dataset: as large as fits, never enlarged, in
    the middle, with nothing around it."""

    width: int
    height: int
    """Of the dataset's pictures, in pixels."""

    def inner(self, width: int, height: int) -> tuple[int, int]:
        """The rows and columns that a document takes."""
        scale = min(self.width / width, self.height / height, 1.0)
        return max(1, round(height * scale)), max(1, round(width * scale))


class Shrinking:
    """Takes a document's painted strips, top to bottom, and gives small layers.

    Args:
        width, height: of the document, in pixels.
        fit: the size to come to.
    """

    def __init__(self, width: int, height: int, fit: Fit) -> None:
        self._fit = fit
        self._rows, self._columns = fit.inner(width, height)
        self._weights = area_means(height, self._rows)
        shape = (self._rows, self._columns, 5)
        self._sums = {role: np.zeros(shape, np.float32) for role in LayerRole}

    def add(self, strip: Painting) -> None:
        """Take a strip of the document's whole width."""
        weights = self._weights[:, strip.box.top : strip.box.bottom]
        reached = np.flatnonzero(weights.any(axis=1))
        visible = seen(strip.layers) if strip.layers else {}
        for role, layer in strip.layers.items():
            share = np.maximum(visible[role], FAINT)
            pixels = np.moveaxis(np.concatenate([layer * share, share[None]]), 0, -1)
            size = (self._columns, pixels.shape[0])
            # Five channels: OpenCV's area means take four at most.
            halves = (np.ascontiguousarray(pixels[..., part]) for part in (slice(3), slice(3, 5)))
            small = [cv2.resize(half, size, interpolation=cv2.INTER_AREA) for half in halves]
            columns = np.concatenate(small, axis=2).reshape(pixels.shape[0], -1)
            added = weights[reached] @ columns
            self._sums[role][reached] += added.reshape(len(reached), self._columns, 5)

    def layers(self) -> dict[LayerRole, Rgba]:
        """(height, width, 4) uint8 each, straight alpha, in normal blending."""
        return {role: self._framed(sums) for role, sums in self._sums.items()}

    def _framed(self, sums: Floats) -> Rgba:
        mean = np.zeros_like(sums[..., :4])
        np.divide(sums[..., :4], sums[..., 4:], out=mean, where=sums[..., 4:] > 0)
        planes = np.moveaxis(mean, -1, 0).clip(0, 1)
        small = to_rgba(unpremultiply(np.ascontiguousarray(planes)), np.dtype(np.uint8))
        out = np.zeros((self._fit.height, self._fit.width, 4), np.uint8)
        top = (self._fit.height - self._rows) // 2
        left = (self._fit.width - self._columns) // 2
        out[top : top + self._rows, left : left + self._columns] = small
        return out


def area_means(length: int, fewer: int) -> NDArray[np.float32]:
    """(fewer, length): the weights that average `length` cells to `fewer` ones of equal size."""
    edges = np.linspace(0, length, fewer + 1)[:, None]
    cells = np.arange(length + 1)[None]
    below = np.clip(edges - cells[:, :-1], 0, 1)
    return np.asarray(np.diff(below, axis=0) * (fewer / length), np.float32)
