"""Which tone of a region is its flat color, and which are its shadow and its light."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.builtin.borders import Borders
from engine.builtin.evidence import UNKNOWN, Customs, Features, luma, oklab
from engine.builtin.judge import judge_of
from engine.builtin.light import Colour
from engine.builtin.pixels import Integers
from engine.builtin.regions import Segments, Tones

ENOUGH = 0.03
"""The least part of a group that a tone must cover to say something of the others."""
AS_LIGHT = 2
"""Tones whose luma, of 255, differs by less are as light as each other."""


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


def choose_bases(groups: Integers, candidates: Candidates) -> Integers:
    """(N,) the tone that is the flat color of each segment's group."""
    odds = judge_of("base")(candidates.features)
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
    hub = inner_border(groups, which, borders, len(codes))
    owners, names = codes // size, codes % size
    figure, everywhere = segments.areas.sum(), np.bincount(names, areas, minlength=size)
    picture = [
        tones.flatness,
        customs.shadow.support * customs.shadow.carried,
        customs.highlight.support * customs.highlight.carried,
    ]
    ends = np.flatnonzero(np.diff(owners, prepend=-1, append=-1))
    parts = []
    for start, end in pairwise(ends):
        part = slice(start, end)
        inside = group_features(colours[names[part]], areas[part], customs)
        total = areas[part].sum()
        outside = [
            np.full(end - start, np.log10(total / figure)),
            np.log10(everywhere[names[part]] / figure),
            areas[part] / everywhere[names[part]],
            tones.exact[names[part]],
            np.log10(pieces[part]),
            hub[part] / max(hub[part].sum(), 1),
            np.full(end - start, np.log10(end - start)),
        ]
        parts.append(np.column_stack([inside, *outside, np.tile(picture, (len(inside), 1))]))
    totals = np.bincount(owners, areas, minlength=len(groups))[owners]
    return Candidates(
        owners, names, np.concatenate(parts).astype(np.float32), totals.astype(np.int64)
    )


def inner_border(groups: Integers, which: Integers, borders: Borders, size: int) -> Colour:
    """(T,) how long each tone of a group meets the group's others without a line."""
    ends = borders.pairs[groups[borders.pairs[:, 0]] == groups[borders.pairs[:, 1]]]
    bare = borders.bare[groups[borders.pairs[:, 0]] == groups[borders.pairs[:, 1]]]
    differ = which[ends[:, 0]] != which[ends[:, 1]]
    length = np.bincount(which[ends[differ, 0]], bare[differ], minlength=size)
    length = length + np.bincount(which[ends[differ, 1]], bare[differ], minlength=size)
    return length.astype(np.float64)


def group_features(colours: Colour, areas: Colour, customs: Customs) -> Colour:
    """(T, 14) each tone of one group beside its others."""
    share = areas / areas.sum()
    light, lab = luma(colours), oklab(colours)
    brighter = light[None] > light[:, None] + AS_LIGHT
    darker = light[None] < light[:, None] - AS_LIGHT
    telling = share >= min(ENOUGH, share.max())
    top, bottom = lab[telling, 0].max(), lab[telling, 0].min()
    columns = [
        share,
        (brighter * share).sum(axis=1),
        (darker * share).sum(axis=1),
        lab[:, 0],
        np.hypot(lab[:, 1], lab[:, 2]),
        top - lab[:, 0],
        lab[:, 0] - bottom,
        np.minimum(np.argsort(np.argsort(-areas)), 4),
        share / share.max(),
    ]
    shades = (
        (colours, customs.shadow, brighter & telling[None]),
        (255 - colours, customs.highlight, darker & telling[None]),
        (255 - colours, customs.highlight, brighter & telling[None]),
    )
    for index, (seen, vote, others) in enumerate(shades):
        lit, shaded = (seen[None], seen[:, None]) if index < 2 else (seen[:, None], seen[None])
        misfit = np.abs(shaded - lit * vote.factor).max(axis=2) / 255
        misfit = np.where(others & (vote.witnesses > 0), misfit, UNKNOWN)
        best = misfit.argmin(axis=1)
        columns.append(np.minimum(misfit.min(axis=1), UNKNOWN))
        if index < 2:
            columns.append(share[best] * (misfit.min(axis=1) < UNKNOWN))
    return np.stack(columns, axis=1)
