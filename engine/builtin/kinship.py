"""Which segments are shades of one region's colour: the kinship of a picture's tones.

Evidence, in order: two segments of one tone; two that fade into each other; a darker one that is
the lighter one times the picture's own shadow factor, the same all over a figure; a darker one
that is the lighter one times some factor, or a lighter one that is the darker one mixed with
white, met along a bare border (no line between).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.builtin.regions import Bytes, Mask, Segments, Tones

Colour = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]

REACH = 3
"""Pixels between the two sides of a border: past its antialiasing."""
FADE = 5000
"""Neighbours that differ by no more than this over the longer side's pixels fade together."""
FADE_RANGE = (4, 10)
DEEPEST = 0.4
"""The least factor of a shadow in a picture without a factor of its own."""
MOST_TURN = 0.25
"""The change beyond which the hue turns no further."""
LEAST_BORDER = 8
"""Pixels of border that prove a meeting."""
SAME_FACTOR, SLACK = 0.03, 0.05
"""How far a shadow's own factor may be from the picture's: by measure, and at the least."""
EXACT = 4
"""A misfit, in 1/255, that rounding and antialiasing explain."""


@dataclass(frozen=True)
class Style:
    """How freely a kind of picture shades its colours."""

    tint: float
    """How far a shade's hue may turn, as a share of how far it darkens or lightens."""
    near: float
    """The difference, in 1/255, that fading makes in any direction."""
    share: float
    """The least part of a group's border along which kin meet."""
    brightest: float
    """The largest share of white in a highlight that is not an island."""


CEL = Style(tint=0.04, near=32, share=0.05, brightest=0.6)
PAINTED = Style(tint=0.25, near=60, share=0.12, brightest=0.35)
SPECK = 1e-4
"""The part of the picture below which a group is a speck."""
ISLAND = 0.7
"""The part of a highlight's border that makes it an island in its region."""
FADING = 0.6
"""The part of a border that makes it one without an edge."""
ELSEWHERE = 0.5
"""The part of a tone's area that says what it is a shade of."""
PASSES = 4


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
        near, far = labels[:-REACH], labels[REACH:]
        meets = (near != far) & there[:-REACH] & there[REACH:]
        rows, columns = np.nonzero(meets)
        low, high = np.minimum(near[meets], far[meets]), np.maximum(near[meets], far[meets])
        codes.append(low.astype(np.int64) * size + high)
        path = [image[rows + step, columns].astype(np.int16) for step in range(REACH + 1)]
        jumps = [np.abs(b - a).max(axis=-1) for a, b in pairwise(path)]
        bare.append(~np.any([ink[rows + step, columns] for step in range(REACH + 1)], axis=0))
        fading.append(bare[-1] & (np.max(jumps, axis=0) <= fade))
    counts = [np.concatenate(part) for part in (bare, fading)]
    return Borders.tally(np.concatenate(codes), size, [np.ones_like(counts[0], int), *counts])


def darkening(light: Colour, dark: Colour) -> tuple[float, float]:
    """(factor, misfit in 1/255) of `dark` = factor * `light`."""
    factor = float((light * dark).sum() / max(float((light * light).sum()), 1))
    return factor, float(np.abs(dark - factor * light).max())


def lightening(dark: Colour, light: Colour) -> tuple[float, float]:
    """(share of white, misfit in 1/255) of `light` = `dark` + share * (white - `dark`)."""
    kept, misfit = darkening(255 - dark, 255 - light)
    return 1 - kept, misfit


