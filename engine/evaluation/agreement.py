"""How near layers are to an artist's own: lines, flats, shadow and highlight.

Pixels whose true flat is not opaque are not judged (nobody sees what lies there), nor are those of
blush and glow, which artists put in any layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing import Planes, blend_over, premultiply, to_planes
from engine.evaluation.cases import Truth
from engine.evaluation.fidelity import Colors, Mask, over_white, psnr
from engine.layers import BlendMode, Layer, LayerRole

Plane = NDArray[np.float32]
"""(H, W) float32"""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""ITU-R BT.709, item 3.2."""
OPAQUE, SOFT = 0.95, 0.1
"""A flat's least coverage to be judged, and from which of blush or glow a pixel is not."""
INK = 0.5
"""Coverage over which a pixel is of a line."""
TRACE = 0.05
"""Coverage over which a pixel holds some of a line."""
NEAR = 3
"""Pixels from a true line within which ink is not spurious."""
SAME_COLOR = 8.5 / 255
"""A flat's largest difference in any channel that still counts as the same color."""
SEEN = 0.02
"""The least luminance that a shadow takes, or a highlight adds, to count."""
DRAWN = 0.001
"""The share of judged pixels that a shadow or highlight must touch to be there at all."""
SQUARE, CROSS = np.ones((3, 3), np.uint8), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)

Scores = dict[str, float | None]
"""By measure; None where the truth has nothing to measure against."""


@dataclass(frozen=True)
class Judged:
    """Which pixels of a case count, each (H, W)."""

    all: Mask
    far_from_lines: Mask
    off_lines: Mask


def agreement(layers: Mapping[LayerRole, Layer], truth: Truth) -> Scores:
    """Measure four layers against the true ones.

    Args:
        layers: by role, of the truth's size, in any blend modes.
        truth: the artist's layers.

    Returns:
        line_f1, line_spurious, flat_psnr, flat_exact, shadow_iou, shadow_spurious, highlight_iou,
        highlight_spurious: see `engine.evaluation.MEASURES`.
    """
    judged = _judged(truth)
    flat, true_flat = (
        to_planes(rgba) for rgba in (layers[LayerRole.FLAT_COLOR].rgba, truth[LayerRole.FLAT_COLOR])
    )
    scores = _lines(layers[LayerRole.LINE_ART], truth, judged)
    scores |= _flats(flat, true_flat, judged)
    for role, sign in ((LayerRole.SHADOW, -1), (LayerRole.HIGHLIGHT, 1)):
        layer, true_layer = layers[role], Layer(role, BlendMode.NORMAL, truth[role])
        found, true = (
            sign * _effect(below, one)[judged.off_lines]
            for below, one in ((flat, layer), (true_flat, true_layer))
        )
        scores |= {f"{role}_{key}": value for key, value in _shading(found, true).items()}
    return scores


def _judged(truth: Truth) -> Judged:
    flat, line = _alpha(truth[LayerRole.FLAT_COLOR]), _alpha(truth[LayerRole.LINE_ART])
    counts = flat > OPAQUE
    if truth.soft is not None:
        counts &= _alpha(truth.soft) < SOFT
    traces = line > TRACE
    return Judged(counts, counts & ~_grown(traces, CROSS, NEAR), counts & ~_grown(traces, CROSS, 1))


def _lines(layer: Layer, truth: Truth, judged: Judged) -> Scores:
    ink = _ink(layer)
    return {
        "line_f1": _f1(ink > INK, _alpha(truth[LayerRole.LINE_ART]) > INK),
        "line_spurious": _share(ink > TRACE, judged.far_from_lines),
    }


def _ink(layer: Layer) -> Plane:
    """How much ink covers each pixel; of line art on white paper, how dark it is."""
    planes = to_planes(layer.rgba)
    alpha: Plane = planes[3]
    if layer.blend_mode is BlendMode.NORMAL and alpha.min() < INK:
        return alpha
    return np.asarray(alpha * (1 - planes[:3].min(axis=0)))


def _f1(found: Mask, true: Mask) -> float:
    """F1 of two sets of pixels, where a pixel counts if the other set comes within one of it."""
    if not true.any():
        return float(not found.any())
    precision = float(_grown(true, SQUARE, 1)[found].sum()) / max(int(found.sum()), 1)
    recall = float(_grown(found, SQUARE, 1)[true].sum()) / int(true.sum())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def _flats(flat: Planes, true_flat: Planes, judged: Judged) -> Scores:
    colors, true = (over_white(premultiply(planes)) for planes in (flat, true_flat))
    if not judged.all.any():
        return {"flat_psnr": None, "flat_exact": None}
    same = np.abs(colors - true).max(axis=0) < SAME_COLOR
    return {
        "flat_psnr": psnr(colors, true, judged.all),
        "flat_exact": _share(same, judged.all),
    }


def _effect(flat: Planes, layer: Layer) -> Plane:
    """(H, W): how much luminance, over white, a layer adds to a flat color."""
    below = premultiply(flat)
    above = blend_over(below, to_planes(layer.rgba), layer.blend_mode)
    return _luminance(over_white(above)) - _luminance(over_white(below))


def _luminance(colors: Colors) -> Plane:
    return np.asarray(np.tensordot(LUMINANCE, colors, axes=1))


def _shading(found: Plane, true: Plane) -> Scores:
    """Soft intersection over union; or, where nothing is drawn, what was made up."""
    if not true.size:
        return {"iou": None, "spurious": None}
    if (true > SEEN).mean() <= DRAWN:
        return {"iou": None, "spurious": float((found > SEEN).mean())}
    found, true = (np.where(effect > SEEN, effect, 0) for effect in (found, true))
    overlap = float(np.minimum(found, true).sum() / np.maximum(found, true).sum())
    return {"iou": overlap, "spurious": None}


def _share(what: Mask, of: Mask) -> float | None:
    return float(what[of].mean()) if of.any() else None


def _alpha(rgba: NDArray[np.integer]) -> Plane:
    """(H, W) in [0, 1]"""
    return np.asarray(rgba[..., 3] / np.float32(np.iinfo(rgba.dtype).max), np.float32)


def _grown(mask: Mask, shape: NDArray[np.uint8], times: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), shape, iterations=times), bool)
