"""Line art: thin dark ridges, their coverage and ink, and the picture without them.

A line is darker than what lies on both sides of it and narrower than the widest line of the
picture. A grey closing fills exactly such valleys, so the depth of the fill (a black top-hat) tells
lines from dark fills, which are wide, and from the borders of cast shadows, which have one dark
side only. Coverage then follows by unmixing, source = a ink + (1 - a) under, with `under` from the
nearest pixels beside the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.layers import Rgba

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Report = Callable[[float], None]

NEARLY = 0.99
"""The alpha, of 1, of a pixel as good as opaque: layers merged at 8 bits leave 254 of 255."""
WIDEST = 0.012
"""The widest line's half width, as a share of the picture's diagonal."""
CORE = 0.52
"""Depth, relative to the paper, of a line's core: darker than any usual cast shadow."""
TRACE = 0.22
"""Depth of a line's faint ends and edges."""
FAINTEST = 0.012
"""The least coverage that counts as ink."""
FULL = 0.7
"""A line that covers this much of a half transparent silhouette covers all of it."""
OFF_INK = 14
"""A distance, in 1/255, from every mixture of ink and paper: a line of another colour."""
LEAST_MARK = 0.35
"""The least mark that is a line, as a share of the search disc's square."""
TALL = 4
"""How many times taller than their overlap bands are."""
NOTHING = 2**23
"""More than any packed colour."""
LARGEST_DISC = 9
"""Larger discs are small ones one after the other: time grows with the radius, not its square."""
SIGHT = 1000
"""Pixels of the longer side of the copy in which the lines' width is measured."""


@dataclass(frozen=True)
class Lines:
    """What the search for lines found, at the picture's size and depth."""

    layer: Rgba
    """(H, W, 4) the ink and its coverage."""
    under: Rgba
    """(H, W, 3) the picture without its lines."""


def find_lines(rgba: Rgba, report: Report) -> Lines:
    """Find the lines of a picture: (H, W, 4), straight alpha; `report` gets the fraction done."""
    height, width = rgba.shape[:2]
    half = half_width(rgba)
    trace = np.zeros((height, width), np.uint8)
    layer, under = np.zeros_like(rgba), np.array(rgba[..., :3])
    halo = 4 * half + 8

    def search(rows: slice) -> None:
        outer, inner = with_halo(rows, height, halo)
        trace[rows] = ridges(eight_bits(rgba[outer]), half)[inner]

    map_bands(search, height, width, lambda done: report(0.4 * done), TALL * halo)
    keep_strong(trace, half)
    report(0.5)
    ink = usual_ink(rgba, trace)

    def unmix_band(rows: slice) -> None:
        outer, inner = with_halo(rows, height, halo)
        if trace[outer].any() or (rgba[rows, :, 3] < NEARLY * np.iinfo(rgba.dtype).max).any():
            lines = unmix(rgba[outer], trace[outer] > 0, ink, half)
            layer[rows], under[rows] = lines.layer[inner], lines.under[inner]

    map_bands(unmix_band, height, width, lambda done: report(0.5 + 0.5 * done), TALL * halo)
    return Lines(layer, under)


def with_halo(rows: slice, height: int, halo: int) -> tuple[slice, slice]:
    """The rows with `halo` more on either side, and where the rows lie in them."""
    top = max(rows.start - halo, 0)
    outer = slice(top, min(rows.stop + halo, height))
    return outer, slice(rows.start - top, rows.stop - top)


def eight_bits(picture: Rgba) -> Bytes:
    """The picture at 8 bits a channel."""
    return picture if picture.dtype == np.uint8 else (picture >> 8).astype(np.uint8)


