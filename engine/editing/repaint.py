"""Repainting: another color, or a picture, in a region of the flat color, under its shading."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.bands import map_bands
from engine.blending import FORMULAS, reachable
from engine.compositing import Planes, blend_over, premultiply, to_planes, to_rgba, unpremultiply
from engine.editing.regions import Region, Share
from engine.editing.shades import Floats, factors, lit_as, shaded_as
from engine.layers import BlendMode, LayerRole, LayerStack, Rgba

Paint = Callable[[slice, Share], Floats]
"""The new colors, (3, N) float32 in [0, 1], of a region's share in some rows."""

UNDER = (LayerRole.FLAT_COLOR, LayerRole.SHADOW, LayerRole.HIGHLIGHT)
"""Layers that hold something of the flat color."""


def repaint(stack: LayerStack, region: Region, paint: Paint) -> LayerStack:
    """Put other colors into a region; its shading is carried over, and nothing else changes.

    Args:
        stack: the layers.
        region: of its flat color.
        paint: says the new colors.
    """
    out = {role: stack[role].rgba.copy() for role in UNDER}
    modes = {role: stack[role].blend_mode for role in UNDER}

    def work(rows: slice) -> None:
        share = region.share(rows)
        if not share.at.size:
            return
        cut = {role: _pixels(out[role][rows], share) for role in UNDER}
        for role, planes in _repainted(cut, modes, share, paint(rows, share)).items():
            flat = out[role][rows].reshape(-1, 4)
            flat[share.at] = to_rgba(planes, flat.dtype)[0]

    map_bands(work, stack.height, stack.width)
    return stack.with_pictures(out)


def _pixels(rgba: Rgba, share: Share) -> Planes:
    """(4, 1, N)"""
    return to_planes(rgba.reshape(-1, 4)[share.at][None])


def _repainted(
    cut: dict[LayerRole, Planes], modes: dict[LayerRole, BlendMode], share: Share, colors: Floats
) -> dict[LayerRole, Planes]:
    before = cut[LayerRole.FLAT_COLOR]
    after = before.copy()
    after[:3, 0] = _mixed(before[:3, 0], share, colors)
    new = {LayerRole.FLAT_COLOR: after}
    before, after = premultiply(before), premultiply(after)
    for role in UNDER[1:]:
        layer = cut[role].copy()
        layer[:3] = _shading(
            unpremultiply(before)[:3], layer, unpremultiply(after)[:3], role, modes
        )
        layer[:3] *= layer[3] > 0
        before = blend_over(before, cut[role], modes[role])
        after = blend_over(after, layer, modes[role])
        new[role] = layer
    return new


def _mixed(flat: Floats, share: Share, colors: Floats) -> Floats:
    """The flat color with the region's part of it replaced."""
    mixed = flat + share.weight * (colors - share.color)
    darker = flat.sum(axis=0) < share.color.sum(axis=0)
    on_rim = np.where(
        darker, shaded_as(share.color, flat, colors), lit_as(share.color, flat, colors)
    )
    return np.clip(np.where(share.rim, on_rim, mixed), 0, 1)


def _shading(
    before: Floats,
    layer: Planes,
    after: Floats,
    role: LayerRole,
    modes: dict[LayerRole, BlendMode],
) -> Floats:
    """The colors of a shading layer on `after` that do what it did on `before`."""
    mode, colors = modes[role], layer[:3]
    if mode is BlendMode.MULTIPLY:
        return factors(before, colors)
    carry = shaded_as if role is LayerRole.SHADOW else lit_as
    formula = FORMULAS[mode]
    wanted = carry(before, formula.blend(before, colors), after)
    colors = formula.inverse(after, reachable(mode, after, wanted))
    return np.asarray(np.clip(colors, 0, 1))
