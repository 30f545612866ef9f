"""XDoG as line art: extended difference of Gaussians (Winnemöller 2011; Winnemöller et al. 2012).

"XDoG: Advanced Image Stylization with eXtended Difference-of-Gaussians", NPAR 2011, and, in the
form used here, "XDoG: An eXtended difference-of-Gaussians compendium", Computers & Graphics 36(6):

    S = (1 + p) G(sigma) - p G(k sigma)
    T = 1 where S >= epsilon, else 1 + tanh(phi (S - epsilon))
"""

from __future__ import annotations

import cv2
import numpy as np
from peer_methods.opencv import over_white

SIGMA = 1.0
"""Pixels; k is the papers' 1.6."""
K = 1.6
P = 20.0
EPSILON = 0.4
PHI = 10.0


def line_art(rgba: np.ndarray) -> dict[str, np.ndarray]:
    """Black ink whose coverage is 1 - T of the brightness over white; no other layer."""
    gray = cv2.cvtColor(over_white(rgba), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    fine, coarse = (cv2.GaussianBlur(gray, (0, 0), sigma) for sigma in (SIGMA, K * SIGMA))
    sharpened = (1 + P) * fine - P * coarse
    tone = np.where(sharpened >= EPSILON, 1, 1 + np.tanh(PHI * (sharpened - EPSILON)))
    ink = np.zeros_like(rgba)
    ink[..., 3] = np.rint((1 - tone) * 255)
    return {"line_art": ink}
