"""A sample: a picture and its four layers in normal blending, the paper's five-tuple (sec. 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from engine.compositing import composite
from engine.errors import UnsupportedImage
from engine.files import encode_png, read_picture
from engine.layers import BlendMode, Layer, LayerRole, Rgba

COMPOSITE = "composite.png"
LAYER_FILES: Mapping[LayerRole, str] = MappingProxyType({role: f"{role}.png" for role in LayerRole})


@dataclass(frozen=True)
class Sample:
    """A five-tuple; (H, W, 4) uint8 each, straight alpha, colour under alpha 0 is 0."""

    composite: Rgba
    layers: Mapping[LayerRole, Rgba]
    """In normal blending; bottom to top they restack to `composite`."""

    @classmethod
    def of(cls, layers: Mapping[LayerRole, Rgba]) -> Sample:
        """The sample that layers make: its picture is what they restack to."""
        clean = {role: _clean(layer) for role, layer in layers.items()}
        return cls(_clean(restack(clean)), clean)

    def coverage(self) -> dict[LayerRole, float]:
        """How much of the figure each layer covers: its alpha over the picture's."""
        figure = max(float(self.composite[..., 3].sum(dtype=np.int64)), 1.0)
        return {
            role: float(layer[..., 3].sum(dtype=np.int64)) / figure
            for role, layer in self.layers.items()
        }

    def write(self, folder: Path) -> None:
        """Write five PNGs into an empty folder."""
        (folder / COMPOSITE).write_bytes(encode_png(self.composite))
        for role, name in LAYER_FILES.items():
            (folder / name).write_bytes(encode_png(self.layers[role]))


def read_sample(folder: Path) -> Sample:
    """Read a sample's five PNGs.

    Raises:
        UnsupportedImage: one is missing, damaged, or not of 8 bits and the picture's size.
    """
    picture = _read(folder / COMPOSITE)
    layers = {role: _read(folder / name) for role, name in LAYER_FILES.items()}
    for role, layer in layers.items():
        if layer.shape != picture.shape:
            raise UnsupportedImage(
                f"{LAYER_FILES[role]} is {layer.shape[1]} x {layer.shape[0]} pixels, {COMPOSITE} "
                f"{picture.shape[1]} x {picture.shape[0]}; build the sample again."
            )
    return Sample(picture, layers)


def restack(layers: Mapping[LayerRole, Rgba]) -> Rgba:
    """The picture that layers in normal blending make."""
    return composite([Layer(role, BlendMode.NORMAL, layers[role]) for role in LayerRole])


def _clean(rgba: Rgba) -> Rgba:
    """The same, with colour 0 under alpha 0."""
    cleaned: Rgba = rgba * (rgba[..., 3:] > 0).astype(rgba.dtype)
    return cleaned


def _read(path: Path) -> Rgba:
    rgba = read_picture(path).rgba
    if rgba.dtype != np.uint8:
        raise UnsupportedImage(f"{path.name} has 16 bits a channel; build the sample again.")
    return rgba
