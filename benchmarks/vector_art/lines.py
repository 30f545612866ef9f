"""The pen: how wide, tapered, broken and coloured the lines of a drawing are."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.vector_art.drawings import Floats, Labels, Mask, nearest

Rng = np.random.Generator


def noise(shape: tuple[int, int], scale: float, rng: Rng) -> Floats:
    """(H, W) smooth noise of mean 0 and deviation 1 whose features are `scale` pixels wide."""
    height, width = shape
    cells = (max(2, round(width / scale) + 2), max(2, round(height / scale) + 2))
    coarse = rng.normal(0, 1, cells[::-1]).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth / max(float(smooth.std()), 1e-6), np.float32)


def distance(mask: Mask) -> Floats:
    """(H, W) signed pixels to the mask's border, positive inside."""
    if not mask.any():
        return np.full(mask.shape, -1e3, np.float32)
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.where(mask, inside - 0.5, 0.5 - outside), np.float32)


def trace(order: Labels, groups: Labels, width: float, spare: float, rng: Rng) -> Mask:
    """Lines of about `width` pixels on the borders of labels; a share `spare` of them stays bare.

    Args:
        order: (H, W) the label of each pixel.
        groups: (N,) which labels belong together: borders within a group stay bare.
    """
    group = groups[order]
    bare = rng.random((groups.max() + 1, groups.max() + 1)) < spare
    bare = bare | bare.T
    bare[0] = bare[:, 0] = False
    edge = np.zeros(order.shape, bool)
    for axis in (0, 1):
        one = np.roll(group, 1, axis)
        edge |= (group != one) & ~bare[group, one]
    edge[0] = edge[:, 0] = False
    reach = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(reach < width / 2)


def redraw(lines: Mask, width: float, strength: float, feature: float, rng: Rng) -> Floats:
    """Draw lines anew: a typical width of `width` pixels, varied by the hand's pressure.

    Args:
        lines: (H, W) the lines as they are.
        strength: how much the width varies, 0 to 1.
        feature: pixels along which pressure changes.

    Returns:
        (H, W) coverage in [0, 1].
    """
    if not lines.any():
        return np.zeros(lines.shape, np.float32)
    depth = np.asarray(cv2.GaussianBlur(distance(lines), (0, 0), 0.8), np.float32)
    ridge = depth >= cv2.dilate(depth, np.ones((3, 3))) - 0.3
    now = 2 * float(np.median(depth[lines & ridge])) + 1
    width = max(width, 0.5 * now)
    pressure = np.clip(noise((lines.shape[0], lines.shape[1]), feature, rng), -1.6, 1.2)
    grow = (width * (1 + strength * 0.35 * pressure) - now) / 2
    if width < now:
        grow = np.maximum(grow, -_own_depth(depth, lines) + 0.55)
    return np.asarray(np.clip(depth + grow + 0.5, 0, 1), np.float32)


def _own_depth(depth: Floats, lines: Mask) -> Floats:
    """(H, W) half the width of the line nearby, so that thinning leaves thin lines."""
    reach = 2 * int(np.ceil(depth[lines].max())) + 1
    return np.asarray(cv2.dilate(depth, np.ones((reach, reach), np.uint8)), np.float32)


def break_lines(cover: Floats, count: int, width: float, rng: Rng) -> Floats:
    """Open small gaps, as a hand leaves them, at `count` places."""
    rows, columns = np.nonzero(cover > 0.9)
    if not len(rows):
        return cover
    erased = np.zeros(cover.shape, np.uint8)
    for i in rng.integers(len(rows), size=count):
        radius = max(2, round(width * rng.uniform(0.6, 1.1)))
        cv2.circle(erased, (int(columns[i]), int(rows[i])), radius, 255, -1)
    soft = cv2.GaussianBlur(erased, (0, 0), 0.7).astype(np.float32) / 255
    return np.asarray(cover * (1 - soft), np.float32)


def color_trace(flat: Floats, ink: NDArray[np.float64], share: float) -> Floats:
    """(H, W, 3) the ink's colour, towards a deep tone of the flat color beneath by `share`."""
    if not share:
        return np.broadcast_to(ink.astype(np.float32), flat.shape)
    around = cv2.blur(flat, (9, 9))
    brightest = np.maximum(around.max(-1, keepdims=True), 0.05)
    deep = 0.42 * brightest * (around / brightest) ** 2.2
    dark = ink.astype(np.float32)
    return np.asarray(dark + np.float32(share) * (deep - dark))


def fill_under(labels: Labels, lines: Mask) -> Labels:
    """Let labels meet under the lines, as an artist's fills do."""
    return nearest(labels, ~lines)
