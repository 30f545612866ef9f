"""New colours for a drawing: skins, hair and clothes as in anime, in harmonies of several kinds."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from benchmarks.vector_art.lines import Rng

Colors = NDArray[np.float64]
SKINS = (
    (0.05, 0.12, 1.0),
    (0.06, 0.2, 0.99),
    (0.065, 0.32, 0.95),
    (0.06, 0.45, 0.78),
    (0.02, 0.1, 0.97),
)
"""Hue, saturation and value."""
SCHEMES = ("own", "own", "free", "free", "free", "free", "analogous", "analogous", "light", "dark")
APART = 16 / 255
"""The least difference between two flats that were different."""
DARKER = 0.12
"""How often a colour is a darker one of another: what looks like its shadow and is none."""


def recolor(colors: Colors, scheme: str, rng: Rng) -> Colors:
    """Give every different colour a new one, skins staying skins and white mostly white.

    Args:
        colors: (N, 3) in [0, 1]; row 0 is left alone.
        scheme: one of SCHEMES.
    """
    if scheme == "own":
        return colors
    skin = SKINS[rng.integers(len(SKINS))]
    home = rng.random()
    largest = _skin(colors)
    fresh: dict[bytes, NDArray[np.float64]] = {}
    for color in colors[1:]:
        if color.tobytes() not in fresh:
            if largest is not None and (color == largest).all() and scheme != "dark":
                hsv = np.clip(np.array(skin) + rng.normal(0, 0.01, 3), 0, 1)
                fresh[color.tobytes()] = np.array(colorsys.hsv_to_rgb(*hsv))
            else:
                fresh[color.tobytes()] = _new(color, scheme, home, list(fresh.values()), rng)
    return np.array([colors[0], *(fresh[color.tobytes()] for color in colors[1:])])


def _skin(colors: Colors) -> Colors | None:
    """The first colour that looks like skin: what is painted first is the largest."""
    for color in colors[1:]:
        hue, saturation, value = colorsys.rgb_to_hsv(*color)
        if 0.02 < hue < 0.16 and 0.12 < saturation < 0.75 and value > 0.4:
            return np.asarray(color)
    return None


def _new(color: Colors, scheme: str, home: float, used: list[Colors], rng: Rng) -> Colors:
    _, saturation, value = colorsys.rgb_to_hsv(*color)
    if value < 0.2 and rng.random() < 0.6:
        return color
    chosen = color
    for _ in range(40):
        if value > 0.93 and saturation < 0.06 and rng.random() < 0.9:
            chosen = np.clip(color - rng.uniform(0, 0.04, 3), 0, 1)
        elif used and rng.random() < DARKER:
            like = used[rng.integers(len(used))] * rng.uniform(0.35, 0.85)
            chosen = np.clip(like + rng.normal(0, 0.03, 3), 0, 1)
        else:
            chosen = np.array(colorsys.hsv_to_rgb(*_draw(scheme, home, rng)))
        if all(np.abs(chosen - other).max() > APART for other in used):
            break
    return np.clip(np.rint(chosen * 255) / 255, 0, 1)


def _draw(scheme: str, home: float, rng: Rng) -> tuple[float, float, float]:
    if scheme == "analogous":
        return (home + rng.normal(0, 0.06)) % 1, rng.uniform(0.2, 0.75), rng.uniform(0.45, 1)
    if scheme == "light":
        return rng.random(), rng.uniform(0.03, 0.3), rng.uniform(0.88, 1)
    if scheme == "dark":
        return rng.random(), rng.uniform(0.1, 0.6), rng.uniform(0.15, 0.5)
    return rng.random(), rng.uniform(0.08, 0.8), rng.uniform(0.25, 1)
