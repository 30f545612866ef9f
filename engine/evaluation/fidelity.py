"""How near one picture is to another: PSNR, SSIM, LMSE and MSE.

By the first three the paper judges restacked layers (sec. 5.3, tables 1 and 2). All are of pictures
over white, and made of sums, so that a large picture is never there as floats but band by band.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import bands
from engine.compositing import Premultiplied

Rows = Callable[[slice], Premultiplied]
"""Some rows of a picture; (4, h, W)."""
Sums = Mapping[str, float]
"""What adds up over the bands of a picture, by name."""
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
TALL = 4
"""How many times taller than a window bands are at least."""
LEAST_ENERGY = 1e-5, 1e-9
"""What keeps the quotients of a window and of the whole defined where a picture is black."""


def over_white(picture: Premultiplied) -> Colors:
    """(4, H, W) premultiplied -> what it looks like over white."""
    return np.asarray(picture[:3] + (1 - picture[3]))


def fidelity(picture: Rows, truth: Rows, height: int, width: int) -> dict[str, float]:
    """Measure a picture against what it should be.

    Returns:
        psnr: peak signal-to-noise ratio in dB; higher is better, 99 is equal.
        maxerr: the largest difference of alpha or premultiplied colour, in 1/255.
        ssim: structural similarity (Wang et al. 2004, eq. 13), mean over windows and channels; 1 is
            equal. Windows are uniform, 7 x 7, and lie wholly in the picture; variances are those of
            a sample.
        lmse: local mean squared error (Grosse et al. 2009, eq. 8) of the gray means; 0 is equal. In
            windows of 20 x 20, half a window apart, the picture is scaled by the factor that brings
            it nearest to the truth; the sum of what differs still, over the sum of the truth's
            squares.

        mse: mean squared error of the colors, in [0, 1]; 0 is equal.

        In pictures smaller than a window, the window is as large as they are.
    """
    parts, largest = [], 0.0
    for rows in bands(height, width, TALL * LMSE_WINDOW):
        outer = slice(rows.start, min(rows.stop + LMSE_WINDOW - 1, height))
        found, true = picture(outer), truth(outer)
        largest = max(largest, float(np.abs(found - true).max()))
        parts.append(_sums(over_white(found), over_white(true), rows, height))
    total = add_up(parts)
    return {
        "psnr": decibels(total["squared"], total["values"]),
        "maxerr": largest * 255,
        "ssim": total["alike"] / total["windows"],
        "lmse": total["left"] / max(total["energy"], LEAST_ENERGY[1]),
        "mse": total["squared"] / total["values"],
    }


def add_up(parts: Sequence[Sums]) -> dict[str, float]:
    """The sums of a whole picture from those of its bands."""
    return {name: sum(part[name] for part in parts) for name in parts[0]}


def decibels(squared: float, count: float) -> float:
    """The PSNR of `count` numbers in [0, 1] whose squared errors add up to `squared`."""
    error = squared / count
    return EQUAL_DB if error < LEAST_ERROR else float(-10 * np.log10(error))


def _sums(picture: Colors, truth: Colors, rows: slice, height: int) -> Sums:
    """What a band adds, with the rows below that its windows reach into."""
    tall = rows.stop - rows.start
    apart = picture[:, :tall] - truth[:, :tall]
    channels = zip(picture.astype(float), truth.astype(float), strict=True)
    alike = [_alike(one, two, height)[:tall] for one, two in channels]
    p, t = (np.asarray(colors.mean(axis=0), float) for colors in (picture, truth))
    left, energy = _left(p, t, rows, height)
    return {
        "values": apart.size,
        "squared": float(np.square(apart, dtype=np.float64).sum()),
        "windows": sum(part.size for part in alike),
        "alike": sum(float(part.sum()) for part in alike),
        "left": left,
        "energy": energy,
    }


def _alike(one: Numbers, two: Numbers, height: int) -> Numbers:
    """The structural similarity of every window, by its upper left corner."""
    sides = min(SSIM_WINDOW, height), min(SSIM_WINDOW, one.shape[1])
    count = sides[0] * sides[1]
    sample = count / max(count - 1, 1)
    mean_one, mean_two = (_windows(plane, sides) / count for plane in (one, two))
    variances = _windows(one * one + two * two, sides) / count - mean_one**2 - mean_two**2
    covariance = _windows(one * two, sides) / count - mean_one * mean_two
    alike = (2 * mean_one * mean_two + C1) * (2 * sample * covariance + C2)
    most = (mean_one**2 + mean_two**2 + C1) * (sample * variances + C2)
    return np.asarray(alike / most)


def _left(p: Numbers, t: Numbers, rows: slice, height: int) -> tuple[float, float]:
    """What differs still, and the truth's squares, in the windows that begin in a band."""
    sides = min(LMSE_WINDOW, height), min(LMSE_WINDOW, p.shape[1])
    down, right = (max(1, side // 2) for side in sides)
    corners = slice(-rows.start % down, rows.stop - rows.start, down), slice(None, None, right)
    pp, pt, tt = (_windows(product, sides)[corners] for product in (p * p, p * t, t * t))
    scale = pt / np.maximum(pp, LEAST_ENERGY[0])
    left = scale * scale * pp - 2 * scale * pt + tt
    return float(np.maximum(left, 0).sum()), float(tt.sum())


def _windows(plane: Numbers, sides: tuple[int, ...]) -> Numbers:
    """The sum of every window of `sides` that lies in the plane, by its upper left corner."""
    height, width = sides
    sums = cv2.boxFilter(plane, -1, (width, height), normalize=False, anchor=(0, 0))
    return np.asarray(sums[: max(plane.shape[0] - height + 1, 0), : plane.shape[1] - width + 1])
