"""What an airbrush lays over flat color and shading: soft shadows, blush and glows."""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.vector_art.drawings import Floats
from benchmarks.vector_art.lines import Rng, noise
from benchmarks.vector_art.shading import Form, boxes
from engine.training.kinship.glows import fade, tint


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
    large = boxes(form, 0.01)
    if not large:
        return layer
    areas = np.array([float((form.regions[box] == number).sum()) for number, box in large])
    count = min(len(large), int(rng.integers(1, 6)))
    for index in rng.choice(len(large), count, replace=False, p=areas / areas.sum()):
        region = form.regions == large[index][0]
        color = tint(np.median(flat[region], axis=0), rng)
        alpha = fade(region, rng)
        shown = alpha > layer[..., 3]
        layer[shown] = np.append(color, 0)
        layer[..., 3] = np.maximum(layer[..., 3], alpha)
    return layer
