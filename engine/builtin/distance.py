"""Distance: which shown pixel is nearest to a hidden one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.builtin.pixels import Mask

AROUND = np.ones((3, 3), np.uint8)
"""A pixel and its neighbours."""


def nearest_shown(hidden: Mask, wanted: Mask) -> NDArray[np.int32]:
    """(N,) for each wanted pixel the flat index of the nearest one that is not hidden.

    0 for all where every pixel is hidden.
    """
    if hidden.all():
        return np.zeros(int(wanted.sum()), np.int32)
    bits = hidden.astype(np.uint8)
    labels = cv2.distanceTransformWithLabels(bits, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[
        1
    ]
    # What is nearest touches something hidden; the places of all others would take much memory.
    rim = np.flatnonzero((cv2.dilate(bits, AROUND) > bits).ravel())
    places = np.zeros(int(labels.max()) + 1, np.int32)
    places[labels.ravel()[rim]] = rim
    return np.asarray(places[labels[wanted]])
