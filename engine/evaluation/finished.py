"""Layers that somebody found before, with whatever method, read back from their folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.bands import bands
from engine.compositing import composite_planes, premultiply, to_planes, to_rgba
from engine.errors import UnsupportedImage
from engine.evaluation.agreement import Scores
from engine.evaluation.cases import check_canvas
from engine.files import MANIFEST, read_stack
from engine.files.manifest import read_manifest
from engine.layers import Layer, LayerStack, Reconstruction, Rgba
from engine.reconstruction import LEAST_MEAN_SQUARE


class Finished(NamedTuple):
    """Layers that were found."""

    stack: LayerStack
    seconds: float | None
    """What finding them took, where it is known"""
    raw: Scores | None = None
    """The raw recomposition, where it is not the stack's own; see `score_proposal`"""


def read_finished(folder: Path, name: str, source: Rgba) -> Finished:
    """Read the layers of a folder as `decompose` writes it; roles that it lacks are empty layers.

    Args:
        folder: holds the manifest, and the PNGs that it names.
        name: what the stack's engine is called.
        source: the picture that was decomposed.

    Raises:
        UnsupportedImage: the manifest or a layer cannot be read, or does not fit the picture.
    """
    if not (folder / MANIFEST).is_file():
        raise UnsupportedImage(
            f"{name} has no {folder.name}/{MANIFEST}; put the layers of this case there, as "
            "`decompose` writes them."
        )
    stack, picture = read_stack(folder)
    check_canvas(folder, picture.rgba, source)
    layers = tuple(replace(layer, rgba=_deep_as(layer.rgba, source)) for layer in stack)
    found = replace(
        stack, layers=layers, engine=name, reconstruction=_reconstruction(layers, source)
    )
    return Finished(found, read_manifest(folder).seconds)


def _deep_as(rgba: Rgba, source: Rgba) -> Rgba:
    """A layer in the depth of the picture."""
    if rgba.dtype == source.dtype:
        return rgba
    out = np.empty_like(source)
    for rows in bands(*out.shape[:2]):
        out[rows] = to_rgba(to_planes(rgba[rows]), out.dtype)
    return out


def _reconstruction(layers: tuple[Layer, ...], source: Rgba) -> Reconstruction:
    squared = largest = 0.0
    for rows in bands(*source.shape[:2]):
        cut = ((to_planes(layer.rgba[rows]), layer.blend_mode) for layer in layers)
        apart = composite_planes(cut) - premultiply(to_planes(source[rows]))
        squared += float(np.square(apart, dtype=np.float64).sum())
        largest = max(largest, float(np.abs(apart).max()))
    mean = max(squared / source.size, LEAST_MEAN_SQUARE)
    return Reconstruction(-10 * float(np.log10(mean)), largest * 255)
