"""The blend modes of artists' documents: more than our own layers use.

`cb` is the backdrop's colour, `cs` the layer's; W3C Compositing and Blending Level 1, section 9.1
(https://www.w3.org/TR/compositing-1/#blending) defines those without another note. Linear burn,
linear light and subtract are Photoshop's and Krita's: cb + cs - 1, cb + 2 cs - 1 and cb - cs,
clipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from engine.blending import FORMULAS as OURS
from engine.blending import Floats

Blend = Callable[[Floats, Floats], Floats]
"""B(cb, cs); (3, ...) float32 in [0, 1]."""
NORMAL = "normal"


def _quotient(above: Floats, below: Floats) -> Floats:
    """above / below, at most 1; 0 where both are 0."""
    out = np.where(above > 0, np.float32(1), np.float32(0))
    np.divide(above, below, out=out, where=below > above)
    return out


def _color_dodge(cb: Floats, cs: Floats) -> Floats:
    return _quotient(cb, 1 - cs)


def _color_burn(cb: Floats, cs: Floats) -> Floats:
    return 1 - _quotient(1 - cb, cs)


def _hard_light(cb: Floats, cs: Floats) -> Floats:
    light = 2 * cs - 1
    return np.where(cs <= 0.5, 2 * cb * cs, cb + light - cb * light)


def _soft_light(cb: Floats, cs: Floats) -> Floats:
    bright = np.where(cb <= 0.25, ((16 * cb - 12) * cb + 4) * cb, np.sqrt(cb))
    darker = cb - (1 - 2 * cs) * cb * (1 - cb)
    return np.where(cs <= 0.5, darker, cb + (2 * cs - 1) * (bright - cb))


def _photoshop_soft_light(cb: Floats, cs: Floats) -> Floats:
    """As in Photoshop and Krita ("soft_light"): the square root for all light backdrops."""
    darker = cb - (1 - 2 * cs) * cb * (1 - cb)
    return np.where(cs <= 0.5, darker, cb + (2 * cs - 1) * (np.sqrt(cb) - cb))


BLENDS: Mapping[str, Blend] = MappingProxyType(
    {mode.value: formula.blend for mode, formula in OURS.items()}
    | {
        "overlay": lambda cb, cs: _hard_light(cs, cb),
        "hard-light": _hard_light,
        "soft-light": _soft_light,
        "photoshop-soft-light": _photoshop_soft_light,
        "color-dodge": _color_dodge,
        "color-burn": _color_burn,
        "linear-burn": lambda cb, cs: np.maximum(cb + cs - 1, 0),
        "linear-light": lambda cb, cs: np.clip(cb + 2 * cs - 1, 0, 1),
        "subtract": lambda cb, cs: np.maximum(cb - cs, 0),
        "difference": lambda cb, cs: np.abs(cb - cs),
        "exclusion": lambda cb, cs: cb + cs - 2 * cb * cs,
    }
)
"""By the names of `engine.files.layered`."""
DARKENING = frozenset({"multiply", "darken", "color-burn", "linear-burn", "subtract"})
LIGHTENING = frozenset({"screen", "lighten", "color-dodge", "linear-dodge"})
