"""A drawing as labels: which flat color lies where, and where ink covers it."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.vector_art.paints import Paint, number_paints
from engine.illustration import draw_character

OWN_TONES = {
    ("f1b31c", "fcea2b"),
    ("61b2e4", "92d3f5"),
    ("d22f27", "ea5a47"),
    ("5c9e31", "b1cc33"),
    ("e67a94", "ffa7c0"),
    ("8967aa", "b399c8"),
    ("6a462f", "a57939"),
    ("d0cfce", "ffffff"),
    ("9b9b9a", "d0cfce"),
}
"""Which of OpenMoji's colours it uses as the shadow of which."""
BLACK = 0.12
"""The brightest channel of what is black rather than a dark hue."""
HERE = Path(__file__).parent
Floats = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass
class Drawing:
    """A drawing, at the working resolution."""

    order: Labels
    """(H, W) the paint seen, counted in painting order from 1, also under the lines; 0: nothing."""
    colors: NDArray[np.float64]
    """(N + 1, 3) the flat color of each paint, in [0, 1]; row 0 is not used."""
    lines: Mask
    """(H, W) where ink covers the flat color."""
    solid: Mask
    """(H, W) where ink is too wide to be a line: part of the flat color."""
    shade: Mask
    """(H, W) where the drawing itself puts a darker tone of a flat color: `colors` has the base."""


def draw_svg(sources: list[str], folder: Path) -> list[Path]:
    """Write drawings, named "source:seed", as SVG files."""
    subprocess.run(["node", HERE / "drawings.mjs", folder, *sources], check=True)
    return [folder / f"{source.replace(':', '-')}.svg" for source in sources]


def rasterize(svg: str, width: int) -> NDArray[np.uint8]:
    """Render a drawing: (H, W, 4) uint8."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawing.svg"
        path.write_text(svg, encoding="utf-8")
        subprocess.run(["node", HERE / "rasterize.mjs", str(width), path], check=True)
        picture = cv2.imread(str(path.with_suffix(".png")), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError("The renderer left no picture.")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA), np.uint8)


def read_drawing(svg: str, width: int, widest: float, tones: bool) -> Drawing:
    """Turn an SVG drawing into labels.

    Args:
        svg: the drawing.
        width: pixels along the longer side of the figure.
        widest: the widest line, as a share of that; wider ink is a flat color.
        tones: whether the drawing has darker tones of its own: they become `shade`.
    """
    numbered, paints = number_paints(svg)
    picture = rasterize(numbered, round(width / _fill(numbered))).astype(np.int32)
    picture = _crop(picture, round(0.05 * width))
    number = (picture[..., 0] << 16) + (picture[..., 1] << 8) + picture[..., 2]
    order = np.where(picture[..., 3] > 127, number, 0)
    order[order > len(paints)] = 0
    return label(order.astype(np.int32), paints, widest * width, tones)


def _fill(svg: str) -> float:
    """The share of the picture's width that the figure's longer side is long."""
    seen = rasterize(svg, 200)[..., 3] > 127
    return float(max(seen.any(0).sum(), seen.any(1).sum())) / 200


def _crop(picture: Labels, margin: int) -> Labels:
    """The figure with a margin; its sides are even numbers of pixels."""
    seen = picture[..., 3] > 127
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    tall, wide = (side % 2 for side in picture.shape[:2])
    margins = ((margin, margin + tall), (margin, margin + wide), (0, 0))
    return np.pad(picture, margins)


def label(order: Labels, paints: list[Paint], widest: float, tones: bool = False) -> Drawing:
    """Tell lines from flat colors, and own shading from both."""
    lines, solid = _find_lines(order, paints, widest)
    under = nearest(order, ~lines)
    colors = np.array([np.zeros(3), *(paint.color for paint in paints)])
    base = np.arange(len(colors))
    if tones:
        base = _bases(colors, np.bincount(under.ravel(), minlength=len(colors)))
    return Drawing(under, colors[base], lines, solid, (base != np.arange(len(base)))[under])


def nearest(values: Labels, known: Mask) -> Labels:
    """Each pixel's value, or that of the nearest known pixel."""
    if not known.any():
        return values
    _, cells = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(cells.max()) + 1, values.dtype)
    table[cells[known]] = values[known]
    return np.asarray(table[cells])


