"""How exactly a picture's light explains that one tone is another's shade, beside its rivals.

Real art has few lights, each laid over everything in one colour and opacity: a true shade is met
to within rounding. A dark tone that is another's exact shade, or has an exact shade of its own, is
a flat color or another's, however much it looks like a shade of this one.
"""

from __future__ import annotations

import numpy as np

from engine.builtin.light import Colour, Vote, misfits
from engine.builtin.pixels import Integers

UNEXPLAINED = 6.0
"""The doubt where light explains nothing: a misfit of a quarter of all there is."""


def doubt(misfit: Colour) -> Colour:
    """A misfit, in 1/255, on a scale on which rounding counts: 0 where exact, to 6."""
    return np.asarray(np.minimum(np.log2(1 + misfit), UNEXPLAINED))


def rival_features(ends: Integers, met: Integers, colours: Colour, vote: Vote) -> Colour:
    """(M, 5) how exactly the vote's light explains each pair of tones, and what touches them.

    Args:
        ends: (M, 2) the tone that is lit and the one that would be its shade.
        met: (K, K) how long tones meet without a line.
        colours: (K, 3), upside down for a highlight; see `light`.
        vote: what the picture's light does.

    The doubts, in this order: the pair itself; the best other tone of which the shade would be
    one; the best other shade of the lit one; the best shade of the shade; the best tone that the
    lit one is a shade of.
    """
    if not vote.witnesses:
        return np.full((len(ends), 5), UNEXPLAINED)
    lit, shade = ends.T
    every = misfits(colours, vote.factor)
    near = np.where(met > 0, every, np.inf)
    rows = np.arange(len(ends))
    above, below = near[:, shade].T, near[lit]
    above[rows, lit] = below[rows, shade] = np.inf
    best = [above.min(axis=1), below.min(axis=1), near.min(axis=1)[shade], near.min(axis=0)[lit]]
    return doubt(np.stack([every[lit, shade], *best], axis=1))
