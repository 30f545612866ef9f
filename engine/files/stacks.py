"""Layers of ours, read back: a folder, or the group in a PSD, KRA or ORA."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.bands import map_bands
from engine.compositing import composite, to_planes, to_rgba
from engine.errors import NoLayers, UnsupportedImage
from engine.files.layered import PaintedLayer, open_layers
from engine.files.manifest import read_manifest
from engine.files.own_layers import NAMES, find_own_layers
from engine.files.picture import Picture
from engine.files.reading import read_picture
from engine.layers import (
    COMPOSITIONS,
    BlendMode,
    Layer,
    LayerRole,
    LayerStack,
    Reconstruction,
    Rgba,
)

ITSELF = Reconstruction(psnr_db=99.0, max_error=0.0)
"""Layers that are compared with the picture that they make."""
OWN = "own"
"""The composition of blend modes that are none of `COMPOSITIONS`."""
UNKNOWN = "unknown"
"""Who found the layers, where the file does not say."""
NAMED = 5
"""Layers that are named where some are left out."""


def read_stack(path: Path) -> tuple[LayerStack, Picture]:
    """Read four layers as `decompose` writes them; roles that are missing are empty layers.

    Args:
        path: a folder with a manifest; or a PSD, KRA or ORA in which a group, or the document
            itself, has layers called "Flat Color", "Shadow", "Highlight" and "Line Art".

    Returns:
        The layers, and the picture that they make, with the file's profile and resolution; its
        notes say what else is in the file, and left out.

    Raises:
        NoLayers: there are none that are called so.
        UnsupportedImage: they cannot be read.
        OutOfMemory: there is not enough memory for them.
    """
    if path.is_dir():
        return _read_folder(path)
    return _read_file(path)


def _read_folder(folder: Path) -> tuple[LayerStack, Picture]:
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        raise UnsupportedImage(
            f"{folder} has no manifest.json; name a folder that `decompose` wrote."
        ) from None
    missing = [entry.file.name for entry in manifest.entries if not entry.file.exists()]
    if missing:
        raise UnsupportedImage(
            f"{folder} has no {', '.join(missing)}; put it back, or take that layer out of the "
            "manifest.json, and it counts as empty."
        )
    pictures = {entry.role: read_picture(entry.file) for entry in manifest.entries}
    if not pictures:
        raise UnsupportedImage(
            f"The manifest.json in {folder} names no layer; name a folder that `decompose` wrote."
        )
    layers = []
    for entry in manifest.entries:
        rgba = pictures[entry.role].rgba
        layers.append(Layer(entry.role, entry.blend_mode, _faded(rgba, entry.opacity)))
    if len({(layer.rgba.shape, layer.rgba.dtype) for layer in layers}) > 1:
        raise UnsupportedImage(
            f"The layers in {folder} differ in size or depth; save them with one canvas."
        )
    one = next(iter(pictures.values()))
    stack = _stack(layers, manifest.engine, manifest.edits)
    notes = tuple(
        f"{entry.file.name}: {note}"
        for entry in manifest.entries
        for note in pictures[entry.role].notes
    )
    return stack, Picture(composite(stack), one.icc_profile, one.dpi, notes)


def _read_file(path: Path) -> tuple[LayerStack, Picture]:
    with open_layers(path) as document:
        own = find_own_layers(document)
        if not own.layers:
            raise NoLayers(
                f"{path.name} has no layers called {', '.join(NAMES)}; name a file that "
                "`decompose` wrote."
            )
        drawn = [_drawn(node, document.height, document.width) for node in own.layers]
    layers = [layer for layer, _ in drawn]
    depths = {layer.rgba.dtype for layer in layers}
    if len(depths) > 1:
        raise UnsupportedImage(f"The layers of {path.name} differ in depth; save it again.")
    stack = _stack(layers, UNKNOWN, ())
    merged = read_picture(path)
    beyond = [layer.name for layer, whole in drawn if not whole]
    notes = (
        *([_left_out(own.others)] if own.others else []),
        *([_cut_off(beyond)] if beyond else []),
        *document.notes,
    )
    return stack, Picture(composite(stack), merged.icc_profile, merged.dpi, notes)


def _left_out(others: Sequence[str]) -> str:
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    return (
        f"Other layers of the file are left out: {', '.join(others[:NAMED])}{more}; copy them over "
        "in your program."
    )


def _cut_off(names: Sequence[str]) -> str:
    return (
        f"What lies beside the canvas is left out, of {', '.join(names)}; make the canvas larger "
        "to keep it, or trim the layers to it."
    )


def _drawn(node: PaintedLayer, height: int, width: int) -> tuple[Layer, bool]:
    """A layer on the whole canvas, and whether nothing of it lies beside that."""
    patch = node.patch()
    canvas = np.zeros((height, width, 4), patch.rgba.dtype)
    rows = slice(max(patch.top, 0), min(patch.top + patch.rgba.shape[0], height))
    columns = slice(max(patch.left, 0), min(patch.left + patch.rgba.shape[1], width))
    shown = patch.rgba[:0]
    if rows.start < rows.stop and columns.start < columns.stop:
        shown = patch.rgba[
            rows.start - patch.top : rows.stop - patch.top,
            columns.start - patch.left : columns.stop - patch.left,
        ]
        canvas[rows, columns] = shown
    layer = Layer(NAMES[node.name], BlendMode(node.blend_mode), _faded(canvas, node.opacity))
    return layer, np.count_nonzero(shown[..., 3]) == np.count_nonzero(patch.rgba[..., 3])


def _faded(rgba: Rgba, opacity: float) -> Rgba:
    """A layer with its opacity in its alpha; colour under alpha 0 is 0."""
    out: Rgba = np.require(rgba, requirements=["C", "W"])

    def work(rows: slice) -> None:
        if opacity != 1:
            planes = to_planes(out[rows])
            planes[3] *= opacity
            out[rows] = to_rgba(planes, out.dtype)
        out[rows][out[rows][..., 3] == 0] = 0

    map_bands(work, *out.shape[:2])
    return out


def _stack(layers: Sequence[Layer], engine: str, edits: tuple[str, ...]) -> LayerStack:
    known = {layer.role: layer for layer in layers}
    if list(known) != [role for role in LayerRole if role in known] or len(known) < len(layers):
        raise UnsupportedImage(f"The layers must be, bottom first, one each of {', '.join(NAMES)}.")
    empty = np.zeros_like(layers[0].rgba)
    modes = {layer.role: layer.blend_mode for layer in layers}
    fitting = [
        name
        for name, composition in COMPOSITIONS.items()
        if all(composition[role] is mode for role, mode in modes.items())
    ]
    composition = fitting[0] if fitting else OWN
    usual = COMPOSITIONS.get(composition, {})
    whole = (
        known.get(role, Layer(role, usual.get(role, BlendMode.NORMAL), empty)) for role in LayerRole
    )
    return LayerStack(tuple(whole), composition, engine, ITSELF, edits)
