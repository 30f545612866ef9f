"""Line art: the coverage and ink of a picture's lines, and the picture without them.

Ridges say where lines are. Coverage then follows by unmixing, source = a ink + (1 - a) under, with
`under` from the nearest pixels beside the line.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import Report, map_bands, with_halo
from engine.builtin.bodies import find_bodies, reach
from engine.builtin.census import take_census
from engine.builtin.distance import nearest_shown
from engine.builtin.ink import FAINTEST, coverage, darkest_near, line_ink
from engine.builtin.pixels import NEARLY, Mask, eight_bits
from engine.builtin.ridges import disc, fine_radius, half_width
from engine.layers import Rgba

FULL = 0.7
"""A line that covers this much of a half transparent silhouette covers all of it."""
TALL = 4
"""How many times taller than their overlap bands are, if they are not too large then."""
LARGE = 8_000_000
"""Pixels of a large band."""


@dataclass(frozen=True)
class Lines:
    """What the search for lines found, at the picture's size and depth."""

    layer: Rgba
    """(H, W, 4) the ink and its coverage."""
    under: Rgba
    """(H, W, 3) the picture without its lines."""


def find_lines(rgba: Rgba, report: Report, thickness: int = 0) -> Lines:
    """Find the lines of a picture.

    Args:
        rgba: (H, W, 4), straight alpha.
        report: gets the fraction done.
        thickness: pixels, the thickest line that still is one; 0 looks at the picture's own.
    """
    height, width = rgba.shape[:2]
    half = max(1, round(thickness / 4)) if thickness else half_width(rgba)
    census = take_census(rgba, half, lambda done: report(0.3 * done))
    layer, under = np.zeros_like(rgba), np.array(rgba[..., :3])
    halo = reach(half) + 4 * half + 8

    def work(rows: slice) -> None:
        outer, inner = with_halo(rows, height, halo)
        body = find_bodies(eight_bits(rgba[outer]), half, census)
        if body.any() or (rgba[rows, :, 3] < NEARLY * np.iinfo(rgba.dtype).max).any():
            lines = unmix(rgba[outer], body, census.usual, half)
            layer[rows], under[rows] = lines.layer[inner], lines.under[inner]

    tall = max(halo, min(TALL * halo, LARGE // width))
    map_bands(work, height, width, lambda done: report(0.3 + 0.7 * done), tall)
    return Lines(layer, under)


def unmix(rgba: Rgba, body: Mask, ink: NDArray[np.float32], half: int) -> Lines:
    """Part the ink of the lines, whose bodies are known, from what lies under them."""
    top = np.iinfo(rgba.dtype).max
    alpha, colour = rgba[..., 3], rgba[..., :3]
    solid = alpha >= NEARLY * top
    edge = disc(fine_radius(half))
    covered = (cv2.dilate(body.astype(np.uint8), edge) > 0) & (alpha > 0)
    wanted = covered | ~solid & (alpha > 0)
    hidden = wanted | (alpha == 0)
    if hidden.all():
        hidden = covered | (alpha == 0)
    layer, under = np.zeros_like(rgba), np.array(colour)
    under[wanted] = colour.reshape(-1, 3)[nearest_shown(hidden, wanted)]

    source, paper = colour[covered], under[covered]
    white = eight_bits(paper).astype(np.float32)
    own = darkest_near(eight_bits(colour), body, half + 2, covered)
    weight = coverage(eight_bits(source).astype(np.float32), white, line_ink(white, own, ink))
    weight[~solid[covered][:, None] & (weight > FULL)] = 1
    exact = (source - (1 - weight) * paper) / np.maximum(weight, FAINTEST)
    drawn = np.concatenate([exact, weight * alpha[covered][:, None]], axis=-1) * (weight > 0)
    layer[covered] = np.rint(np.clip(drawn, 0, top))
    clear = covered & solid & (layer[..., 3] == 0)
    under[clear] = colour[clear]
    return Lines(layer, under)
