"""The pictures of docs/editing.md: a drawn character, decomposed and edited.

python -m bridge.commands.gallery FOLDER
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import engine
from engine import COMPOSITIONS, LayerRole, LayerStack, Rgba, composite
from engine.editing import (
    Region,
    color_lines,
    convert,
    find_palette,
    lay_texture,
    recolor,
    region_of_color,
    rotate_hue,
    widen_lines,
)
from engine.files.preview import Cell, sheet_of
from engine.illustration import draw_character

SIZE = 640
"""Pixels of a side of the character."""
CHARACTER = 0
HAIR, JACKET, RIBBON = 0, 1, 3
"""Places in the palette, the largest color first."""
SMALL, CELL, CLOSE = 240, 300, 400
"""Pixels of a cell's side."""
HEAD = slice(110, 310), slice(220, 420)
"""Rows and columns of the detail."""


def main(folder: Path) -> None:
    """Write the pictures."""
    stack = engine.load("builtin").decompose(draw_character(SIZE, SIZE, CHARACTER).source)
    pictures = {
        "edit": (_overview(stack), 5, SMALL),
        "edit_recolor": (_recolored(stack), 3, CELL),
        "edit_texture": (_textured(stack), 3, CELL),
        "edit_hue": (_turned(stack), 3, CLOSE),
        "edit_lines": (_lines(stack), 4, CLOSE),
        "edit_compositions": (_compositions(stack), len(COMPOSITIONS), SMALL),
    }
    for name, (cells, columns, longest) in pictures.items():
        sheet = Image.open(io.BytesIO(sheet_of(cells, columns, longest, None)))
        sheet.save(folder / f"{name}.png", optimize=True)


def _overview(stack: LayerStack) -> list[Cell]:
    recolored = recolor(stack, [(_region(stack, HAIR), (226, 150, 90))])
    textured = lay_texture(recolored, _region(recolored, JACKET), _tartan())
    evening = rotate_hue(textured, LayerRole.SHADOW, -60)
    return [
        _cell("Decomposed", stack),
        _cell("Recolored", recolored),
        _cell("Textured", textured),
        _cell("Shadows turned", evening),
        _cell("Brown lines", color_lines(evening, (94, 44, 30))),
    ]


def _recolored(stack: LayerStack) -> list[Cell]:
    hair, jacket, ribbon = (_region(stack, at) for at in (HAIR, JACKET, RIBBON))
    blond = recolor(stack, [(hair, (245, 205, 100))])
    winter = [(hair, (190, 200, 215)), (jacket, (120, 40, 50)), (ribbon, (240, 235, 220))]
    return [_cell("Before", stack), _cell("Hair", blond), _cell("Palette", recolor(stack, winter))]


def _textured(stack: LayerStack) -> list[Cell]:
    jacket = _region(stack, JACKET)
    return [
        _cell("Before", stack),
        _cell("Tartan", lay_texture(stack, jacket, _tartan())),
        _cell("Tile of 24 px", lay_texture(stack, jacket, _dots(), 24)),
    ]


def _turned(stack: LayerStack) -> list[Cell]:
    edited = {
        "Before": stack,
        "Shadow 70": rotate_hue(stack, LayerRole.SHADOW, 70),
        "Highlight -120": rotate_hue(stack, LayerRole.HIGHLIGHT, -120),
    }
    return [_detail(title, one) for title, one in edited.items()]


def _lines(stack: LayerStack) -> list[Cell]:
    edited = {
        "Before": stack,
        "2 px thicker": widen_lines(stack, 2),
        "1.5 px thinner": widen_lines(stack, -1.5),
        "Brown": color_lines(stack, (130, 60, 40)),
    }
    return [_detail(title, one) for title, one in edited.items()]


def _compositions(stack: LayerStack) -> list[Cell]:
    """A column for each: the picture, the shadow, the highlight."""
    converted = {name: convert(stack, name) for name in COMPOSITIONS}
    cells = [_cell(name, one) for name, one in converted.items()]
    for role in (LayerRole.SHADOW, LayerRole.HIGHLIGHT):
        layers = (one[role] for one in converted.values())
        cells += [Cell(layer.name, layer.blend_mode.value, layer.rgba) for layer in layers]
    return cells


def _region(stack: LayerStack, place: int) -> Region:
    flat = stack[LayerRole.FLAT_COLOR].rgba
    palette = find_palette(flat)
    return region_of_color(flat, palette, palette.colors[place].in_bytes(palette.top))


def _cell(title: str, stack: LayerStack) -> Cell:
    return Cell(title, "", composite(stack))


def _detail(title: str, stack: LayerStack) -> Cell:
    return Cell(title, "", composite(stack)[HEAD].repeat(2, axis=0).repeat(2, axis=1))


def _tartan() -> Rgba:
    """A tile of 32 x 32 pixels."""
    threads: Sequence[tuple[int, int, int]] = (
        [(150, 40, 45)] * 12 + [(40, 45, 80)] * 10 + [(235, 220, 170)] * 2 + [(40, 45, 80)] * 8
    )
    warp = np.array(threads, np.float32)
    cloth = (warp[:, None] + warp[None]) / 2
    return _opaque(cloth)


def _dots() -> Rgba:
    """A tile of 48 x 48 pixels."""
    y, x = np.mgrid[:48, :48] - 23.5
    inside = np.clip(13 - np.hypot(y, x), 0, 1)[..., None]
    return _opaque((1 - inside) * (232, 190, 200) + inside * (255, 250, 245))


def _opaque(colors: NDArray[np.floating[Any]]) -> Rgba:
    alpha = np.full((*colors.shape[:2], 1), 255)
    return np.concatenate([np.rint(colors), alpha], axis=-1).astype(np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
