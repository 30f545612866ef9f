"""Read the layers of an ORA, by the OpenRaster specification 0.0.5."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from engine.errors import UnsupportedImage
from engine.files.archive import MERGED_LIMIT, TEXT_LIMIT, member
from engine.files.layered.tree import (
    DEEPEST,
    Clipping,
    Group,
    LayeredDocument,
    Node,
    PaintedLayer,
    Patch,
    Shelf,
)
from engine.files.picture import check_size
from engine.files.raster import read_raster

OVER, ATOP = "svg:src-over", "svg:src-atop"
OPERATORS: Mapping[str, str] = MappingProxyType(
    {OVER: "normal", ATOP: "normal", "svg:plus": "linear-dodge", "krita:dissolve": "dissolve"}
)
"""Those whose name is not the blend mode's. Atop paints only where something is."""


def read_ora_layers(archive: zipfile.ZipFile) -> LayeredDocument:
    """Read the layers of an ORA; they are decoded from the archive, which must stay open.

    Raises:
        UnsupportedImage: too large, or with groups nested too deep.
    """
    image = ET.fromstring(member(archive, "stack.xml", TEXT_LIMIT))
    width, height = int(image.attrib["w"]), int(image.attrib["h"])
    check_size(width, height)
    root = image.find("stack")
    if root is None:
        raise UnsupportedImage("The ORA has no layers; save it again with some.")
    reader = _Reader(archive)
    return LayeredDocument(width, height, reader.nodes(root, 0, 0, 0), tuple(reader.notes))


class _Reader:
    """Makes nodes of the elements of stack.xml."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.notes: list[str] = []
        self._archive = archive
        self._shelf = Shelf()

    def nodes(self, stack: ET.Element, top: int, left: int, depth: int) -> tuple[Node, ...]:
        """The nodes of a stack, which lists them top first; offsets add up."""
        if depth > DEEPEST:
            raise UnsupportedImage("The ORA's groups are nested too deep; flatten some.")
        found = (self._node(element, top, left, depth) for element in reversed(stack))
        return tuple(node for node in found if node is not None)

    def _node(self, element: ET.Element, top: int, left: int, depth: int) -> Node | None:
        operator = element.get("composite-op", OVER)
        top, left = top + int(element.get("y", 0)), left + int(element.get("x", 0))
        common: dict[str, Any] = {
            "name": element.get("name", ""),
            "visible": element.get("visibility", "visible") == "visible",
            "opacity": float(element.get("opacity", 1)),
            "blend_mode": OPERATORS.get(operator, operator.removeprefix("svg:")),
            "clipping": Clipping.BELOW if operator == ATOP else Clipping.NONE,
            "masks": (),
        }
        if element.tag == "stack":
            passes = (
                element.get("isolation", "auto") == "auto"
                and operator == OVER
                and common["opacity"] == 1
            )
            children = self.nodes(element, top, left, depth + 1)
            return Group(children=children, pass_through=passes, **common)
        if element.tag != "layer" or "src" not in element.attrib:
            self.notes.append(f"The {element.tag} element {element.get('name', '')!r} is not read.")
            return None
        patch = self._shelf.keeping(
            str(common["name"]), self._patch(element.attrib["src"], top, left)
        )
        return PaintedLayer(patch=patch, **common)

    def _patch(self, source: str, top: int, left: int) -> Callable[[], Patch]:
        def decode() -> Patch:
            data = member(self._archive, source, MERGED_LIMIT)
            return Patch(read_raster(io.BytesIO(data)).rgba, top, left)

        return decode
