"""How near one picture is to another: PSNR, SSIM and LMSE.

The three by which the paper judges restacked layers (sec. 5.3, table 1). All take pictures over
white, (3, H, W) float32 in [0, 1].
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compositing import Premultiplied

Colors = NDArray[np.float32]
"""(3, H, W) float32 in [0, 1]"""
Mask = NDArray[np.bool_]
"""(H, W)"""
Numbers = NDArray[np.float64]
"""(H, W)"""

EQUAL_DB = 99.0
"""What is told as the PSNR where nothing differs."""
LEAST_ERROR = 1e-10
"""The mean squared error under which nothing differs."""
SSIM_WINDOW = 7
"""Pixels, of a side."""
C1, C2 = 0.01**2, 0.03**2
"""Wang et al. 2004, eq. 13, with their K1 and K2 and a range of 1."""
LMSE_WINDOW = 20
"""Pixels, of a side: as in Grosse et al. 2009."""
LEAST_ENERGY = 1e-5, 1e-9
"""What keeps the quotients of a window and of the whole defined where a picture is black."""


def over_white(picture: Premultiplied) -> Colors:
    """(4, H, W) premultiplied -> what it looks like over white."""
    return np.asarray(picture[:3] + (1 - picture[3]))


def psnr(picture: Colors, truth: Colors, where: Mask | None = None) -> float:
    """Peak signal-to-noise ratio in dB, of the pixels in `where`; higher is better, 99 is equal."""
    apart = picture - truth
    squared = np.square(apart if where is None else apart[:, where])
    error = float(squared.mean())
    return EQUAL_DB if error < LEAST_ERROR else float(-10 * np.log10(error))


def ssim(picture: Colors, truth: Colors) -> float:
    """Structural similarity (Wang et al. 2004, eq. 13), mean over windows and channels; 1 is equal.

    Windows are uniform, 7 x 7 (a smaller picture is less), and lie wholly in the picture; variances
    are those of a sample.
    """
    channels = zip(picture, truth, strict=True)
    return float(np.mean([_ssim(one.astype(float), two.astype(float)) for one, two in channels]))


def _ssim(one: Numbers, two: Numbers) -> float:
    sides = tuple(min(SSIM_WINDOW, side) for side in one.shape)
    count = sides[0] * sides[1]
    sample = count / max(count - 1, 1)
    mean_one, mean_two = (_sums(plane, sides) / count for plane in (one, two))
    variances = _sums(one * one + two * two, sides) / count - mean_one**2 - mean_two**2
    covariance = _sums(one * two, sides) / count - mean_one * mean_two
    alike = (2 * mean_one * mean_two + C1) * (2 * sample * covariance + C2)
    most = (mean_one**2 + mean_two**2 + C1) * (sample * variances + C2)
    return float((alike / most).mean())


def lmse(picture: Colors, truth: Colors) -> float:
    """Local mean squared error (Grosse et al. 2009, eq. 8) of the gray means; 0 is equal.

    In windows of 20 x 20, half a window apart, the picture is scaled by the factor that brings it
    nearest to the truth; the sum of what differs still, over the sum of the truth's squares.
    """
    p, t = (np.asarray(colors.mean(axis=0), float) for colors in (picture, truth))
    sides = tuple(min(LMSE_WINDOW, side) for side in p.shape)
    steps = tuple(slice(None, None, max(1, side // 2)) for side in sides)
    pp, pt, tt = (_sums(product, sides)[steps] for product in (p * p, p * t, t * t))
    scale = pt / np.maximum(pp, LEAST_ENERGY[0])
    left = scale * scale * pp - 2 * scale * pt + tt
    return float(np.maximum(left, 0).sum() / max(tt.sum(), LEAST_ENERGY[1]))


def _sums(plane: Numbers, sides: tuple[int, ...]) -> Numbers:
    """The sum of every window of `sides` that lies in the plane, by its upper left corner."""
    height, width = sides
    sums = cv2.boxFilter(plane, -1, (width, height), normalize=False, anchor=(0, 0))
    return np.asarray(sums[: plane.shape[0] - height + 1, : plane.shape[1] - width + 1])
