"""OpenCV's smoothing filters as flat color: the picture over white goes in, its alpha is kept.

All with the parameters that OpenCV has as defaults. They find no other layer.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np


def edge_preserving(rgba: np.ndarray) -> dict[str, np.ndarray]:
    """Domain transform (Gastal and Oliveira 2011), recursive."""
    return _flattened(rgba, cv2.edgePreservingFilter)


def stylization(rgba: np.ndarray) -> dict[str, np.ndarray]:
    """Domain transform, with the edges drawn over it again."""
    return _flattened(rgba, cv2.stylization)


def l0_smoothing(rgba: np.ndarray) -> dict[str, np.ndarray]:
    """L0 gradient minimization (Xu et al. 2011), of opencv-contrib."""
    return _flattened(rgba, cv2.ximgproc.l0Smooth)


def over_white(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) -> (H, W, 3) uint8."""
    alpha = rgba[..., 3:] / 255
    return np.rint(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _flattened(
    rgba: np.ndarray, smooth: Callable[[np.ndarray], np.ndarray]
) -> dict[str, np.ndarray]:
    return {"flat_color": np.dstack([smooth(over_white(rgba)), rgba[..., 3]])}