def shadow_factor(colours: Colour, segments: Segments, borders: Borders) -> float | None:
    """The factor by which most shadows of the picture darken; None where they do not agree."""
    votes, voters = np.zeros(101), np.zeros(101)
    for (one, other), bare, fading in zip(borders.pairs, borders.bare, borders.fading, strict=True):
        pair = sorted((colours[segments.tones[one]], colours[segments.tones[other]]), key=np.sum)
        by, misfit = darkening(pair[1], pair[0])
        if bare >= LEAST_BORDER and 0.3 < by < 0.92 and misfit < EXACT and 2 * fading < bare:
            votes[round(by * 100)] += np.sqrt(bare)
            voters[round(by * 100)] += 1
    window = np.convolve(votes, np.ones(5), "same")
    best = int(window.argmax())
    inside = slice(max(best - 2, 0), best + 3)
    if voters[inside].sum() < 3 or window[best] < 0.25 * votes.sum():
        return None
    return float((votes[inside] * np.arange(101)[inside]).sum() / votes[inside].sum() / 100)


class Family:
    """Groups of segments, each with the tone that is its flat color."""

    def __init__(self, tones: Tones, segments: Segments, factor: float | None) -> None:
        self.colours = tones.colours.astype(np.float64)
        self.factor = factor
        self.style = PAINTED if tones.painted else CEL
        self.parent = list(range(len(segments.tones)))
        self.tone = segments.tones.tolist()
        self.area = segments.areas.tolist()
        self.weight = np.bincount(segments.tones, segments.areas, minlength=len(tones.colours))

    def root(self, segment: int) -> int:
        """The segment that stands for a group."""
        while self.parent[segment] != segment:
            self.parent[segment] = self.parent[self.parent[segment]]
            segment = self.parent[segment]
        return segment

    def roots(self) -> list[int]:
        """The root of each segment."""
        return [self.root(segment) for segment in range(len(self.parent))]

    def join(self, base: int, shade: int) -> None:
        """Put a group under another one's flat color."""
        self.parent[shade] = base
        self.area[base] += self.area[shade]

    def kin(self, one: int, other: int, share: float, fading: float) -> tuple[float, int, int]:
        """(score, base, shade) of two groups; a score of 0 where they are not kin."""
        if self.tone[one] == self.tone[other]:
            return 10, one, other
        large, small = sorted((one, other), key=lambda group: -self.weight[self.tone[group]])
        light, dark = sorted((one, other), key=lambda group: -self.colours[self.tone[group]].sum())
        bright, dim = self.colours[self.tone[light]], self.colours[self.tone[dark]]
        by, misfit = darkening(bright, dim)
        if self.is_shadow(by, misfit):
            return 6 - misfit / EXACT, light, dark
        if share < self.style.share:
            return 0, large, small
        if light is large:
            change, allowed = 1 - by, by > (self.factor or DEEPEST) - SLACK
        else:
            change, misfit = lightening(dim, bright)
            allowed = change < self.style.brightest or share > ISLAND
        turned = misfit - self.style.tint * 255 * min(change, MOST_TURN)
        if fading > FADING and (
            (turned < EXACT and allowed) or np.abs(bright - dim).max() < self.style.near
        ):
            return 3 + fading, large, small
        return (1 + share if turned < EXACT and allowed else 0), large, small

    def is_shadow(self, by: float, misfit: float) -> bool:
        """A darkening by the picture's own factor."""
        return self.factor is not None and abs(by - self.factor) < SAME_FACTOR and misfit < EXACT


def group(tones: Tones, segments: Segments, borders: Borders) -> tuple[Integers, float | None]:
    """(N,) for each segment, the tone that is its region's flat color; the shadow factor."""
    family = Family(tones, segments, None)
    if not tones.painted:
        family.factor = shadow_factor(family.colours, segments, borders)
        cast_shadows(family, segments, borders)
    for _ in range(PASSES):
        borders = contract(borders, family)
        merge_once(family, borders)
    absorb_specks(family, contract(borders, family))
    if not tones.painted:
        settle_tones(family, segments)
        adopt_shadows(family)
    bases = np.array([family.tone[root] for root in family.roots()])
    return bases, family.factor


