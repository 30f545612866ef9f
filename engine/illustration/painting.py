"""Paints shapes, back to front, into the four layers they are made of.

The drawing's units are those of a square of 1000 x 1000, put at the bottom middle of the canvas
and made as large as fits. Every shape covers what lies behind it in all four layers, then adds its
own flat color, shadows, highlights and lines, so that the layers are true by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.compositing import to_rgba, unpremultiply
from engine.illustration.curves import SPACING, Color, Points, Stroke
from engine.illustration.shapes import Fade, Shape, Tone
from engine.layers import LayerRole, Proposal

UNITS = 1000.0
"""The side of the square in which a character is described."""
FINEST = 4096
"""Subpixels along the square's side, so that small pictures are large ones, shrunk."""
SUBPIXELS = (4, 16)
"""The fewest and the most samples along each side of a pixel, whatever the picture's size."""
SHIFT = 6
"""Binary digits behind the point in OpenCV's coordinates."""

Floats = NDArray[np.float32]


def paint(
    shapes: Sequence[Shape], width: int, height: int, depth: int, background: Color | None
) -> Proposal:
    """Paint shapes, back to front.

    Args:
        shapes: in the drawing's units.
        width, height: the canvas, in pixels, 1 and up.
        depth: bits a channel, 8 or 16.
        background: fills the canvas in the flat color; None leaves it transparent.

    Returns:
        Four pictures (height, width, 4), straight alpha, in normal blending.
    """
    dtype = np.dtype(f"uint{depth}")
    layers = {role: np.zeros((height, width, 4), dtype) for role in LayerRole}
    scale = min(width, height) / UNITS
    origin = np.array([(width - UNITS * scale) / 2, height - UNITS * scale])

    def work(rows: slice) -> None:
        band = _Band(rows, width, scale, origin, background)
        for shape in shapes:
            band.add(shape)
        for role in LayerRole:
            layers[role][rows] = to_rgba(unpremultiply(band.layers[role]), dtype)

    map_bands(work, height, width)
    return Proposal(*layers.values())


@dataclass(frozen=True)
class _Window:
    """A rectangle of a band, in its own pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)


class _Band:
    """Some rows of the canvas: layers as premultiplied planes, painted shape by shape."""

    def __init__(
        self, rows: slice, width: int, scale: float, origin: Points, background: Color | None
    ) -> None:
        self.shape = (rows.stop - rows.start, width)
        self.scale = scale
        self.subpixels = int(np.clip(round(FINEST / (scale * UNITS)), *SUBPIXELS))
        self.origin = origin - (0, rows.start)
        self.layers = {role: np.zeros((4, *self.shape), np.float32) for role in LayerRole}
        if background is not None:
            self.layers[LayerRole.FLAT_COLOR][:3] = background[:, None, None]
            self.layers[LayerRole.FLAT_COLOR][3] = 1

    def add(self, shape: Shape) -> None:
        """Paint one shape over what is there."""
        if shape.outline is not None:
            self._fill(shape, shape.outline)
        for color, lines in _by_color(shape.lines):
            window = self._window([line.points for line in lines], max(max(s.radii) for s in lines))
            if window is None:
                continue
            coverage = self._ink(lines, window)
            if shape.within is not None:
                coverage = coverage * self._coverage([shape.within], window)
            _over(self._part(LayerRole.LINE_ART, window), _column(color), coverage)

    def _fill(self, shape: Shape, outline: Points) -> None:
        window = self._window([outline])
        if window is None:
            return
        coverage = self._coverage([outline], window)
        if shape.within is not None:
            coverage = coverage * self._coverage([shape.within], window)
        if shape.color is not None:
            for role in LayerRole:
                self._part(role, window)[...] *= 1 - coverage
            _add(self._part(LayerRole.FLAT_COLOR, window), _column(shape.color), coverage)
        flat = unpremultiply(self._part(LayerRole.FLAT_COLOR, window))[:3]
        shadow = self._part(LayerRole.SHADOW, window)
        highlight = self._part(LayerRole.HIGHLIGHT, window)
        for tone in shape.shadows:
            _shade(shadow, flat, tone, self._tone(tone, window) * coverage)
        for tone in shape.highlights:
            shaded = flat * (1 - shadow[3]) + shadow[:3]
            lit = shaded + np.float32(tone.strength) * (_column(tone.color) - shaded)
            _over(highlight, lit, self._tone(tone, window) * coverage)

    def _part(self, role: LayerRole, window: _Window) -> Floats:
        return self.layers[role][:, *window.slices]

    def _pixels(self, points: Points) -> Points:
        """The drawing's units -> pixels of this band."""
        return points * self.scale + self.origin

    def _window(self, curves: Iterable[Points], margin: float = 0.0) -> _Window | None:
        """The pixels of this band that the curves can touch."""
        points = self._pixels(np.concatenate(list(curves)))
        left, top = np.floor(points.min(axis=0) - margin * self.scale - 1).astype(int)
        right, bottom = np.ceil(points.max(axis=0) + margin * self.scale + 1).astype(int)
        top, bottom = max(top, 0), min(bottom, self.shape[0])
        left, right = max(left, 0), min(right, self.shape[1])
        return _Window(top, bottom, left, right) if top < bottom and left < right else None

    def _samples(self, points: Points, window: _Window) -> NDArray[np.int32]:
        """Points as OpenCV wants them: fixed-point, on the window's grid of subpixels."""
        local = (self._pixels(points) - (window.left, window.top)) * self.subpixels - 0.5
        return np.rint(local * (1 << SHIFT)).astype(np.int32)

    def _coverage(self, outlines: Iterable[Points], window: _Window) -> Floats:
        """(h, w) in [0, 1]: how much of each pixel lies in any of the outlines."""
        canvas = self._canvas(window)
        for points in outlines:
            cv2.fillPoly(canvas, [self._samples(points, window)], 255, shift=SHIFT)
        return self._downsample(canvas)

    def _tone(self, tone: Tone, window: _Window) -> Floats:
        coverage = self._coverage(tone.outlines, window)
        return coverage if tone.fade is None else coverage * self._falloff(tone.fade, window)

    def _falloff(self, fade: Fade, window: _Window) -> Floats:
        """(h, w): 1 at the fade's centre, smoothly down to 0 at its radii."""
        x, y = self._pixels(np.array([fade.x, fade.y]))
        across = (np.arange(window.left, window.right) + 0.5 - x) / (fade.radius_x * self.scale)
        down = (np.arange(window.top, window.bottom) + 0.5 - y) / (fade.radius_y * self.scale)
        near = np.clip(1 - np.hypot(across[None, :], down[:, None]), 0, 1)
        return np.asarray(near * near * (3 - 2 * near), np.float32)

    def _ink(self, lines: Iterable[Stroke], window: _Window) -> Floats:
        """(h, w): the coverage of strokes, each a chain of discs and the quads between them."""
        canvas = self._canvas(window)
        for line in lines:
            points = self._samples(line.points, window)
            corners = self._samples(_quads(line).reshape(-1, 2), window).reshape(-1, 4, 2)
            radii = np.rint(line.radii * self.scale * self.subpixels * (1 << SHIFT)).astype(int)
            for i in self._near(line, window):
                cv2.circle(canvas, points[i].tolist(), int(radii[i]), 255, -1, shift=SHIFT)
                if i < len(corners):
                    cv2.fillConvexPoly(canvas, corners[i], 255, shift=SHIFT)
        return self._downsample(canvas)

    def _near(self, line: Stroke, window: _Window) -> NDArray[np.intp]:
        """Which samples of a stroke can touch the window."""
        points = self._pixels(line.points)
        margin = (line.radii.max() + SPACING) * self.scale + 1
        after = points >= np.array([window.left, window.top]) - margin
        before = points <= np.array([window.right, window.bottom]) + margin
        return np.flatnonzero((after & before).all(axis=1))

    def _canvas(self, window: _Window) -> NDArray[np.uint8]:
        """The window's subpixels, all empty."""
        height, width = window.bottom - window.top, window.right - window.left
        return np.zeros((height * self.subpixels, width * self.subpixels), np.uint8)

    def _downsample(self, canvas: NDArray[np.uint8]) -> Floats:
        """Average blocks of subpixels to pixels in [0, 1]."""
        size = (canvas.shape[1] // self.subpixels, canvas.shape[0] // self.subpixels)
        small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32) / np.float32(255)


