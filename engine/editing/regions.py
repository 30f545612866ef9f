"""Regions: where a flat color lies, and how much of each pixel on its seams is of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands, with_halo
from engine.editing.palette import SEAM, Labels, Palette
from engine.errors import UnsupportedOption
from engine.layers import Rgba

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Color = tuple[int, int, int]
"""Red, green, blue of 0 to 255."""

REACH = 2
"""Pixels from a region in which its seams lie."""
EXPLAINED = 12 / 255
"""How far a seam's color may be from the mixture that it is taken for."""
NEAREST = 5
"""Colors that are named where one is not found."""
_AROUND = sorted(
    (
        (y, x)
        for y in range(-REACH, REACH + 1)
        for x in range(-REACH, REACH + 1)
        if (y, x) != (0, 0)
    ),
    key=lambda step: step[0] ** 2 + step[1] ** 2,
)


@dataclass(frozen=True)
class Share:
    """The pixels of some rows that a region has a share in."""

    at: NDArray[np.intp]
    """(N,) as indices of the rows' pixels"""
    weight: Floats
    """(N,) how much of the pixel is of it, over 0"""
    color: Floats
    """(3, N) the region's own color"""
    rim: Mask
    """(N,) where the layer is half transparent, so that shading may lie in the flat color"""


