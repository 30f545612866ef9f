"""Cel shading that follows the form: where shadow and light fall on a drawing.

Everything here is a mask at the working resolution; `Form` holds what the shapes are made from.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.vector_art.drawings import Floats, Labels, Mask, nearest
from benchmarks.vector_art.lines import Rng, distance, noise


@dataclass
class Form:
    """The regions of a drawing and where its light comes from."""

    order: Labels
    """(H, W) painting order, 0 where nothing is."""
    regions: Labels
    """(H, W) areas of one flat color closed by lines, counted from 1; 0: nothing."""
    lines: Mask
    light: NDArray[np.float64]
    """(2,) down and right, of length 1: where the light comes from."""
    size: float
    """The figure's size: the root of its area, in pixels."""

    @property
    def figure(self) -> Mask:
        return np.asarray(self.order > 0)


def find_form(order: Labels, flats: Labels, lines: Mask, rng: Rng) -> Form:
    """Find the regions of a drawing and choose its light, from above and one side."""
    regions = np.zeros(order.shape, np.int32)
    total = 0
    for flat in np.unique(flats[order > 0]):
        pieces, count = ndimage.label((flats == flat) & (order > 0) & ~lines)
        regions = np.where(pieces > 0, pieces + total, regions).astype(np.int32)
        total += count
    regions = nearest(regions, regions > 0)
    angle = rng.uniform(0.25, 1.0) * rng.choice([-1, 1])
    light = np.array([-np.cos(angle), np.sin(angle)])
    size = float(np.sqrt(max((order > 0).sum(), 1)))
    return Form(order, regions * (order > 0), lines, light, size)


def shadows(form: Form, amount: float, rng: Rng) -> Mask:
    """Where shadow falls: form shadows, cast shadows, folds and whole regions.

    Args:
        amount: how much of it, about 0.3 (sparse) to 1.
    """
    mask = _form_shadow(form, amount, rng) | _cast_shadow(form, rng)
    mask |= strips(form, int(rng.integers(4, 14) * amount), rng)
    mask |= _whole_regions(form, rng)
    if rng.random() < 0.3:
        mask |= _across(form, rng)
    return tidy(mask & form.figure, 1.6 * form.size)


def lights(form: Form, rng: Rng) -> Mask:
    """Where highlights lie: streaks, spots, glints and rims."""
    mask = np.zeros(form.order.shape, bool)
    kinds = rng.permutation(4)[: rng.integers(2, 4)]
    if 0 in kinds:
        mask |= _glints(form, rng)
    if 1 in kinds:
        mask |= _rim(form, rng)
    if 2 in kinds:
        mask |= _spots(form, rng)
    if 3 in kinds or not mask.any():
        mask |= _streaks(form, rng)
    return tidy(mask & form.figure, form.size / 2)


def tidy(mask: Mask, size: float) -> Mask:
    """Drop specks that no brush leaves."""
    pieces, _ = ndimage.label(mask)
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    return np.asarray((areas > max(12.0, (size * 0.012) ** 2))[pieces])


def boxes(form: Form, least: float) -> list[tuple[int, tuple[slice, slice]]]:
    """The regions of at least a share `least` of the figure, with their bounding boxes."""
    areas = np.bincount(form.regions.ravel())
    found = ndimage.find_objects(form.regions)
    floor = least * form.size**2
    return [(i + 1, box) for i, box in enumerate(found) if box and areas[i + 1] > floor]


def height(mask: Mask, rng: Rng) -> Floats:
    """(H, W) a region blown up like a cushion, a little uneven."""
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    width = max(float(depth.max()), 1)
    round_ = np.sqrt(np.clip(depth * (2 * width - depth), 0, None))
    soft = cv2.GaussianBlur(round_, (0, 0), max(1.0, width * rng.uniform(0.12, 0.3)))
    bumps = noise((mask.shape[0], mask.shape[1]), width * rng.uniform(0.8, 2), rng)
    return np.asarray(soft + bumps * width * rng.uniform(0.0, 0.06), np.float32)


