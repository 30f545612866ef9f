"""Which segments are shades of one region's colour: the kinship of a picture's tones.

Evidence, the surest first: one tone; the picture's own full shadow of it, wherever they are; a
border at which they fade into each other; a bare border (no line between) and a change that light
makes. A painted picture has no shadow factor, and freer hues.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.builtin.borders import Borders, Integers
from engine.builtin.light import BLACK, EXACT, Colour, darkening, lightening, shadow_factor
from engine.builtin.regions import Segments, Tones

DEEPEST = 0.65
"""The most black in a shadow in a picture without a factor of its own."""
OVER = 1.1
"""The most of a picture's shadow that lies on one colour."""
SAME = 0.08
"""How far a full shadow may be from the picture's factor, as a part of it."""
MOST_TURN = 0.25
"""The change beyond which the hue turns no further."""
LEAST_BORDER = 8
"""Pixels of border that prove a meeting."""


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
ISLAND_TINT = 0.12
"""How far an island's hue may be from a white light's."""
FADING = 0.6
"""The part of a border that makes it one without an edge."""
ELSEWHERE = 0.5
"""The part of a tone's area that says what it is a shade of."""
PASSES = 4


class Family:
    """Groups of segments, each with the tone that is its flat color."""

    def __init__(self, tones: Tones, segments: Segments) -> None:
        self.colours = tones.colours.astype(np.float64)
        self.factor: Colour | None = None
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
        if self.is_shadow(bright, dim):
            return 6, light, dark
        if share < self.style.share:
            return 0, large, small
        plausible = (
            self.darkens(bright, dim) if light is large else self.lightens(dim, bright, share)
        )
        if fading > FADING and (plausible or np.abs(bright - dim).max() < self.style.near):
            return 3 + fading, large, small
        return (1 + share if plausible else 0), large, small

    def is_shadow(self, bright: Colour, dim: Colour) -> bool:
        """`dim` is `bright` in the picture's own full shadow."""
        if self.factor is None:
            return False
        coverage, misfit = darkening(bright, dim, self.factor)
        return abs(coverage - 1) < SAME and misfit < EXACT and float((bright - dim).max()) > EXACT

    def darkens(self, bright: Colour, dim: Colour) -> bool:
        """`dim` is `bright` in some shadow."""
        factor, most = (BLACK, DEEPEST) if self.factor is None else (self.factor, OVER)
        coverage, misfit = darkening(bright, dim, factor)
        change = coverage * float((1 - factor).mean())
        return coverage < most and misfit < self.tolerance(change)

    def lightens(self, dim: Colour, bright: Colour, share: float) -> bool:
        """`bright` is `dim` in some highlight; islands may be brighter and of a freer hue."""
        coverage, misfit = lightening(dim, bright)
        if share > ISLAND:
            return misfit < ISLAND_TINT * 255
        return coverage < self.style.brightest and misfit < self.tolerance(coverage)

    def tolerance(self, change: float) -> float:
        """The misfit, in 1/255, that a shade which changes so much may show."""
        return EXACT + self.style.tint * 255 * min(change, MOST_TURN)


def group(tones: Tones, segments: Segments, borders: Borders) -> tuple[Integers, Colour | None]:
    """(N,) for each segment, the tone that is its region's flat color; the shadow factor."""
    family = Family(tones, segments)
    if not tones.painted:
        cast_shadows(family, segments, borders)
    for _ in range(PASSES):
        borders = borders.between(np.array(family.roots()))
        merge_once(family, borders)
    absorb_specks(family, borders.between(np.array(family.roots())))
    if not tones.painted:
        settle_tones(family, segments)
        adopt_shadows(family)
    bases = np.array([family.tone[root] for root in family.roots()])
    return bases, family.factor


def cast_shadows(family: Family, segments: Segments, borders: Borders) -> None:
    """Find the picture's shadow factor, and the tones that are another one in full shadow."""
    size = len(family.colours)
    met, hard = np.zeros((2, size, size), np.int64)
    ends = tuple(segments.tones[borders.pairs].T)
    np.add.at(met, ends, borders.bare)
    np.add.at(hard, ends, borders.bare - borders.fading)
    met, hard = met + met.T, hard + hard.T
    family.factor = shadow_factor(family.colours, hard)
    base = np.arange(size)
    for dark in np.argsort(-family.colours.sum(axis=1)):
        for light in np.argsort(-met[dark]):
            usable = met[dark, light] >= LEAST_BORDER and base[light] == light
            if usable and family.is_shadow(family.colours[light], family.colours[dark]):
                base[dark] = light
                break
    family.tone = base[segments.tones].tolist()


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
            if family.is_shadow(family.colours[other], family.colours[tone])
        ]
        if fits:
            del lit[tone]
            for root in roots:
                if family.tone[root] == tone:
                    family.tone[root] = max(fits)[1]
