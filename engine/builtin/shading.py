"""Shadow and highlight: what a picture without lines is beside its flat color.

Edges and fades are in the coverage where the picture's shadows have one factor: coverage a is the
pixel's place on the way from the flat color to its full shadow, and colour = flat + (pixel - flat)
/ a. A highlight covers as little as it can, so that its colour is the light's own.
"""

from __future__ import annotations

import numpy as np

from engine.bands import Report, map_bands
from engine.builtin.flats import Flats
from engine.builtin.light import Colour
from engine.builtin.line_art import Lines
from engine.builtin.pixels import LUMA, NEARLY, Floats, Mask
from engine.layers import Rgba

NOISE = 2.5 / 255
"""A difference from the flat color up to this is noise."""


def find_shading(rgba: Rgba, lines: Lines, flats: Flats, report: Report) -> tuple[Rgba, Rgba]:
    """The shadow and the highlight layer, at the picture's size and depth."""
    shadow, highlight = np.zeros_like(rgba), np.zeros_like(rgba)
    top = np.float32(np.iinfo(rgba.dtype).max)
    noise = int(NOISE * top)

    def work(rows: slice) -> None:
        under, flat = lines.under[rows], flats.layer[rows, :, :3]
        apart = np.maximum(under, flat) - np.minimum(under, flat) > noise
        shaded = apart[..., 0] | apart[..., 1] | apart[..., 2]
        shaded &= rgba[rows, :, 3] >= NEARLY * top
        layer, darker = shade(under[shaded] / top, flat[shaded] / top, flats.factor)
        deep = np.rint(layer * top).astype(rgba.dtype)
        shadow[rows][shaded] = deep * darker
        highlight[rows][shaded] = deep * ~darker

    map_bands(work, rgba.shape[0], rgba.shape[1], report)
    return shadow, highlight


def shade(under: Floats, flat: Floats, factor: Colour | None) -> tuple[Floats, Mask]:
    """What makes the flat color look like the picture without lines, and whether it darkens.

    (N, 3) floats in [0, 1] in; (N, 4), straight alpha, and (N, 1) out.
    """
    step = under - flat
    darker = (step @ np.array(LUMA, np.float32) < 0)[:, None]
    room = np.where(step < 0, flat, 1 - flat)
    alpha = (np.abs(step) / np.maximum(room, 1e-3)).max(axis=-1, keepdims=True)
    way = np.ones_like(alpha)
    if factor is not None:
        whole = flat * (1 - factor).astype(np.float32)
        way = -(step * whole).sum(axis=-1, keepdims=True)
        way /= np.maximum(np.square(whole).sum(axis=-1, keepdims=True), 1e-3)
    alpha = np.clip(np.where(darker, np.maximum(alpha, way), alpha), 0, 1)
    colour = np.clip(flat + step / np.maximum(alpha, 1e-3), 0, 1)
    return np.concatenate([colour, alpha], axis=-1), darker
