"""The arithmetic of four layers that always restack to the picture painted so far.

Paint is laid on the picture, and each of the four layers takes its part of it: what lies above the
paint's role is covered, its own role takes the paint, what lies below its role stays and is hidden.
All formulas follow from one: a layer's *share* of a pixel is its coverage times the part of the
pixel that no layer above covers (`seen`); the restacked picture is the sum of all layers' colour
times share. Mixing two pictures mixes shares; dividing by what is then seen gives layers again.

Layers are premultiplied planes; a missing one is empty. All work is on numpy views, in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compositing import Premultiplied, unpremultiply
from engine.dataset.formulas import BLENDS, NORMAL
from engine.layers import LayerRole

Floats = NDArray[np.float32]
Layers = Mapping[LayerRole, Premultiplied]
"""(4, h, w) each."""
FAINT = np.float32(1 / 2048)
"""The least share that a layer counts with, so that what is hidden is not forgotten. It may put a
colour wrong by a 2048th."""
NOTHING, WHOLE = np.float32(0), np.float32(1)
"""An empty layer, and what is seen where nothing lies above."""
UNCHANGED = 0.5 / 255
"""A blend mode that moves a colour by less covers nothing."""


@dataclass(frozen=True)
class Paint:
    """What is laid on a picture; shapes (3, h, w) and (h, w), all in [0, 1]."""

    colour: Floats
    coverage: Floats
    mode: str = NORMAL
    """A key of `BLENDS`."""
    atop: bool = False
    """It stays on what is there: the picture's alpha does not change."""
    film: bool = False
    """What lies below shows through: lines stay lines, and take the paint's tint."""

    def __getitem__(self, window: Any) -> Paint:
        return Paint(
            self.colour[:, *window], self.coverage[*window], self.mode, self.atop, self.film
        )


def blended(paint: Paint, backdrop: Premultiplied) -> Floats:
    """(3, h, w): the colour that the paint has on a backdrop (W3C Compositing Level 1, 5.1).

    cs + ab (B(cb, cs) - cs); paint that stays on what is there has B(cb, cs).
    """
    if paint.mode == NORMAL:
        return paint.colour
    mixed = BLENDS[paint.mode](unpremultiply(backdrop)[:3], paint.colour)
    if paint.atop:
        return mixed
    return np.asarray(paint.colour + backdrop[3] * (mixed - paint.colour))


def lay_on(look: Premultiplied, paint: Paint) -> None:
    """Lay paint on a picture, in place, as any program does: the reference for the layers."""
    room = look[3] if paint.atop else np.float32(1)
    colour = blended(paint, look)
    kept, added = 1 - paint.coverage, paint.coverage * room
    look *= kept
    look[:3] += added * colour
    look[3] += added


def lay(layers: Layers, look: Premultiplied, role: LayerRole, paint: Paint) -> None:
    """Lay paint of a role on the layers of a picture, in place; `role` must be among them.

    Args:
        layers: those that are painted so far, in any order.
        look: the picture before, of which only the paint's backdrop is taken.
        role: where the paint goes.
        paint: the paint.
    """
    if paint.film or paint.mode != NORMAL:
        _tint(layers, look, role, paint)
    else:
        _cover(layers, look, role, paint)


def seen(layers: Layers) -> dict[LayerRole, Floats]:
    """(h, w) for each role: the part of a pixel that no layer above covers."""
    found: dict[LayerRole, Floats] = {}
    rest = np.ones_like(next(iter(layers.values()))[3])
    for role in reversed(LayerRole):
        found[role] = rest
        if role in layers:
            rest = rest * (1 - layers[role][3])
    return found


def mix(before: Any, seen_before: Any, after: Any, seen_after: Any, part: Floats) -> Premultiplied:
    """A layer of a picture of which `part` is one picture and the rest is another.

    Args:
        before, after: (4, h, w), the layer in both; 0 where it is empty.
        seen_before, seen_after: (h, w), what no layer above covers; 1 where there is none.
        part: (h, w), 0 to 1.
    """
    old = (1 - part) * np.maximum(seen_before, FAINT)
    new = part * np.maximum(seen_after, FAINT)
    return np.asarray((old * before + new * after) / (old + new))