def facing(mask: Mask, light: NDArray[np.float64], rng: Rng) -> Floats:
    """(H, W) how much a cushion-like region looks towards the light, about -1 to 1."""
    share = min(1.0, 320 / max(mask.shape))
    small = cv2.resize(mask.astype(np.uint8), None, fx=share, fy=share) > 0
    slope = _slope(small, light, rng)
    lit = cv2.resize(slope, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(lit, np.float32)


def _slope(mask: Mask, light: NDArray[np.float64], rng: Rng) -> Floats:
    blown = height(mask, rng)
    down = cv2.Sobel(blown, cv2.CV_32F, 0, 1, scale=1 / 8)
    right = cv2.Sobel(blown, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope = -(down * light[0] + right * light[1])
    return np.asarray(slope / np.sqrt(1 + down**2 + right**2), np.float32)


def _form_shadow(form: Form, amount: float, rng: Rng) -> Mask:
    mask = np.zeros(form.order.shape, bool)
    for number, box in boxes(form, 0.002):
        if rng.random() > 0.35 + 0.5 * amount:
            continue
        region = form.regions[box] == number
        if rng.random() < 0.45:
            lit = facing(region, form.light, rng)
            away = lit < rng.uniform(-0.6, -0.25)
        else:
            away = _offset(region, form.light, rng)
        mask[box] |= away & region
    return mask


def _offset(region: Mask, light: NDArray[np.float64], rng: Rng) -> Mask:
    """The part of a region that its own shape, moved towards the light, leaves bare."""
    inner = distance(np.pad(region, 2))[2:-2, 2:-2]
    step = max(3.0, min(inner.max() * rng.uniform(0.25, 0.9), 0.14 * max(region.shape)))
    move = np.array([[1, 0, light[1] * step], [0, 1, light[0] * step]], np.float64)
    size = (region.shape[1], region.shape[0])
    moved = cv2.warpAffine(inner, move, size, borderMode=cv2.BORDER_REPLICATE)
    blur = 2 * round(step * 0.4) + 1
    soft = cv2.blur(cv2.blur(moved, (blur, blur)), (blur, blur))
    wobble = noise((region.shape[0], region.shape[1]), max(region.shape) / 4, rng)
    return np.asarray(soft + wobble * step * 0.25 < 0.5)


def _cast_shadow(form: Form, rng: Rng) -> Mask:
    """Where what was painted later and lies towards the light hides it."""
    reach = form.size * rng.uniform(0.012, 0.05)
    wobble = noise((form.order.shape[0], form.order.shape[1]), form.size / 5, rng)
    mask = np.zeros(form.order.shape, bool)
    span = max(int(form.order.max()) // 12, 1)
    for share in np.linspace(0.15, 1, 6):
        shift = np.rint(-form.light * reach * share).astype(int)
        moved, other = (np.roll(a, shift, (0, 1)) for a in (form.order, form.regions))
        hit = (moved >= form.order + span) & (other != form.regions)
        mask |= hit & (wobble < 1.2 - share)
    smooth = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(1.0, reach / 8)) > 0.5
    chosen = rng.random(int(form.regions.max()) + 1) < 0.7
    return np.asarray(smooth & chosen[form.regions] & form.figure)


def _whole_regions(form: Form, rng: Rng) -> Mask:
    areas = np.bincount(form.regions.ravel()) / form.size**2
    small = np.flatnonzero((areas > 0.003) & (areas < 0.15))
    chosen = [number for number in small if number and rng.random() < 0.08]
    return np.isin(form.regions, chosen)


def _across(form: Form, rng: Rng) -> Mask:
    """A shadow with a curved edge across the side of the figure away from the light."""
    rows, columns = np.nonzero(form.figure)
    along = form.light[0] * np.arange(form.order.shape[0])[:, None]
    along = along + form.light[1] * np.arange(form.order.shape[1])[None, :]
    level = np.quantile(along[rows, columns], rng.uniform(0.1, 0.35))
    wave = noise((form.order.shape[0], form.order.shape[1]), form.size / 2, rng)
    return np.asarray((along + wave * form.size * 0.07 < level) & form.figure)


def stroke(shape: tuple[int, int], start: NDArray[np.float64], angle: float, length: float,
           width: float, bend: float) -> Mask:  # fmt: skip
    """A curved stroke, thin at both ends."""
    t = np.linspace(0, 1, 40)
    angles = angle + bend * (t - 0.5)
    steps = np.stack([np.sin(angles), np.cos(angles)], 1) * length / len(t)
    points = start + np.cumsum(steps, 0)
    normals = np.stack([np.cos(angles), -np.sin(angles)], 1)
    half = (width / 2 * np.sin(np.pi * np.clip(t * 0.94 + 0.03, 0, 1)) ** 0.8)[:, None]
    outline = np.concatenate([points + normals * half, (points - normals * half)[::-1]])
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.rint(outline[:, ::-1] * 16).astype(np.int32)], 1, shift=4)
    return canvas > 0


