"""Shades: how the colours of one thing differ by light alone.

Light multiplies colours, so in their logarithms the shades of one thing lie along a line, and all
lines of a picture that one hand painted run about the same way: its shade axis, found as the
direction of its soft gradients. Across the axis a colour does not change with light (the invariant
of Finlayson, Drew and Lu 2004, "Intrinsic images by entropy minimization").
"""

from __future__ import annotations

import numpy as np

from engine.builtin.pixels import Bytes, Floats

DARKEST = 16
"""Added to colours, of 255, before the logarithm: black has none, and dark ones are uncertain."""
GREY = 0.01
"""How much an axis without any hue counts beside what is seen."""
WAYWARD = 2.0
"""How much farther across the axis colours may be for each step along it."""


def log_colours(picture: Bytes) -> Floats:
    """(..., 3) colours -> (..., 3) float32, the logarithm of each channel; 0 is white."""
    table = np.log((np.arange(256) + DARKEST) / (255 + DARKEST)).astype(np.float32)
    return np.asarray(table[picture])


def shade_axes(steps: Floats) -> Floats:
    """(3, 3) from (M, 3) steps of gradients: the shade axis, towards the light, and two across."""
    ways = steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-6)
    spread = ways.T @ ways + GREY * max(len(steps), 1)
    axis = np.linalg.eigh(spread)[1][:, 2]
    axis *= np.sign(axis.sum())
    across = np.cross(axis, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    return np.stack([axis, across, np.cross(axis, across)], axis=1)


def unlike(steps: Floats, weight: Floats | float, wayward: float = WAYWARD) -> Floats:
    """(M,) how little light explains (M, 3) differences of logarithms along the axes.

    `weight` is what a step of 1 along the shade axis counts, squared.
    """
    along = np.abs(steps[:, 0])
    across = np.hypot(steps[:, 1], steps[:, 2]) / (1 + wayward * along)
    return np.asarray(np.hypot(across, weight * along**2))