def _cover(layers: Layers, look: Premultiplied, role: LayerRole, paint: Paint) -> None:
    """Opaque paint: what lies above its role is gone where it covers."""
    visible, coverage = seen(layers), paint.coverage
    for above, layer in layers.items():
        if _is_above(above, role):
            layer[:] = mix(layer, visible[above], NOTHING, WHOLE, coverage)
    solid = np.concatenate([paint.colour, np.ones_like(paint.colour[:1])])
    if paint.atop:
        solid *= look[3]
        _make_room(layers, role, visible, 1 - look[3], coverage)
    layers[role][:] = mix(layers[role], visible[role], solid, WHOLE, coverage)


def _make_room(
    layers: Layers, role: LayerRole, visible: Layers, empty: Floats, coverage: Floats
) -> None:
    """Take from the layers below a role what paint covers that leaves the rest `empty`.

    Over an opaque picture nothing is taken: there they are hidden.
    """
    for below, layer in layers.items():
        if _is_above(role, below):
            kept = (1 - coverage) * np.maximum(visible[below], FAINT)
            room = kept + coverage * empty
            layer *= np.divide(kept, room, out=np.ones_like(room), where=room > 0)


def _tint(layers: Layers, look: Premultiplied, role: LayerRole, paint: Paint) -> None:
    """Paint that shows what lies below it: what is above its role stays, and is tinted."""
    coverage, low = paint.coverage, _restacked(layers, role)
    room = low[3] if paint.atop else np.float32(1)
    tints, colour = _tints(layers, look, role, paint, low, room)
    if paint.mode != NORMAL:
        moved = np.abs(colour * low[3] - low[:3]).max(axis=0)
        moved += 0 if paint.atop else 1 - low[3]
        coverage = np.where(moved < UNCHANGED, np.float32(0), coverage)
    for above, tint in tints.items():
        layer = layers[above]
        layer[:3] += paint.coverage * (layer[3] * tint - layer[:3])
    if paint.atop:
        lower = {one: layer for one, layer in layers.items() if not _is_above(one, role)}
        _make_room(lower, role, seen(lower), 1 - low[3], coverage)
    own = layers[role]
    own *= 1 - coverage
    own[:3] += coverage * room * colour
    own[3] += coverage * room


def _tints(
    layers: Layers,
    look: Premultiplied,
    role: LayerRole,
    paint: Paint,
    low: Premultiplied,
    room: Any,
) -> tuple[dict[LayerRole, Floats], Floats]:
    """The colours that paint gives each layer above its role, and all the rest.

    Where the mode is not linear in the backdrop, the parts' colours do not add up to the colour of
    the whole. The rest takes up the difference; where it cannot, all take the colour of the whole.
    """
    visible, whole = seen(layers), blended(paint, look)
    natural = blended(paint, low)
    off = (look[3] if paint.atop else np.float32(1)) * whole - visible[role] * room * natural
    tints: dict[LayerRole, Floats] = {}
    for above, layer in layers.items():
        if _is_above(above, role):
            opaque = unpremultiply(layer)
            opaque[3] = 1
            tints[above] = blended(paint, opaque)
            off -= visible[above] * layer[3] * tints[above]
    share = visible[role] * room
    held = np.clip(natural + off / np.maximum(share, FAINT), 0, 1)
    lost = np.abs(off - share * (held - natural)).max(axis=0) > UNCHANGED
    tints = {above: np.where(lost, whole, tint) for above, tint in tints.items()}
    return tints, np.where(lost, whole, held)


def _restacked(layers: Layers, top: LayerRole) -> Premultiplied:
    """What the layers up to a role look like together."""
    out = np.zeros_like(layers[top])
    for role in LayerRole:
        if role in layers and not _is_above(role, top):
            out = layers[role] + (1 - layers[role][3]) * out
    return out


def restacked(layers: Layers) -> Premultiplied:
    """What all the layers look like together."""
    return _restacked(layers, max(layers, key=list(LayerRole).index))


def _is_above(role: LayerRole, other: LayerRole) -> bool:
    order = list(LayerRole)
    return order.index(role) > order.index(other)
