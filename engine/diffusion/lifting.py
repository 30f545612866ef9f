"""Lifting: the model's layers at the canvas's own resolution, guided by the canvas.

Joint bilateral upsampling (Kopf et al. 2007, eq. 3): a pixel of the canvas takes from the model's
pixels nearby, each weighed by its distance and by how well what it says explains the pixel's
colour. What it says is not one colour but a segment, from the picture without lines to the ink, as
some ink may cover the pixel: so borders of flats, shadow and highlight come to lie on the canvas's
own, beside lines too, and the coverage of the ink is a place on that segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import Report, map_bands, with_halo
from engine.diffusion.evidence import FAINT, Found, weigh
from engine.diffusion.fitting import Fit, Floats
from engine.diffusion.guide import Guide
from engine.layers import LayerRole, Proposal, Rgba

AT_ONCE = 1 << 12
"""Pixels that are weighed at once."""
STRONG = 0.35
"""Coverage that makes a line; less is its soft edge."""
SKIRT = 2
"""How wide a soft edge is, in pixels of the canvas."""
OVERHANG = 0.7
"""An outline that covers this much of a half transparent pixel covers all of it."""
DARKER = (0.4, 1.2)
"""How far the true ink may be from what the model says, as a factor of its distance from paper."""
AROUND = 1.5
"""How far around the barest ink is looked for, in pixels of the guide."""
SEEN = 1.5 / 255
"""A difference from the flat color that no shading has to account for."""


def lift(layers: Mapping[LayerRole, Floats], placed: Fit, rgba: Rgba, report: Report) -> Proposal:
    """Bring the model's layers to the canvas's resolution.

    Args:
        layers: by role (h, w, 4) float32 in [0, 1], straight alpha, of the frame's size.
        placed: how the canvas lies in the frame.
        rgba: the canvas, (H, W, 4) uint8 or uint16, straight alpha.
        report: gets the fraction done; what it raises ends the work.

    Returns:
        Four pictures of the canvas's size and dtype in normal blending; valid ones, whatever the
        model said.
    """
    guide = Guide.of(layers, placed, rgba)
    height, width = rgba.shape[:2]
    halo = int(np.ceil(AROUND * height / guide.line.shape[0]))
    out = Proposal(*(np.zeros_like(rgba) for _ in LayerRole))

    def work(rows: slice) -> None:
        outer, inner = with_halo(rows, height, halo)
        band = _Band.of(guide, rgba[outer], outer, height)
        band.write(out, rows, inner, halo)

    map_bands(work, height, width, report, 2 * halo)
    return out


@dataclass(frozen=True)
class _Band:
    """A band of the canvas, as far as it is lifted; (rows, W) in front of every shape."""

    source: Floats
    """(4) straight"""
    flat: Floats
    """(4) straight"""
    shading: Floats
    """(8) shadow and highlight, premultiplied"""
    found: Found
    """What was found where the guide's pixels differ"""
    at: NDArray[np.intp]
    """Where that is, as indices of flat arrays"""

    @classmethod
    def of(cls, guide: Guide, rgba: Rgba, rows: slice, height: int) -> _Band:
        source = rgba.astype(np.float32) * np.float32(1 / np.iinfo(rgba.dtype).max)
        y = _places(rows, height, guide.line.shape[0])
        x = _places(slice(0, rgba.shape[1]), rgba.shape[1], guide.line.shape[1])
        near = np.ix_(np.rint(y).astype(np.intp), np.rint(x).astype(np.intp))
        label = guide.labels[near]
        flat = np.concatenate([guide.colours.T[label], label[..., None] >= 0], axis=-1)
        at = np.flatnonzero(guide.busy[near] & (source[..., 3] > 0))
        shading = _between(guide.shading, y, x)
        down, right = np.unravel_index(at, source.shape[:2])
        seen = np.ascontiguousarray(source.reshape(-1, 4)[at, :3].T)
        parts = [
            weigh(guide, seen[:, part], y[down[part]], x[right[part]])
            for part in (slice(n, n + AT_ONCE) for n in range(0, max(len(at), 1), AT_ONCE))
        ]
        found = Found.joined(parts)
        flat.reshape(-1, 4)[at] = found.flat.T
        shading.reshape(-1, 8)[at] = found.shading.T
        bare = flat[..., 3] < 0.5
        bare.ravel()[at] &= ~found.inked
        flat[bare] = 1
        flat[bare, :3] = source[bare, :3]
        return cls(source, flat, shading, found, at)

    def write(self, out: Proposal, rows: slice, inner: slice, halo: int) -> None:
        """Put the rows `inner` of this band into the rows `rows` of the proposal."""
        line = self._line(halo)
        clean = np.abs(self.source[..., :3] - self.flat[..., :3]).max(axis=-1) <= SEEN
        self.shading[clean & (line[..., 3] == 0)] = 0
        there = self.source[..., 3:] > 0
        pictures = (self.flat, self._shade(0), self._shade(4), line)
        for role, picture in zip(LayerRole, pictures, strict=True):
            layer: Rgba = getattr(out, role.value)
            top = np.iinfo(layer.dtype).max
            layer[rows] = np.rint(np.clip(picture * there, 0, 1)[inner] * top)

    def _shade(self, first: int) -> Floats:
        """Shadow or highlight, straight."""
        layer = self.shading[..., first : first + 4]
        colour = layer[..., :3] / np.maximum(layer[..., 3:], 1e-4)
        return np.concatenate([colour, layer[..., 3:]], axis=-1) * (layer[..., 3:] > FAINT)

    def _line(self, halo: int) -> Floats:
        """The line art: its ink as dark as the barest nearby, and the coverage that this means."""
        line, found = np.zeros_like(self.source), self.found
        if not found.inked.any():
            return line
        factor = np.where(found.thick, np.clip(self._around(found.along, halo), *DARKER), 1)
        coverage = np.clip(found.coverage / factor, 0, 1)
        coverage[self._around((coverage > STRONG).astype(np.float32), SKIRT) == 0] = 0
        alpha = self.source[..., 3].ravel()[self.at]
        coverage[coverage < FAINT] = 0
        coverage[(coverage > 1 - FAINT) | ((alpha < 1) & (coverage > OVERHANG))] = 1
        pixels = line.reshape(-1, 4)
        pixels[self.at, :3] = (found.under + factor * (found.ink - found.under)).T
        pixels[self.at, 3] = coverage * alpha
        return line

    def _around(self, values: Floats, radius: int) -> Floats:
        """(N) the largest of what was found within a square around each."""
        picture = np.zeros(self.source.shape[:2], np.float32)
        picture.ravel()[self.at] = values
        square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
        return np.asarray(cv2.dilate(picture, square), np.float32).ravel()[self.at]


def _places(part: slice, whole: int, small: int) -> Floats:
    """Where pixels of a canvas's side lie on the guide's."""
    places = (np.arange(part.start, part.stop) + 0.5) * (small / whole) - 0.5
    return np.clip(places, 0, small - 1).astype(np.float32)


def _between(planes: Floats, y: Floats, x: Floats) -> Floats:
    """Bilinear: (C, h, w) at places -> (rows, columns, C)."""
    top, left = y.astype(np.intp), x.astype(np.intp)
    below = np.minimum(top + 1, planes.shape[1] - 1)
    beside = np.minimum(left + 1, planes.shape[2] - 1)
    out = np.zeros((len(y), len(x), len(planes)), np.float32)
    for channel, plane in enumerate(planes):
        if plane[top[0] : below[-1] + 1].any():
            tall = plane[top] + (y - top)[:, None] * (plane[below] - plane[top])
            out[..., channel] = tall[:, left] + (x - left) * (tall[:, beside] - tall[:, left])
    return out
