"""Shades carried over: what a color looks like shaded or lit, when it becomes another color.

Colors are (3, ...) float32 planes in [0, 1]. Where the color stays, what is made of it stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DARK = np.float32(24 / 255)
"""A channel that is darker says little of how dark its shadow is."""
LEAST = np.float32(1e-4)


def shaded_as(was: Floats, shaded: Floats, now: Floats) -> Floats:
    """Shade `now` as `shaded` shades `was`: by the same factor in each channel."""
    factor = factors(was, np.asarray(shaded / np.maximum(was, LEAST), np.float32))
    return np.asarray(np.clip(now * factor + (shaded - was * factor), 0, 1))


def factors(color: Floats, factor: Floats) -> Floats:
    """Factors of a shadow on a color, the channels that say little put right by the others.

    Black times any factor is black: on a pure red, nothing is known of a shadow's green and blue,
    so they take what the color as a whole loses.
    """
    whole = (color * factor).sum(axis=0) / np.maximum(color.sum(axis=0), LEAST)
    whole = np.where(color.sum(axis=0) > LEAST, whole, np.float32(1))
    trust = np.clip(color / DARK, 0, 1)
    return np.asarray(trust * factor + (1 - trust) * whole)


def lit_as(was: Floats, lit: Floats, now: Floats) -> Floats:
    """Light `now` as `lit` lights `was`: as much nearer to white, with what tint there is besides.

    Not channel by channel, as in one that is nearly full a little light is all that there is room
    for: white light on red hair would be red light on blue hair.
    """
    part = (lit - was).sum(axis=0) / np.maximum((1 - was).sum(axis=0), LEAST)
    part = np.clip(part, -1, 1)
    tint = lit - (was + part * (1 - was))
    return np.asarray(np.clip(now + part * (1 - now) + tint, 0, 1))
