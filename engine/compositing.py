"""Put layers together, and measure how far the result is from a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.blending import FORMULAS
from engine.layers import BlendMode, Layer, LayerStack, Rgba

Premultiplied = NDArray[np.float32]
"""(H, W, 4) float32 in [0, 1], colour premultiplied by alpha."""
Straight = NDArray[np.float32]
"""(H, W, 4) float32 in [0, 1], straight alpha."""


def to_floats(rgba: Rgba) -> Straight:
    """(H, W, 4) integers -> float32 in [0, 1], still straight."""
    return np.asarray(rgba, np.float32) / np.float32(np.iinfo(rgba.dtype).max)


def premultiply(rgba: Rgba) -> Premultiplied:
    """(H, W, 4) integers, straight -> float32 in [0, 1], premultiplied."""
    out = to_floats(rgba)
    out[..., :3] *= out[..., 3:]
    return out


def blend_over(backdrop: Premultiplied, layer: Straight, mode: BlendMode) -> Premultiplied:
    """Composite one straight-alpha layer over a backdrop (W3C Compositing Level 1, 5.1 and 9).

    co = as (1 - ab) cs + as ab B(cb, cs) + (1 - as) ab cb, ao = as + ab (1 - as), with the
    backdrop premultiplied (ab cb) and the layer straight.
    """
    cs, alpha_s = layer[..., :3], layer[..., 3:]
    if not alpha_s.any():
        return backdrop
    cb_premultiplied, alpha_b = backdrop[..., :3], backdrop[..., 3:]
    mixed = cs
    if mode is not BlendMode.NORMAL:
        cb = np.zeros_like(cb_premultiplied)
        np.divide(cb_premultiplied, alpha_b, out=cb, where=alpha_b > 0)
        mixed = (1 - alpha_b) * cs + alpha_b * FORMULAS[mode].blend(cb, cs).astype(np.float32)
    out = np.empty_like(backdrop)
    out[..., :3] = alpha_s * mixed + (1 - alpha_s) * cb_premultiplied
    out[..., 3:] = alpha_s + alpha_b * (1 - alpha_s)
    return out


def composite_band(layers: Iterable[Layer], rows: slice, columns: slice) -> Premultiplied:
    """Composite a window of layers, bottom first, over nothing."""
    out: Premultiplied | None = None
    for layer in layers:
        part = layer.rgba[rows, columns]
        if out is None:
            out = np.zeros(part.shape, np.float32)
        out = blend_over(out, to_floats(part), layer.blend_mode)
    if out is None:
        raise ValueError("nothing to composite: there are no layers")
    return out


def unpremultiply(premultiplied: Premultiplied, dtype: np.dtype[np.generic]) -> Rgba:
    """float32 premultiplied -> integers of `dtype`, straight, rounded; alpha 0 has colour 0."""
    top = np.float32(np.iinfo(dtype).max)
    alpha = np.rint(premultiplied[..., 3:] * top)
    colour = np.zeros_like(premultiplied[..., :3])
    np.divide(
        premultiplied[..., :3], premultiplied[..., 3:], out=colour, where=premultiplied[..., 3:] > 0
    )
    colour = np.where(alpha > 0, np.rint(np.clip(colour, 0, 1) * top), 0)
    return np.concatenate([colour, np.clip(alpha, 0, top)], axis=-1).astype(dtype)


def composite(stack: LayerStack | Sequence[Layer]) -> Rgba:
    """The picture that the layers make: (H, W, 4), straight alpha, in the layers' own dtype."""
    layers = tuple(stack)
    shape, dtype = layers[0].rgba.shape, layers[0].rgba.dtype
    out = np.empty(shape, dtype)

    def work(rows: slice) -> None:
        out[rows] = unpremultiply(composite_band(layers, rows, slice(None)), dtype)

    map_bands(work, shape[0], shape[1])
    return out


def difference(picture: Rgba, other: Rgba) -> NDArray[np.float32]:
    """(H, W) float32: how far two pictures of one dtype are apart at each pixel, in [0, 1].

    The larger of the difference of alpha and of premultiplied colour; colour under alpha 0 does
    not count.
    """
    return np.asarray(np.abs(premultiply(picture) - premultiply(other)).max(axis=-1))