def _quads(line: Stroke) -> NDArray[np.float64]:
    """(N - 1, 4, 2): the pieces of a stroke between its samples, as wide as it is there."""
    steps = np.diff(line.points, axis=0)
    length = np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-9)
    normal = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / length
    start, end = normal * line.radii[:-1, None], normal * line.radii[1:, None]
    here, there = line.points[:-1], line.points[1:]
    return np.stack([here + start, there + end, there - end, here - start], axis=1)


def _by_color(lines: Iterable[Stroke]) -> Iterable[tuple[Color, list[Stroke]]]:
    """Strokes of one colour together, in the order in which the colours first appear."""
    groups: dict[tuple[float, ...], list[Stroke]] = {}
    for line in lines:
        groups.setdefault(tuple(line.color), []).append(line)
    return [(group[0].color, group) for group in groups.values()]


def _column(color: Color) -> Floats:
    """A colour that broadcasts over planes."""
    return color.astype(np.float32)[:, None, None]


def _add(layer: Floats, color: Floats, coverage: Floats) -> None:
    """Add a colour to premultiplied planes in which room is made for it, in place."""
    layer[:3] += color * coverage
    layer[3] += coverage


def _over(layer: Floats, color: Floats, coverage: Floats) -> None:
    """Put a colour over premultiplied planes, in place."""
    layer *= 1 - coverage
    _add(layer, color, coverage)


def _shade(layer: Floats, flat: Floats, tone: Tone, coverage: Floats) -> None:
    """Darken the flat color under a premultiplied shadow layer, in place, where `coverage` says.

    The look (1 - a) flat + s (s premultiplied) is multiplied by 1 - m + m t; solved for the new s
    with a' = 1 - (1 - a)(1 - m): s' = s (1 - m + m t) + flat (1 - a) m t.
    """
    tint = _column(1 + (tone.color - 1) * tone.strength)
    uncovered = 1 - layer[3]
    layer[:3] *= 1 - coverage + coverage * tint
    layer[:3] += flat * tint * uncovered * coverage
    layer[3] = 1 - uncovered * (1 - coverage)
