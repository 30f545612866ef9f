"""Colour spaces of the fake host: native pixels to and from sRGB floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""(H, W, 4): R, G, B, A in [0, 1], straight, encoded as sRGB unless it says otherwise."""


class Space(NamedTuple):
    """A colour space in Krita's words."""

    model: str
    depth: str
    profile: str

    @property
    def channels(self) -> int:
        return {"RGBA": 4, "GRAYA": 2}[self.model]


def pixel_type(space: Space) -> np.dtype[Any]:
    """Of one channel."""
    return np.dtype({"U8": "u1", "U16": "<u2", "F32": "<f4"}[space.depth])


def _srgb_to_linear(encoded: Floats) -> Floats:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _linear_to_srgb(linear: Floats) -> Floats:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _as_it_is(values: Floats) -> Floats:
    return values


_FROM_SRGB: dict[str, Callable[[Floats], Floats]] = {
    "sRGB-elle-V2-srgbtrc.icc": _as_it_is,
    "Gray-D50-elle-V2-srgbtrc.icc": _as_it_is,
    "sRGB-elle-V2-g10.icc": _srgb_to_linear,
    "ClayRGB-elle-V2-g22.icc": lambda encoded: _srgb_to_linear(encoded) ** (1 / 2.2),
}
_TO_SRGB: dict[str, Callable[[Floats], Floats]] = {
    "sRGB-elle-V2-srgbtrc.icc": _as_it_is,
    "Gray-D50-elle-V2-srgbtrc.icc": _as_it_is,
    "sRGB-elle-V2-g10.icc": _linear_to_srgb,
    "ClayRGB-elle-V2-g22.icc": lambda encoded: _linear_to_srgb(encoded**2.2),
}


def to_floats(native: NDArray[Any], space: Space) -> Floats:
    """Native pixels as R, G, B, A in the space's own encoding."""
    top = np.iinfo(native.dtype).max if native.dtype.kind == "u" else 1
    values = native.astype(np.float64) / top
    if space.model == "GRAYA":
        return values[..., [0, 0, 0, 1]]
    return values if space.depth == "F32" else values[..., [2, 1, 0, 3]]


def to_native(values: Floats, space: Space) -> NDArray[Any]:
    """R, G, B, A in the space's own encoding as native pixels."""
    order = [0, 3] if space.model == "GRAYA" else [2, 1, 0, 3]
    if space.depth == "F32":
        return values.astype(pixel_type(space))
    top = np.iinfo(pixel_type(space)).max
    return np.rint(np.clip(values[..., order], 0, 1) * top).astype(pixel_type(space))


def decode(native: NDArray[Any], space: Space) -> Floats:
    """Native pixels as sRGB."""
    values = to_floats(native, space)
    values[..., :3] = _TO_SRGB[space.profile](values[..., :3])
    return values


def encode(values: Floats, space: Space) -> NDArray[Any]:
    """sRGB as native pixels."""
    values = values.copy()
    values[..., :3] = _FROM_SRGB[space.profile](values[..., :3])
    return to_native(values, space)
