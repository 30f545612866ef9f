"""Read the layers of a PSD or PSB, with psd-tools."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from psd_tools import PSDImage
from psd_tools.compression import PSDDecompressionWarning
from psd_tools.constants import BlendMode, ColorMode, CompatibilityMode

from engine.errors import UnsupportedImage
from engine.files.layered.tree import (
    Clipping,
    Group,
    LayeredDocument,
    Mask,
    Node,
    PaintedLayer,
    Patch,
    Shelf,
    sound,
)
from engine.files.picture import MAX_PIXELS, check_size

MODES: Mapping[BlendMode, str] = MappingProxyType(
    {mode: mode.name.lower().replace("_", "-") for mode in BlendMode}
    | {BlendMode.SOFT_LIGHT: "photoshop-soft-light"}
)
"""Photoshop's soft light is another formula than W3C's."""
ADDING = ("color-burn", "linear-burn", "color-dodge", "linear-dodge", "vivid-light", "linear-light")
"""In these modes Photoshop's fill scales the colour before it is blended, not the coverage."""
PIXELS = ("pixel", "type", "smartobject")
"""Kinds of layers that are stored as pixels, too."""
FULL = 255


def read_psd_layers(file: BinaryIO) -> LayeredDocument:
    """Read the layers of a PSD or PSB in gray or RGB, of 8 or 16 bits.

    Raises:
        UnsupportedImage: too large, of another color mode or depth.
    """
    psd = PSDImage.open(file)
    check_size(psd.width, psd.height)
    if psd.color_mode not in (ColorMode.RGB, ColorMode.GRAYSCALE) or psd.depth not in (8, 16):
        raise UnsupportedImage(
            f"The PSD is {psd.depth}-bit {psd.color_mode.name}; convert it to RGB of 8 or 16 bits."
        )
    psd.compatibility_mode = CompatibilityMode.CLIP_STUDIO_PAINT  # so that groups can be clipped
    reader = _Reader(psd.depth)
    nodes = reader.nodes(psd)
    return LayeredDocument(psd.width, psd.height, nodes, tuple(reader.notes))


class _Reader:
    """Makes nodes of psd-tools' layers, and notes what it passes over."""

    def __init__(self, depth: int) -> None:
        self.notes: list[str] = []
        self._top = np.iinfo(f"u{depth // 8}").max
        self._dtype = np.dtype(f"u{depth // 8}")
        self._shelf = Shelf()

    def nodes(self, layers: Iterable[Any]) -> tuple[Node, ...]:
        found = (self._node(layer) for layer in layers)
        return tuple(node for node in found if node is not None)

    def _node(self, layer: Any) -> Node | None:
        if layer.visible:
            self._note_effects(layer)
        common = {
            "name": str(layer.name).rstrip("\0"),
            "visible": bool(layer.visible),
            "opacity": layer.opacity / FULL * (layer.fill_opacity / FULL),
            "blend_mode": MODES[layer.blend_mode],
            "clipping": Clipping.BASE if layer.clipping else Clipping.NONE,
            "masks": self._masks(layer),
        }
        if layer.is_group():
            passes = layer.blend_mode is BlendMode.PASS_THROUGH
            if passes:
                common["blend_mode"] = "normal"
            return Group(children=self.nodes(layer), pass_through=passes, **common)
        if layer.kind not in PIXELS and not layer.has_pixels():
            if layer.visible:
                self.notes.append(f"The {layer.kind} layer {layer.name!r} is not read.")
            return None
        return PaintedLayer(patch=self._shelf.keeping(layer.name, self._patch(layer)), **common)

    def _note_effects(self, layer: Any) -> None:
        if layer.has_effects():
            self.notes.append(f"The effects of {layer.name!r} are not read.")
        if layer.has_vector_mask() and not (layer.mask and layer.mask.has_real()):
            self.notes.append(f"The vector mask of {layer.name!r} is not read.")
        if layer.fill_opacity != FULL and MODES[layer.blend_mode] in ADDING:
            self.notes.append(f"The fill of {layer.name!r} is taken for opacity.")

    def _patch(self, layer: Any) -> Callable[[], Patch]:
        def decode() -> Patch:
            if layer.width * layer.height > MAX_PIXELS:
                raise UnsupportedImage(
                    f"The layer {layer.name!r} has more than {MAX_PIXELS // 1_000_000} megapixels; "
                    "crop it to the canvas."
                )
            rgba = np.zeros((layer.height, layer.width, 4), self._dtype)
            if rgba.size:
                rgba[..., :3] = self._channel(layer, "color", 0)
                rgba[..., 3:] = self._channel(layer, "shape", 1)
            return Patch(rgba, layer.top, layer.left)

        return decode

    def _masks(self, layer: Any) -> tuple[Callable[[], Mask], ...]:
        mask = layer.mask
        if mask is None or mask.disabled:
            return ()
        if layer.visible and mask.parameters is not None:
            self.notes.append(f"Density and feather of the mask of {layer.name!r} are not read.")

        def decode() -> Mask:
            values = np.zeros((max(mask.height, 0), max(mask.width, 0)), self._dtype)
            if values.size:
                values[:] = self._channel(layer, "mask", 1)[..., 0]
            return Mask(values, mask.top, mask.left, mask.background_color / FULL)

        return (sound(layer.name, decode),)

    def _channel(self, layer: Any, name: str, otherwise: float) -> Any:
        """(h, w, n) integers; `otherwise` where the layer has no such channel.

        psd-tools reads what is cut off as black, with a warning.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("error", PSDDecompressionWarning)
            values = layer.numpy(name)
        if values is None:
            return np.full((1, 1, 1), np.rint(otherwise * self._top), self._dtype)
        return np.rint(values * self._top).astype(self._dtype)
