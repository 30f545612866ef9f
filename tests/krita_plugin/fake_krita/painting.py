"""Layers of the fake host, and what they look like together."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.blending import FORMULAS
from engine.layers import BlendMode
from tests.krita_plugin.fake_krita.colors import Space, pixel_type, to_floats, to_native

MODES = {
    "normal": BlendMode.NORMAL,
    "multiply": BlendMode.MULTIPLY,
    "screen": BlendMode.SCREEN,
    "lighten": BlendMode.LIGHTEN,
    "darken": BlendMode.DARKEN,
    "linear_dodge": BlendMode.LINEAR_DODGE,
}


def blank(image: Any) -> NDArray[Any]:
    """The transparent pixels of a new layer."""
    return np.zeros((image.height, image.width, image.space.channels), pixel_type(image.space))


class Layer:
    """A layer, group or mask, with native pixels of its own."""

    def __init__(self, name: str, type: str, space: Space, pixels: Any) -> None:
        self.name, self.type, self.space, self.pixels = name, type, space, pixels
        self.id = uuid.uuid4()
        self.mode = "normal"
        self.visible = True
        self.parent: Layer | None = None
        self.children: list[Layer] = []
        self.drawn = type != "grouplayer"

    def set_mode(self, mode: str) -> None:
        assert mode in MODES or mode == "erase", f"Krita has no blending mode {mode}"
        self.mode = mode

    def add(self, child: Layer, below: Layer | None, lowest: bool = False) -> None:
        """Put a child above another; without one at the top, or at the bottom."""
        place = 0 if lowest else len(self.children)
        if below is not None:
            place = self.children.index(below) + 1
        self.children.insert(place, child)
        child.parent = self

    def detach(self) -> None:
        assert self.parent is not None
        self.parent.children.remove(self)
        self.parent = None

    def top(self) -> Layer:
        return self if self.parent is None else self.parent.top()

    def draw(self) -> None:
        self.drawn = True
        for child in self.children:
            child.draw()

    def write(self, data: Any, x: int, y: int, shape: tuple[int, ...], kind: Any) -> None:
        height, width = y + shape[0], x + shape[1]
        assert height <= self.pixels.shape[0]
        assert width <= self.pixels.shape[1]
        self.pixels[y:height, x:width] = np.frombuffer(data, kind).reshape(shape)

    def read(self, pixels: NDArray[Any], x: int, y: int, w: int, h: int) -> bytes:
        rows = slice(max(y, 0), y + h)
        return pixels[rows, max(x, 0) : x + w].tobytes()


def projection(layer: Layer) -> NDArray[Any]:
    """What a layer shows by itself: its own pixels, or its children's together."""
    if layer.type != "grouplayer":
        return layer.pixels
    shown = [child for child in layer.children if child.visible]
    out = np.zeros((*layer.pixels.shape[:2], 4))
    for child in shown:
        if child.type == "grouplayer":
            assert child.drawn, "a group that was never drawn is shown blank"
        part = to_floats(projection(child), child.space)
        out = _erase(out, part) if child.mode == "erase" else _blend(out, part, child.mode)
    return to_native(out, layer.space)


def _erase(under: NDArray[Any], over: NDArray[Any]) -> NDArray[Any]:
    out = under.copy()
    out[..., 3] *= 1 - over[..., 3]
    return out


def _blend(under: NDArray[Any], over: NDArray[Any], mode: str) -> NDArray[Any]:
    """W3C Compositing Level 1, section 5.1, on straight colours."""
    ab, a = under[..., 3:], over[..., 3:]
    mixed = FORMULAS[MODES[mode]].blend(under[..., :3], over[..., :3])
    colour = a * (1 - ab) * over[..., :3] + a * ab * mixed + (1 - a) * ab * under[..., :3]
    alpha = a + ab * (1 - a)
    straight = np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 0)
    return np.concatenate([straight, alpha], axis=-1)
