"""Flat color: one colour a region, found in a smaller copy, drawn at the picture's own size."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import Report, map_bands
from engine.builtin.borders import find_borders
from engine.builtin.edges import SURE, find_edges, mix
from engine.builtin.kinship import group
from engine.builtin.light import Colour
from engine.builtin.line_art import Lines
from engine.builtin.painting import Painting, find_painting
from engine.builtin.pixels import NEARLY, Bytes, Mask, eight_bits
from engine.builtin.regions import ROUNDING, Labels, find_segments, find_tones
from engine.builtin.settings import Settings
from engine.layers import Rgba

NOISE = 24
"""Differences well below this, of 255, are no edge where noise is taken out."""
GRAIN = 7
"""Pixels across which noise is averaged."""
NOISY = 0.16
"""The least share of pixels, off edges, that stand out among their neighbours in a noisy picture:
.03 to .08 in those looked at, .27 and more in their JPEGs."""
MOST_PIXELS = 1_500_000
"""Pixels of the copy in which the regions are found."""


@dataclass(frozen=True)
class Flats:
    """The flat color of a picture."""

    layer: Rgba
    """(H, W, 4) at the picture's size and depth."""
    factor: Colour | None
    """What the picture's shadows multiply the flat color by, where they agree."""


@dataclass(frozen=True)
class Plan:
    """The regions of the smaller copy."""

    bases: Labels
    """(h, w) index of the flat color."""
    tones: Bytes
    """(h, w, 3) the tone that each pixel has, shading and all."""
    colours: Rgba
    """(K, 3) the colours that `bases` names, at the picture's depth."""
    factor: Colour | None


def find_flats(rgba: Rgba, lines: Lines, settings: Settings, report: Report) -> Flats:
    """Give each pixel its region's colour, under the lines too."""
    plan = find_plan(rgba, lines, settings, report)
    height, width = rgba.shape[:2]
    small = plan.bases.shape
    rows_of = np.arange(height) * small[0] // height
    columns_of = np.arange(width) * small[1] // width
    borders = find_edges(plan.bases)
    layer = np.zeros_like(rgba)

    def draw(rows: slice) -> None:
        bases = plan.bases[rows_of[rows]].take(columns_of, axis=1)
        layer[rows, :, :3] = plan.colours.take(bases, axis=0)
        y, x = np.nonzero(borders[rows_of[rows]].take(columns_of, axis=1))
        pixels = eight_bits(lines.under[rows][y, x])
        tones = plan.tones[rows_of[rows][y], columns_of[x]]
        doubtful = (np.maximum(pixels, tones) - np.minimum(pixels, tones) > SURE).any(axis=-1)
        y, x, pixels = y[doubtful], x[doubtful], pixels[doubtful]
        first, second, share = mix(pixels, plan.bases, plan.tones, rows_of[rows][y], columns_of[x])
        if settings.hard_edges:
            share = np.rint(share)
        layer[rows.start + y, x, :3] = blend(plan.colours[first], plan.colours[second], share)
        layer[rows, :, 3] = rgba[rows, :, 3]
        layer[rows][rgba[rows, :, 3] == 0] = 0

    map_bands(draw, height, width, lambda done: report(0.6 + 0.4 * done))
    return Flats(layer, plan.factor)


def blend(first: Rgba, second: Rgba, share: NDArray[np.float32]) -> Rgba:
    """(N, 3) the mixture of two colours with this share, (N,), of the second."""
    weight = share[:, None]
    return np.asarray(np.rint(first * (1 - weight) + second * weight), first.dtype)


