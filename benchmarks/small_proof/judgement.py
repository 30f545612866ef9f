"""How good a decomposition of pictures that training never saw is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.small_proof.pictures import Drawing, Floats, picture_of
from engine.compositing import premultiply
from engine.diffusion.frames import FRAME_ORDER
from engine.evaluation.fidelity import decibels, over_white
from engine.evaluation.recomposition import FIGURES, recompose_output
from engine.layers import ModelOutput, Rgba
from engine.training.adapter.pictures import in_floats
from engine.training.adapter.prepared import Prepared

Decompose = Callable[[Rgba, int], Floats]
"""(h, w, 4) picture and its place among the unseen -> (4, h, w, 4) layers in `FRAME_ORDER`."""


def _turned(rgba: Rgba) -> Rgba:
    return rgba[..., (1, 2, 0, 3)]


KINDS: Mapping[str, Callable[[Rgba], Rgba]] = MappingProxyType(
    {"drawn": lambda rgba: rgba, "turned": _turned}
)
"""What unseen pictures are judged as: as drawn; and with red, green and blue exchanged, all hues
turned by 120 degrees, as the illustrator has eight palettes only and training sees them all."""
SHOWN, MAGNIFIED = 8, 4


def judge(decompose: Decompose, drawings: Sequence[Drawing]) -> dict[str, dict[str, float]]:
    """For each kind the means of the raw recomposition's figures, and of each layer's PSNR."""
    told = {}
    for kind, change in KINDS.items():
        figures = [
            _figures(decompose(changed.picture, place), changed)
            for place, changed in enumerate(drawing.changed(change) for drawing in drawings)
        ]
        told[kind] = {
            name: round(float(np.mean([one[name] for one in figures])), 5) for name in figures[0]
        }
    return told


def sheet(decompose: Decompose, drawings: Sequence[Drawing]) -> Image.Image:
    """A row for each of some pictures, over white: it and its layers, and the layers found."""
    rows = [
        np.hstack([*map(in_floats, (drawing.picture, *drawing.layers)), *found])
        for place, drawing in enumerate(drawings[:SHOWN])
        for found in [decompose(drawing.picture, place)]
    ]
    image = Image.fromarray(np.rint(_over_white(np.vstack(rows)) * 255).astype(np.uint8))
    return image.resize((image.width * MAGNIFIED, image.height * MAGNIFIED), Image.Resampling.BOX)


def nearest(prepared: Prepared) -> Decompose:
    """What needs no learning: the layers of the trained picture that is most alike, over white."""
    known = [prepared[place] for place in range(len(prepared))]
    colours = np.stack([_over_white(picture_of(one.picture)) for one in known])

    def decompose(picture: Rgba, place: int) -> Floats:
        apart = np.square(colours - _over_white(in_floats(picture))).sum(axis=(1, 2, 3))
        return np.stack([picture_of(layer) for layer in known[int(apart.argmin())].layers])

    return decompose


def _figures(found: Floats, drawing: Drawing) -> dict[str, float]:
    output = ModelOutput(in_floats(drawing.picture), dict(zip(FRAME_ORDER, found, strict=True)))
    near = recompose_output(output)
    figures = {name: near[name] for name in FIGURES}
    for role, layer, true in zip(FRAME_ORDER, found, drawing.layers, strict=True):
        apart = _over_white(layer) - _over_white(in_floats(true))
        squares = float(np.square(apart, dtype=np.float64).sum())
        figures[f"{role}_psnr"] = decibels(squares, apart.size)
    return figures


def _over_white(picture: Floats) -> NDArray[np.float32]:
    """(h, w, 4) -> (h, w, 3)"""
    return np.moveaxis(over_white(premultiply(np.moveaxis(picture, -1, 0))), 0, -1)
