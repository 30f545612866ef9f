"""Layers that somebody found before, with whatever method, read back from their folder."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.bands import bands
from engine.compositing import composite_planes, premultiply, to_planes, to_rgba
from engine.errors import UnsupportedImage
from engine.evaluation.agreement import Scores
from engine.evaluation.cases import check_canvas
from engine.files import MANIFEST, read_picture
from engine.layers import BlendMode, Layer, LayerRole, LayerStack, Reconstruction, Rgba
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
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        layers = [_layer(entry, folder, source) for entry in manifest["layers"]]
        seconds = manifest.get("seconds")
        composition = str(manifest.get("composition", "normal"))
        seconds = None if seconds is None else _number(seconds, math.inf)
    except FileNotFoundError:
        raise UnsupportedImage(f"{name} has no {folder.name}/{MANIFEST}.") from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnsupportedImage(
            f"The {MANIFEST} in {folder} is not one of layers ({error}); write it as `decompose` "
            "does."
        ) from error
    whole = _in_order(layers, source)
    return Finished(LayerStack(whole, composition, name, _reconstruction(whole, source)), seconds)


def _layer(entry: dict[str, Any], folder: Path, source: Rgba) -> Layer:
    role, mode = LayerRole(entry["role"]), BlendMode(entry.get("blend_mode", "normal"))
    rgba = read_picture(folder / entry["file"]).rgba
    check_canvas(folder / entry["file"], rgba, source)
    opacity = _number(entry.get("opacity", 1), 1)
    out = np.empty_like(source)
    for rows in bands(*out.shape[:2]):
        planes = to_planes(rgba[rows])
        planes[3] *= opacity
        out[rows] = to_rgba(planes, out.dtype)
    return Layer(role, mode, out)


def _number(told: object, most: float) -> float:
    """A finite number from 0 to `most`, or ValueError; JSON lets NaN and infinity through."""
    if not isinstance(told, int | float) or not 0 <= told <= most or math.isinf(told):
        raise ValueError(f"{told!r} is no number from 0 to {most}")
    return float(told)


def _in_order(layers: list[Layer], source: Rgba) -> tuple[Layer, ...]:
    """One layer of every role."""
    known = {layer.role: layer for layer in layers}
    if list(known) != [role for role in LayerRole if role in known] or len(known) < len(layers):
        raise UnsupportedImage(
            f"The layers are {', '.join(layer.role for layer in layers)}; they must be, bottom "
            f"first, at most one each of {', '.join(LayerRole)}."
        )
    empty = np.zeros_like(source)
    return tuple(known.get(role, Layer(role, BlendMode.NORMAL, empty)) for role in LayerRole)


def _reconstruction(layers: tuple[Layer, ...], source: Rgba) -> Reconstruction:
    squared = largest = 0.0
    for rows in bands(*source.shape[:2]):
        cut = ((to_planes(layer.rgba[rows]), layer.blend_mode) for layer in layers)
        apart = composite_planes(cut) - premultiply(to_planes(source[rows]))
        squared += float(np.square(apart, dtype=np.float64).sum())
        largest = max(largest, float(np.abs(apart).max()))
    mean = max(squared / source.size, LEAST_MEAN_SQUARE)
    return Reconstruction(-10 * float(np.log10(mean)), largest * 255)
