"""A picture under the shading: cloth, paper or a pattern, tiled over a flat region."""

from __future__ import annotations

import cv2
import numpy as np

from engine.compositing import to_planes
from engine.editing.regions import Region, Share
from engine.editing.repaint import repaint
from engine.editing.shades import Floats
from engine.errors import UnsupportedImage
from engine.files.picture import MAX_PIXELS
from engine.layers import LayerStack, Rgba


def lay_texture(
    stack: LayerStack, region: Region, texture: Rgba, width: int | None = None
) -> LayerStack:
    """Tile a picture over a region of the flat color, below its shading and the lines.

    Args:
        stack: the layers.
        region: of its flat color; it shows where the picture is transparent.
        texture: (h, w, 4) uint8 or uint16, straight alpha; its corner lies on the canvas's.
        width: of a tile in pixels, its height in proportion; as it is if None.

    Raises:
        UnsupportedImage: a tile would be larger than any picture that is read.
    """
    tile = _scaled(texture, width)

    def paint(rows: slice, share: Share) -> Floats:
        y, x = np.divmod(share.at, stack.width)
        red, green, blue, alpha = tile[:, (y + rows.start) % tile.shape[1], x % tile.shape[2]]
        return np.asarray(np.stack([red, green, blue]) + (1 - alpha) * share.color)

    return repaint(stack, region, paint)


def _scaled(texture: Rgba, width: int | None) -> Floats:
    """(4, h, w) premultiplied"""
    width = width or texture.shape[1]
    height = max(1, round(texture.shape[0] * width / texture.shape[1]))
    if width * height > MAX_PIXELS:
        raise UnsupportedImage(
            f"A texture of {texture.shape[1]} x {texture.shape[0]} pixels would become {width} x "
            f"{height}; take a smaller width, or a texture that is less tall."
        )
    planes = to_planes(texture)
    planes[:3] *= planes[3]
    if width == texture.shape[1]:
        return planes
    kind = cv2.INTER_AREA if width < texture.shape[1] else cv2.INTER_CUBIC
    scaled = [cv2.resize(plane, (width, height), interpolation=kind) for plane in planes]
    return np.asarray(np.stack(scaled).clip(0, 1), np.float32)
