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
from engine.builtin.bodies import LEAST_MARK, find_bodies, reach
from engine.builtin.census import Census, take_census
from engine.builtin.distance import nearest_shown
from engine.builtin.ink import FAINTEST, coverage, stroke_ink
from engine.builtin.pixels import NEARLY, Bytes, eight_bits
from engine.builtin.reduction import enlarge, reduce
from engine.builtin.ridges import Pen, disc, fine_radius, measure_pen
from engine.layers import Rgba

FULL = 0.7
"""A line that covers this much of a half transparent silhouette covers all of it."""
TALL = 4
"""How many times taller than their overlap bands are, if they are not too large then."""
LARGE = 4_000_000
"""Pixels of a large band."""
USUAL = 8
"""A half width at which lines are sure to be found; twice as thick ones are, in a smaller copy."""
EDGE, BODY = 1, 2
"""What a pixel of a line is."""


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
    pen = measure_pen(rgba)
    if thickness:
        pen = Pen(max(1, round(thickness / 4)), pen.depth, thickness)
    factor = max(1, pen.half // USUAL)
    small, fine = reduce(rgba, factor), pen.reduced(factor)
    census = take_census(small, fine.half, lambda done: report(0.1 * done))
    shapes = find_shapes(small, fine, census, lambda done: report(0.1 + 0.4 * done))
    layer, under = np.zeros_like(rgba), np.array(rgba[..., :3])
    halo = reach(pen.half)

    def work(rows: slice) -> None:
        outer, inner = with_halo(rows, height, halo)
        shape = enlarge(shapes, factor, outer, width)
        if shape.any() or (rgba[rows, :, 3] < NEARLY * np.iinfo(rgba.dtype).max).any():
            lines = unmix(rgba[outer], shape, census.usual, pen)
            layer[rows], under[rows] = lines.layer[inner], lines.under[inner]

    map_bands(work, height, width, lambda done: report(0.5 + 0.5 * done), tall(halo, width))
    return Lines(layer, under)


def tall(halo: int, width: int) -> int:
    """The rows of a band whose overlap is `halo` on either side."""
    return max(halo, min(TALL * halo, LARGE // width))


def find_shapes(rgba: Rgba, pen: Pen, census: Census, report: Report) -> Bytes:
    """(H, W) `BODY` where lines are, `EDGE` around it, 0 elsewhere."""
    height, width = rgba.shape[:2]
    shapes = np.zeros((height, width), np.uint8)
    soft = disc(fine_radius(pen.half))
    halo = reach(pen.half) + LEAST_MARK * pen.half + len(soft)

    def work(rows: slice) -> None:
        outer, inner = with_halo(rows, height, halo)
        body = find_bodies(eight_bits(rgba[outer]), pen, census).astype(np.uint8)
        shapes[rows] = (body * (BODY - EDGE) + cv2.dilate(body, soft) * EDGE)[inner]

    map_bands(work, height, width, report, tall(halo, width))
    return shapes


def unmix(rgba: Rgba, shape: Bytes, usual: NDArray[np.float32], pen: Pen) -> Lines:
    """Part the ink of the lines, whose shapes are known, from what lies under them."""
    top = np.iinfo(rgba.dtype).max
    alpha, colour = rgba[..., 3], rgba[..., :3]
    solid = alpha >= NEARLY * top
    covered = (shape > 0) & (alpha > 0)
    wanted = covered | ~solid & (alpha > 0)
    hidden = wanted | (alpha == 0)
    if hidden.all():
        hidden = covered | (alpha == 0)
    layer, under = np.zeros_like(rgba), np.array(colour)
    under[wanted] = colour.reshape(-1, 3)[nearest_shown(hidden, wanted)]

    source, paper = colour[covered], under[covered]
    white = eight_bits(paper).astype(np.float32)
    inks = stroke_ink(eight_bits(colour), shape == BODY, covered, white, usual, pen)
    weight = coverage(eight_bits(source).astype(np.float32), white, inks)
    weight[~solid[covered][:, None] & (weight > FULL)] = 1
    exact = (source - (1 - weight) * paper) / np.maximum(weight, FAINTEST)
    drawn = np.concatenate([exact, weight * alpha[covered][:, None]], axis=-1) * (weight > 0)
    layer[covered] = np.rint(np.clip(drawn, 0, top))
    clear = covered & solid & (layer[..., 3] == 0)
    under[clear] = colour[clear]
    return Lines(layer, under)
