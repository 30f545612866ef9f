"""Small pictures of a result: the thumbnail in KRA and ORA, and a folder's contact sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.bands import bands
from engine.compositing import composite, premultiply, to_planes
from engine.files.lettering import lettering
from engine.files.picture import Picture
from engine.files.profiles import to_srgb
from engine.layers import LayerStack, Rgba

THUMBNAIL = 256
"""Pixels of a thumbnail's longer side."""
CELL = 800
"""Pixels of a cell's longer side in the contact sheet."""
MARGIN, LABEL, SMALL = 32, 24, 18
"""Pixels: around the cells, and of the two sizes of type."""
GAP, CUT = 10, "..."
"""Pixels between a title and its detail; what stands for the rest of a title."""
PAPER, INK, FAINT = (240, 240, 242), (38, 40, 46), (112, 116, 126)
SQUARE = 14
"""Pixels of a square of the checkerboard."""
LIGHT, DARK = 0.80, 0.74
"""Grays between which a highlight shows as well as a shadow."""
Rgb = NDArray[np.uint8]
"""(H, W, 3)"""
Small = NDArray[np.float32]
"""(H, W, 4) in [0, 1], colour premultiplied by alpha."""


def thumbnail(source: Picture) -> bytes:
    """A PNG of at most 256 x 256 pixels, in sRGB, with alpha."""
    small = reduced(source.rgba, THUMBNAIL)
    alpha = small[..., 3:]
    np.divide(small[..., :3], alpha, out=small[..., :3], where=alpha > 0)
    image = Image.fromarray(np.rint(small.clip(0, 1) * 255).astype(np.uint8))
    if source.icc_profile is not None:
        colour = to_srgb(image.convert("RGB"), source.icc_profile)
        colour.putalpha(image.getchannel("A"))
        image = colour
    return _png(image, None)


class Cell(NamedTuple):
    """A picture on a sheet, and what stands above it."""

    title: str
    detail: str
    rgba: Rgba


def contact_sheet(stack: LayerStack, source: Picture) -> bytes:
    """A PNG: the source, the four layers, and the layers restacked, over a checkerboard."""
    quality = stack.reconstruction
    cells = [Cell("Source", f"{stack.width} x {stack.height}", source.rgba)]
    cells += [Cell(layer.name, layer.blend_mode.value, layer.rgba) for layer in stack]
    cells.append(Cell("Restacked", f"{quality.psnr_db:.1f} dB", composite(stack)))
    columns = 3 if stack.height >= stack.width * 0.6 else 2
    return sheet_of(cells, columns, CELL, source.icc_profile)


def sheet_of(cells: Sequence[Cell], columns: int, longest: int, profile: bytes | None) -> bytes:
    """A PNG of pictures in rows, over a checkerboard.

    Args:
        cells: pictures of one size.
        columns: cells in a row.
        longest: pixels of a cell's longer side; nothing is enlarged.
        profile: the ICC profile of the pictures' numbers.
    """
    pictures = [_on_checkerboard(reduced(cell.rgba, longest)) for cell in cells]
    height, width = pictures[0].shape[:2]
    right, down = max(width, longest // 2) + MARGIN, height + MARGIN + LABEL * 2
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * right + MARGIN, rows * down + MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (cell, picture) in enumerate(zip(cells, pictures, strict=True)):
        row, column = divmod(index, columns)
        left, top = MARGIN + column * right, MARGIN + row * down
        _label(draw, left, top, right - MARGIN // 2, cell)
        sheet.paste(Image.fromarray(picture), (left, top + LABEL * 2))
    return _png(sheet, profile)


def _label(draw: ImageDraw.ImageDraw, left: int, top: int, width: int, cell: Cell) -> None:
    """Title and detail side by side; a title that is too wide for that is cut short."""
    (title, bold), (detail, small) = lettering(cell.title, LABEL), lettering(cell.detail, SMALL)
    room = width - GAP - draw.textlength(detail, small)
    while len(title) > 1 and draw.textlength(title, bold) > room:
        title = title.removesuffix(CUT)[:-1] + CUT
    baseline = top + LABEL + 4
    draw.text((left, baseline), title, INK, bold, anchor="ls")
    at = left + draw.textlength(title, bold) + GAP
    draw.text((at, baseline), detail, FAINT, small, "ls")


def _on_checkerboard(small: Small) -> Rgb:
    height, width = small.shape[:2]
    rows, columns = np.ogrid[:height, :width]
    board = np.where((rows // SQUARE + columns // SQUARE) % 2, DARK, LIGHT)[..., None]
    shown = small[..., :3] + board * (1 - small[..., 3:])
    return np.asarray(np.rint(shown.clip(0, 1) * 255), np.uint8)


def reduced(rgba: Rgba, longest: int) -> Small:
    """A picture averaged down to `longest` pixels a side, never enlarged.

    By bands, so that the floats of a large picture are never all there at once.
    """
    height, width = rgba.shape[:2]
    scale = min(1.0, longest / max(height, width))
    factor = max(1, min(int(1 / scale), height, width))
    parts = []
    for rows in bands(height // factor, width * factor):
        band = rgba[rows.start * factor : rows.stop * factor, : width // factor * factor]
        size = (width // factor, rows.stop - rows.start)
        pixels = np.moveaxis(premultiply(to_planes(band)), 0, -1)
        parts.append(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(np.concatenate(parts), size, interpolation=cv2.INTER_AREA))


def _png(image: Image.Image, profile: bytes | None) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", icc_profile=profile)
    return out.getvalue()
