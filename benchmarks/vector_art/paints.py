"""The paints of an SVG drawing: every fill and stroke, in the order in which they are painted.

The drawing is rewritten so that each paint has one opaque colour of its own and no soft edge; what
a renderer makes of that says for every pixel which paint is seen there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

SHAPES = {"path", "rect", "circle", "ellipse", "polygon", "polyline", "line"}
UNSEEN = {"defs", "mask", "clipPath", "metadata", "filter", "linearGradient", "radialGradient"}
FAINT = 0.5
"""Paints below this opacity are shading or glass: they are left out."""
NAMED = {"black": "#000000", "white": "#ffffff", "red": "#ff0000"}
STYLES = ("fill", "stroke", "opacity", "fill-opacity", "stroke-opacity")


@dataclass(frozen=True)
class Paint:
    """One fill or stroke."""

    color: NDArray[np.float64]
    """(3,) red, green, blue in [0, 1]."""
    stroke: bool

    @property
    def dark(self) -> bool:
        """Whether it can be ink."""
        luma = float(self.color @ (0.2126, 0.7152, 0.0722))
        return luma < 0.45 if self.stroke else luma < 0.26 and float(self.color.max()) < 0.45


def number_paints(svg: str) -> tuple[str, list[Paint]]:
    """Rewrite a drawing so that paint i has the colour i + 1, as a number of 24 bits.

    Raises:
        ValueError: a colour is written in a way that no source here uses.
    """
    root = ElementTree.fromstring(svg)
    paints: list[Paint] = []
    _walk(root, {}, paints)
    return ElementTree.tostring(root, encoding="unicode"), paints


def _walk(element: ElementTree.Element, inherited: dict[str, str], paints: list[Paint]) -> None:
    name = element.tag.rpartition("}")[2]
    if name in UNSEEN:
        return
    style = inherited | _style(element)
    group = float(inherited.get("opacity", 1)) * float(_style(element).get("opacity", 1))
    style["opacity"] = str(group)
    element.attrib.pop("opacity", None)
    element.attrib.pop("filter", None)
    if name in SHAPES:
        fill = _number(style, "fill", "#000", paints)
        stroke = _number(style, "stroke", "none", paints)
        element.attrib.update({"fill": fill, "stroke": stroke, "shape-rendering": "crispEdges"})
    for child in element:
        _walk(child, style, paints)


def _style(element: ElementTree.Element) -> dict[str, str]:
    """The paint properties of an element; those in its style attribute move to attributes."""
    for part in element.attrib.pop("style", "").split(";"):
        key, _, value = part.partition(":")
        if value:
            element.set(key.strip(), value.strip())
    return {
        key: element.attrib[key] if key == "opacity" else element.attrib.pop(key)
        for key in STYLES
        if key in element.attrib
    }


def _number(style: dict[str, str], kind: str, default: str, paints: list[Paint]) -> str:
    value = style.get(kind, default)
    opacity = float(style["opacity"]) * float(style.get(f"{kind}-opacity", 1))
    if re.fullmatch("#[0-9a-fA-F]{8}", value):
        value, opacity = value[:7], opacity * int(value[7:], 16) / 255
    if value in {"none", "transparent"} or value.startswith("url") or opacity < FAINT:
        return "none"
    paints.append(Paint(_color(value), kind == "stroke"))
    return f"#{len(paints):06x}"


def _color(value: str) -> NDArray[np.float64]:
    text = NAMED.get(value.lower(), value)
    if re.fullmatch("#[0-9a-fA-F]{3}", text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise ValueError(f"The colour {value!r} is not understood; leave this drawing out.")
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255
