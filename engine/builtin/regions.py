"""Flat color: the tones of a picture without lines, and which tones are one region's.

A cel-shaded region shows few tones: its base, a shadow of it, a highlight of it. The tones are the
peaks of the colour histogram of calm pixels. Two tones belong together where they meet without a
line between them and one is the other, darkened without a change of hue.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Tones:
    colours: Bytes
    """(K, 3)"""
    areas: NDArray[np.int64]
    """(K,) in pixels."""
    labels: Labels
    """(H, W) the tone of each pixel; -1 where none is near."""


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
    areas = np.bincount(labels[labels >= 0], minlength=len(table))
    return Tones(table.astype(np.uint8), areas, labels)


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
