"""Put layers together, and measure how far the result is from a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.blending import FORMULAS
from engine.layers import BlendMode, Layer, LayerStack, Rgba

Planes = NDArray[np.float32]
"""(4, H, W) float32 in [0, 1], R G B A, straight alpha. Planes, because numpy is several times
faster on them than on interleaved pixels."""
Premultiplied = NDArray[np.float32]
"""(4, H, W) float32 in [0, 1], colour premultiplied by alpha."""


def to_planes(rgba: Rgba) -> Planes:
    """(H, W, 4) integers -> (4, H, W) float32 in [0, 1], still straight."""
    planes = np.moveaxis(rgba, -1, 0).astype(np.float32, order="C")
    planes *= np.float32(1) / np.float32(np.iinfo(rgba.dtype).max)
    return planes


def to_rgba(planes: Planes, dtype: np.dtype[Any]) -> Rgba:
    """(4, H, W) float32 in [0, 1] -> (H, W, 4) integers of `dtype`, rounded; straight stays so."""
    out = np.empty((*planes.shape[1:], 4), dtype)
    top = np.float32(np.iinfo(dtype).max)
    for channel in range(4):
        out[..., channel] = np.rint(planes[channel] * top)
    return out


def quantize(values: NDArray[np.float32], top: np.float32) -> NDArray[np.float32]:
    """Round to the levels of a depth whose largest integer is `top`; still in [0, 1]."""
    return np.asarray(np.rint(values * top) / top, np.float32)


def premultiply(planes: Planes) -> Premultiplied:
    """Straight -> premultiplied, in a new array."""
    out = planes.copy()
    out[:3] *= planes[3]
    return out


def unpremultiply(planes: Premultiplied) -> Planes:
    """Premultiplied -> straight, in a new array; colour under alpha 0 is 0."""
    out = np.zeros_like(planes)
    np.divide(planes[:3], planes[3], out=out[:3], where=planes[3] > 0)
    out[3] = planes[3]
    return np.clip(out, 0, 1, out=out)


def blend_over(backdrop: Premultiplied, layer: Planes, mode: BlendMode) -> Premultiplied:
    """Composite one straight-alpha layer over a backdrop (W3C Compositing Level 1, 5.1 and 9).

    co = as (1 - ab) cs + as ab B(cb, cs) + (1 - as) ab cb, ao = as + ab (1 - as), with the
    backdrop premultiplied (ab cb) and the layer straight.
    """
    alpha_s, alpha_b = layer[3], backdrop[3]
    if not alpha_s.any():
        return backdrop
    mixed = in_normal(backdrop, layer, mode)[:3]
    out = np.empty_like(backdrop)
    out[:3] = backdrop[:3] + alpha_s * (mixed - backdrop[:3])
    out[3] = alpha_s + alpha_b * (1 - alpha_s)
    return out


def in_normal(backdrop: Premultiplied, layer: Planes, mode: BlendMode) -> Planes:
    """The layer that does in normal blending, over this backdrop, what one in `mode` does.

    Its colour is (1 - ab) cs + ab B(cb, cs), its alpha the same.
    """
    if mode is BlendMode.NORMAL:
        return layer
    cs, cb = layer[:3], unpremultiply(backdrop)[:3]
    out = np.empty_like(layer)
    out[:3] = cs + backdrop[3] * (FORMULAS[mode].blend(cb, cs) - cs)
    out[3] = layer[3]
    return out


def composite_planes(layers: Iterable[tuple[Planes, BlendMode]]) -> Premultiplied:
    """Composite straight-alpha planes, bottom first, over nothing."""
    out: Premultiplied | None = None
    for planes, mode in layers:
        out = blend_over(np.zeros_like(planes) if out is None else out, planes, mode)
    if out is None:
        raise ValueError("nothing to composite: there are no layers")
    return out


def composite(stack: LayerStack | Sequence[Layer]) -> Rgba:
    """The picture that the layers make: (H, W, 4), straight alpha, in the layers' own dtype."""
    layers = tuple(stack)
    out = np.empty_like(layers[0].rgba)

    def work(rows: slice) -> None:
        planes = composite_planes(
            (to_planes(layer.rgba[rows]), layer.blend_mode) for layer in layers
        )
        out[rows] = to_rgba(unpremultiply(planes), out.dtype)

    map_bands(work, out.shape[0], out.shape[1])
    return out


def difference(picture: Rgba, other: Rgba) -> NDArray[np.float32]:
    """(H, W) float32: how far two pictures of one dtype are apart at each pixel, in [0, 1].

    The larger of the difference of alpha and of premultiplied colour; colour under alpha 0 does
    not count.
    """
    apart = premultiply(to_planes(picture)) - premultiply(to_planes(other))
    return np.asarray(np.abs(apart).max(axis=0))
