"""Painting: the flat colors of a softly shaded picture, which has no tones to build upon."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.builtin.cells import Cells, find_cells, mean
from engine.builtin.distance import nearest_shown
from engine.builtin.pixels import Bytes, Floats, Integers, Mask
from engine.builtin.regions import RIM, Labels
from engine.builtin.seams import Seams, find_seams, find_trust
from engine.builtin.shades import log_colours, shade_axes, unlike
from engine.builtin.things import join_cells

SMOOTH = 5
"""Pixels of the median that takes grain and the rests of lines away."""
PAPER = 14
"""How far from its usual colour, of 255, a background may be."""
DUST = 30
"""Spots in the background up to so many pixels belong to it."""
GRADIENT = (0.02, 0.6)
"""How large a step is that tells the shade axis: neither noise nor another thing."""
GENTLE = 0.6
"""The sharpness up to which a seam is a gradient."""
ALIKE = 0.05
"""Things whose lit colours are less unlike than this have one flat color."""
LIT_ELSEWHERE = 0.16
"""What a step along the shade axis counts between things that are apart, squared."""
LIT_HALF = 0.45
"""The part of a thing that is darker than its flat color at least."""
GLARE = 0.98
"""The part of a thing that is no glare."""
MODE = 0.06
"""The width, along the shade axis, in which colours are as good as one."""


@dataclass(frozen=True)
class Painting:
    """The flat colors of a picture of H x W."""

    labels: Labels
    """(H, W) index of the flat color."""
    tones: Bytes
    """(H, W, 3) the colour that each pixel has nearby, shading and all."""
    colours: Bytes
    """(K, 3) the flat colors."""


def find_painting(
    picture: Bytes, solid: Mask, ink: Bytes, guess: Labels | None, finer: float
) -> Painting:
    """Find the flat colors of a picture without its lines.

    Args:
        picture: (H, W, 3).
        solid: (H, W) where it is opaque; somewhere at least.
        ink: (H, W) the coverage of its lines, 0 to 255.
        guess: (H, W) what its tones tell of its flat colors; pixels of one number may be
            of one.
        finer: how many times smaller than usual things may be.
    """
    smooth = np.asarray(cv2.medianBlur(picture, SMOOTH), np.uint8)
    behind = find_background(picture, solid, ink)
    figure = solid & ~behind
    if not figure.any():
        figure, behind = solid, np.zeros_like(solid)
    cells = find_cells(smooth, figure, ink)
    seams = find_seams(cells, log_colours(smooth), ink)
    axes = find_axes(seams)
    trust = find_trust(cells, seams, ink, guess)
    things = unite(join_cells(cells, seams, axes, trust, finer), cells, axes)
    flats = lit_colours(things, cells, axes)
    labels, tones = things.astype(np.int32)[cells.labels], rounded(cells.colours)[cells.labels]
    outside = ~figure & ~behind
    near = nearest_shown(outside, outside)
    labels[behind] = len(flats)
    if behind.any():
        paper = np.array([np.bincount(part).argmax() for part in picture[behind].T])
        flats, tones[behind] = np.concatenate([flats, paper[None]]), paper
    labels[outside], tones[outside] = labels.ravel()[near], tones.reshape(-1, 3)[near]
    return Painting(labels, tones, rounded(flats))


def rounded(colours: Floats) -> Bytes:
    """Colours of 0 to 255 at 8 bits."""
    return np.rint(colours).astype(np.uint8)


def find_background(picture: Bytes, solid: Mask, ink: Bytes) -> Mask:
    """(H, W) what is connected with the picture's rim in the one colour that most of it has."""
    rim = np.zeros_like(solid)
    rim[[0, -1]] = rim[:, [0, -1]] = True
    seen = picture[rim & solid]
    paper = np.median(seen, axis=0) if len(seen) else np.zeros(3)
    like = (np.abs(picture - paper.astype(np.int16)).max(axis=-1) <= PAPER) & solid
    if (like & rim).sum() < RIM * rim.sum():
        return np.zeros_like(solid)
    like &= ink < 128
    parts = cv2.connectedComponents(like.astype(np.uint8), connectivity=4)[1]
    behind = np.isin(parts, np.setdiff1d(parts[rim], [0]))
    _, parts, stats, _ = cv2.connectedComponentsWithStats((~behind).astype(np.uint8))
    dust = stats[:, cv2.CC_STAT_AREA] <= DUST
    dust[0] = False
    return np.asarray(behind | dust[parts])


def find_axes(seams: Seams) -> Floats:
    """The axes of `shade_axes`, from the picture's soft gradients."""
    size = np.abs(seams.steps).sum(axis=1)
    soft = ~seams.line & (seams.sharpness < GENTLE)
    return shade_axes(seams.steps[soft & (size > GRADIENT[0]) & (size < GRADIENT[1])])


def unite(things: Integers, cells: Cells, axes: Floats) -> Integers:
    """Give things of one colour, wherever they are, one number; the largest ones say which."""
    areas = np.asarray(np.bincount(things, cells.areas), np.float64)
    means = mean(things, cells.logs * cells.areas[:, None], areas) @ axes
    # Both are lit: light explains no difference of hue between them.
    lit = log_colours(rounded(lit_colours(things, cells, axes))) @ axes
    names = np.arange(len(areas))
    heads: list[int] = []
    for thing in np.argsort(-areas, kind="stable").tolist():
        if heads:
            far = unlike(means[heads] - means[thing], LIT_ELSEWHERE)
            far = np.maximum(far, unlike(lit[heads] - lit[thing], LIT_ELSEWHERE, wayward=0))
            if far.min() < ALIKE:
                names[thing] = heads[int(far.argmin())]
                continue
        heads.append(thing)
    return np.asarray(np.unique(names[things], return_inverse=True)[1], np.int64)


def lit_colours(things: Integers, cells: Cells, axes: Floats) -> Floats:
    """(K, 3) the commonest colour of each thing's lit half, without its highlights."""
    light = cells.logs @ axes[:, 0]
    colours = np.empty((int(things.max()) + 1, 3))
    order = np.argsort(things, kind="stable")
    for thing, part in enumerate(np.split(order, np.flatnonzero(np.diff(things[order])) + 1)):
        colours[thing] = lit_colour(light[part], cells.areas[part], cells.colours[part])
    return colours


def lit_colour(light: Floats, areas: Floats, colours: Floats) -> Floats:
    """(3,) the mean of the cells at the mode of the lit half."""
    order = np.argsort(light)
    rank = np.cumsum(areas[order]) / areas.sum()
    low, high = np.searchsorted(rank, [LIT_HALF, GLARE])
    lit = order[low : high + 1]
    least = light[lit].min()
    counts = np.bincount(((light[lit] - least) / MODE).astype(np.int64), areas[lit])
    mode = least + (int(counts.argmax()) + 0.5) * MODE
    weights = areas * (np.abs(light - mode) <= MODE)
    return np.asarray(weights @ colours / weights.sum())