def cast_shadows(family: Family, segments: Segments, borders: Borders) -> None:
    """Give the tones that are a met tone times the shadow factor that tone as their base."""
    size = len(family.colours)
    met = np.zeros((size, size))
    np.add.at(met, tuple(segments.tones[borders.pairs].T), borders.bare)
    met += met.T
    base = np.arange(size)
    for dark in np.argsort(-family.colours.sum(axis=1)):
        for light in np.argsort(-met[dark]):
            by, misfit = darkening(family.colours[light], family.colours[dark])
            usable = met[dark, light] >= LEAST_BORDER and base[light] == light
            if usable and family.is_shadow(by, misfit):
                base[dark] = light
                break
    family.tone = base[segments.tones].tolist()


def contract(borders: Borders, family: Family) -> Borders:
    """The borders between groups, from those between their members."""
    size = len(family.parent)
    roots = np.array(family.roots())
    ends = np.sort(roots[borders.pairs], axis=1)
    apart = ends[:, 0] != ends[:, 1]
    counts = [count[apart] for count in (borders.whole, borders.bare, borders.fading)]
    return Borders.tally(ends[apart] @ (size, 1), size, counts)


def merge_once(family: Family, borders: Borders) -> None:
    """Merge the groups that are kin, the surest first."""
    size = len(family.parent)
    around = np.bincount(borders.pairs[:, 0], borders.whole, minlength=size)
    around += np.bincount(borders.pairs[:, 1], borders.whole, minlength=size)
    shares = (borders.bare / np.maximum(around[borders.pairs].min(axis=1), 1)).tolist()
    fadings = (borders.fading / np.maximum(borders.bare, 1)).tolist()
    pairs = borders.pairs.tolist()
    scores = [
        family.kin(*ends, *facts)[0] for *facts, ends in zip(shares, fadings, pairs, strict=True)
    ]
    for index in np.argsort(scores)[::-1]:
        if scores[index] <= 0:
            break
        one, other = (family.root(segment) for segment in pairs[index])
        if one != other:
            score, base, shade = family.kin(one, other, shares[index], fadings[index])
            if score > 0:
                family.join(base, shade)


def absorb_specks(family: Family, borders: Borders) -> None:
    """Give groups too small to be a region to the neighbour that they share most border with."""
    least = SPECK * sum(family.area[root] for root in set(family.roots()))
    for index in np.argsort(-borders.whole):
        ends = [family.root(segment) for segment in borders.pairs[index].tolist()]
        small, large = sorted(ends, key=lambda group: family.area[group])
        if small != large and family.area[small] < least:
            family.join(large, small)


def settle_tones(family: Family, segments: Segments) -> None:
    """Treat a tone alike everywhere: where it has no base beside it, take the one it has elsewhere.

    Lines cut one glow or shadow into pieces, and not each piece touches the lit color.
    """
    size = len(family.colours)
    uses = np.zeros((size, size))
    roots = family.roots()
    for segment, root in enumerate(roots):
        uses[segments.tones[segment], family.tone[root]] += segments.areas[segment]
    for root in set(roots):
        tone = family.tone[root]
        elsewhere = uses[tone].copy()
        elsewhere[np.abs(family.colours - family.colours[tone]).max(axis=1) > family.style.near] = 0
        elsewhere[tone] = 0
        if elsewhere.max() > ELSEWHERE * uses[tone].sum():
            family.tone[root] = int(elsewhere.argmax())


def adopt_shadows(family: Family) -> None:
    """Give groups that lie wholly in shadow, behind lines, the flat color of their lit kin."""
    if family.factor is None:
        return
    roots = set(family.roots())
    lit: dict[int, int] = {}
    for root in roots:
        lit[family.tone[root]] = lit.get(family.tone[root], 0) + family.area[root]
    for tone in sorted(lit, key=lambda tone: -float(family.colours[tone].sum())):
        fits = [
            (area, other)
            for other, area in lit.items()
            if family.is_shadow(*darkening(family.colours[other], family.colours[tone]))
        ]
        if fits:
            del lit[tone]
            for root in roots:
                if family.tone[root] == tone:
                    family.tone[root] = max(fits)[1]
