"""What light does to a colour: shadows multiply it by one factor, highlights mix it with one light.

All colours are float64, 0 to 255. A picture's shadow factor is red, green and blue, each in 0..1:
one colour multiplied over the whole figure. A highlight of one colour and coverage is the same
thing upside down: it multiplies what a colour lacks of white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.builtin.pixels import Floats, Integers

Colour = Floats

EXACT = 4
"""A misfit, in 1/255, that rounding and antialiasing explain."""
LEAST_HARD = 8
"""Pixels of hard border that prove a meeting."""
AGREED = 0.2
"""The part of all hard borders that must agree upon a factor."""
WITNESSES = 3
"""How many colours must be seen both with and without a shadow."""


@dataclass(frozen=True)
class Vote:
    """What most pairs of tones that meet agree upon."""

    factor: Colour
    """(3,) in 0..1."""
    support: float
    """The part of all hard borders that it explains."""
    witnesses: int
    """How many different colours it was seen on."""

    @property
    def carried(self) -> bool:
        """Enough of the picture agrees for the factor to be a fact."""
        return self.witnesses >= WITNESSES and self.support >= AGREED


NO_VOTE = Vote(np.ones(3), 0.0, 0)


def shadow_vote(colours: Colour, hard: Integers) -> Vote:
    """What the shadows of a picture multiply by.

    Args:
        colours: (K, 3) the picture's tones.
        hard: (K, K) how long they meet at an edge without a line.

    Each pair of tones that meet proposes the factor between them; the one that explains most other
    borders wins.
    """
    light, dark = np.nonzero(hard >= LEAST_HARD)
    ratio = (colours[dark] + 0.5) / (colours[light] + 0.5)
    shade = (ratio.max(axis=1) < 1.02) & (ratio.mean(axis=1) < 0.92) & (ratio.mean(axis=1) > 0.3)
    light, dark, ratio = light[shade], dark[shade], ratio[shade]
    if not len(light):
        return NO_VOTE
    weight = np.sqrt(hard[light, dark])
    bright, dim = colours[light].T, colours[dark].T
    # One ratio after the other: all at once would take gigabytes where every tone meets every one.
    fits = np.array([np.abs(dim - one[:, None] * bright).max(axis=0) < EXACT for one in ratio])
    best = fits[int((fits * weight).sum(axis=1).argmax())]
    above, below = colours[light[best]], colours[dark[best]]
    whole = np.maximum(np.square(above).sum(axis=0), 1)
    factor = np.clip((above * below).sum(axis=0) / whole, 0, 1)
    support = float(weight[best].sum() / weight.sum())
    return Vote(factor, support, len(set(light[best].tolist())))


def highlight_vote(colours: Colour, hard: Integers) -> Vote:
    """What the highlights of a picture leave of what a colour lacks of white; see `shadow_vote`."""
    return shadow_vote(255 - colours, hard.T)


def misfits(colours: Colour, factor: Colour) -> Colour:
    """(K, K) how far, in 1/255, a tone (column) is from another (row) in full shade.

    Infinite where the two are too near for that to say anything.
    """
    apart = np.abs(colours[None] - colours[:, None]).max(axis=2)
    away = np.abs(colours[None] - colours[:, None] * factor).max(axis=2)
    return np.where(apart > EXACT, away, np.inf)
