"""One picture a case to look through: the true layers above those that each engine found."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.bands import map_bands
from engine.compositing import composite, composite_planes, in_normal, to_planes, to_rgba
from engine.evaluation.agreement import Scores
from engine.evaluation.cases import Truth
from engine.evaluation.scoring import MEASURES
from engine.files import Picture
from engine.files.preview import Cell, sheet_of
from engine.layers import BlendMode, Layer, LayerRole, LayerStack, Rgba

CELL = 480
"""Pixels of a cell's longer side."""
COLUMNS = 1 + len(LayerRole)
TOLD: Mapping[LayerRole, str] = {
    LayerRole.FLAT_COLOR: "flat_exact",
    LayerRole.SHADOW: "shadow_iou",
    LayerRole.HIGHLIGHT: "highlight_iou",
    LayerRole.LINE_ART: "line_f1",
}
"""The measure that stands above a layer."""


def case_sheet(
    source: Picture,
    truth: Truth | None,
    found: Mapping[str, tuple[LayerStack, Scores]],
) -> bytes:
    """A PNG: a row for the true layers, if there are any, and one for each engine.

    Layers are shown as if painted in normal blending, so that rows in other blend modes compare.

    Args:
        source: the picture.
        truth: the artist's layers.
        found: by engine, its layers and their scores.
    """
    cells = [] if truth is None else _true_row(source, truth)
    for name, (stack, scores) in found.items():
        cells.append(Cell(name, _told("recompose_psnr", scores), composite(stack)))
        cells += [
            Cell(layer.name, _told(TOLD[layer.role], scores), painted)
            for layer, painted in zip(stack, _painted(stack), strict=True)
        ]
    return sheet_of(cells, COLUMNS, CELL, source.icc_profile)


def _true_row(source: Picture, truth: Truth) -> list[Cell]:
    layers = [Cell(role.display_name, "true", truth[role]) for role in LayerRole]
    return [
        Cell("Source", f"{source.rgba.shape[1]} x {source.rgba.shape[0]}", source.rgba),
        *layers,
    ]


def _told(name: str, scores: Scores) -> str:
    value, measure = scores[name], MEASURES[name]
    return "" if value is None else f"{measure.title} {value:.{measure.digits}f}"


def _painted(stack: LayerStack) -> list[Rgba]:
    """The layers as what the picture looks like after each, covering as much as they do."""
    return [_in_normal(stack.layers[:at], layer) for at, layer in enumerate(stack)]


def _in_normal(below: tuple[Layer, ...], layer: Layer) -> Rgba:
    if layer.blend_mode is BlendMode.NORMAL or not layer.rgba[..., 3].any():
        return layer.rgba
    out = np.empty_like(layer.rgba)

    def work(rows: slice) -> None:
        backdrop = composite_planes((to_planes(one.rgba[rows]), one.blend_mode) for one in below)
        out[rows] = to_rgba(
            in_normal(backdrop, to_planes(layer.rgba[rows]), layer.blend_mode), out.dtype
        )

    map_bands(work, *out.shape[:2])
    return out
