"""Scratch documents: without a view, never seen, in which pixels are converted and groups built.

Krita converts colours itself there, and no change in one costs the artist an undo step. The
functions take `krita`, the host's application object, from `canvas`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Sequence, Tuple

from .picture import SRGB, ColorSpace, Picture, PlacedLayer, Refusal
from .pixels import eraser, swap_red_and_blue

Document = Any
Node = Any
Box = Tuple[int, int, int, int]
"""Left, top, width, height in pixels"""
Size = Tuple[int, int]
"""Width, height in pixels"""

_INCH_DOTS = 72.0


@contextmanager
def _document(krita: Any, size: Size, space: ColorSpace) -> Iterator[Document]:
    """A document that is gone afterwards."""
    document = krita.createDocument(*size, "layer-bridge", *space, _INCH_DOTS)
    try:
        yield document
    finally:
        document.close()


def convert(
    krita: Any, raw: Any, found: ColorSpace, space: ColorSpace, size: Size, coverage: bytes = b""
) -> Any:
    """Raw pixels of one colour space in another, erased where `coverage` leaves them out.

    `coverage` has one byte a pixel, 255 where the pixel stays as it is; empty: all stay.
    """
    box = (0, 0, *size)
    with _document(krita, size, space) as document:
        group = document.createGroupLayer("picture")
        group.addChildNode(_paint_layer(document, "colors", raw, box, found, space), None)
        if coverage:
            erased = eraser(coverage, space.bits)
            layer = _paint_layer(document, "coverage", erased, box, space, space)
            layer.setBlendingMode("erase")
            group.addChildNode(layer, None)
        _draw(document, group)
        return group.projectionPixelData(*box)


@contextmanager
def built_group(
    krita: Any,
    layers: Sequence[PlacedLayer],
    picture: Picture,
    title: str,
    space: ColorSpace,
    size: Size,
) -> Iterator[Node]:
    """A group with the layers in it, bottom first, that belongs to no tree yet.

    The layers' blending modes are the host's. The group is a clone, because the one in the
    scratch document goes with it; it must be put into its tree before the end of the `with`.
    """
    numbers = ColorSpace("RGBA", f"U{picture.depth}", picture.profile)
    with _document(krita, size, space) as document:
        group = document.createGroupLayer(title)
        for layer in layers:
            raw = swap_red_and_blue(layer.pixels, picture.depth)
            box = (picture.x + layer.x, picture.y + layer.y, layer.width, layer.height)
            node = _paint_layer(document, layer.name, raw, box, numbers, space)
            node.setBlendingMode(layer.blend_mode)
            group.addChildNode(node, None)
        _draw(document, group)
        yield group.clone()


def blends_perceptually(krita: Any, space: ColorSpace) -> bool:
    """Whether the middle of an RGB space's numbers looks like middle gray; linear ones' doesn't."""
    if space.profile == SRGB:
        return True
    found = ColorSpace("RGBA", "U16", space.profile)
    middle = b"\x00\x80" * 3 + b"\xff\xff"
    raw = bytes(convert(krita, middle, found, ColorSpace("RGBA", "U16", SRGB), (1, 1)))
    return 0.4 < int.from_bytes(raw[2:4], "little") / 65535 < 0.6


def _paint_layer(
    document: Document, name: str, raw: Any, box: Box, found: ColorSpace, space: ColorSpace
) -> Node:
    """A paint layer in no tree, with `raw`, in the space `found`, converted to another."""
    layer = document.createNode(name, "paintlayer")
    layer.setColorSpace(*found)
    if raw and layer.setPixelData(raw, *box) is False:
        raise Refusal(f"Krita did not take the pixels of “{name}”; save your work and restart it.")
    if space != found:
        layer.setColorSpace(*space)
    return layer


def _draw(document: Document, group: Node) -> None:
    """Put a group into the tree and wait until it is drawn; without this its clone stays blank."""
    document.rootNode().addChildNode(group, None)
    document.refreshProjection()
    document.waitForDone()
