"""Lines that were scanned or drawn on white, and laid on the picture by multiplication."""

from __future__ import annotations

import numpy as np

from engine.compositing import to_planes, to_rgba
from engine.files.layered import Patch

WHITE = 0.98
"""A channel that is lighter is paper."""
DARKEST = 0.02
"""The part of the ink that is darkest says how dark ink is."""


def lift_lines(patch: Patch) -> Patch:
    """Take the paper away from under lines that are multiplied; lines without paper stay.

    Multiplied by c, what lies below loses the part 1 - c. The same is done by coverage a with the
    colour 1 - (1 - c) / a, where a is 1 for the darkest ink and 0 for white.
    """
    planes = to_planes(patch.rgba)
    colour, alpha = planes[:3], planes[3]
    taken = 1 - colour.min(axis=0)
    paper = (taken < 1 - WHITE) & (alpha > WHITE)
    if paper.sum() * 2 < alpha.sum() or not (alpha > 0).any():
        return patch
    inked = taken[(alpha > 0) & ~paper]
    if not inked.size:
        return Patch(patch.rgba[:0], patch.top, patch.left)
    deepest = np.quantile(inked, 1 - DARKEST)
    coverage = np.clip(taken / deepest, 0, 1)
    np.divide(1 - colour, coverage, out=colour, where=coverage > 0)
    planes[:3] = np.where(coverage > 0, 1 - np.clip(colour, 0, 1), 0)
    planes[3] = alpha * coverage
    return Patch(to_rgba(planes, patch.rgba.dtype), patch.top, patch.left)
