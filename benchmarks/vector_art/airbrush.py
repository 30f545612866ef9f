"""What an airbrush lays over flat color and shading: soft shadows, blush and glows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.vector_art.drawings import Floats, Mask
from benchmarks.vector_art.lines import Rng, noise
from benchmarks.vector_art.shading import Form, boxes

UNCLIPPED = 0.2
"""How often a glow is not kept within one region."""


def soften(cover: Floats, form: Form, rng: Rng) -> Floats:
    """The same tones with soft edges, some softer than others."""
    soft, very = (
        cv2.GaussianBlur(cover[::4, ::4], (0, 0), form.size * rng.uniform(*widths))
        for widths in ((0.003, 0.008), (0.008, 0.02))
    )
    soft, very = (
        cv2.resize(one, cover.shape[::-1], interpolation=cv2.INTER_CUBIC) for one in (soft, very)
    )
    share = np.clip(0.5 + 0.5 * noise((cover.shape[0], cover.shape[1]), form.size / 3, rng), 0, 1)
    return np.asarray(np.clip(soft * share + very * (1 - share), 0, 1) * form.figure, np.float32)


def blush(form: Form, flat: Floats, rng: Rng) -> Floats:
    """Two soft spots on the largest region of a skin's colour, or of any."""
    skin = (flat[..., 0] > flat[..., 2] * 1.05) & (flat[..., 0] > 0.5)
    areas = np.bincount(form.regions[skin & form.figure], minlength=2)
    areas[0] = 0
    rows, columns = np.nonzero(form.regions == areas.argmax())
    middle, spread = np.array([rows.mean(), columns.mean()]), columns.std() + 1
    y, x = np.indices(form.order.shape, np.float32)
    alpha: Floats = np.zeros(form.order.shape, np.float32)
    for side in (-1, 1):
        across = (x - middle[1] - side * spread) / (spread * 0.45)
        down = (y - middle[0] - 0.2 * spread) / (spread * 0.35)
        alpha = np.asarray(np.maximum(alpha, np.exp(-(across**2) - down**2)), np.float32)
    alpha *= (alpha > 0.02) & form.figure
    alpha *= rng.uniform(0.25, 0.5)
    color = np.array([0.95, 0.4, 0.42], np.float32)
    return np.dstack([np.broadcast_to(color, flat.shape), alpha])


def glow(form: Form, flat: Floats, rng: Rng) -> Floats:
    """Gradients over a few large regions: lighter, darker or of another hue than the flat color."""
    layer = np.zeros((*form.order.shape, 4), np.float32)
    large = boxes(form, 0.015)
    if not large:
        return layer
    areas = np.array([float((form.regions[box] == number).sum()) for number, box in large])
    count = min(len(large), int(rng.integers(1, 4)))
    for index in rng.choice(len(large), count, replace=False, p=areas / areas.sum()):
        region = form.regions == large[index][0]
        color = _glow_color(np.median(flat[region], axis=0), rng)
        alpha = fade(region, form.figure if rng.random() < UNCLIPPED else region, rng)
        shown = alpha > layer[..., 3]
        layer[shown] = np.append(color, 0)
        layer[..., 3] = np.maximum(layer[..., 3], alpha)
    return layer


def fade(region: Mask, shown: Mask, rng: Rng) -> Floats:
    """(H, W) coverage: from a point of the region outwards, or from one of its sides."""
    rows, columns = np.nonzero(region)
    y, x = np.indices(region.shape, np.float32)
    if rng.random() < 0.65:
        start = rng.integers(len(rows))
        away = np.hypot(y - rows[start], x - columns[start])
    else:
        angle = rng.uniform(0, 2 * np.pi)
        away = y * np.sin(angle) + x * np.cos(angle)
    near, far = away[region].min(), np.quantile(away[region], rng.uniform(0.2, 0.9))
    way = np.clip(1 - (away - near) / max(float(far - near), 1), 0, 1)
    return np.asarray(way**2 * (3 - 2 * way) * shown * rng.uniform(0.25, 0.9), np.float32)


def _glow_color(flat: Floats, rng: Rng) -> NDArray[np.float64]:
    kind = rng.integers(3)
    if kind == 0:
        return np.asarray(flat + (1 - flat) * rng.uniform(0.4, 1), np.float64)
    return np.asarray(flat * rng.uniform(0.3, 0.6) if kind == 1 else rng.random(3), np.float64)
