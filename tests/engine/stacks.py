"""Random proposals and sources, and hosts' integer arithmetic, for the tests of the restacking."""

import numpy as np

from engine import BlendMode, LayerStack, Proposal, Rgba


def random_rgba(
    rng: np.random.Generator, shape: tuple[int, int], dtype: type, coverage: float = 0.5
) -> Rgba:
    """Noise in colour and alpha; a pixel is transparent with probability 1 - `coverage`."""
    top = np.iinfo(dtype).max
    rgba = rng.integers(0, top + 1, (*shape, 4)).astype(dtype)
    rgba[..., 3] = np.where(rng.random(shape) < coverage, rgba[..., 3], 0)
    return rgba


def random_source(
    rng: np.random.Generator, shape: tuple[int, int], dtype: type, opaque: float
) -> Rgba:
    """Noise of which the share `opaque` is opaque, the rest half or wholly transparent."""
    source = random_rgba(rng, shape, dtype, 0.7)
    source[..., 3] = np.where(rng.random(shape) < opaque, np.iinfo(dtype).max, source[..., 3])
    return source


def random_proposal(rng: np.random.Generator, shape: tuple[int, int], dtype: type) -> Proposal:
    """Four layers of noise: the worst that an engine could propose."""
    return Proposal(*(random_rgba(rng, shape, dtype) for _ in range(4)))


def composite_in_bytes(stack: LayerStack) -> np.ndarray:
    """(H, W, 3): what Krita 5.1's 8-bit integer arithmetic shows of a stack over an opaque flat.

    Measured, equal on every pair of bytes: mul(a, b): t = ab + 128, ((t >> 8) + t) >> 8;
    mul3(a, b, c): t = abc + 0x7F5B, ((t >> 7) + t) >> 16.
    """

    def mul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        t = a * b + 128
        return ((t >> 8) + t) >> 8

    def mul3(a: np.ndarray, b: np.ndarray, c: np.ndarray | int) -> np.ndarray:
        t = a * b * c + 0x7F5B
        return ((t >> 7) + t) >> 16

    blend = {
        BlendMode.MULTIPLY: mul,
        BlendMode.SCREEN: lambda s, d: s + d - mul(s, d),
        BlendMode.LIGHTEN: np.maximum,
        BlendMode.DARKEN: np.minimum,
        BlendMode.LINEAR_DODGE: lambda s, d: np.minimum(s + d, 255),
    }
    out = stack.layers[0].rgba[..., :3].astype(np.int64)
    for layer in stack.layers[1:]:
        s, a = layer.rgba[..., :3].astype(np.int64), layer.rgba[..., 3:].astype(np.int64)
        if layer.blend_mode is BlendMode.NORMAL:
            out = np.rint((out * (255 - a) + s * a) / 255).astype(np.int64)
        else:
            out = mul3(255 - a, out, 255) + mul3(a, blend[layer.blend_mode](s, out), 255)
    return out
