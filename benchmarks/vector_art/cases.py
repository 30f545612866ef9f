"""Makes cases: a drawing gets a pen, colours and shading, and is written with its layers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.vector_art import lines as pen
from benchmarks.vector_art import shading
from benchmarks.vector_art.airbrush import blush, glow, soften
from benchmarks.vector_art.drawings import Drawing, Floats, Labels, Mask
from benchmarks.vector_art.lines import Rng
from benchmarks.vector_art.recoloring import SCHEMES, recolor

KINDS = ("cel", "webtoon", "flat", "painted")
SCALE = 2
"""Working pixels along a pixel of the case."""
Layers = dict[str, Floats]
"""By the names of STACK: (H, W, 4) straight alpha in [0, 1], normal blend."""
STACK = ("flat", "shadow", "highlight", "soft", "line")
TINTS = (
    (0.62, 0.62, 0.68),
    (0.6, 0.52, 0.66),
    (0.7, 0.58, 0.56),
    (0.55, 0.55, 0.55),
    (0.78, 0.72, 0.8),
)
"""What tinted shadows multiply by."""


BLACK = 0.5
"""How often shadows are black at some opacity."""


@dataclass
class Canvas:
    """A drawing that has its colours and its pen, at the working resolution."""

    form: shading.Form
    flat: Floats
    """(H, W, 3)"""
    solid: Floats
    """(H, W) the flat color's alpha."""
    cover: Floats
    """(H, W) the line's coverage."""
    ink: Floats
    """(H, W, 3) the line's colour."""
    shade: Mask
    """(H, W) the drawing's own darker tones."""


def make_case(drawing: Drawing, kind: str, traced: bool, rng: Rng) -> Layers:
    """Make one case.

    Args:
        drawing: at the working resolution, SCALE times that of the case.
        kind: one of KINDS.
        traced: whether to draw lines on the borders of flat colors, as the drawing has few.
    """
    canvas = prepare(drawing, kind, traced, rng)
    shadow = highlight = soft = None
    if kind != "flat":
        shadow = paint_shadow(canvas, kind, rng)
    if kind in {"cel", "painted"}:
        highlight = paint_highlight(canvas, kind, rng)
        soft = paint_soft(canvas, rng)
    parts = {
        "flat": np.dstack([canvas.flat, canvas.solid]),
        "shadow": shadow,
        "highlight": highlight,
        "soft": soft,
        "line": np.dstack([canvas.ink, canvas.cover]),
    }
    empty = np.zeros_like(parts["flat"])
    return {name: shrink(empty if part is None else part) for name, part in parts.items()}


def prepare(drawing: Drawing, kind: str, traced: bool, rng: Rng) -> Canvas:
    """Choose the pen, the colours and what is behind the figure."""
    size = float(np.sqrt((drawing.order > 0).sum()))
    thin = kind == "webtoon" or rng.random() < 0.45
    width = SCALE * (rng.uniform(1.5, 3) if thin else rng.uniform(3, 8))
    order, flats, colors = _flats(drawing, rng)
    lines = drawing.lines
    if traced:
        lines = lines | pen.trace(order, flats, width, rng.uniform(0.0, 0.25), rng)
    labels = pen.fill_under(order, lines)
    cover = pen.redraw(lines, width, rng.uniform(0, 1), size * 0.08, rng)
    cover = pen.break_lines(cover, int(rng.integers(0, 9)), width, rng)
    form = shading.find_form(labels, flats[labels], lines, rng)
    flat = colors[labels].astype(np.float32)
    solid = form.figure.astype(np.float32)
    flat, solid = _behind(flat, solid, rng)
    ink = _ink(flat, kind, rng)
    return Canvas(form, flat, solid, cover, ink, drawing.shade & form.figure)


def _flats(drawing: Drawing, rng: Rng) -> tuple[Labels, NDArray[np.int32], NDArray[np.float64]]:
    """The labels, wide ink among them; which flat color each is; the colours."""
    colors = recolor(drawing.colors, str(rng.choice(SCHEMES)), rng)
    _, flats = np.unique(colors[1:].round(4), axis=0, return_inverse=True)
    return drawing.order, np.concatenate([[0], flats.ravel() + 1]).astype(np.int32), colors


