"""A part of the canvas while a document is painted on it: its look, and its four layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.compositing import Premultiplied, to_planes, unpremultiply
from engine.dataset.formulas import NORMAL
from engine.dataset.parts import NOTHING, WHOLE, Floats, Paint, lay, lay_on, mix, seen
from engine.files.layered import Mask, Patch
from engine.layers import LayerRole

Rows = slice


@dataclass(frozen=True)
class Box:
    """A rectangle of the canvas, in pixels."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        return max(self.bottom - self.top, 0), max(self.right - self.left, 0)

    def __and__(self, other: Box) -> Box:
        return Box(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def __or__(self, other: Box) -> Box:
        if not all(self.shape):
            return other
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def within(self, other: Box) -> tuple[slice, slice]:
        """Where it lies in arrays of another box."""
        top, left = self.top - other.top, self.left - other.left
        return slice(top, top + self.shape[0]), slice(left, left + self.shape[1])


def box_of(pixels: NDArray[Any], top: int, left: int) -> Box:
    """Where pixels lie."""
    return Box(top, left, top + pixels.shape[0], left + pixels.shape[1])


@dataclass(frozen=True)
class Manner:
    """How paint is laid."""

    role: LayerRole | None
    """None: on the look alone."""
    opacity: float = 1.0
    masks: tuple[Mask, ...] = ()
    mode: str = NORMAL
    atop: bool = False
    film: bool = False


class Painting:
    """A rectangle of the canvas.

    `look` is composited as any program does it; `layers` restack to it.
    """

    def __init__(self, box: Box) -> None:
        self.box = box
        self.touched = Box(0, 0, 0, 0)
        """What paint has reached."""
        self.look: Premultiplied = np.zeros((4, *box.shape), np.float32)
        self.layers: dict[LayerRole, Premultiplied] = {}
        """Those that were painted on."""

    def paint(self, patch: Patch, manner: Manner) -> None:
        """Lay pixels on it."""
        place = box_of(patch.rgba, patch.top, patch.left)

        def colours(box: Box) -> Premultiplied:
            return to_planes(patch.rgba[box.within(place)])

        self._lay(place, colours, manner)

    def paste(self, other: Painting, manner: Manner) -> None:
        """Lay a group on it as one picture, all of it in the manner's role."""
        self._lay(other.touched, lambda box: unpremultiply(_part(other.look, box, other)), manner)

    def merge(self, other: Painting, manner: Manner) -> None:
        """Lay a group on it, in normal blending, each of its layers in its own role."""
        fitted = other.touched & self.box
        if not all(fitted.shape):
            return
        for role in other.layers:
            self._make(role)

        def work(box: Box) -> None:
            faded = _coverage(manner, box)
            layers = {role: _part(layer, box, other) for role, layer in other.layers.items()}
            backdrop = _part(self.look, box, self)
            mine = {role: _part(layer, box, self) for role, layer in self.layers.items()}
            visible = seen(layers) if layers else {}
            for role in LayerRole:
                if role in layers:
                    thin = mix(NOTHING, WHOLE, layers[role], visible[role], faded)
                    lay(mine, backdrop, role, _paint(thin, manner))
            lay_on(backdrop, _paint(_part(other.look, box, other) * faded, manner))

        self._by_bands(fitted, work)

    def copy(self) -> Painting:
        """Another of the same."""
        twin = Painting(self.box)
        twin.touched, twin.look = self.touched, self.look.copy()
        twin.layers = {role: layer.copy() for role, layer in self.layers.items()}
        return twin

    def fade_in(self, before: Painting, manner: Manner) -> None:
        """Keep only a part of what was painted since a copy was made."""
        for role in self.layers:
            before._make(role)

        def work(box: Box) -> None:
            part = _coverage(manner, box)
            here, there = _part(self.look, box, self), _part(before.look, box, before)
            here[:] = there + part * (here - there)
            if not self.layers:
                return
            mine = {role: _part(layer, box, self) for role, layer in self.layers.items()}
            old = {role: _part(layer, box, before) for role, layer in before.layers.items()}
            now, then = seen(mine), seen(old)
            mixed = {role: mix(old[role], then[role], mine[role], now[role], part) for role in mine}
            for role, layer in mixed.items():
                mine[role][:] = layer

        self._by_bands(self.touched, work)

    def _lay(self, place: Box, colours: Any, manner: Manner) -> None:
        fitted = place & self.box
        if not all(fitted.shape):
            return
        if manner.role is not None:
            self._make(manner.role)

        def work(box: Box) -> None:
            planes = colours(box)
            coverage = planes[3] * _coverage(manner, box)
            paint = Paint(planes[:3], coverage, manner.mode, manner.atop, manner.film)
            backdrop = _part(self.look, box, self)
            if manner.role is not None:
                mine = {role: _part(layer, box, self) for role, layer in self.layers.items()}
                lay(mine, backdrop, manner.role, paint)
            lay_on(backdrop, paint)

        self._by_bands(fitted, work)

    def _make(self, role: LayerRole) -> None:
        if role not in self.layers:
            self.layers[role] = np.zeros_like(self.look)

    def _by_bands(self, fitted: Box, work: Any) -> None:
        self.touched |= fitted

        def on(rows: Rows) -> None:
            top, bottom = fitted.top + rows.start, fitted.top + rows.stop
            work(replace(fitted, top=top, bottom=bottom))

        map_bands(on, *fitted.shape)


def _part(planes: Premultiplied, box: Box, painting: Painting) -> Premultiplied:
    return planes[:, *box.within(painting.box)]


def _paint(planes: Premultiplied, manner: Manner) -> Paint:
    straight = unpremultiply(planes)
    return Paint(straight[:3], straight[3], manner.mode, manner.atop, manner.film)


def _coverage(manner: Manner, box: Box) -> Floats:
    """(h, w): how much of the paint shows in a box."""
    shown = np.full(box.shape, manner.opacity, np.float32)
    for mask in manner.masks:
        place = box_of(mask.values, mask.top, mask.left)
        part = np.full(box.shape, mask.outside, np.float32)
        fitted = place & box
        if all(fitted.shape):
            values = mask.values[fitted.within(place)]
            part[fitted.within(box)] = values / np.float32(np.iinfo(values.dtype).max)
        shown *= part
    return shown
