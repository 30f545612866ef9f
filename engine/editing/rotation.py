"""The hue of light and shade, turned."""

from __future__ import annotations

from itertools import takewhile

import cv2
import numpy as np

from engine.bands import map_bands
from engine.blending import FORMULAS, reachable
from engine.compositing import blend_over, to_planes, to_rgba, unpremultiply
from engine.editing.shades import LEAST, Floats, factors
from engine.layers import BlendMode, LayerRole, LayerStack


def rotate_hue(stack: LayerStack, role: LayerRole, degrees: float) -> LayerStack:
    """Turn the hue of the highlight, or of the shadow; lightness and chroma stay.

    Of a highlight the colors that the picture has there are turned, of a shadow the factors by
    which it darkens: what the layers hold in the composition `production`, whatever theirs is.
    Gray has no hue, so gray light stays gray.

    Args:
        stack: the layers.
        role: `LayerRole.HIGHLIGHT` or `LayerRole.SHADOW`.
        degrees: counterclockwise in CIELAB's plane of a* and b* (ISO/CIE 11664-4): from red over
            yellow and green to blue.
    """
    mode, source = stack[role].blend_mode, stack[role].rgba
    below = list(takewhile(lambda one: one.role is not role, stack))
    out = source.copy()

    def work(rows: slice) -> None:
        layer = to_planes(source[rows])
        if not layer[3].any():
            return
        backdrop = np.zeros_like(layer)
        for one in below:
            backdrop = blend_over(backdrop, to_planes(one.rgba[rows]), one.blend_mode)
        layer[:3] = _turned(unpremultiply(backdrop)[:3], layer[:3], role, mode, degrees)
        layer[:3] *= layer[3] > 0
        out[rows] = to_rgba(layer, out.dtype)

    map_bands(work, stack.height, stack.width)
    return stack.with_pictures({role: out})


def _turned(
    backdrop: Floats, colors: Floats, role: LayerRole, mode: BlendMode, degrees: float
) -> Floats:
    """The colors of a layer on a backdrop, its hue turned."""
    formula = FORMULAS[mode]
    shown = formula.blend(backdrop, colors)
    if role is LayerRole.SHADOW:
        factor = colors
        if mode is not BlendMode.MULTIPLY:
            factor = factors(backdrop, np.asarray(shown / np.maximum(backdrop, LEAST), np.float32))
        turned = turn(np.clip(factor, 0, 1), degrees)
        if mode is BlendMode.MULTIPLY:
            return turned
        wanted = backdrop * turned
    else:
        wanted = turn(shown, degrees)
    return np.asarray(np.clip(formula.inverse(backdrop, reachable(mode, backdrop, wanted)), 0, 1))


def turn(colors: Floats, degrees: float) -> Floats:
    """(3, H, W) sRGB in [0, 1] with their hue in CIELAB turned; what leaves sRGB is clipped."""
    lab = cv2.cvtColor(np.ascontiguousarray(np.moveaxis(colors, 0, -1)), cv2.COLOR_RGB2LAB)
    angle = np.deg2rad(degrees)
    a, b = lab[..., 1].copy(), lab[..., 2].copy()
    lab[..., 1] = a * np.cos(angle) - b * np.sin(angle)
    lab[..., 2] = a * np.sin(angle) + b * np.cos(angle)
    turned = np.moveaxis(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), -1, 0)
    return np.asarray(turned.clip(0, 1), np.float32)
