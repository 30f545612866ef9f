"""Read the layers of a KRA."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.errors import UnsupportedImage
from engine.files.archive import MERGED_LIMIT, TEXT_LIMIT, member
from engine.files.layered.tiles import Window, read_tiles
from engine.files.layered.tree import (
    DEEPEST,
    Clipping,
    Group,
    LayeredDocument,
    Mask,
    Node,
    PaintedLayer,
    Patch,
    Shelf,
    sound,
)
from engine.files.picture import check_size
from engine.layers import Rgba

MODES: Mapping[str, str] = MappingProxyType(
    {
        "add": "linear-dodge",
        "dodge": "color-dodge",
        "burn": "color-burn",
        "soft_light": "photoshop-soft-light",
        "soft_light_svg": "soft-light",
        "diff": "difference",
    }
)
"""Krita's names that are not W3C's with another hyphen."""
DEPTHS: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {"RGBA": np.dtype("u1"), "RGBA16": np.dtype("<u2")}
)
TILES_LIMIT = 2 * MERGED_LIMIT
"""Bytes of a layer's tiles: what lies beside the canvas, too."""
ALPHA_OFF = "0"
"""The last channel flag of a layer that inherits alpha."""
FULL = 255


def read_kra_layers(archive: zipfile.ZipFile) -> LayeredDocument:
    """Read the layers of a KRA; they are decoded from the archive, which must stay open.

    Raises:
        UnsupportedImage: too large, not RGBA of 8 or 16 bits, or with groups nested too deep.
    """
    root = ET.fromstring(member(archive, "maindoc.xml", TEXT_LIMIT))
    image = next(_named(root, "IMAGE"))
    width, height = int(image.attrib["width"]), int(image.attrib["height"])
    check_size(width, height)
    reader = _Reader(archive, image)
    return LayeredDocument(width, height, reader.nodes(image, 0), tuple(reader.notes))


def _named(element: ET.Element, name: str) -> Iterator[ET.Element]:
    """An element's children of a name, whatever their namespace."""
    return (child for child in element if child.tag.rpartition("}")[2] == name)


class _Reader:
    """Makes nodes of the elements of maindoc.xml, and notes what it passes over."""

    def __init__(self, archive: zipfile.ZipFile, image: ET.Element) -> None:
        self.notes: list[str] = []
        self._archive = archive
        self._folder = f"{image.attrib['name']}/layers/"
        self._space = image.get("colorspacename", "")
        self._width, self._height = int(image.attrib["width"]), int(image.attrib["height"])
        self._shelf = Shelf()

    def nodes(self, parent: ET.Element, depth: int) -> tuple[Node, ...]:
        """The layers of the image or of a group, which lists them top first."""
        if depth > DEEPEST:
            raise UnsupportedImage("The KRA's groups are nested too deep; flatten some.")
        elements = [one for layers in _named(parent, "layers") for one in _named(layers, "layer")]
        found = (self._node(element, depth) for element in reversed(elements))
        return tuple(node for node in found if node is not None)

    def _node(self, element: ET.Element, depth: int) -> Node | None:
        name, kind = element.get("name", ""), element.get("nodetype", "")
        visible, mode = element.get("visible") != "0", element.get("compositeop", "normal")
        common: dict[str, Any] = {
            "name": name,
            "visible": visible,
            "opacity": int(element.get("opacity", FULL)) / FULL,
            "blend_mode": MODES.get(mode, mode.replace("_", "-").replace(" ", "-")),
            "clipping": self._clipping(element),
            "masks": tuple(self._masks(element, name, visible)),
        }
        if kind == "grouplayer":
            passes = element.get("passthrough") == "1"
            return Group(children=self.nodes(element, depth + 1), pass_through=passes, **common)
        if kind != "paintlayer":
            if visible:
                self.notes.append(f"The {kind} {name!r} is not read.")
            return None
        return PaintedLayer(patch=self._shelf.keeping(name, self._patch(element)), **common)

    def _clipping(self, element: ET.Element) -> Clipping:
        inherits = element.get("channelflags", "")[3:] == ALPHA_OFF
        return Clipping.BELOW if inherits else Clipping.NONE

    def _masks(self, element: ET.Element, name: str, visible: bool) -> Iterator[Callable[[], Mask]]:
        """A node's masks, which lie in an element of their own or among a group's layers."""
        places = [*_named(element, "masks"), *_named(element, "layers")]
        for mask in (one for place in places for one in _named(place, "mask")):
            if mask.get("visible") == "0":
                continue
            if mask.get("nodetype") == "transparencymask":
                yield sound(name, self._mask(mask))
            elif visible and mask.get("nodetype") != "selectionmask":
                self.notes.append(f"The {mask.get('nodetype')} of {name!r} is not read.")

    def _patch(self, element: ET.Element) -> Callable[[], Patch]:
        space = element.get("colorspacename", self._space)
        if space not in DEPTHS:
            raise UnsupportedImage(
                f"The layer {element.get('name', '')!r} is {space or 'of an unknown color model'}; "
                "convert the document to RGB/Alpha of 8 or 16 bits."
            )

        def decode() -> Patch:
            pixels, top, left = self._area(element, "", DEPTHS[space], 4)
            default = np.frombuffer(self._default(element, "", 4 * pixels.itemsize), pixels.dtype)
            if default.any():  # the layer is filled, beyond its tiles, too
                pixels, top, left = self._filled(pixels, top, left, default)
            rgba: Rgba = pixels[..., [2, 1, 0, 3]].astype(DEPTHS[space].newbyteorder("="))
            return Patch(rgba, top, left)

        return decode

    def _filled(self, pixels: Rgba, top: int, left: int, default: Rgba) -> tuple[Rgba, int, int]:
        """The canvas of one pixel, with an area on it."""
        canvas = np.empty((self._height, self._width, 4), pixels.dtype)
        canvas[:] = default
        rows = slice(max(top, 0), max(top + pixels.shape[0], 0))
        columns = slice(max(left, 0), max(left + pixels.shape[1], 0))
        part = canvas[rows, columns]
        above, before = max(-top, 0), max(-left, 0)
        part[:] = pixels[above : above + part.shape[0], before : before + part.shape[1]]
        return canvas, 0, 0

    def _mask(self, element: ET.Element) -> Callable[[], Mask]:
        def decode() -> Mask:
            file = ".pixelselection"
            pixels, top, left = self._area(element, file, np.dtype("u1"), 1)
            return Mask(pixels[..., 0], top, left, self._default(element, file, 1)[0] / FULL)

        return decode

    def _area(
        self, element: ET.Element, suffix: str, dtype: np.dtype[Any], channels: int
    ) -> tuple[Any, int, int]:
        """The pixels of an element's file, on the canvas."""
        name = f"{self._folder}{element.attrib['filename']}{suffix}"
        data = member(self._archive, name, TILES_LIMIT)
        default = self._default(element, suffix, dtype.itemsize * channels)
        top, left = int(element.get("y", 0)), int(element.get("x", 0))
        window = Window(-top, -left, self._height - top, self._width - left)
        area = read_tiles(data, dtype, channels, default, window)
        return area.pixels, area.top + top, area.left + left

    def _default(self, element: ET.Element, suffix: str, size: int) -> bytes:
        """The pixel that holds where no tile is."""
        name = f"{self._folder}{element.attrib['filename']}{suffix}.defaultpixel"
        if name not in self._archive.namelist():
            return bytes(size)
        default = member(self._archive, name, TEXT_LIMIT)
        if len(default) != size:
            raise ValueError("the default pixel is of another kind than the layer")
        return default