def on_white(rgba: Bytes) -> Bytes:
    """(H, W, 4) uint8, straight alpha -> (H, W) luma on white paper."""
    luma = cv2.cvtColor(np.ascontiguousarray(rgba[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.uint16)
    alpha = rgba[..., 3].astype(np.uint16)
    return ((luma * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def disc(radius: int) -> Bytes:
    """A round structuring element."""
    squares = np.square(np.arange(-radius, radius + 1))
    return (squares[:, None] + squares <= (radius + 0.5) ** 2).astype(np.uint8)


def depth(luma: Bytes, radius: int) -> NDArray[np.float32]:
    """(H, W) in [0, 1]: how dark the ridges narrower than 2 `radius` are against their paper."""
    steps = -(-radius // LARGEST_DISC)
    paper = cv2.morphologyEx(
        luma,
        cv2.MORPH_CLOSE,
        disc(round(radius / steps)),
        iterations=steps,
        borderType=cv2.BORDER_REPLICATE,
    )
    one = np.float32(1)
    return np.asarray(1 - (luma + one) / (paper + one), np.float32)


def half_width(rgba: Rgba) -> int:
    """The half width of the picture's wider lines, in pixels, at least 1."""
    scale: float = max(1.0, max(rgba.shape[:2]) / SIGHT)
    size = (max(1, round(rgba.shape[1] / scale)), max(1, round(rgba.shape[0] / scale)))
    small = rgba if scale == 1 else cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    luma = on_white(eight_bits(small))
    widest = max(2, round(WIDEST * float(np.hypot(*luma.shape))))
    core = (depth(luma, widest) > CORE).astype(np.uint8)
    if not core.any():
        return max(1, round(scale))
    distance = cv2.distanceTransform(core, cv2.DIST_L2, 3)
    ridge = (distance >= cv2.dilate(distance, disc(1))) & (core > 0)
    wide = float(np.ceil(np.percentile(distance[ridge], 95)))
    return int(min(max(1.0, wide), float(widest)) * scale)


def fine_radius(half: int) -> int:
    """The half width of the picture's finer lines, and how far a line's soft edge reaches."""
    return max(2, round(0.6 * half))


def ridges(rgba: Bytes, half: int) -> Bytes:
    """(H, W): 0 no line, 1 a line's faint part perhaps, 2 a line's core."""
    luma = on_white(rgba)
    core = depth(luma, 2 * half + 1) > CORE
    faint = depth(luma, fine_radius(half)) > TRACE
    return np.where(core, 2, np.where(faint, 1, 0)).astype(np.uint8)


def keep_strong(trace: Bytes, half: int) -> None:
    """Clear, in place, faint parts that no core is connected with, and what is less than a dot.

    The corners of dark fills look like ridges too: as far as the disc of the search does not fit
    into them.
    """
    count, parts, stats, _ = cv2.connectedComponentsWithStats((trace > 0).astype(np.uint8))
    strong = np.zeros(count, bool)
    strong[parts[trace == 2]] = True
    strong &= stats[:, cv2.CC_STAT_AREA] > LEAST_MARK * (2 * half + 1) ** 2
    trace[~strong[parts]] = 0


def usual_ink(rgba: Rgba, trace: Bytes) -> NDArray[np.float32]:
    """(3,) of 255: the colour of the darkest tenth of the picture's lines; black without lines."""
    places = np.flatnonzero(trace == 2)
    if not len(places):
        return np.zeros(3, np.float32)
    places = places[:: 1 + len(places) // 200_000]
    colours = eight_bits(rgba.reshape(-1, 4)[places])
    luma = colours[:, :3].sum(axis=1, dtype=np.int32)
    dark = colours[luma <= np.percentile(luma, 10), :3]
    return np.asarray(np.median(dark, axis=0), np.float32)


def nearest_shown(hidden: Mask, wanted: Mask) -> NDArray[np.int64]:
    """(N,) for each wanted pixel the flat index of the nearest one that is not hidden.

    0 for all where every pixel is hidden.
    """
    if hidden.all():
        return np.zeros(int(wanted.sum()), np.int64)
    _, labels = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    shown = np.flatnonzero(~hidden)
    places = np.zeros(len(shown) + 1, np.int64)
    places[labels.ravel()[shown]] = shown
    return np.asarray(places[labels[wanted]])


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


def coverage(source: Floats, under: Floats, ink: Floats) -> NDArray[np.float32]:
    """(N, 1) in [0, 1]: the coverage at which `ink` over `under` comes nearest to the source.

    No less than some ink needs to reach the source; 0 where the source is not darker.
    """
    span, step = under - ink, under - source
    along = (span * step).sum(axis=-1) / np.maximum(np.square(span).sum(axis=-1), 1)
    room = np.where(step > 0, under, 255 - under)
    least = (np.abs(step) / np.maximum(room, 1)).max(axis=-1)
    weight = np.clip(np.maximum(along, least), 0, 1)
    weight[(along < FAINTEST) | (step.sum(axis=-1) <= 0)] = 0
    return np.asarray(weight[:, None], np.float32)


def line_ink(under: Floats, own: Floats, ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 3): the usual ink, or the line's own darkest colour where that is of another hue."""
    span, step = under - ink, under - own
    share = (span * step).sum(axis=-1) / np.maximum(np.square(span).sum(axis=-1), 1)
    mixed = under - np.clip(share, 0, 1)[:, None] * span
    off = np.abs(own - mixed).max(axis=-1) > OFF_INK
    return np.where(off[:, None], own, ink).astype(np.float32)


def darkest_near(source: Bytes, body: Mask, radius: int, wanted: Mask) -> NDArray[np.float32]:
    """(N, 3): for each wanted pixel the darkest colour of the body within `radius`.

    Brightness and colour are packed into one number, so that one erosion finds both; five bits a
    channel fit a float32. White where there is none.
    """
    red, green, blue = np.moveaxis(source.astype(np.int32) >> 3, -1, 0)
    code = ((red + green + blue) << 15 | red << 10 | green << 5 | blue).astype(np.float32)
    code[~body] = NOTHING
    size = 2 * radius + 1
    least = cv2.erode(code, np.ones((size, size), np.uint8))[wanted].astype(np.int32)
    found = np.stack([least >> 10 & 31, least >> 5 & 31, least & 31], axis=-1) * 8 + 4
    return np.where((least < NOTHING)[:, None], found, 255).astype(np.float32)
