"""What thinner lines bare: the colors beside a line, carried on to its middle.

Under a line nobody saw where two flats meet, or a shadow ends: an engine puts the border anywhere
there. What a line gives up takes the layers of the nearest pixel that was seen beside it, so that
both sides meet in its middle, smoothed as a painter's edge is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layers import LayerRole, Rgba

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Layers = dict[LayerRole, Rgba]
"""Of what lies under the lines, by role."""

SEEN = 0.02
"""Ink of less coverage hides nothing."""
STRONG = 0.5
"""Ink of this coverage hides what lies under it and its soft edge, and what is a pixel beside it is
often mixed with it; what shows through fainter lines was seen."""
EDGE = 2
"""Pixels that a line's soft edge reaches beyond its strong ink."""
BLUR = 0.6
"""Standard deviation in pixels of a painter's edge."""


def margin(radius: float) -> int:
    """Pixels around a place that have a part in it, where lines lose `radius` on each side."""
    return _farthest(radius) + EDGE + 1


def _farthest(radius: float) -> int:
    """How far a bared pixel may be from one that was seen."""
    return int(np.ceil(radius)) + 2 * EDGE


def fill_bared(layers: Layers, before: Floats, after: Floats, radius: float) -> Layers:
    """Fill what lines bare with what lies beside them.

    Args:
        layers: three pictures (h, w, 4) that lie under the lines.
        before: (h, w) the lines' coverage in [0, 1].
        after: (h, w) what is left of it.
        radius: what lines lose on each side, in pixels.

    Returns:
        New layers, which differ where a pixel is bared; the flat color's alpha stays.
    """
    flat = layers[LayerRole.FLAT_COLOR]
    strong = before >= STRONG
    hidden = (before > SEEN) & _around(strong, EDGE) | _around(strong, 1)
    seen = (flat[..., 3] > np.iinfo(flat.dtype).max / 2) & ~hidden
    if not (seen.any() and hidden.any()):
        return {role: layer.copy() for role, layer in layers.items()}
    apart, nearest = _nearest(seen)
    filled = hidden & (flat[..., 3] > 0) & (apart <= _farthest(radius))
    bared = filled & _around(after < before, 1)
    return {role: _filled(layer, role, nearest, filled, bared) for role, layer in layers.items()}


def _around(mask: Mask, pixels: int) -> Mask:
    side = 2 * pixels + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def _nearest(seen: Mask) -> tuple[Floats, NDArray[np.intp]]:
    """(h, w) how far the nearest pixel is that was seen, and which it is."""
    apart, labels = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.zeros(labels.max() + 1, np.intp)
    places[labels[seen]] = np.flatnonzero(seen)
    return np.asarray(apart, np.float32), places[labels]


def _filled(
    layer: Rgba, role: LayerRole, nearest: NDArray[np.intp], filled: Mask, bared: Mask
) -> Rgba:
    whole = layer.copy()
    whole[filled] = layer.reshape(-1, 4)[nearest[filled]]
    out = layer.copy()
    out[bared] = _smooth(whole)[bared]
    if role is LayerRole.FLAT_COLOR:
        out[..., 3] = layer[..., 3]
    return out


def _smooth(layer: Rgba) -> Rgba:
    """Blurred a little, each color by its coverage."""
    planes = np.asarray(layer, np.float32)
    weighted = planes[..., :3] * planes[..., 3:]
    mixed = cv2.GaussianBlur(np.dstack([weighted, planes[..., 3]]), (3, 3), BLUR)
    out = np.zeros_like(layer)
    shown = np.rint(mixed[..., 3]) > 0
    out[shown, :3] = np.rint(mixed[shown, :3] / mixed[shown, 3:])
    out[shown, 3] = np.rint(mixed[shown, 3])
    return out
