"""Write a stack as a KRA, Krita's own format.

A zip of an XML description and, for each layer, its tiles of 64 x 64 pixels, blue first. A tile's
first byte says whether Krita's own compression was used: here never (0), the zip compresses.
"""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.files.archive import KRA_TYPE, MERGED, ArchiveWriter
from engine.files.picture import Picture
from engine.files.png import encode_png
from engine.files.preview import thumbnail
from engine.files.profiles import description, srgb
from engine.layers import BlendMode, LayerStack, Rgba

MODES: Mapping[BlendMode, str] = MappingProxyType(
    {
        BlendMode.NORMAL: "normal",
        BlendMode.MULTIPLY: "multiply",
        BlendMode.SCREEN: "screen",
        BlendMode.LIGHTEN: "lighten",
        BlendMode.DARKEN: "darken",
        BlendMode.LINEAR_DODGE: "linear_dodge",
    }
)
"""Krita's names; its "add" computes the same as "linear_dodge", but does not survive a PSD."""
COLOUR_SPACES = {8: "RGBA", 16: "RGBA16"}
TILE = 64
DEFAULT_DPI = 72.0
IMAGE = "image"
"""The document's name inside the archive: the folder of its members."""
NAMESPACE = "http://www.calligra.org/DTD/"
DOCTYPE = "<!DOCTYPE {root} PUBLIC '-//KDE//DTD {title}//EN' '{namespace}{file}.dtd'>\n"


def write_kra(stack: LayerStack, source: Picture, group: str, file: BinaryIO) -> None:
    """Write the layers in one group, and the source as the merged picture."""
    profile = source.icc_profile or srgb()
    with ThreadPoolExecutor(max_workers=1) as pool, ArchiveWriter(file, KRA_TYPE) as archive:
        merged = pool.submit(encode_png, source.rgba, source.icc_profile, source.dpi)
        archive.deflated("maindoc.xml", _main_document(stack, source, group, description(profile)))
        archive.deflated("documentinfo.xml", _document_info(group))
        archive.stored("preview.png", thumbnail(source))
        for layer in stack:
            path = f"{IMAGE}/layers/{layer.role}"
            with archive.open(path) as member:
                for piece in _tiles(layer.rgba):
                    member.write(piece)
            archive.deflated(f"{path}.defaultpixel", bytes(4 * layer.rgba.itemsize))
            archive.deflated(f"{path}.icc", profile)
        archive.deflated(f"{IMAGE}/annotations/icc", profile)
        archive.stored(MERGED, merged.result())


def _main_document(stack: LayerStack, source: Picture, group: str, profile_name: str) -> bytes:
    colour_space = COLOUR_SPACES[stack.depth]
    dpi = f"{source.dpi or DEFAULT_DPI:g}"
    root = ET.Element("DOC", xmlns=f"{NAMESPACE}krita", editor="Krita", syntaxVersion="2.0")
    image = ET.SubElement(
        root,
        "IMAGE",
        {
            "name": IMAGE,
            "mime": "application/x-kra",
            "width": str(stack.width),
            "height": str(stack.height),
            "x-res": dpi,
            "y-res": dpi,
            "colorspacename": colour_space,
            "profile": profile_name,
        },
    )
    head = _layer_element(ET.SubElement(image, "layers"), group, "grouplayer", "group")
    head.attrib |= {"passthrough": "0", "compositeop": MODES[BlendMode.NORMAL]}
    children = ET.SubElement(head, "layers")
    for layer in reversed(stack.layers):
        element = _layer_element(children, layer.name, "paintlayer", layer.role)
        element.attrib |= {
            "compositeop": MODES[layer.blend_mode],
            "colorspacename": colour_space,
            "channellockflags": "",
        }
    return _document(root, "DOC", "krita 2.0", "krita-2.0")


def _layer_element(parent: ET.Element, name: str, kind: str, file: str) -> ET.Element:
    attributes = {"name": name, "nodetype": kind, "filename": file, "uuid": f"{{{uuid.uuid4()}}}"}
    plain = {"x": "0", "y": "0", "visible": "1", "locked": "0", "opacity": "255", "collapsed": "0"}
    return ET.SubElement(parent, "layer", attributes | plain | {"channelflags": ""})


def _document_info(title: str) -> bytes:
    root = ET.Element("document-info", xmlns=f"{NAMESPACE}document-info")
    ET.SubElement(ET.SubElement(root, "about"), "title").text = title
    return _document(root, "document-info", "document-info 1.1", "document-info-1.1")


def _document(root: ET.Element, name: str, title: str, file: str) -> bytes:
    doctype = DOCTYPE.format(root=name, title=title, namespace=NAMESPACE, file=file)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return (declaration + doctype + ET.tostring(root, "unicode")).encode()


def _tiles(rgba: Rgba) -> Iterator[bytes]:
    """A layer in Krita's tile format: the header, then each tile that shows anything."""
    shown = _shown_tiles(rgba)
    size = 4 * rgba.itemsize
    yield (
        f"VERSION 2\nTILEWIDTH {TILE}\nTILEHEIGHT {TILE}\nPIXELSIZE {size}\nDATA {shown.sum()}\n"
    ).encode()
    length = 1 + TILE * TILE * size
    for row in np.flatnonzero(shown.any(axis=1)):
        tiles = _tile_row(rgba[row * TILE : (row + 1) * TILE])
        for column in np.flatnonzero(shown[row]):
            yield f"{column * TILE},{row * TILE},LZF,{length}\n\0".encode()
            yield tiles[column].tobytes()


def _shown_tiles(rgba: Rgba) -> NDArray[np.bool_]:
    """(rows, columns) bool: which tiles have a pixel with alpha."""
    rows, columns = (np.arange(0, side, TILE) for side in rgba.shape[:2])
    by_rows = np.maximum.reduceat(rgba[..., 3], rows, axis=0)
    return np.asarray(np.maximum.reduceat(by_rows, columns, axis=1) > 0)


def _tile_row(rows: Rgba) -> Rgba:
    """(up to 64, W, 4) -> (columns, 64, 64, 4), blue first, padded with nothing."""
    height, width = rows.shape[:2]
    columns = -(-width // TILE)
    padded = np.zeros((TILE, columns * TILE, 4), rows.dtype.newbyteorder("<"))
    padded[:height, :width] = cv2.cvtColor(rows, cv2.COLOR_RGBA2BGRA)
    return padded.reshape(TILE, columns, TILE, 4).swapaxes(0, 1)
