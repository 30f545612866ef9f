"""Curves of a drawing: smooth paths, closed outlines, and strokes whose width follows pressure.

Points are (N, 2) float64, x to the right and y down, in the drawing's own units (see
`engine.illustration.painting`); sampled finely enough that straight pieces between them look round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
Color = NDArray[np.float64]
"""(3,) red, green, blue in [0, 1]."""
Warp = Callable[[Points], Points]

SPACING = 3.0
"""Largest distance between samples of a curve, in the drawing's units."""


def smooth(*knots: tuple[float, float]) -> Points:
    """A curve through all knots, at rest at none: a centripetal Catmull-Rom spline.

    Each span is a cubic Hermite piece over the square root of its length, which neither loops nor
    overshoots however unevenly the knots are spaced (Yuksel et al., 2011).
    """
    points = np.asarray(knots, np.float64)
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    times = np.concatenate([[0.0], np.cumsum(np.sqrt(lengths))])
    slopes = np.gradient(points, times, axis=0, edge_order=2 if len(points) > 2 else 1)
    spans = [
        _hermite(points[i : i + 2], slopes[i : i + 2], times[i + 1] - times[i], lengths[i])
        for i in range(len(points) - 1)
    ]
    return np.concatenate([*spans, points[-1:]])


def _hermite(ends: Points, slopes: Points, duration: float, length: float) -> Points:
    """One cubic span, its last point left out."""
    t = np.linspace(0, 1, max(3, int(length / SPACING) + 1), endpoint=False)[:, None]
    along = t * t * (3 - 2 * t)
    rise = t * (1 - t) ** 2 * slopes[0] - t * t * (1 - t) * slopes[1]
    return np.asarray(ends[0] + along * (ends[1] - ends[0]) + rise * duration)


def outline(*pieces: Points) -> Points:
    """A closed outline from pieces laid end to end; it has a corner wherever two meet."""
    return np.concatenate(pieces)


def loop(*knots: tuple[float, float]) -> Points:
    """A closed curve through all knots, without a corner."""
    curve = smooth(*knots[-3:], *knots, *knots[:3])
    points = np.asarray(knots, np.float64)
    start = np.flatnonzero((curve == points[0]).all(axis=1))
    return curve[start[0] : start[1]]


def ellipse(x: float, y: float, radius_x: float, radius_y: float) -> Points:
    """A closed ellipse around (x, y)."""
    angle = np.linspace(0, 2 * np.pi, max(16, int(6.3 * max(radius_x, radius_y) / SPACING)), False)
    return np.stack([x + radius_x * np.cos(angle), y + radius_y * np.sin(angle)], axis=1)


def moved(points: Points, right: float, down: float) -> Points:
    """The same points elsewhere."""
    return np.asarray(points + np.array([right, down]))


def unmoved(points: Points) -> Points:
    """The same points."""
    return points


def mirrored(points: Points, axis: float = 500.0) -> Points:
    """The same points on the other side of the vertical line x = axis, in reverse order."""
    return (points * (-1, 1) + (2 * axis, 0))[::-1]


SIDES = (unmoved, mirrored)
"""What is described on the right of the picture, put on the right and on the left."""


@dataclass(frozen=True)
class Stroke:
    """A line of varying width, round at every sample."""

    points: Points
    radii: NDArray[np.float64]
    """(N,) half the width at each point."""
    color: Color

    def warped(self, warp: Warp) -> Stroke:
        """The stroke along the warped points, its width as before."""
        return Stroke(warp(self.points), self.radii, self.color)


TAPERED = (0.15, 0.75, 1.0, 0.75, 0.15)
"""A pen put down, pressed and lifted."""
LIFTED = (1.0, 0.9, 0.6, 0.1)
"""A pen that leaves the paper at the end of the line."""


def stroke(
    points: Points, width: float, color: Color, pressure: Sequence[float] = TAPERED
) -> Stroke:
    """A stroke along points; `pressure` says the width at even distances, in parts of `width`."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    along /= max(along[-1], 1e-9)
    radii = np.interp(along, np.linspace(0, 1, len(pressure)), pressure) * width / 2
    return Stroke(points, radii, color)


def as_color(rgb: ArrayLike) -> Color:
    """0xRRGGBB or three values in [0, 1] -> a colour."""
    if isinstance(rgb, int):
        return np.array([rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255]) / 255
    return np.asarray(rgb, np.float64)
