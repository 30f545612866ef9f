"""Which tones are shades of one region's colour: the kinship of a picture's tones.

Evidence, in order: two tones that fade into each other; a darker tone that is the lighter one times
the picture's own shadow factor, which is the same all over a figure; a darker tone that is the
lighter one times any factor, or a lighter one that is the darker one mixed with white, met along a
bare border (no line between).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.builtin.regions import Tones

Mask = NDArray[np.bool_]
Counts = NDArray[np.float64]
Colours = NDArray[np.floating[Any]]

REACH = 3
"""Pixels between the two sides of a border: past its antialiasing."""
FADE = 10
"""Neighbouring pixels that differ by no more than this fade into each other."""


@dataclass(frozen=True)
class Borders:
    """How long the tones' borders are, in pixels: (K, K), symmetric."""

    bare: Counts
    """Without a line between."""
    fading: Counts
    """Of the bare ones, those without an edge."""


def find_borders(picture: NDArray[np.uint8], tones: Tones, line: Mask) -> Borders:
    """Count where tones meet."""
    size = len(tones.colours)
    bare, fading = np.zeros((size, size)), np.zeros((size, size))
    for turned in (False, True):
        labels = tones.labels.T if turned else tones.labels
        ink = line.T if turned else line
        image = picture.swapaxes(0, 1) if turned else picture
        near, far = labels[:-REACH], labels[REACH:]
        meets = (near >= 0) & (far >= 0) & (near != far)
        for step in range(1, REACH):
            meets &= ~ink[step : step - REACH]
        rows, columns = np.nonzero(meets)
        pair = near[meets].astype(np.int64) * size + far[meets]
        path = [image[rows + step, columns].astype(np.int16) for step in range(REACH + 1)]
        jump = np.max([np.abs(b - a).max(axis=-1) for a, b in itertools.pairwise(path)], axis=0)
        bare += np.bincount(pair, minlength=size * size).reshape(size, size)
        fading += np.bincount(pair[jump <= FADE], minlength=size * size).reshape(size, size)
    return Borders(bare + bare.T, fading + fading.T)


def darkening(light: Colours, dark: Colours) -> tuple[float, float]:
    """(factor, misfit in 1/255) of `dark` = factor * `light`."""
    factor = float((light * dark).sum() / max((light * light).sum(), 1))
    return factor, float(np.abs(dark - factor * light).max())


def lightening(dark: Colours, light: Colours) -> tuple[float, float]:
    """(share of white, misfit in 1/255) of `light` = `dark` + share * (white - `dark`)."""
    return darkening(255 - dark, 255 - light)[0], darkening(255 - dark, 255 - light)[1]


def shadow_factor(colours: Colours, borders: Borders) -> float | None:
    """The factor by which most shadows of the picture darken, None where there is none."""
    votes = np.zeros(101)
    pairs = np.zeros(101, int)
    for light, dark in np.argwhere(borders.bare >= 8):
        if colours[light].sum() <= colours[dark].sum():
            continue
        factor, misfit = darkening(colours[light], colours[dark])
        if (
            0.3 < factor < 0.92
            and misfit < 4
            and borders.fading[light, dark] < 0.5 * borders.bare[light, dark]
        ):
            votes[round(factor * 100)] += np.sqrt(borders.bare[light, dark])
            pairs[round(factor * 100)] += 1
    window = np.convolve(votes, np.ones(5), "same")
    best = int(window.argmax())
    if window[best] == 0 or np.convolve(pairs, np.ones(5), "same")[best] < 2:
        return None
    inside = slice(max(best - 2, 0), best + 3)
    return float((votes[inside] * np.arange(101)[inside]).sum() / votes[inside].sum() / 100)


def find_bases(tones: Tones, borders: Borders) -> NDArray[np.int64]:
    """(K,) for each tone, the tone that is its region's flat color (itself for a base)."""
    colours = tones.colours.astype(np.float64)
    factor = shadow_factor(colours, borders)
    size = len(colours)
    parent = np.arange(size)
    for tone in np.argsort(tones.areas):
        scores = [
            kin_score(tones, colours, borders, factor, int(tone), other) for other in range(size)
        ]
        best = int(np.argmax(scores))
        if scores[best] > 0 and root(parent, best) != tone:
            parent[tone] = best
    return np.array([root(parent, tone) for tone in range(size)])


def root(parent: NDArray[np.int64], tone: int) -> int:
    """The end of a chain of parents."""
    while parent[tone] != tone:
        tone = int(parent[tone])
    return tone


def kin_score(
    tones: Tones, colours: Colours, borders: Borders, factor: float | None, tone: int, other: int
) -> float:
    """How well `tone` passes for a shade of `other`; 0 where it does not."""
    if tone == other:
        return 0
    share = float(borders.bare[tone, other] / max(borders.bare[tone].sum(), 1))
    met = borders.bare[tone, other] >= 6 and share > 0.1
    fading = borders.fading[tone, other] / max(borders.bare[tone, other], 1)
    larger = tones.areas[other] > tones.areas[tone]
    if met and larger and fading > 0.6:
        return 2 + share
    if colours[tone].sum() < colours[other].sum():
        by, misfit = darkening(colours[other], colours[tone])
        if factor is not None and abs(by - factor) < 0.03 and misfit < 5:
            return 3 + share - misfit / 10
        if met and 0.25 < by < 0.97 and misfit < 2 + 0.25 * 255 * (1 - by) and larger:
            return share
        return 0
    by, misfit = lightening(colours[other], colours[tone])
    fits = 0.05 < 1 - by < 0.85 and misfit < 2 + 0.2 * 255 * (1 - by)
    return share if met and larger and fits else 0
