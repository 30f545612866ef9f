"""What light does to a colour: shadows multiply it by one factor, highlights mix it with white.

All colours are float64, 0 to 255. A picture's shadow factor is red, green and blue, each in 0..1:
one colour multiplied over the whole figure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.floating[Any]]

BLACK = np.zeros(3)
"""The factor of the darkest shadow."""
EXACT = 4
"""A misfit, in 1/255, that rounding and antialiasing explain."""
LEAST_HARD = 8
"""Pixels of hard border that prove a meeting."""
AGREED = 0.2
"""The part of all hard borders that must agree upon a factor."""


def darkening(light: Colour, dark: Colour, factor: Colour) -> tuple[float, float]:
    """(coverage, misfit in 1/255) of `dark` = `light` under a shadow of that coverage."""
    whole = light * (1 - factor)
    coverage = float((whole * (light - dark)).sum() / max(float((whole * whole).sum()), 1))
    return coverage, float(np.abs(dark - light + coverage * whole).max())


def lightening(dark: Colour, light: Colour) -> tuple[float, float]:
    """(coverage, misfit in 1/255) of `light` = `dark` under white of that coverage."""
    return darkening(255 - dark, 255 - light, BLACK)


def shadow_factor(colours: Colour, hard: NDArray[np.int64]) -> Colour | None:
    """(3,): what most shadows of a picture multiply by; None where they do not agree.

    Args:
        colours: (K, 3) the picture's tones.
        hard: (K, K) how long they meet at an edge without a line.

    Each pair of tones that meet proposes the factor between them; the one that explains most other
    borders wins, if at least three different colours are darkened by it.
    """
    light, dark = np.nonzero(hard >= LEAST_HARD)
    ratio = (colours[dark] + 0.5) / (colours[light] + 0.5)
    shade = (ratio.max(axis=1) < 1.02) & (ratio.mean(axis=1) < 0.92) & (ratio.mean(axis=1) > 0.3)
    light, dark, ratio = light[shade], dark[shade], ratio[shade]
    if not len(light):
        return None
    weight = np.sqrt(hard[light, dark])
    apart = np.abs(colours[dark][None] - ratio[:, None] * colours[light][None]).max(axis=2)
    fits = apart < EXACT
    best = fits[int((fits * weight).sum(axis=1).argmax())]
    if len(set(light[best].tolist())) < 3 or weight[best].sum() < AGREED * weight.sum():
        return None
    above, below = colours[light[best]], colours[dark[best]]
    return np.asarray(np.clip((above * below).sum(axis=0) / np.square(above).sum(axis=0), 0, 1))