def _behind(flat: Floats, solid: Floats, rng: Rng) -> tuple[Floats, Floats]:
    """Nothing, white, one colour or a simple scene."""
    kind = rng.choice(["none", "none", "white", "color", "scene"])
    if kind == "none":
        return flat, solid
    behind = np.ones_like(flat)
    if kind != "white":
        behind[:] = rng.uniform(0.45, 1, 3)
    if kind == "scene":
        for level in sorted(rng.uniform(0.2, 0.9, rng.integers(1, 4))):
            hills = pen.noise((1, flat.shape[1]), flat.shape[1] / 4, rng)[0] * 0.05 + level
            down = np.arange(flat.shape[0])[:, None] / flat.shape[0]
            behind[down > hills[None, :]] = rng.uniform(0.35, 1, 3)
    inside = solid[..., None]
    return np.asarray(flat * inside + behind * (1 - inside)), np.ones_like(solid)


def _ink(flat: Floats, kind: str, rng: Rng) -> Floats:
    """Black, dark brown or coloured lines."""
    inks = [(0.0, 0.0, 0.0), (0.06, 0.05, 0.07), (0.23, 0.13, 0.1), (0.16, 0.11, 0.2)]
    share = rng.uniform(0.5, 1) if rng.random() < (0.5 if kind == "webtoon" else 0.25) else 0.0
    first = 2 if kind == "webtoon" else 0
    return pen.color_trace(flat, np.array(inks[rng.integers(first, 4)]), share)


def paint_shadow(canvas: Canvas, kind: str, rng: Rng) -> Floats:
    """The shadow layer: one light over all, sometimes two deep, sometimes of many hues."""
    mask = shading.shadows(canvas.form, rng.uniform(0.3, 1), rng) | canvas.shade
    tint = np.array(TINTS[rng.integers(len(TINTS))]) + rng.normal(0, 0.03, 3)
    if rng.random() < BLACK:
        tint = np.full(3, 1 - rng.uniform(0.2, 0.6))
    tones = np.tile(tint, (int(canvas.form.regions.max()) + 1, 1))
    if rng.random() < 0.12:
        tones += rng.normal(0, 0.05, tones.shape)
    cover = mask.astype(np.float32)
    factor = tones[canvas.form.regions].astype(np.float32)
    if rng.random() < 0.15:
        deeper = shading.shadows(canvas.form, 0.3, rng) & mask
        factor = np.where(deeper[..., None], factor * tint.astype(np.float32), factor)
    if kind == "painted":
        cover = soften(cover, canvas.form, rng)
    return np.dstack([np.clip(canvas.flat * factor, 0, 1), cover])


def paint_highlight(canvas: Canvas, kind: str, rng: Rng) -> Floats:
    """The highlight layer: white or a tinted light, more or less opaque."""
    cover = shading.lights(canvas.form, rng).astype(np.float32)
    if kind == "painted":
        cover = soften(cover, canvas.form, rng)
    white = rng.random() < 0.6
    color = np.ones(3) if white else np.array([1, 0.96, 0.86]) - rng.uniform(0, 0.08, 3)
    alpha = rng.uniform(0.3, 0.7) if rng.random() < 0.6 else rng.uniform(0.7, 1)
    return np.dstack([np.full_like(canvas.flat, 1) * color.astype(np.float32), cover * alpha])


def paint_soft(canvas: Canvas, rng: Rng) -> Floats | None:
    """What is airbrushed over all: a blush, a glow or nothing."""
    chance = rng.random()
    if chance > 0.8:
        return None
    return (blush if chance < 0.25 else glow)(canvas.form, canvas.flat, rng)


def shrink(layer: Floats) -> Floats:
    """From the working resolution to the case's."""
    alpha = layer[..., 3:]
    size = (layer.shape[1] // SCALE, layer.shape[0] // SCALE)
    small = cv2.resize(np.dstack([layer[..., :3] * alpha, alpha]).astype(np.float32), size,
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    color = small[..., :3] / np.maximum(small[..., 3:], 1e-6)
    return np.asarray(np.dstack([color * (small[..., 3:] > 0), small[..., 3]]), np.float32)


def quantize(layer: Floats) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(layer, 0, 1) * 255), np.uint8)


def stack(layers: Layers) -> Floats:
    """The picture: the layers as they are in files, one on another."""
    out = np.zeros_like(layers["flat"])
    for name in STACK:
        layer = quantize(layers[name]).astype(np.float32) / 255
        alpha, below = layer[..., 3:], out[..., 3:]
        total = alpha + below * (1 - alpha)
        color = layer[..., :3] * alpha + out[..., :3] * below * (1 - alpha)
        out = np.dstack([color / np.maximum(total, 1e-6) * (total > 0), total])
    return np.asarray(out, np.float32)


def write_case(layers: Layers, folder: Path) -> None:
    """Write a case in the folder form of the scores."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in {**layers, "composite": stack(layers)}.items():
        rgba = cv2.cvtColor(quantize(picture), cv2.COLOR_RGBA2BGRA)
        cv2.imwrite(str(folder / f"{name}.png"), rgba)
