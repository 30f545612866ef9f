"""Where the segments of a picture meet, and how: across a line, at an edge, or fading."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.builtin.pixels import Bytes, Integers, Mask
from engine.builtin.regions import Segments

ACROSS = 3
"""Pixels between the two sides of a border: past its antialiasing."""
FADE = 5000
"""Neighbours that differ by no more than this over the longer side's pixels fade together."""
FADE_RANGE = (4, 10)


@dataclass(frozen=True)
class Borders:
    """Where two segments meet; M pairs."""

    pairs: Integers
    """(M, 2), the lesser first."""
    whole: Integers
    """(M,) length in pixels."""
    bare: Integers
    """(M,) how much of it has no line between."""
    fading: Integers
    """(M,) how much of that has no edge."""

    @classmethod
    def tally(cls, codes: Integers, size: int, counts: list[Integers]) -> Borders:
        """Sum counts by pair; a pair's code is the lesser times `size`, plus the other."""
        pairs, which = np.unique(codes, return_inverse=True)
        sums = [
            np.bincount(which, count, minlength=len(pairs)).astype(np.int64) for count in counts
        ]
        return cls(np.stack([pairs // size, pairs % size], axis=1), *sums)

    def between(self, groups: Integers) -> Borders:
        """The borders between groups of segments; `groups` names the group of each, (N,)."""
        ends = np.sort(groups[self.pairs], axis=1)
        apart = ends[:, 0] != ends[:, 1]
        counts = [count[apart] for count in (self.whole, self.bare, self.fading)]
        return Borders.tally(ends[apart] @ (len(groups), 1), len(groups), counts)


def find_borders(picture: Bytes, segments: Segments, solid: Mask, line: Mask) -> Borders:
    """Find where segments meet within the solid picture; lines part them."""
    codes, bare, fading = [], [], []
    size = len(segments.tones)
    fade = np.clip(FADE / max(line.shape), *FADE_RANGE)
    for turned in (False, True):
        labels, there, ink = (
            part.T if turned else part for part in (segments.labels, solid | line, line)
        )
        image = picture.swapaxes(0, 1) if turned else picture
        near, far = labels[:-ACROSS], labels[ACROSS:]
        meets = (near != far) & there[:-ACROSS] & there[ACROSS:]
        rows, columns = np.nonzero(meets)
        low, high = np.minimum(near[meets], far[meets]), np.maximum(near[meets], far[meets])
        codes.append(low.astype(np.int64) * size + high)
        path = [image[rows + step, columns].astype(np.int16) for step in range(ACROSS + 1)]
        jumps = [np.abs(b - a).max(axis=-1) for a, b in pairwise(path)]
        bare.append(~np.any([ink[rows + step, columns] for step in range(ACROSS + 1)], axis=0))
        fading.append(bare[-1] & (np.max(jumps, axis=0) <= fade))
    counts = [np.concatenate(part) for part in (bare, fading)]
    return Borders.tally(np.concatenate(codes), size, [np.ones_like(counts[0], int), *counts])
