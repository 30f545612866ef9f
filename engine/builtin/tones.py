"""Shadow and highlight: what a picture without lines is beside its flat color.

Edges and fades are in the coverage where the picture's shadows have one factor: coverage a is the
pixel's place on the way from the flat color to its full shadow, and colour = flat + (pixel - flat)
/ a. A highlight covers as little as it can, so that its colour is the light's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.builtin.flats import Flats
from engine.builtin.line_art import Lines, Report
from engine.layers import Rgba

Floats = NDArray[np.floating[Any]]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
NOISE = 2.5 / 255
"""A difference from the flat color up to this is noise."""


def find_shading(rgba: Rgba, lines: Lines, flats: Flats, report: Report) -> tuple[Rgba, Rgba]:
    """The shadow and the highlight layer, at the picture's size and depth."""
    shadow, highlight = np.zeros_like(rgba), np.zeros_like(rgba)
    top = np.float32(np.iinfo(rgba.dtype).max)

    def work(rows: slice) -> None:
        opaque = (rgba[rows, :, 3] == top)[..., None]
        dark, light = shade(
            lines.under[rows] / top, flats.layer[rows, :, :3] / top, opaque, flats.factor
        )
        shadow[rows], highlight[rows] = np.rint(dark * top), np.rint(light * top)

    map_bands(work, rgba.shape[0], rgba.shape[1], report)
    return shadow, highlight


def shade(
    under: Floats, flat: Floats, opaque: NDArray[np.bool_], factor: float | None
) -> tuple[Floats, Floats]:
    """Split a picture without lines into shadow and highlight over its flat color.

    (H, W, 3) floats in [0, 1] in; two (H, W, 4), straight alpha, out.
    """
    step = under - flat
    change = (np.abs(step).max(axis=-1, keepdims=True) > NOISE) & opaque
    darker = change & (step @ LUMINANCE < 0)[..., None]
    least = (np.abs(step) / np.maximum(np.where(step < 0, flat, 1 - flat), 1e-3)).max(
        axis=-1, keepdims=True
    )
    full = 1.0
    if factor is not None:
        place = -(step * flat).sum(axis=-1, keepdims=True)
        full = place / np.maximum(np.square(flat).sum(axis=-1, keepdims=True) * (1 - factor), 1e-3)
    dark = layer(flat, step, np.clip(np.maximum(full, least), 0, 1) * darker)
    return dark, layer(flat, step, np.clip(least, 0, 1) * (change & ~darker))


def layer(flat: Floats, step: Floats, alpha: Floats) -> Floats:
    """The straight-alpha layer that moves `flat` by `step` at coverage `alpha`."""
    colour = np.clip(flat + step / np.maximum(alpha, 1e-3), 0, 1) * (alpha > 0)
    return np.concatenate([colour, alpha], axis=-1)
