"""Line art: thicker, thinner, in another color."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands, with_halo
from engine.editing.bared import Floats, Layers, fill_bared, margin
from engine.editing.regions import Color
from engine.editing.repaint import UNDER
from engine.layers import LayerRole, LayerStack, Rgba

LEAST_PLACES = 16
"""On a circle that are looked at; on a large one they are a pixel apart."""
STRENGTH = 4
"""The power of its coverage with which ink counts: the color of faint ink, hardly seen, is what was
left over in a pixel, and is not to come forward."""
TALL = 4
"""How many times taller than what it looks beyond itself a band is at least."""


def color_lines(stack: LayerStack, color: Color) -> LayerStack:
    """Give all line art one color; its coverage stays.

    Args:
        stack: the layers.
        color: red, green, blue of 0 to 255.
    """
    line = stack[LayerRole.LINE_ART].rgba.copy()
    top = np.iinfo(line.dtype).max
    line[line[..., 3] > 0, :3] = np.rint(np.array(color) * (top / 255))
    return stack.with_pictures({LayerRole.LINE_ART: line})


def widen_lines(stack: LayerStack, pixels: float) -> LayerStack:
    """Make all line art thicker, or thinner, antialiased.

    Half of it is added, or taken, on each side: gray dilation and erosion of the coverage with a
    disc (Serra 1982), a fraction of a pixel by linear interpolation, so that soft and faint lines
    stay so. Where a line that becomes thinner runs along transparency, what lies under it goes back
    with it; everywhere else the layers under it are there already.

    Args:
        stack: the layers.
        pixels: added to every line's width; taken from it if negative.
    """
    radius = abs(pixels) / 2
    reach = int(np.ceil(radius)) + 1 + (margin(radius) if pixels < 0 else 0)
    out = {role: stack[role].rgba.copy() for role in LayerRole}
    source = {role: stack[role].rgba for role in LayerRole}

    def work(rows: slice) -> None:
        outer, inner = with_halo(rows, stack.height, reach)
        if not source[LayerRole.LINE_ART][outer][..., 3].any():
            return
        band = {role: layer[outer] for role, layer in source.items()}
        changed = _thickened(band, radius) if pixels > 0 else _thinned(band, radius)
        for role, layer in changed.items():
            out[role][rows] = layer[inner]

    map_bands(work, stack.height, stack.width, least_rows=TALL * reach)
    return stack.with_pictures(out)


def _thickened(layers: Layers, radius: float) -> Layers:
    return {LayerRole.LINE_ART: _thicker(layers[LayerRole.LINE_ART], radius)}


def _thinned(layers: Layers, radius: float) -> Layers:
    """Thinner lines; what they bare takes what lies beside them, or goes back with them."""
    line = layers[LayerRole.LINE_ART]
    thinner = _thinner(line, radius)
    under = {role: layers[role] for role in UNDER}
    under = fill_bared(under, _coverage(line), _coverage(thinner), radius)
    bound, held = _bound([*layers.values()], radius), line[..., 3] > 0
    for layer in under.values():
        layer[..., 3] = np.where(held, np.minimum(layer[..., 3], bound), layer[..., 3])
        layer[layer[..., 3] == 0] = 0
    return {**under, LayerRole.LINE_ART: thinner}


def _thicker(line: Rgba, radius: float) -> Rgba:
    """What is added has the color of the strong ink nearby, what was there keeps its own as far as
    it was strong itself."""
    top = np.iinfo(line.dtype).max
    before = _coverage(line)
    after = _dilated(before, radius)
    out = np.zeros_like(line)
    out[..., 3] = np.rint(after * top)
    inked = out[..., 3] > 0
    kept = ((before / np.maximum(after, 1 / top)) ** STRENGTH)[inked, None]
    ink = _strong_ink(line, before, radius)[inked]
    color = ink + kept * (line[inked, :3] - ink)
    out[inked, :3] = np.rint(color)
    return out


def _thinner(line: Rgba, radius: float) -> Rgba:
    top = np.iinfo(line.dtype).max
    out = line.copy()
    out[..., 3] = np.rint(_eroded(_coverage(line), radius) * top)
    out[out[..., 3] == 0] = 0
    return out


def _bound(layers: list[Rgba], radius: float) -> NDArray[Any]:
    """(h, w) how opaque what lies under the lines may be: the silhouette, gone back."""
    clear = np.ones(layers[0].shape[:2], np.float32)
    for layer in layers:
        clear *= 1 - _coverage(layer)
    dtype = layers[0].dtype
    return np.rint(_eroded(1 - clear, radius) * np.iinfo(dtype).max).astype(dtype)


def _coverage(layer: Rgba) -> Floats:
    """(h, w) alpha in [0, 1]"""
    return np.asarray(layer[..., 3] / np.float32(np.iinfo(layer.dtype).max), np.float32)


def _eroded(coverage: Floats, radius: float) -> Floats:
    return np.asarray(1 - _dilated(1 - coverage, radius), np.float32)


def _dilated(coverage: Floats, radius: float) -> Floats:
    """(h, w) the most coverage within a distance of `radius` pixels of each pixel.

    Whole steps inside the circle, and places on the circle itself, between pixels.
    """
    reach = np.arange(-int(radius), int(radius) + 1)
    disc = (np.hypot(reach[:, None], reach) <= radius).astype(np.uint8)
    out = np.asarray(cv2.dilate(coverage, disc, borderType=cv2.BORDER_REPLICATE), np.float32)
    border = int(radius) + 1
    wide = np.pad(coverage, border, mode="edge")
    places = max(LEAST_PLACES, int(np.ceil(2 * np.pi * radius)))
    for angle in np.arange(places) * (2 * np.pi / places):
        top, left = border + radius * np.sin(angle), border + radius * np.cos(angle)
        out = np.maximum(out, _cut(wide, top, left, coverage.shape))
    return out


def _cut(picture: Floats, top: float, left: float, shape: tuple[int, ...]) -> Floats:
    """(h, w) of a picture from a corner between pixels, by bilinear interpolation.

    Not by OpenCV's warps, which know no sides over 32,766 pixels.
    """
    (y, x), (height, width) = (int(top), int(left)), shape
    down, right = np.float32(top - y), np.float32(left - x)
    rows = picture[y : y + height]
    rows = rows + down * (picture[y + 1 : y + 1 + height] - rows)
    columns = rows[:, x : x + width]
    return np.asarray(columns + right * (rows[:, x + 1 : x + 1 + width] - columns), np.float32)


def _strong_ink(line: Rgba, coverage: Floats, radius: float) -> Floats:
    """(h, w, 3) the mean color of the ink within reach."""
    size = 2 * (int(np.ceil(radius)) + 1) + 1
    weight = coverage**STRENGTH
    total = np.maximum(cv2.blur(weight, (size, size)), np.float32(1e-12))
    mixed = cv2.blur(line[..., :3] * weight[..., None], (size, size))
    return np.asarray(mixed / total[..., None])