@dataclass(frozen=True)
class Region:
    """Pixels of one flat color, and the seams around them."""

    flat: Rgba
    """(H, W, 4) the layer as it was when the region was chosen"""
    palette: Palette
    inside: Mask
    """(H, W) the pixels that are wholly of it"""

    def share(self, rows: slice) -> Share:
        """What of some rows belongs to it."""
        outer, inner = with_halo(rows, self.flat.shape[0], REACH)
        inside, rgba = self.inside[outer], self.flat[outer]
        around = cv2.dilate(inside.astype(np.uint8), np.ones((2 * REACH + 1,) * 2, np.uint8))
        labels = self.palette.labels(rgba)
        seam = (around > 0) & (labels == SEAM) & (rgba[..., 3] > 0)
        seam[: inner.start] = seam[inner.stop :] = False
        at = np.flatnonzero(seam)
        weight, color = self._weigh(rgba, labels, inside, at)
        at, weight, color = at[weight > 0], weight[weight > 0], color[:, weight > 0]
        rim = rgba[..., 3].ravel()[at] < self.palette.top
        whole = np.flatnonzero(inside[inner])
        own = self.palette.planes[:, labels[inner].ravel()[whole]]
        return Share(
            np.concatenate([whole, at - inner.start * rgba.shape[1]]),
            np.concatenate([np.ones(len(whole), np.float32), weight]),
            np.concatenate([own, color], axis=1),
            np.concatenate([np.zeros(len(whole), bool), rim]),
        )

    def _weigh(
        self, rgba: Rgba, labels: Labels, inside: Mask, at: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        """(N,) how much of seams is of the region, and (3, N) its color beside them.

        An opaque seam is a mixture of two colors around it, of those that explain it best. A half
        transparent pixel is of the color that is nearest, shaded.
        """
        own, others, nearest = _neighbours(labels, inside, at)
        seen = rgba[..., :3].reshape(-1, 3)[at].T / np.float32(self.palette.top)
        color = self.palette.planes[:, own]
        weight, apart = np.ones(len(at), np.float32), _squared(seen - color)
        for label in others:
            other = self.palette.planes[:, np.maximum(label, 0)]
            span = color - other
            part = _dot(seen - other, span) / np.maximum(_squared(span), np.float32(1e-6))
            part = np.clip(part, 0, 1)
            rest = _squared(seen - other - part * span)
            better = (label >= 0) & (label != own) & (rest < apart)
            weight[better], apart[better] = part[better], rest[better]
        weight[apart > 3 * EXPLAINED**2] = 0
        opaque = rgba[..., 3].ravel()[at] == self.palette.top
        return np.where(opaque, weight, nearest).astype(np.float32), color


def _neighbours(
    labels: Labels, inside: Mask, at: NDArray[np.intp]
) -> tuple[Labels, list[Labels], Mask]:
    """What lies around pixels.

    Returns:
        (N,) the label of the nearest pixel inside, the labels of those that are not inside, and
        whether the nearest pixel that has a label is inside.
    """
    height, width = labels.shape
    y, x = np.divmod(at, width)
    own, nearest = np.full((2, len(at)), SEAM, np.int32)
    others = []
    for down, right in _AROUND:
        place = (y + down).clip(0, height - 1) * width + (x + right).clip(0, width - 1)
        label, within = labels.ravel()[place], inside.ravel()[place]
        own = np.where((own < 0) & within, label, own)
        nearest = np.where((nearest < 0) & (label >= 0), within, nearest)
        others.append(np.where(within, SEAM, label).astype(np.int32))
    return own, others, nearest > 0


def region_of_color(flat: Rgba, palette: Palette, color: Color) -> Region:
    """All pixels of one color of the palette.

    Args:
        flat: (H, W, 4) the layer of flat color.
        palette: its palette.
        color: red, green, blue of 0 to 255.

    Raises:
        UnsupportedOption: the palette has no such color; the nearest ones are named.
    """
    wanted = [
        at for at, one in enumerate(palette.colors) if one.in_bytes(palette.top) == tuple(color)
    ]
    if not wanted:
        near = ", ".join(hexadecimal(one) for one in _nearest(palette, color))
        raise UnsupportedOption(
            f"The flat color has no {hexadecimal(color)}; "
            + (
                f"the nearest that it has: {near}."
                if near
                else "it has no even colors; fill each region with one first."
            )
        )
    return Region(flat, palette, _where(flat, palette, wanted))


def region_at(flat: Rgba, palette: Palette, x: int, y: int) -> Region:
    """The connected region of one flat color at a point; on a seam, of the color beside it.

    Raises:
        UnsupportedOption: the point lies beside the picture, or on no flat color.
    """
    height, width = flat.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        raise UnsupportedOption(
            f"The point {x},{y} lies beside the picture, which is {width} x {height} pixels; "
            "choose another point."
        )
    top, left = max(y - REACH, 0), max(x - REACH, 0)
    labels = palette.labels(flat[top : y + REACH + 1, left : x + REACH + 1])
    rows, columns = np.nonzero(labels >= 0)
    if not rows.size:
        raise UnsupportedOption(f"At {x},{y} there is no flat color; choose another point.")
    near = int(np.argmin((rows + top - y) ** 2 + (columns + left - x) ** 2))
    label = int(labels[rows[near], columns[near]])
    inside = _where(flat, palette, [label]).astype(np.uint8)
    parts = cv2.connectedComponents(inside, connectivity=8)[1]
    return Region(flat, palette, parts == parts[top + rows[near], left + columns[near]])


def hexadecimal(color: Sequence[int]) -> str:
    """(red, green, blue) of 0 to 255 -> "rrggbb"."""
    return "".join(f"{value:02x}" for value in color)


def _where(flat: Rgba, palette: Palette, wanted: Sequence[int]) -> Mask:
    out = np.zeros(flat.shape[:2], bool)

    def work(rows: slice) -> None:
        out[rows] = np.isin(palette.labels(flat[rows]), wanted)

    map_bands(work, *flat.shape[:2])
    return out


def _nearest(palette: Palette, color: Color) -> list[Color]:
    known = dict.fromkeys(one.in_bytes(palette.top) for one in palette.colors)
    by_distance = sorted(
        known, key=lambda one: sum((a - b) ** 2 for a, b in zip(one, color, strict=True))
    )
    return by_distance[:NEAREST]


def _dot(one: NDArray[Any], other: NDArray[Any]) -> Floats:
    return np.asarray((one * other).sum(axis=0), np.float32)


def _squared(step: NDArray[Any]) -> Floats:
    return _dot(step, step)