def find_plan(rgba: Rgba, lines: Lines, settings: Settings, report: Report) -> Plan:
    """Find the regions in a copy of at most `MOST_PIXELS`."""
    under, solid, ink = shrink(rgba, lines)
    line, clear = ink > 0, without_noise(under)
    report(0.1)
    tones = find_tones(clear, solid & ~line, settings)
    report(0.3)
    if tones.painted and not tones.throughout:
        painting = find_painting(under, solid, eight_bits(ink), None, settings.finer)
        return plan_painting(rgba, painting, under)
    segments = find_segments(tones)
    borders = find_borders(clear, segments, solid, line)
    report(0.4)
    bases, factor = group(tones, segments, borders, settings)
    report(0.6)
    labels = bases.astype(np.int32)[segments.labels]
    if tones.painted:
        painting = find_painting(under, solid, eight_bits(ink), labels, settings.finer)
        return plan_painting(rgba, painting, under)
    colours = tones.colours
    if rgba.dtype == np.uint16:
        colours = deepen(rgba, np.where(tones.labels == labels, labels, -1), colours)
    return Plan(labels, tones.colours[segments.tones][segments.labels], colours, factor)


def without_noise(picture: Bytes) -> Bytes:
    """(H, W, 3) as it was before a JPEG, or a scanner, made noise of its fills; edges stay.

    A picture without noise comes back as it is.
    """
    if not is_noisy(picture):
        return picture
    return np.asarray(cv2.bilateralFilter(picture, GRAIN, NOISE, GRAIN / 2), np.uint8)


def is_noisy(picture: Bytes) -> bool:
    """Whether pixels stand out among their neighbours where there is no edge.

    In exact fills none does, and in gradients few; edges count for neither.
    """
    box = np.ones((3, 3), np.uint8)
    spread = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, box).max(axis=-1)
    moving = (spread > 0) & (spread <= NOISE)
    if moving.mean() < NOISY:
        return False
    usual = cv2.medianBlur(picture, 3)[moving]
    apart = np.maximum(picture[moving], usual) - np.minimum(picture[moving], usual)
    return float((apart.max(axis=-1) > 1).mean()) > NOISY


def plan_painting(rgba: Rgba, painting: Painting, under: Bytes) -> Plan:
    """The plan of a softly shaded picture."""
    labels, colours = painting.labels, painting.colours
    apart = np.abs(under.astype(np.int16) - colours[labels]).max(axis=-1)
    exact = np.where(apart <= ROUNDING, labels, -1)
    deep = deepen(rgba, exact, colours) if rgba.dtype == np.uint16 else colours
    return Plan(labels, painting.tones, deep, None)


def shrink(rgba: Rgba, lines: Lines) -> tuple[Bytes, Mask, Rgba]:
    """The picture without lines, where it is opaque, and its lines' coverage, all smaller."""
    height, width = rgba.shape[:2]
    scale = max(1.0, (height * width / MOST_PIXELS) ** 0.5)
    top = np.iinfo(rgba.dtype).max
    under, alpha, ink = lines.under, rgba[..., 3], lines.layer[..., 3]
    if scale > 1:
        size = (max(1, round(width / scale)), max(1, round(height / scale)))
        under, alpha, ink = (
            cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA)
            for part in (under, alpha, ink)
        )
    solid = alpha >= NEARLY * top
    if not solid.any():
        solid = alpha > 0
    return eight_bits(under), solid, ink


def deepen(rgba: Rgba, labels: Labels, colours: Bytes) -> Rgba:
    """The colours at 16 bits: the median of the pixels that have them."""
    height, width = rgba.shape[:2]
    rows = (np.arange(labels.shape[0]) * height // labels.shape[0])[:, None]
    columns = (np.arange(labels.shape[1]) * width // labels.shape[1])[None]
    sample = rgba[rows, columns, :3].reshape(-1, 3)
    order = np.argsort(labels, axis=None, kind="stable")
    ends = np.searchsorted(labels.ravel()[order], np.arange(len(colours) + 1))
    deep = colours.astype(np.uint16) * 257
    for index, (start, end) in enumerate(pairwise(ends)):
        if end > start:
            deep[index] = np.median(sample[order[start:end]], axis=0)
    return deep
