"""Other colors for flat regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.editing.regions import Color, Region, Share
from engine.editing.repaint import repaint
from engine.editing.shades import Floats
from engine.layers import LayerStack


def recolor(stack: LayerStack, changes: Sequence[tuple[Region, Color]]) -> LayerStack:
    """Give flat regions other colors, all at once, so that two can swap theirs.

    The seams between regions follow, shading is carried over, lines stay.

    Args:
        stack: the layers.
        changes: regions of its flat color, none twice, and the new color of each: red, green, blue
            of 0 to 255.
    """
    for region, color in changes:
        new = np.array(color, np.float32)[:, None] / np.float32(255)

        def paint(rows: slice, share: Share, new: Floats = new) -> Floats:
            return np.broadcast_to(new, share.color.shape)

        stack = repaint(stack, region, paint)
    return stack
