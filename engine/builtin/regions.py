"""Regions: the tones of a picture without lines, and the segments of one tone each.

A cel-shaded region shows few tones: its base, a shadow of it, a highlight of it; a soft one shows a
run of them. The tones are the peaks of the colour histogram of calm pixels, far from edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.distance import nearest_shown
from engine.builtin.pixels import Bytes, Mask
from engine.builtin.settings import Settings, ToneCount

Labels = NDArray[np.int32]

APART = 14
"""Tones nearer than this in every channel, of 255, are one; half of it where each is to be a flat
color, and in pictures that are painted throughout."""
CALM = 6
"""A pixel is calm where its 3 x 3 neighbours differ by no more than this."""
USUALLY_CALM = 40
"""The percentage of the pixels outside flat fills that are calm enough to look for tones in."""
ROUNDING = 3
"""A difference, in 1/255, that a flat fill may show."""
TO_THE_LETTER = 1
"""The difference that one rounding makes."""
LEAST_FLATNESS = 0.48
"""A flatness below this is a painted picture's."""
HARDLY_FLAT = 0.38
"""A flatness below this is that of a picture painted throughout; others have flat fills too."""
RIM = 0.4
"""The least part of the picture's rim that its background takes."""
MOST_TONES = 96
LEAST_SHARE = 2e-4
"""The least share of the figure that a tone covers."""
SEGMENT_CORE = np.ones((3, 3), np.uint8)
"""What fits into each segment, past its border."""


@dataclass(frozen=True)
class Tones:
    """The colours that a picture is painted with."""

    colours: Bytes
    """(K, 3), most frequent first."""
    labels: Labels
    """(H, W) the tone of each pixel; -1 where none is near."""
    exact: NDArray[np.float64]
    """(K,) the share of each tone's pixels that have it within rounding: little in gradients."""
    flatness: float
    """The mean of that, or what the artist chose."""
    plateau: Mask
    """(H, W) the pixels that have their tone to the letter, as bucket fill leaves it."""

    @property
    def painted(self) -> bool:
        """Few pixels have their tone exactly: soft shading, brushwork or noise."""
        return self.flatness < LEAST_FLATNESS

    @property
    def throughout(self) -> bool:
        """Hardly anything is filled with one colour."""
        return self.flatness < HARDLY_FLAT


@dataclass(frozen=True)
class Segments:
    """Connected pixels of one tone."""

    labels: Labels
    """(H, W) the segment of each pixel; the nearest one where there was none."""
    tones: NDArray[np.int64]
    """(N,) the tone of each segment."""
    areas: NDArray[np.int64]
    """(N,) in pixels, before the gaps were filled."""
    plateaus: NDArray[np.int64]
    """(N,) how many of them have the tone to the letter."""
    behind: Mask
    """(N,) whether it is the background: most of the picture's rim is of its tone, and it is."""


def find_segments(tones: Tones) -> Segments:
    """Cut the picture into connected pixels of one tone; slivers go to their neighbours.

    A pixel that differs from the next one to the right or below is no one's at first: what is left
    can be told apart by plain connectivity, and antialiased edges fall away.
    """
    labels = tones.labels
    inner = labels >= 0
    inner[:, :-1] &= labels[:, :-1] == labels[:, 1:]
    inner[:-1] &= labels[:-1] == labels[1:]
    count, parts, stats, _ = cv2.connectedComponentsWithStats(
        inner.astype(np.uint8), connectivity=4
    )
    large = np.zeros(count, bool)
    large[parts[cv2.erode(inner.astype(np.uint8), SEGMENT_CORE) > 0]] = True
    if not large.any():
        return Segments(
            np.zeros_like(labels),
            np.zeros(1, np.int64),
            np.ones(1, np.int64),
            np.zeros(1, np.int64),
            np.zeros(1, bool),
        )
    names = np.cumsum(large) - 1
    kept = large[parts]
    segments = np.where(kept, names[parts], -1).astype(np.int32)
    owner = np.zeros(int(large.sum()), np.int64)
    owner[segments[kept]] = labels[kept]
    plateaus = np.bincount(segments[kept & tones.plateau], minlength=len(owner))
    segments[~kept] = segments.ravel()[nearest_shown(~kept, ~kept)]
    areas = stats[large, cv2.CC_STAT_AREA].astype(np.int64)
    return Segments(segments, owner, areas, plateaus, background(labels, segments, owner))


def background(labels: Labels, segments: Labels, tones: NDArray[np.int64]) -> Mask:
    """(N,) the segments at the picture's rim of the one tone that most of the rim has, if any."""
    seen, owners = (
        np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]) for part in (labels, segments)
    )
    usual = np.bincount(seen[seen >= 0], minlength=1)
    found = np.zeros(len(tones), bool)
    if usual.max() >= RIM * len(seen):
        found[owners] = True
        found &= tones == usual.argmax()
    return found


