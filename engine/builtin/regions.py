"""Regions: the tones of a picture without lines, and the segments of one tone each.

A cel-shaded region shows few tones: its base, a shadow of it, a highlight of it; a soft one shows a
run of them. The tones are the peaks of the colour histogram of calm pixels, far from edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.line_art import nearest_shown

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]

APART = 14
"""Tones nearer than this in every channel, of 255, are one."""
CALM = 6
"""A pixel is calm where its 3 x 3 neighbours differ by no more than this."""
MOST_TONES = 96
LEAST_SHARE = 2e-4
"""The least share of the figure that a tone covers."""
CORE = np.ones((3, 3), np.uint8)
"""What fits into each segment, past its border."""


@dataclass(frozen=True)
class Tones:
    """The colours that a picture is painted with."""

    colours: Bytes
    """(K, 3), most frequent first."""
    labels: Labels
    """(H, W) the tone of each pixel; -1 where none is near."""


@dataclass(frozen=True)
class Segments:
    """Connected pixels of one tone."""

    labels: Labels
    """(H, W) the segment of each pixel; the nearest one where there was none."""
    tones: NDArray[np.int64]
    """(N,) the tone of each segment."""
    areas: NDArray[np.int64]
    """(N,) in pixels, before the gaps were filled."""


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
    large[parts[cv2.erode(inner.astype(np.uint8), CORE) > 0]] = True
    if not large.any():
        return Segments(np.zeros_like(labels), np.zeros(1, np.int64), np.ones(1, np.int64))
    names = np.cumsum(large) - 1
    kept = large[parts]
    segments = np.where(kept, names[parts], -1).astype(np.int32)
    filled = segments.ravel()[nearest_shown(~kept)]
    owner = np.zeros(int(large.sum()), np.int64)
    owner[segments[kept]] = labels[kept]
    return Segments(filled, owner, stats[large, cv2.CC_STAT_AREA].astype(np.int64))


def find_tones(picture: Bytes, solid: Mask) -> Tones:
    """The peaks of the colours of calm pixels, most frequent first."""
    spread = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=-1)
    calm = solid & (spread <= CALM)
    if calm.sum() < 0.3 * solid.sum():
        calm = solid & (spread <= np.percentile(spread[solid], 60)) if solid.any() else solid
    codes = packed(picture[calm])
    bins = np.bincount(coarse(picture[calm]), minlength=32**3).reshape(32, 32, 32)
    order = np.argsort(bins, axis=None)[::-1]
    least = max(4, LEAST_SHARE * solid.sum())
    colours: list[NDArray[np.int64]] = []
    where = coarse(picture[calm])
    for code in order[: int((bins > 0).sum())]:
        if bins.flat[code] < least or len(colours) == MOST_TONES:
            break
        middle = np.array([code >> 10, code >> 5 & 31, code & 31]) * 8 + 4
        if colours and np.abs(np.array(colours) - middle).max(axis=1).min() <= APART:
            continue
        values, counts = np.unique(codes[where == code], return_counts=True)
        top = int(values[counts.argmax()])
        colours.append(np.array([top >> 16, top >> 8 & 255, top & 255]))
    if not colours:
        colours.append(
            np.array(np.median(picture[solid], axis=0) if solid.any() else [0, 0, 0], np.int64)
        )
    table = np.array(colours)
    labels = nearest(picture, table, solid)
    return Tones(table.astype(np.uint8), labels)


def coarse(colours: Bytes) -> NDArray[np.int64]:
    """(N, 3) -> (N,) five bits a channel."""
    bits = colours.astype(np.int64) >> 3
    return bits[:, 0] << 10 | bits[:, 1] << 5 | bits[:, 2]


def packed(colours: Bytes) -> NDArray[np.int64]:
    """(N, 3) -> (N,) eight bits a channel."""
    bits = colours.astype(np.int64)
    return bits[:, 0] << 16 | bits[:, 1] << 8 | bits[:, 2]


def nearest(picture: Bytes, table: NDArray[np.int64], solid: Mask) -> Labels:
    """The nearest colour of the table, -1 where none is within `APART`."""
    grid = np.stack(np.meshgrid(*[np.arange(32)] * 3, indexing="ij"), -1).reshape(-1, 3) * 8 + 4
    best = np.full(len(grid), 256)
    which = np.zeros(len(grid), np.int32)
    for index, colour in enumerate(table):
        distance = np.abs(grid - colour).max(axis=1)
        closer = distance < best
        best[closer], which[closer] = distance[closer], index
    which[best > APART] = -1
    labels = which[coarse(picture.reshape(-1, 3))].reshape(picture.shape[:2])
    return np.where(solid, labels, -1)
