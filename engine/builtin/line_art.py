"""Line art: thin dark ridges, their coverage, and the picture without them.

A line is darker than what lies on both sides of it and narrower than the widest line of the
picture. A grey closing fills exactly such valleys, so the depth of the fill (a black top-hat) tells
lines from dark fills, which are wide, and from the borders of cast shadows, which have one dark
side only. Coverage then follows by unmixing: a = (under - source) / (under - ink), with `under`
from the nearest pixels beside the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

WIDEST = 0.012
"""The widest line's half width, as a share of the picture's diagonal."""
CORE = 0.55
"""Depth, relative to the paper, of a line's core: darker than any usual cast shadow."""
TRACE = 0.22
"""Depth of a line's faint ends and edges."""


@dataclass(frozen=True)
class Lines:
    """What the search for lines found; all at the picture's size."""

    coverage: Bytes
    """(H, W) the ink's alpha."""
    ink: Bytes
    """(H, W, 3) the ink's colour."""
    under: Bytes
    """(H, W, 3) the picture without its lines."""


def over_white(rgba: Bytes) -> Bytes:
    """(H, W, 4) straight alpha -> (H, W, 3) on white paper."""
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)


def disc(radius: int) -> Bytes:
    """A round structuring element."""
    return np.asarray(
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8
    )


def depth(grey: Bytes, radius: int) -> Floats:
    """(H, W) in [0, 1]: how dark the ridges narrower than 2 `radius` are against their paper."""
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, disc(radius), borderType=cv2.BORDER_REPLICATE)
    return 1 - (grey + 1.0) / (paper + 1.0)


def half_width(grey: Bytes) -> int:
    """The half width of the picture's wider lines, in pixels, at least 1."""
    widest = max(2, round(WIDEST * float(np.hypot(*grey.shape))))
    core = (depth(grey, widest) > CORE).astype(np.uint8)
    if not core.any():
        return 1
    distance = cv2.distanceTransform(core, cv2.DIST_L2, 3)
    ridge = (distance >= cv2.dilate(distance, disc(1))) & (core > 0)
    return int(np.clip(np.ceil(np.percentile(distance[ridge], 95)), 1, widest))


def find_lines(rgba: Bytes) -> Lines:
    """Find the lines of a picture: (H, W, 4) uint8, straight alpha."""
    picture = over_white(rgba)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    width = half_width(grey)
    wide, fine = depth(grey, 2 * width + 1), depth(grey, 2)
    trace = (wide > CORE) | (fine > TRACE)
    count, parts = cv2.connectedComponents(trace.astype(np.uint8))
    strong = np.zeros(count, bool)
    strong[np.unique(parts[wide > CORE])] = True
    strong[0] = False
    body = strong[parts]
    covered = cv2.dilate(body.astype(np.uint8), disc(2)) > 0
    solid = rgba[..., 3] == 255
    colour = rgba[..., :3]
    under = beside(colour, covered | ~(solid if (solid & ~covered).any() else rgba[..., 3] > 0))
    ink = ink_colour(picture, body, width)
    weight = unmix(colour, under, ink) * covered
    weight[weight < 0.04] = 0
    weight[~solid & (weight > 0.7)] = 1
    alpha = np.rint(weight * rgba[..., 3]).astype(np.uint8)
    return Lines(alpha, ink, np.where(((alpha > 0) | ~solid)[..., None], under, colour))


def beside(picture: Bytes, hidden: Mask) -> Bytes:
    """The picture with each hidden pixel replaced by the nearest one that is not."""
    if hidden.all():
        return picture
    _, labels = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.empty(int(labels.max()) + 1, np.int64)
    shown = np.flatnonzero(~hidden)
    places[labels.ravel()[shown]] = shown
    out = picture.copy()
    out[hidden] = picture.reshape(-1, picture.shape[-1])[places[labels[hidden]]]
    return out


def ink_colour(picture: Bytes, body: Mask, width: int) -> Bytes:
    """(H, W, 3): the darkest colour of the line at hand, never lighter than its surroundings."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    ink = picture[body]
    colour = np.zeros(3, np.uint8)
    if len(ink):
        dark = ink[grey[body] <= np.percentile(grey[body], 10)]
        colour = np.median(dark, axis=0).astype(np.uint8)
    return np.broadcast_to(colour, picture.shape)


def unmix(picture: Bytes, under: Bytes, ink: Bytes) -> Floats:
    """(H, W) in [0, 1]: the coverage a for which a ink + (1 - a) under comes nearest."""
    span = under.astype(np.float32) - ink
    step = under.astype(np.float32) - picture
    weight = np.square(span).sum(axis=-1)
    return np.asarray(np.clip((span * step).sum(axis=-1) / np.maximum(weight, 1), 0, 1))