def find_tones(picture: Bytes, solid: Mask, settings: Settings) -> Tones:
    """The peaks of the colours of calm pixels, most frequent first."""
    if not solid.any():
        return Tones(
            np.zeros((1, 3), np.uint8), np.full(solid.shape, -1, np.int32), np.ones(1), 1.0, solid
        )
    spread = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=-1)
    moving = spread[solid & (spread > 1)]
    limit = np.percentile(moving, USUALLY_CALM) if len(moving) else 0
    calm = solid & (spread <= np.clip(limit, CALM, 2 * CALM))
    if not calm.any():
        calm = solid
    bins = coarse(picture)
    # What kind of picture it is does not depend on the detail that is wanted.
    usual = LEAST_SHARE * int(solid.sum())
    colours = peaks(picture[calm], bins[calm], max(4, usual), APART)
    labels = nearest(bins, colours.astype(np.int64))
    away = deviation(picture, colours, np.where(solid, labels, -1))
    flat = float(exactness(away, labels, len(colours)).mean())
    if settings.tones is ToneCount.MANY:
        flat = min(flat, (HARDLY_FLAT + LEAST_FLATNESS) / 2)
    elif settings.tones is not ToneCount.AUTOMATIC:
        flat = max(flat, LEAST_FLATNESS)
    apart = APART // 2 if flat < HARDLY_FLAT or settings.tones is ToneCount.ONE else APART
    unasked = HARDLY_FLAT <= flat < LEAST_FLATNESS
    if not unasked and (apart < APART or settings.finer != 1):
        # The root: a shaded patch spreads over many bins, and each of them is far smaller than it.
        least = max(4, usual / settings.finer**0.5)
        colours = peaks(picture[calm], bins[calm], least, apart)
        labels = nearest(bins, colours.astype(np.int64))
        away = deviation(picture, colours, np.where(solid, labels, -1))
    labels[~solid] = -1
    exact = exactness(away, labels, len(colours))
    return Tones(colours, labels, exact, flat, away <= TO_THE_LETTER)


def deviation(picture: Bytes, colours: Bytes, labels: Labels) -> Bytes:
    """(H, W) how far each pixel is from its tone; 255 where it has none."""
    known = labels >= 0
    apart = np.full(labels.shape, 255, np.uint8)
    apart[known] = cv2.absdiff(picture[known], colours[labels[known]]).max(axis=-1)
    return apart


def exactness(apart: Bytes, labels: Labels, size: int) -> NDArray[np.float64]:
    """(K,) the share of each tone's pixels that have it within rounding."""
    known = (labels >= 0) & (apart < 255)
    areas = np.bincount(labels[known], minlength=size)
    exact = np.bincount(labels[known & (apart <= ROUNDING)], minlength=size)
    return np.asarray(exact / np.maximum(areas, 1))


def peaks(pixels: Bytes, bins: Labels, least: float, apart: int) -> Bytes:
    """(K, 3): the commonest colours of the fullest bins that are `apart`; at least one."""
    counts = np.bincount(bins, minlength=32**3)
    order = np.argsort(counts)[::-1]
    found: list[NDArray[np.int64]] = []
    for code in order[: max(1, int((counts >= least).sum()))]:
        middle = np.array([code >> 10, code >> 5 & 31, code & 31]) * 8 + 4
        if found and np.abs(np.array(found) - middle).max(axis=1).min() <= apart:
            continue
        inside = pixels[bins == code].astype(np.int64) & 7
        often = np.bincount(inside @ (64, 8, 1), minlength=512).argmax()
        found.append(middle - 4 + np.array([often >> 6, often >> 3 & 7, often & 7]))
        if len(found) == MOST_TONES:
            break
    return np.array(found, np.uint8)


def coarse(picture: Bytes) -> Labels:
    """(..., 3) -> (...) five bits a channel."""
    bits = picture.astype(np.int32) >> 3
    return np.asarray(bits[..., 0] << 10 | bits[..., 1] << 5 | bits[..., 2])


def nearest(bins: Labels, colours: NDArray[np.int64]) -> Labels:
    """The nearest of the colours, -1 where none is within `APART`."""
    codes = np.flatnonzero(np.bincount(bins.ravel(), minlength=32**3))
    middles = np.stack([codes >> 10, codes >> 5 & 31, codes & 31], axis=1) * 8 + 4
    best, which = np.full(len(codes), 256), np.zeros(len(codes), np.int32)
    for index, colour in enumerate(colours):
        distance = np.abs(middles - colour).max(axis=1)
        closer = distance < best
        best[closer], which[closer] = distance[closer], index
    which[best > APART] = -1
    table = np.full(32**3, -1, np.int32)
    table[codes] = which
    return np.asarray(table[bins])
