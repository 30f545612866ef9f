"""Conversion between compositions: other blend modes, the same picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.compositing import blend_over, composite, in_normal, to_planes, to_rgba
from engine.layers import COMPOSITIONS, BlendMode, LayerRole, LayerStack, Proposal
from engine.reconcile import reconcile

TOLERANCE = 0.25
"""A residue that is left alone, in levels of the depth: after rounding the picture is the very
same, so that conversions in a row do not add up. Hardly any coverage has to change for it; at 0
every rounding would count as a residue."""


def convert(stack: LayerStack, composition: str) -> LayerStack:
    """Put a stack into another composition; the picture stays within `LIMIT`, alpha too.

    Where no layer shows whose mode changes, all layers stay. Elsewhere an opaque pixel's picture
    stays to the bit, where rounding lets it; a half transparent pixel's shading goes into flat and
    line, and stays there. So conversions in a row do not drift.

    Args:
        stack: four layers in any blend modes.
        composition: a name of `COMPOSITIONS`.

    Raises:
        ReconstructionError: the layers cannot give the picture back in that composition.
    """
    modes = COMPOSITIONS[composition]
    if all(layer.blend_mode is modes[layer.role] for layer in stack):
        return replace(stack, composition=composition)
    picture = composite(stack)
    tolerance = TOLERANCE / np.iinfo(picture.dtype).max
    converted = reconcile(
        normal_form(stack), picture, composition, stack.engine, tolerance=tolerance
    )
    same = ~_touched(stack, modes)
    for layer in converted:
        np.copyto(layer.rgba, stack[layer.role].rgba, where=same[..., None])
    return replace(converted, edits=stack.edits)


def _touched(stack: LayerStack, modes: Mapping[LayerRole, BlendMode]) -> NDArray[np.bool_]:
    """(H, W) where a layer shows whose mode is to change."""
    out = np.zeros((stack.height, stack.width), bool)
    for layer in stack:
        if layer.blend_mode is not modes[layer.role]:
            out |= layer.rgba[..., 3] > 0
    return out


def normal_form(stack: LayerStack) -> Proposal:
    """What a stack's layers are in normal blending: the picture as it looks after each."""
    out = Proposal(*(np.empty_like(layer.rgba) for layer in stack))

    def work(rows: slice) -> None:
        backdrop = np.zeros_like(to_planes(stack.layers[0].rgba[rows]))
        for layer in stack:
            planes = in_normal(backdrop, to_planes(layer.rgba[rows]), layer.blend_mode)
            planes[:3] *= planes[3] > 0
            rgba = to_rgba(planes, layer.rgba.dtype)
            getattr(out, layer.role.value)[rows] = rgba
            backdrop = blend_over(backdrop, to_planes(layer.rgba[rows]), layer.blend_mode)

    map_bands(work, stack.height, stack.width)
    return out
