"""Which tone of a region is its flat color, and which are its shadow and its light."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.builtin.borders import Borders
from engine.builtin.evidence import Customs, Features, luma, oklab
from engine.builtin.judge import judge_of
from engine.builtin.light import Colour
from engine.builtin.pixels import Integers, Mask
from engine.builtin.regions import Segments, Tones
from engine.builtin.rivals import UNEXPLAINED, doubt

ENOUGH = 0.03
"""The least part of a group that a tone must cover to say something of the others."""
AS_LIGHT = 2
"""Tones whose luma, of 255, differs by less are as light as each other."""
FILLED, WITHIN = 0.5, 0.05
"""The parts of a group's outline that its flat color touches at least and a glow at most."""
FADED = 0.9
"""The least part of a glow's border that fades."""
AGAINST_GLOWS = 5.0
"""The log odds that a glow is no flat color."""


@dataclass(frozen=True)
class Candidates:
    """The tones of each group: T in all, those of one group together."""

    owners: Integers
    """(T,) the group's root."""
    names: Integers
    """(T,) the tone."""
    features: Features
    """(T, F) what it looks like among the others."""
    totals: Integers
    """(T,) the area of its group."""
    glowing: Mask
    """(T,) whether it is a glow by the place that it has."""


def choose_bases(groups: Integers, candidates: Candidates) -> Integers:
    """(N,) the tone that is the flat color of each segment's group."""
    odds = judge_of("base")(candidates.features) - AGAINST_GLOWS * candidates.glowing
    order = np.lexsort((-odds, candidates.owners))
    roots, first = np.unique(candidates.owners[order], return_index=True)
    bases = np.zeros(len(groups), np.int64)
    bases[roots] = candidates.names[order][first]
    return bases[groups]


def find_candidates(
    groups: Integers, tones: Tones, segments: Segments, borders: Borders, customs: Customs
) -> Candidates:
    """Describe the tones of each group of segments; `groups` names each one's root, (N,)."""
    colours = tones.colours.astype(np.float64)
    size = len(colours)
    codes, which, pieces = np.unique(
        groups * size + segments.tones, return_inverse=True, return_counts=True
    )
    areas = np.bincount(which, segments.areas).astype(np.float64)
    owners, names = codes // size, codes % size
    everywhere = np.bincount(names, areas, minlength=size)[names]
    totals = np.bincount(owners, areas, minlength=len(groups))[owners]
    places = find_places(groups, which, segments, borders)
    ends = np.flatnonzero(np.diff(owners, prepend=-1, append=-1))
    inside = [
        group_features(names[start:end], colours[names[start:end]], areas[start:end], customs)
        for start, end in pairwise(ends)
    ]
    outside = [
        np.log10(totals / segments.areas.sum()),
        np.log10(everywhere / segments.areas.sum()),
        areas / everywhere,
        tones.exact[names],
        np.log10(pieces),
        places,
        np.log10(np.diff(ends).repeat(np.diff(ends))),
        np.tile(picture_features(tones, customs), (len(names), 1)),
    ]
    features = np.column_stack([np.concatenate(inside), *outside]).astype(np.float32)
    glowing = find_glows(owners, places)
    return Candidates(owners, names, features, totals.astype(np.int64), glowing)


def picture_features(tones: Tones, customs: Customs) -> list[float]:
    """How flat the picture is, and how sure its light."""
    votes = (customs.shadow, customs.highlight)
    return [tones.flatness, *(vote.support * vote.carried for vote in votes)]


def find_places(groups: Integers, which: Integers, segments: Segments, borders: Borders) -> Colour:
    """(T, 5) where each tone lies in its group; `which`, (N,), of them is each segment's.

    Its part of the border that the group's tones share, how much of its own fades, its part of the
    group's outline, how much of it has the tone to the letter, and that beside the most.
    """
    areas = np.bincount(which, segments.areas)
    owners = np.zeros(len(areas), np.int64)
    owners[which] = groups
    plateaus = np.bincount(which, segments.plateaus).astype(np.float64)
    hub, fading, outline = meetings(groups, which, borders, len(areas))

    def most(count: Colour) -> Colour:
        found = np.zeros(len(groups))
        np.maximum.at(found, owners, count)
        return np.maximum(found, 1)[owners]

    def total(count: Colour) -> Colour:
        return np.maximum(np.bincount(owners, count), 1)[owners]

    return np.column_stack(
        [
            hub / total(hub),
            fading / np.maximum(hub, 1),
            outline / total(outline),
            plateaus / areas,
            plateaus / most(plateaus),
        ]
    )


