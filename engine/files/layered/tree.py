"""A layered document as a tree, whatever program wrote it: groups and painted layers, bottom first.

Nothing is decoded until it is asked for, and only so much is kept that a document of many layers
does not fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError, UnsupportedImage
from engine.layers import Rgba, content_box

Decoded = TypeVar("Decoded")

KEPT_BYTES = 768 << 20
"""Decoded layers of a document that are kept; what is over is decoded each time it is asked for."""
DEEPEST = 64
"""Groups within groups; no program lets a document have so many."""


@dataclass(frozen=True)
class Patch:
    """Pixels somewhere on the canvas, or beside it."""

    rgba: Rgba
    """(h, w, 4) uint8 or uint16, straight alpha."""
    top: int
    left: int


@dataclass(frozen=True)
class Mask:
    """How much of a node shows."""

    values: NDArray[Any]
    """(h, w) uint8 or uint16; the largest integer shows all."""
    top: int
    left: int
    outside: float
    """What holds beside the values, 0 to 1."""


class Clipping(StrEnum):
    """Where a node paints."""

    NONE = "none"
    """Everywhere."""
    BASE = "base"
    """Only on the nearest node below it in its group that is not clipped itself (Photoshop)."""
    BELOW = "below"
    """Only on what lies below it in its group, all together (Krita's inherited alpha)."""


@dataclass(frozen=True)
class Node:
    """What groups and painted layers have in common."""

    name: str
    visible: bool
    opacity: float
    """0 to 1; of a PSD's layer with its fill."""
    blend_mode: str
    """W3C's name in kebab-case, else what the file says."""
    clipping: Clipping
    masks: tuple[Callable[[], Mask], ...]

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise ValueError("an opacity is out of its range")


@dataclass(frozen=True)
class PaintedLayer(Node):
    """A layer of pixels."""

    patch: Callable[[], Patch]
    """Decodes the pixels."""


@dataclass(frozen=True)
class Group(Node):
    """Layers that belong together."""

    children: tuple[Node, ...]
    """Bottom first."""
    pass_through: bool
    """Its layers blend with what lies below the group, too."""


@dataclass(frozen=True)
class LayeredDocument:
    """A document's layers."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    """Bottom first."""
    notes: tuple[str, ...]
    """What of it is not read, one sentence each."""

    def painted(self) -> Iterator[PaintedLayer]:
        """Every visible layer of pixels, bottom first."""
        yield from _painted(self.nodes)


def _painted(nodes: tuple[Node, ...]) -> Iterator[PaintedLayer]:
    for node in nodes:
        if not node.visible:
            continue
        if isinstance(node, Group):
            yield from _painted(node.children)
        elif isinstance(node, PaintedLayer):
            yield node


class Shelf:
    """Keeps what was decoded while it takes less than `KEPT_BYTES`."""

    def __init__(self) -> None:
        self._room = KEPT_BYTES

    def keeping(self, name: str, decode: Callable[[], Patch]) -> Callable[[], Patch]:
        """The same, decoded once where there is room for it; cropped to what it shows."""
        kept: list[Patch] = []
        decode = sound(name, decode)

        def patch() -> Patch:
            if kept:
                return kept[0]
            found = cropped(decode())
            if found.rgba.nbytes <= self._room:
                self._room -= found.rgba.nbytes
                kept.append(found)
            return found

        return patch


def sound(name: str, decode: Callable[[], Decoded]) -> Callable[[], Decoded]:
    """The same; whatever it raises becomes one sentence that names the layer."""

    def decoded() -> Decoded:
        try:
            return decode()
        except (EngineError, MemoryError):
            raise
        except Exception as error:
            # The decoders behind this are many, and a damaged file makes them raise anything.
            raise UnsupportedImage(
                f"The layer {name!r} is damaged and cannot be read; save the file again."
            ) from error

    return decoded


def cropped(patch: Patch) -> Patch:
    """A patch without the empty rows and columns around what it shows."""
    if not patch.rgba.size:
        return patch
    rows, columns = content_box(patch.rgba)
    return Patch(
        np.ascontiguousarray(patch.rgba[rows, columns]),
        patch.top + rows.start,
        patch.left + columns.start,
    )
