"""Examples for the builtin engine's judges: what they are asked of a picture, and the true answer.

Everything up to the question is done as the engine does it, so that the judges learn from the
mistakes that come before them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.builtin.bases import Candidates, find_candidates
from engine.builtin.borders import Borders, find_borders
from engine.builtin.evidence import Evidence, find_customs, find_evidence, find_likeness
from engine.builtin.flats import shrink, without_noise
from engine.builtin.line_art import find_lines
from engine.builtin.pixels import Floats
from engine.builtin.regions import Segments, Tones, find_segments, find_tones
from engine.builtin.settings import OPTIONS, Settings
from engine.layers import Rgba
from engine.options import complete

ONE_COLOUR = 8
"""Flat colors that differ by no more, of 255, are one."""
PURE = 0.8
"""The least part of a segment that must have one true flat color for it to be an example."""
STRAY = 0.1
"""The most of a group, as its part, that a segment of another one takes by mistake."""
SETTINGS = Settings.of(complete(OPTIONS, {}))


@dataclass(frozen=True)
class Examples:
    """Questions of one kind about one picture, M of them."""

    features: NDArray[np.float32]
    """(M, F)"""
    answers: NDArray[np.float32]
    """(M,) 1 yes, 0 no."""
    weights: Floats
    """(M,) how much depends on each."""
    groups: NDArray[np.int64]
    """(M,) of the questions of one group exactly one has the answer yes, if that is asked."""


def find_examples(rgba: Rgba, flat: Rgba) -> tuple[Examples, Examples, Examples]:
    """What the judges of kinship, of likeness and of bases are asked of a picture.

    Args:
        rgba: (H, W, 4) uint8, straight alpha: the picture.
        flat: the same, its true flat color.
    """
    lines = find_lines(rgba, lambda _: None)
    under, solid, ink = shrink(rgba, lines)
    line, clear = ink > 0, without_noise(under)
    tones = find_tones(clear, solid & ~line, SETTINGS)
    segments = find_segments(tones)
    borders = find_borders(clear, segments, solid, line)
    truth, pure = true_colours(flat, segments, (tones.labels >= 0) & ~line & solid)
    return ask(tones, segments, borders, truth, pure)


def ask(
    tones: Tones, segments: Segments, borders: Borders, truth: Floats, pure: Floats
) -> tuple[Examples, Examples, Examples]:
    """The questions about a picture's segments; their true colors as by `true_colours`."""
    customs = find_customs(tones, segments, borders)
    evidence = find_evidence(tones, segments, borders, customs)
    likeness = find_likeness(tones, segments, customs)
    groups = true_groups(segments, truth)
    strayed = stray(groups, segments, borders)
    bases = []
    for some in (groups, strayed):
        candidates = find_candidates(some, tones, segments, borders, customs)
        true = group_truth(some, truth, pure * segments.areas)[candidates.owners]
        bases.append(base_examples(candidates, tones.colours[candidates.names], true))
    return (
        pair_examples(evidence, truth, pure),
        pair_examples(likeness, truth, pure),
        join(bases, len(groups)),
    )


def pair_examples(evidence: Evidence, truth: Floats, pure: Floats) -> Examples:
    """Pairs of segments, which are kin where they have one true flat color."""
    pairs = evidence.pairs
    same = np.abs(truth[pairs[:, 0]] - truth[pairs[:, 1]]).max(axis=1) <= ONE_COLOUR
    clear = (pure[pairs] > PURE).all(axis=1)
    return Examples(
        evidence.features[clear],
        same[clear].astype(np.float32),
        evidence.weights[clear],
        np.arange(int(clear.sum())),
    )


def true_colours(flat: Rgba, segments: Segments, seen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """(N, 3) each segment's median true flat color, -1 if unseen, and (N,) how much of it has that.

    `seen` is where the segments are, (h, w); `flat` may be larger than that.
    """
    height, width = seen.shape
    rows = (np.arange(height) * flat.shape[0] // height)[:, None]
    columns = (np.arange(width) * flat.shape[1] // width)[None]
    near = flat[rows, columns]
    seen = seen & (near[..., 3] > 250)
    size = len(segments.tones)
    labels, colours = segments.labels[seen], near[seen][:, :3].astype(np.float64)
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(size + 1))
    truth, pure = np.full((size, 3), -1.0), np.zeros(size)
    for index in range(size):
        here = colours[order[ends[index] : ends[index + 1]]]
        if len(here) >= 4:
            truth[index] = np.median(here, axis=0)
            pure[index] = (np.abs(here - truth[index]).max(axis=1) <= ONE_COLOUR).mean()
    return truth, pure


def true_groups(segments: Segments, truth: Floats) -> NDArray[np.int64]:
    """(N,) by the first segment of the same true flat color, wherever that is."""
    codes = np.unique(np.rint(truth / ONE_COLOUR), axis=0, return_inverse=True)[1].ravel()
    return np.unique(codes, return_index=True)[1][codes]


def stray(groups: NDArray[np.int64], segments: Segments, borders: Borders) -> NDArray[np.int64]:
    """(N,) the groups, each with some of the small segments beside it that are none of its own."""
    rng = np.random.default_rng(len(groups))
    totals = np.bincount(groups, segments.areas, minlength=len(groups))
    strayed = groups.copy()
    for one, other in borders.pairs[borders.bare > 0]:
        small, large = (one, other) if segments.areas[one] < segments.areas[other] else (other, one)
        little = segments.areas[small] < STRAY * totals[groups[large]]
        if little and rng.random() < 0.5:
            strayed[small] = groups[large]
    roots = np.unique(strayed, return_index=True)
    return np.asarray(roots[1][np.searchsorted(roots[0], strayed)])


def join(parts: Sequence[Examples], size: int) -> Examples:
    """The examples of several groupings of a picture of `size` segments as those of one."""
    return Examples(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.answers for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.groups + index * size for index, part in enumerate(parts)]),
    )


def group_truth(groups: NDArray[np.int64], truth: Floats, weight: Floats) -> Floats:
    """(N, 3) by each group's root, the true flat color of its largest segment."""
    order = np.argsort(weight, kind="stable")
    found = np.full_like(truth, -1.0)
    found[groups[order]] = truth[order]
    return found


def base_examples(candidates: Candidates, colours: Rgba, truth: Floats) -> Examples:
    """The tones of each group of several, one of which is nearest to its true flat color."""
    owners = candidates.owners
    apart = np.abs(colours.astype(np.float64) - truth).max(axis=1)
    order = np.lexsort((apart, owners))
    roots, first, count = np.unique(owners[order], return_index=True, return_counts=True)
    best = order[first]
    usable = (count > 1) & (apart[best] <= ONE_COLOUR) & (truth[best, 0] >= 0)
    answers = np.zeros(len(owners), np.float32)
    answers[best] = 1
    kept = np.isin(owners, roots[usable])
    return Examples(
        candidates.features[kept], answers[kept], np.sqrt(candidates.totals[kept]), owners[kept]
    )