def find_glows(owners: Integers, places: Colour) -> Mask:
    """(T,) the tones that fade into their group's flattest one, which has the outline to itself.

    An artist fills a region to its lines, then airbrushes within it.
    """
    _, fading, outline, _, flattest = places.T
    filled = (outline > FILLED) & (flattest == 1)
    within = (outline < WITHIN) & (fading > FADED) & (flattest < 1)
    return np.asarray(within & np.isin(owners, owners[filled]))


def meetings(
    groups: Integers, which: Integers, borders: Borders, size: int
) -> tuple[Colour, Colour, Colour]:
    """How long each tone of a group meets others, (T,) each.

    The group's others without a line; how long of that it fades into them; and other groups.
    """
    within = np.equal(*groups[borders.pairs].T)
    differ = within & np.not_equal(*which[borders.pairs].T)

    def length(count: Integers, where: Mask) -> Colour:
        ends = which[borders.pairs[where]].ravel()
        return np.bincount(ends, count[where].repeat(2), minlength=size).astype(np.float64)

    inner, fading = length(borders.bare, differ), length(borders.fading, differ)
    return inner, fading, length(borders.whole, ~within)


def group_features(names: Integers, colours: Colour, areas: Colour, customs: Customs) -> Colour:
    """(T, 18) each tone of one group beside its others."""
    share = areas / areas.sum()
    light, lab = luma(colours), oklab(colours)
    brighter = light[None] > light[:, None] + AS_LIGHT
    darker = light[None] < light[:, None] - AS_LIGHT
    met, hard = (count[names][:, names] for count in (customs.met, customs.hard))
    edged = hard / np.maximum(met, 1)
    faded = np.where(met > 0, 1 - edged, 0)
    telling = share >= min(ENOUGH, share.max())
    top, bottom = lab[telling, 0].max(), lab[telling, 0].min()
    columns = [
        share,
        (brighter * share).sum(axis=1),
        (darker * share).sum(axis=1),
        *(
            (one * part * share).sum(axis=1)
            for one in (brighter, darker)
            for part in (edged, faded)
        ),
        lab[:, 0],
        np.hypot(lab[:, 1], lab[:, 2]),
        top - lab[:, 0],
        lab[:, 0] - bottom,
        np.minimum(np.argsort(np.argsort(-areas)), 4),
        share / share.max(),
        *explained(colours, share, brighter & telling, darker & telling, customs),
    ]
    return np.stack(columns, axis=1)


def explained(
    colours: Colour, share: Colour, brighter: Mask, darker: Mask, customs: Customs
) -> list[Colour]:
    """How exactly each of T tones is another's shadow, its highlight, or one with a highlight.

    Of the first two also the share of that other one. `brighter` and `darker`, (T, T), are which
    others may be that.
    """
    shades = (
        (colours, customs.shadow, brighter),
        (255 - colours, customs.highlight, darker),
        (255 - colours, customs.highlight, brighter),
    )
    columns: list[Colour] = []
    for index, (seen, vote, others) in enumerate(shades):
        lit, shaded = (seen[None], seen[:, None]) if index < 2 else (seen[:, None], seen[None])
        doubts = doubt(np.abs(shaded - lit * vote.factor).max(axis=2))
        doubts = np.where(others & (vote.witnesses > 0), doubts, UNEXPLAINED)
        best = doubts.argmin(axis=1)
        columns.append(doubts.min(axis=1))
        if index < 2:
            columns.append(share[best] * (doubts.min(axis=1) < UNEXPLAINED))
    return columns
