"""The vocabulary: roles, blend modes, compositions, and the stack of four layers.

A picture at rest is `rgba`: (H, W, 4), uint8 or uint16, straight alpha, row 0 at the top, in the
document's own colour numbers. Stacks are bottom first. This module knows no pixels' meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[Any]
"""(H, W, 4) uint8 or uint16, straight alpha."""


def content_box(rgba: Rgba) -> tuple[slice, slice]:
    """The smallest rows and columns that hold every pixel with alpha; both empty if none has."""
    # Little-endian, a pixel is one integer with alpha on top: its maximum is quick to find.
    bits = 8 * rgba.itemsize
    pixels = np.ascontiguousarray(rgba).view(f"<u{bits // 2}")[..., 0]
    rows = np.flatnonzero(pixels.max(axis=1) >= 1 << 3 * bits)
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    held = slice(int(rows[0]), int(rows[-1]) + 1)
    columns = np.flatnonzero(pixels[held].max(axis=0) >= 1 << 3 * bits)
    return held, slice(int(columns[0]), int(columns[-1]) + 1)


class LayerRole(StrEnum):
    """What a layer holds; the order of the members is the order of the stack, bottom first."""

    FLAT_COLOR = "flat_color"
    SHADOW = "shadow"
    HIGHLIGHT = "highlight"
    LINE_ART = "line_art"

    @property
    def display_name(self) -> str:
        """The layer's name in a host's layer list: "Flat Color"."""
        return self.value.replace("_", " ").title()


class BlendMode(StrEnum):
    """How a layer's colour mixes with what lies under it (W3C compositing names)."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    LIGHTEN = "lighten"
    DARKEN = "darken"
    LINEAR_DODGE = "linear-dodge"


def _composition(shadow: BlendMode, highlight: BlendMode) -> Mapping[LayerRole, BlendMode]:
    return MappingProxyType(
        {
            LayerRole.FLAT_COLOR: BlendMode.NORMAL,
            LayerRole.SHADOW: shadow,
            LayerRole.HIGHLIGHT: highlight,
            LayerRole.LINE_ART: BlendMode.NORMAL,
        }
    )


COMPOSITIONS: Mapping[str, Mapping[LayerRole, BlendMode]] = MappingProxyType(
    {
        "production": _composition(BlendMode.MULTIPLY, BlendMode.LIGHTEN),
        "screen": _composition(BlendMode.MULTIPLY, BlendMode.SCREEN),
        "glow": _composition(BlendMode.MULTIPLY, BlendMode.LINEAR_DODGE),
        "normal": _composition(BlendMode.NORMAL, BlendMode.NORMAL),
    }
)
"""The blend modes of a stack, by name (production: the paper's Fig. 9b; normal: its sec. 5.1)."""

DEFAULT_COMPOSITION = "production"


@dataclass(frozen=True)
class Layer:
    """One layer of a stack; its opacity is always 1."""

    role: LayerRole
    blend_mode: BlendMode
    rgba: Rgba
    """Full canvas, straight alpha; colour under alpha 0 is 0."""

    @property
    def name(self) -> str:
        """The name that hosts and files show."""
        return self.role.display_name


@dataclass(frozen=True)
class ModelOutput:
    """What a model of a size of its own said, before it was brought to the canvas's."""

    picture: NDArray[np.float32]
    """(h, w, 4) in [0, 1], straight alpha: what it was shown"""
    layers: Mapping[LayerRole, NDArray[np.float32]]
    """By role, as `picture`, in normal blending"""


@dataclass(frozen=True)
class Proposal:
    """What an engine thinks the layers are: four full-canvas pictures, all in normal blending.

    Normal blending says what the picture looks like after each layer, whatever composition the
    artist chose; `engine.reconcile` turns it into that composition and makes it exact, in these
    arrays. All four have the source's shape and dtype, straight alpha.
    """

    flat_color: Rgba
    """Opaque where the source is, under the lines too; its colour is one a region."""
    shadow: Rgba
    """Colour: the flat color as shaded. Alpha: the shadow's coverage."""
    highlight: Rgba
    """Colour: the shaded flat color as lit. Alpha: the highlight's coverage."""
    line_art: Rgba
    """Colour: the ink's. Alpha: its coverage, nothing of what lies under it."""
    model_output: ModelOutput | None = field(default=None, kw_only=True)
    """Where an engine brought these from another size: what they were there."""


@dataclass(frozen=True)
class Reconstruction:
    """How well the restacked layers give the source back."""

    psnr_db: float
    """Peak signal-to-noise ratio over premultiplied RGBA, in dB; 99 where nothing differs."""
    max_error: float
    """The largest difference of alpha or premultiplied colour, in 1/255."""
    moved: Mapping[LayerRole, float] = field(default_factory=dict)
    """Mean absolute change of each layer against the engine's proposal, in 1/255."""


@dataclass(frozen=True)
class LayerStack:
    """Four layers, bottom first, that together give a picture back."""

    layers: tuple[Layer, ...]
    composition: str
    engine: str
    reconstruction: Reconstruction
    edits: tuple[str, ...] = ()
    """What was changed since they were found, one line each"""

    def __post_init__(self) -> None:
        roles = [layer.role for layer in self.layers]
        if roles != list(LayerRole):
            raise ValueError(f"a stack has one layer of each role, bottom first, not {roles}")
        if len({(layer.rgba.shape, layer.rgba.dtype) for layer in self.layers}) > 1:
            raise ValueError("the layers of a stack have one shape and one dtype")

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, role: LayerRole) -> Layer:
        return next(layer for layer in self.layers if layer.role is role)

    def with_pictures(self, pictures: Mapping[LayerRole, Rgba]) -> LayerStack:
        """The stack with other pictures in some of its layers."""
        layers = (replace(one, rgba=pictures.get(one.role, one.rgba)) for one in self)
        return replace(self, layers=tuple(layers))

    @property
    def height(self) -> int:
        """Rows, in pixels."""
        return int(self.layers[0].rgba.shape[0])

    @property
    def width(self) -> int:
        """Columns, in pixels."""
        return int(self.layers[0].rgba.shape[1])

    @property
    def depth(self) -> int:
        """Bits a channel: 8 or 16."""
        return int(np.iinfo(self.layers[0].rgba.dtype).bits)
