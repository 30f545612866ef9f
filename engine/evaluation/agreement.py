"""How near layers are to an artist's own: lines, flats, shadow and highlight.

Pixels whose true flat is not opaque are not judged (nobody sees what lies there), nor are those of
blush and glow, which artists put in any layer. All is counted band by band: a large picture is
never there as floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import bands, with_halo
from engine.compositing import Planes, blend_over, premultiply, to_planes
from engine.evaluation.cases import Truth
from engine.evaluation.fidelity import Colors, Mask, Sums, add_up, decibels, over_white
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
TALL = 64
"""Rows of a band at least, for each of its neighbours' that it looks at."""
SQUARE, CROSS = np.ones((3, 3), np.uint8), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)

Scores = dict[str, float | None]
"""By measure; None where the truth has nothing to measure against."""


@dataclass(frozen=True)
class Judged:
    """Which pixels of a band count, each (H, W)."""

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
    height, width = truth[LayerRole.FLAT_COLOR].shape[:2]
    paper = _has_paper(layers[LayerRole.LINE_ART])
    parts = []
    for rows in bands(height, width, TALL * NEAR):
        outer, inner = with_halo(rows, height, NEAR)
        cut = {role: Layer(role, one.blend_mode, one.rgba[outer]) for role, one in layers.items()}
        parts.append(_sums(cut, truth.rows(outer), inner, paper))
    total = add_up(parts)
    scores = {
        "line_f1": _f1(total),
        "line_spurious": _share(total["inked"], total["far"]),
        "flat_psnr": decibels(total["squared"], 3 * total["judged"]) if total["judged"] else None,
        "flat_exact": _share(total["same"], total["judged"]),
    }
    return scores | _shading(total, LayerRole.SHADOW) | _shading(total, LayerRole.HIGHLIGHT)


def _has_paper(line_art: Layer) -> bool:
    """Whether a layer of line art is opaque all over, or blended so that white does nothing."""
    if line_art.blend_mode is not BlendMode.NORMAL:
        return True
    return bool(line_art.rgba[..., 3].min() >= INK * np.iinfo(line_art.rgba.dtype).max)


def _sums(layers: Mapping[LayerRole, Layer], truth: Truth, inner: slice, paper: bool) -> Sums:
    """What the rows `inner` of a band add."""
    judged = _judged(truth, inner)
    flat, true_flat = (
        to_planes(rgba) for rgba in (layers[LayerRole.FLAT_COLOR].rgba, truth[LayerRole.FLAT_COLOR])
    )
    ink = _ink(layers[LayerRole.LINE_ART], paper)
    sums = _line_sums(ink > INK, _alpha(truth[LayerRole.LINE_ART]) > INK, inner)
    sums |= {
        "far": int(judged.far_from_lines.sum()),
        "inked": int((ink > TRACE)[judged.far_from_lines].sum()),
        "off_lines": int(judged.off_lines.sum()),
    }
    sums |= _flat_sums(flat, true_flat, judged.all)
    for role, sign in ((LayerRole.SHADOW, -1), (LayerRole.HIGHLIGHT, 1)):
        true_layer = Layer(role, BlendMode.NORMAL, truth[role])
        found, true = (
            sign * _effect(below, one)[judged.off_lines]
            for below, one in ((flat, layers[role]), (true_flat, true_layer))
        )
        sums |= {f"{role}_{key}": value for key, value in _shading_sums(found, true).items()}
    return sums


def _judged(truth: Truth, inner: slice) -> Judged:
    flat, line = _alpha(truth[LayerRole.FLAT_COLOR]), _alpha(truth[LayerRole.LINE_ART])
    counts = np.zeros(flat.shape, bool)
    counts[inner] = flat[inner] > OPAQUE
    if truth.soft is not None:
        counts &= _alpha(truth.soft) < SOFT
    traces = line > TRACE
    return Judged(counts, counts & ~_grown(traces, CROSS, NEAR), counts & ~_grown(traces, CROSS, 1))


def _ink(layer: Layer, paper: bool) -> Plane:
    """How much ink covers each pixel; of line art on white paper, how dark it is."""
    planes = to_planes(layer.rgba)
    alpha: Plane = planes[3]
    return np.asarray(alpha * (1 - planes[:3].min(axis=0))) if paper else alpha


def _line_sums(found: Mask, true: Mask, inner: slice) -> dict[str, float]:
    """How many pixels are of a line, and how many of them come within one pixel of the others."""
    near_true, near_found = _grown(true, SQUARE, 1)[inner], _grown(found, SQUARE, 1)[inner]
    return {
        "found": int(found[inner].sum()),
        "right": int(near_true[found[inner]].sum()),
        "true": int(true[inner].sum()),
        "met": int(near_found[true[inner]].sum()),
    }


def _f1(total: Sums) -> float:
    """F1 of two sets of pixels, where a pixel counts if the other set comes within one of it."""
    if not total["true"]:
        return float(not total["found"])
    precision, recall = total["right"] / max(total["found"], 1), total["met"] / total["true"]
    return 2 * precision * recall / max(precision + recall, 1e-9)


def _flat_sums(flat: Planes, true_flat: Planes, judged: Mask) -> dict[str, float]:
    apart = np.abs(over_white(premultiply(flat)) - over_white(premultiply(true_flat)))[:, judged]
    return {
        "judged": apart.shape[1],
        "same": int((apart.max(axis=0) < SAME_COLOR).sum()),
        "squared": float(np.square(apart, dtype=np.float64).sum()),
    }


def _effect(flat: Planes, layer: Layer) -> Plane:
    """(H, W): how much luminance, over white, a layer adds to a flat color."""
    below = premultiply(flat)
    above = blend_over(below, to_planes(layer.rgba), layer.blend_mode)
    return _luminance(over_white(above)) - _luminance(over_white(below))


def _luminance(colors: Colors) -> Plane:
    return np.asarray(np.tensordot(LUMINANCE, colors, axes=1))


def _shading_sums(found: Plane, true: Plane) -> dict[str, float]:
    """How many pixels each touches, and the luminance that both move, or either."""
    seen, drawn = found > SEEN, true > SEEN
    found, true = np.where(seen, found, 0), np.where(drawn, true, 0)
    return {
        "seen": int(seen.sum()),
        "drawn": int(drawn.sum()),
        "both": float(np.minimum(found, true).sum(dtype=np.float64)),
        "either": float(np.maximum(found, true).sum(dtype=np.float64)),
    }


def _shading(total: Sums, role: LayerRole) -> Scores:
    """Soft intersection over union; or, where nothing is drawn, what was made up."""
    seen, drawn, both, either = (
        total[f"{role}_{key}"] for key in ("seen", "drawn", "both", "either")
    )
    made_up = drawn <= DRAWN * total["off_lines"]
    return {
        f"{role}_iou": None if made_up else both / either,
        f"{role}_spurious": _share(seen, total["off_lines"]) if made_up else None,
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _alpha(rgba: NDArray[np.integer]) -> Plane:
    """(H, W) in [0, 1]"""
    return np.asarray(rgba[..., 3] / np.float32(np.iinfo(rgba.dtype).max), np.float32)


def _grown(mask: Mask, shape: NDArray[np.uint8], times: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), shape, iterations=times), bool)
