"""Distance: which shown pixel is nearest to a hidden one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.pixels import Mask


def nearest_shown(hidden: Mask, wanted: Mask) -> NDArray[np.int64]:
    """(N,) for each wanted pixel the flat index of the nearest one that is not hidden.

    0 for all where every pixel is hidden.
    """
    if hidden.all():
        return np.zeros(int(wanted.sum()), np.int64)
    _, labels = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    shown = np.flatnonzero(~hidden)
    places = np.zeros(len(shown) + 1, np.int64)
    places[labels.ravel()[shown]] = shown
    return np.asarray(places[labels[wanted]])
