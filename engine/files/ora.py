"""Write a stack as an ORA, by the OpenRaster specification 0.0.5."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from types import MappingProxyType
from typing import BinaryIO

from engine.files.archive import MERGED, ORA_TYPE, ArchiveWriter
from engine.files.picture import Picture
from engine.files.png import encode_pngs
from engine.files.preview import thumbnail
from engine.files.profiles import srgb
from engine.layers import BlendMode, LayerStack

OPERATORS: Mapping[BlendMode, str] = MappingProxyType(
    {
        BlendMode.NORMAL: "svg:src-over",
        BlendMode.MULTIPLY: "svg:multiply",
        BlendMode.SCREEN: "svg:screen",
        BlendMode.LIGHTEN: "svg:lighten",
        BlendMode.DARKEN: "svg:darken",
        BlendMode.LINEAR_DODGE: "svg:plus",
    }
)
"""The specification's names. Plus adds alpha times colour to the backdrop: what linear dodge does
as long as their sum stays below white, which exact restacking sees to."""


def write_ora(stack: LayerStack, source: Picture, group: str, file: BinaryIO) -> None:
    """Write the layers in one isolated group, and the source as the merged picture.

    Every PNG says what its numbers mean, sRGB too: Krita asks about 16-bit ones that do not.
    """
    names = (MERGED, *(_path(layer.role) for layer in stack))
    pictures = (source.rgba, *(layer.rgba for layer in stack))
    encoded = encode_pngs(pictures, source.icc_profile or srgb(), source.dpi)
    with ArchiveWriter(file, ORA_TYPE) as archive:
        archive.deflated("stack.xml", _description(stack, source, group))
        archive.stored("Thumbnails/thumbnail.png", thumbnail(source))
        for name, png in zip(names, encoded, strict=True):
            archive.stored(name, png)


def _path(role: str) -> str:
    return f"data/{role}.png"


def _description(stack: LayerStack, source: Picture, group: str) -> bytes:
    image = ET.Element("image", version="0.0.5", w=str(stack.width), h=str(stack.height))
    if source.dpi is not None:
        image.attrib |= {"xres": f"{source.dpi:.0f}", "yres": f"{source.dpi:.0f}"}
    head = ET.SubElement(ET.SubElement(image, "stack"), "stack", name=group, isolation="isolate")
    for layer in reversed(stack.layers):
        operator = OPERATORS[layer.blend_mode]
        attributes = {"name": layer.name, "src": _path(layer.role), "composite-op": operator}
        ET.SubElement(head, "layer", attributes)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(image, "unicode").encode()
