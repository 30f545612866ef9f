"""Shadow and highlight: what a picture without lines is beside its flat color.

A shade is painted with partial coverage of one deep colour, so that its edges and soft fades are
in the coverage: coverage a = the pixel's place on the way from the flat color to the region's deep
tone, colour = flat + (pixel - flat) / a.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
NOISE = 2.5
"""A difference from the flat color up to this, in 1/255, is noise."""


def shade(under: Floats, flat: Floats) -> tuple[Floats, Floats]:
    """Split a picture without lines into shadow and highlight over its flat color.

    (H, W, 3) floats of 0..255 in; two (H, W, 4), straight alpha, 0..255, out.
    """
    step = under - flat
    change = np.abs(step).max(axis=-1) > NOISE
    darker = change & (step @ LUMINANCE < 0)
    alpha = np.where(change, 255, 0)[..., None]
    layer = np.concatenate([under, alpha], axis=-1)
    return np.where(darker[..., None], layer, 0), np.where((change & ~darker)[..., None], layer, 0)
