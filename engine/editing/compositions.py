"""Conversion between compositions: other blend modes, the same picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.bands import map_bands
from engine.compositing import blend_over, composite, in_normal, to_planes, to_rgba
from engine.layers import COMPOSITIONS, LayerStack, Proposal
from engine.reconcile import reconcile


def convert(stack: LayerStack, composition: str) -> LayerStack:
    """Put a stack into another composition; the picture stays within `LIMIT`, alpha too.

    Args:
        stack: four layers in any blend modes.
        composition: a name of `COMPOSITIONS`.

    Raises:
        ReconstructionError: the layers cannot give the picture back in that composition.
    """
    modes = COMPOSITIONS[composition]
    if all(layer.blend_mode is modes[layer.role] for layer in stack):
        return replace(stack, composition=composition)
    converted = reconcile(normal_form(stack), composite(stack), composition, stack.engine)
    return replace(converted, edits=stack.edits)


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
