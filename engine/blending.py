"""Blend modes: each formula, and its inverse.

Letters are those of W3C Compositing and Blending Level 1: `cb` is the backdrop's colour, `cs` the
source's (the layer's), both float32, encoded, in [0, 1], (3, ...) planes. The formulas are section
9.1's (https://www.w3.org/TR/compositing-1/#blending); linear dodge is min(1, cb + cs), as in
Photoshop's and Krita's "Linear Dodge".

The inverse answers: which `cs` makes B(cb, cs) = `target`? It is asked only for targets that the
mode can reach: at most `cb` where the mode only darkens, at least `cb` where it only lightens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from engine.layers import BlendMode

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class BlendFormula:
    """One blend mode's mathematics."""

    blend: Callable[[Floats, Floats], Floats]
    """B(cb, cs)"""
    inverse: Callable[[Floats, Floats], Floats]
    """(cb, target) -> cs"""
    darkens: bool
    """It can reach colours below the backdrop's."""
    lightens: bool
    """It can reach colours above the backdrop's."""


def _divide(numerator: Floats, denominator: Floats, otherwise: float) -> Floats:
    """Divide, giving `otherwise` where the denominator is 0."""
    out = np.full_like(numerator, otherwise)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


FORMULAS: Mapping[BlendMode, BlendFormula] = MappingProxyType(
    {
        BlendMode.NORMAL: BlendFormula(
            blend=lambda cb, cs: cs,
            inverse=lambda cb, target: target,
            darkens=True,
            lightens=True,
        ),
        BlendMode.MULTIPLY: BlendFormula(
            blend=lambda cb, cs: cb * cs,
            inverse=lambda cb, target: _divide(target, cb, otherwise=1.0),
            darkens=True,
            lightens=False,
        ),
        BlendMode.SCREEN: BlendFormula(
            blend=lambda cb, cs: cb + cs - cb * cs,
            inverse=lambda cb, target: _divide(target - cb, 1 - cb, otherwise=0.0),
            darkens=False,
            lightens=True,
        ),
        BlendMode.LIGHTEN: BlendFormula(
            blend=np.maximum,
            inverse=lambda cb, target: target,
            darkens=False,
            lightens=True,
        ),
        BlendMode.DARKEN: BlendFormula(
            blend=np.minimum,
            inverse=lambda cb, target: target,
            darkens=True,
            lightens=False,
        ),
        BlendMode.LINEAR_DODGE: BlendFormula(
            blend=lambda cb, cs: np.minimum(cb + cs, 1),
            inverse=lambda cb, target: target - cb,
            darkens=False,
            lightens=True,
        ),
    }
)


def reachable(mode: BlendMode, cb: Floats, target: Floats) -> Floats:
    """The colour nearest to `target` that `mode` can make of `cb`."""
    formula = FORMULAS[mode]
    if not formula.darkens:
        target = np.maximum(target, cb)
    if not formula.lightens:
        target = np.minimum(target, cb)
    return target


def least_alpha(cb: Floats, target: Floats) -> Floats:
    """The least coverage with which any mode here can move `cb` to a reachable `target`.

    Shapes (3, ...) in, (...) out. At full coverage a mode can at best reach 0 or 1, so the
    coverage is at least (cb - target) / cb where it darkens, (target - cb) / (1 - cb) where it
    lightens.
    """
    step = target - cb
    room = np.where(step < 0, cb, 1 - cb)
    coverage = _divide(np.abs(step), room, otherwise=0.0).max(axis=0)
    return np.asarray(np.clip(coverage, 0, 1), np.float32)


def solve(mode: BlendMode, cb: Floats, target: Floats, alpha: Floats) -> Floats:
    """The colour `cs` with (1 - alpha) cb + alpha B(cb, cs) = target, over an opaque backdrop.

    `alpha`, (...), must be at least `least_alpha(cb, target)`; where it is 0 the colour is 0.
    """
    full = cb + (target - cb) * _divide(np.ones_like(alpha), alpha, otherwise=0.0)
    cs = FORMULAS[mode].inverse(cb, np.clip(full, 0, 1))
    return np.where(alpha > 0, np.clip(cs, 0, 1), np.float32(0))