def read_character(seed: int, width: int) -> Drawing:
    """Turn a character of `engine.illustration` into labels; the smaller a flat, the later it lies.

    Args:
        seed: which character.
        width: pixels along each side.
    """
    layers = draw_character(width, width, seed).layers
    flat = layers.flat_color.astype(np.int32)
    number = (flat[..., 0] << 16) + (flat[..., 1] << 8) + flat[..., 2]
    number[flat[..., 3] < 128] = -1
    values, inverse, counts = np.unique(number, return_inverse=True, return_counts=True)
    common = (counts > 2e-5 * number.size) & (values >= 0)
    by_area = [i for i in np.argsort(-counts) if common[i]]
    ranks = np.full(len(values), -1, np.int32)
    ranks[by_area] = np.arange(1, len(by_area) + 1)
    ranks[values < 0] = 0
    order = ranks[inverse].reshape(number.shape)
    order = nearest(order, order >= 0)
    shown = values[by_area]
    colors = np.stack([shown >> 16, (shown >> 8) & 255, shown & 255], 1) / 255
    lines = layers.line_art[..., 3] > 127
    nothing = np.zeros(order.shape, bool)
    return Drawing(order, np.concatenate([np.zeros((1, 3)), colors]), lines, nothing, nothing)


def _find_lines(order: Labels, paints: list[Paint], widest: float) -> tuple[Mask, Mask]:
    """Thin and wide ink; a dark hue that is mostly wide is no ink."""
    lines, solid = np.zeros(order.shape, bool), np.zeros(order.shape, bool)
    inks: dict[bytes, list[int]] = {}
    for i, paint in enumerate(paints):
        if paint.dark:
            inks.setdefault(paint.color.tobytes(), []).append(i + 1)
    for numbers in inks.values():
        ink = np.isin(order, numbers)
        if not ink.any():
            continue
        wide = _wide(ink, widest)
        if wide.sum() > 0.85 * ink.sum() and paints[numbers[0] - 1].color.max() > BLACK:
            wide = ink
        lines |= ink & ~wide
        solid |= wide
    return lines, solid


def _wide(ink: Mask, widest: float) -> Mask:
    """The parts of the ink where a disc wider than its lines fits, with their corners."""
    depth = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)
    ridge = (depth >= cv2.dilate(depth, np.ones((3, 3)))) & (depth > 0.5) & (depth < widest / 2)
    if ridge.any():
        widest = min(widest, 2.2 * (2 * float(np.median(depth[ridge])) + 1))
    core = depth > widest / 2
    reach = cv2.distanceTransform((~core).astype(np.uint8), cv2.DIST_L2, 5)
    wide = ink & (reach < 0.5 * widest + 1)
    wide &= ~_specks(wide, ink & ~wide, 4 * widest**2)
    return wide | _specks(ink & ~wide, wide, widest**2)


def _specks(mask: Mask, other: Mask, area: float) -> Mask:
    """The pieces of a mask that touch another one and are smaller than `area`."""
    pieces, _ = ndimage.label(mask)
    beside = cv2.dilate(other.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    chosen = np.zeros(pieces.max() + 1, bool)
    chosen[np.unique(pieces[beside])] = True
    chosen &= np.bincount(pieces.ravel()) < area
    chosen[0] = False
    return np.asarray(chosen[pieces])


def _bases(colors: NDArray[np.float64], areas: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each paint the paint whose darker tone it is, or itself."""
    base = np.arange(len(colors))
    seen = [i for i in np.flatnonzero(areas) if i > 0]
    for i in sorted(seen, key=lambda i: -colors[i].sum()):
        lighter = [j for j in seen if base[j] == j and _is_tone(colors[i], colors[j])]
        if lighter:
            base[i] = max(lighter, key=lambda j: areas[j])
    return base


def _is_tone(dark: NDArray[np.float64], light: NDArray[np.float64]) -> bool:
    """Whether one colour is the other under a shadow."""
    if (_hexadecimal(dark), _hexadecimal(light)) in OWN_TONES:
        return True
    if light.max() < 0.3:
        return False
    ratio = dark / np.maximum(light, 0.02)
    weight = float(ratio[light > 0.15].mean())
    return 0.7 < weight < 0.95 and float(np.ptp(ratio[light > 0.15])) < 0.06


def _hexadecimal(color: NDArray[np.float64]) -> str:
    return "".join(f"{round(255 * value):02x}" for value in color)
