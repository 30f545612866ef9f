"""Glows: airbrushed gradients over flat color, as artists lay them on cheeks, hearts and skies."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layers import Rgba

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

LEAST_PART = 0.01
"""The least part of the picture that a region takes which gets a glow."""
MOST_GLOWS = 4


def add_glows(rgba: Rgba, flat: Rgba, line: Rgba, rng: np.random.Generator) -> Rgba:
    """The picture, (H, W, 4) uint8, with glows over some large regions of its flat, under its line.

    A picture without a large region is returned as it is.
    """
    painted = rgba.astype(np.float64)
    regions = find_large(flat)
    for index in rng.permutation(len(regions))[: rng.integers(1, MOST_GLOWS + 1)]:
        region = regions[index]
        colour = 255 * tint(flat[region][:, :3].mean(axis=0) / 255, rng)
        cover = fade(region, rng)[..., None] * (1 - line[..., 3:] / 255)
        painted[..., :3] += cover * (colour - painted[..., :3])
    return np.rint(painted).astype(np.uint8)


def find_large(flat: Rgba) -> list[Mask]:
    """(H, W) each: the large connected regions of one flat color."""
    found = []
    codes = flat[..., :3].astype(np.int64) @ (1 << 16, 1 << 8, 1)
    opaque = flat[..., 3] == 255
    colours, counts = np.unique(codes[opaque], return_counts=True)
    least = LEAST_PART * codes.size
    for colour in colours[counts >= least]:
        there = (opaque & (codes == colour)).astype(np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(there)
        large = [index for index in range(1, count) if stats[index, cv2.CC_STAT_AREA] >= least]
        found += [parts == index for index in large]
    return found


def fade(region: Mask, rng: np.random.Generator) -> Floats:
    """(H, W) coverage in a region: from a point of it outwards, or from one of its sides."""
    rows, columns = np.nonzero(region)
    if rng.random() < 0.65:
        start = rng.integers(len(rows))
        away = np.hypot(rows - rows[start], columns - columns[start])
    else:
        angle = rng.uniform(0, 2 * np.pi)
        away = rows * np.sin(angle) + columns * np.cos(angle)
    near, far = away.min(), np.quantile(away, rng.uniform(0.2, 0.9))
    way = (1 - (away - near) / max(float(far - near), 1)) * rng.uniform(1, 1.6)
    way = np.clip(way, 0, 1)
    cover = np.zeros(region.shape)
    cover[region] = way**2 * (3 - 2 * way) * rng.uniform(0.1, 0.9)
    return cover


def tint(flat: Floats, rng: np.random.Generator) -> Floats:
    """(3,) in 0..1: a glow's colour over this flat color: lighter, darker or of another hue."""
    kind = rng.integers(3)
    if kind == 0:
        return np.asarray(flat + (1 - flat) * rng.uniform(0.4, 1))
    return np.asarray(flat * rng.uniform(0.3, 0.6) if kind == 1 else rng.random(3))