def strips(form: Form, count: int, rng: Rng) -> Mask:
    """Folds and locks: thin strokes that start at lines and stay in one region."""
    shape = (form.order.shape[0], form.order.shape[1])
    rows, columns = np.nonzero(form.lines & form.figure)
    mask = np.zeros(shape, bool)
    if not len(rows):
        return mask
    for i in rng.integers(len(rows), size=count):
        start = np.array([rows[i], columns[i]], np.float64)
        length, width = form.size * rng.uniform(0.05, 0.22), form.size * rng.uniform(0.008, 0.03)
        turn = np.pi / 2 + rng.normal(0, 0.6)
        drawn = stroke(shape, start, turn, length, width, rng.uniform(-1.5, 1.5))
        inside = form.regions[drawn & form.figure]
        if len(inside):
            mask |= drawn & (form.regions == np.bincount(inside).argmax())
    return mask


def _glints(form: Form, rng: Rng) -> Mask:
    """Where a cushion looks straight at the light."""
    mask = np.zeros(form.order.shape, bool)
    for number, box in boxes(form, 0.004):
        if rng.random() > 0.4:
            continue
        region = form.regions[box] == number
        inner = distance(np.pad(region, 2))[2:-2, 2:-2]
        lit = facing(region, form.light, rng)
        top = np.quantile(lit[region], rng.uniform(0.93, 0.985))
        mask[box] |= (lit > top) & (inner > form.size * 0.006) & region
    return mask


def _rim(form: Form, rng: Rng) -> Mask:
    """A narrow band beside the edge towards the light, in large regions."""
    mask = np.zeros(form.order.shape, bool)
    gap = form.size * rng.uniform(0.006, 0.014)
    width = form.size * rng.uniform(0.006, 0.014)
    for number, box in boxes(form, 0.01):
        if rng.random() > 0.5:
            continue
        region = form.regions[box] == number
        inner = distance(np.pad(region, 2))[2:-2, 2:-2]
        lit = facing(region, form.light, rng)
        mask[box] |= (inner > gap) & (inner < gap + width) & (lit > rng.uniform(0.35, 0.6))
    return mask


def _spots(form: Form, rng: Rng) -> Mask:
    """Round reflections, also on the smallest regions: eyes and buttons."""
    canvas = np.zeros(form.order.shape, np.uint8)
    for number, box in boxes(form, 0.0004):
        if rng.random() > 0.35:
            continue
        region = np.pad(form.regions[box] == number, 1)
        depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        deepest = float(depth.max())
        radius = min(deepest * rng.uniform(0.15, 0.4), form.size * 0.03)
        middle = np.array([row, column]) + form.light * deepest * 0.4
        y, x = middle + np.array([box[0].start, box[1].start])
        axes = (max(2, round(radius)), max(2, round(radius * rng.uniform(0.5, 1))))
        tilt = rng.uniform(0, 180)
        cv2.ellipse(canvas, (round(x), round(y)), axes, tilt, 0, 360, 1, -1)
    return canvas > 0


def _streaks(form: Form, rng: Rng) -> Mask:
    """Strokes side by side in an arc near the top of large regions, as on hair."""
    shape = (form.order.shape[0], form.order.shape[1])
    mask = np.zeros(shape, bool)
    large = sorted(boxes(form, 0.02), key=lambda item: item[1][0].start)[: rng.integers(1, 4)]
    for number, (rows, columns) in large:
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        long = min(tall, wide) * rng.uniform(0.12, 0.3)
        for share in np.linspace(0.2, 0.8, rng.integers(3, 7)):
            x = columns.start + wide * (share + rng.normal(0, 0.02))
            y = rows.start + tall * (0.15 + 0.25 * (2 * share - 1) ** 2 + rng.normal(0, 0.015))
            lean = np.pi / 2 + (0.5 - share) * 1.2
            width = long * rng.uniform(0.15, 0.45)
            one = stroke(shape, np.array([y, x]), lean, long * rng.uniform(0.5, 1.2), width, 0.3)
            mask |= one & (form.regions == number)
    return mask
