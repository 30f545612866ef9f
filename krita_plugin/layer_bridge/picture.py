"""What passes between the canvas and the rest of the plugin: pictures, layers, refusals."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Tuple

SRGB = "sRGB-elle-V2-srgbtrc.icc"
"""Krita's name for the colour profile of the web, which every Krita has."""


class Refusal(Exception):
    """Why the canvas can't be read or written, and what to do: one sentence for the artist."""


class Busy(Refusal):
    """Krita is at work on the document, as in the middle of a stroke; later it may go."""


class ColorSpace(NamedTuple):
    """How a document or a layer keeps its colours, in Krita's words."""

    model: str
    depth: str
    profile: str

    @property
    def bits(self) -> int:
        """8 or 16, of integer channels."""
        return int(self.depth[1:])


class Picture(NamedTuple):
    """What was read: a box of the canvas as raw rows."""

    width: int
    """Pixels"""
    height: int
    """Pixels"""
    depth: int
    """Bits a channel: 8 or 16"""
    pixels: bytearray
    """Rows of R G B A, straight alpha, 16 bits little-endian"""
    x: int
    """Left edge on the canvas, pixels; 0 unless the scope is the selection"""
    y: int
    """Top edge on the canvas, pixels; 0 unless the scope is the selection"""
    notice: Optional[str]
    """What the artist should know about this reading, one sentence"""
    canvas: Optional[Tuple[int, int]] = None
    """Width and height of the document when it was read, pixels"""
    profile: str = SRGB
    """The name of the colour profile whose numbers these are"""
    originals: Tuple[Any, ...] = ()
    """Unique ids of the layers that these pixels stand for; none of a selection, which is a part"""


class PlacedLayer(NamedTuple):
    """One layer to put into a document."""

    role: str
    name: str
    blend_mode: str
    """The protocol's name: "linear-dodge\""""
    x: int
    """Left edge of its box in the picture, pixels"""
    y: int
    """Top edge of its box in the picture, pixels"""
    width: int
    """Pixels; 0 for an empty layer"""
    height: int
    """Pixels; 0 for an empty layer"""
    pixels: Any
    """Bytes-like: the box's rows of R G B A, in the picture's depth"""
